/** Upstreams that record every byte and answer by script: a front door's slots have one each, and share the default. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Answer } from "./answers.ts";
import { type Recorded, readRecorded } from "./reader.ts";
import { writePieces } from "./turns.ts";

/** What one client connection brings to the upstreams; told by the client's address, which no client can change. */
export interface Script {
  readonly answers: readonly Answer[];
  /** Requests as they came, in order; a retried one once. */
  readonly seen: Recorded[];
  readonly ids: string[];
  retried: number;
  /** Something moved. */
  onActivity: () => void;
}

const ADDRESS = /\r\nx-forwarded-for: (?:[^\r]*, )?(127\.\d+\.\d+\.\d+)\r\n/;
const REQUEST_ID = /\r\nx-request-id: ([^\r]*)\r\n/;

/** Answers a request that has no script: one on the default upstream, or one more than the client believes it sent. */
function plainAnswer(head: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${head.startsWith("HEAD ") ? "" : "ok"}`;
}

export class RecordingUpstream {
  /** By client address. */
  readonly scripts: Map<string, Script | "over">;
  /** Requests of nobody we know. */
  readonly strays: string[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(scripts: Map<string, Script | "over">, scripted: boolean) {
    this.scripts = scripts;
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.sockets.add(socket);
      new Conversation(socket, this, scripted);
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", 1024, resolve));
    return (this.server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Ends what is open: the next client begins with no connection of the last one's. */
  reset(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.reset();
    this.server.close();
  }
}

/** One connection of the front door's: requests one after the other. */
class Conversation {
  private readonly socket: Socket;
  private readonly upstream: RecordingUpstream;
  private readonly scripted: boolean;
  private text = "";
  private script: Script | undefined;
  /** Of the present request: where it stands in the record, and whether its answer has begun. */
  private index = -1;
  private answered = false;

  constructor(socket: Socket, upstream: RecordingUpstream, scripted: boolean) {
    this.socket = socket;
    this.upstream = upstream;
    this.scripted = scripted;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
      this.read();
    });
    socket.on("end", () => this.ended());
    socket.on("close", () => this.ended());
  }

  private ended(): void {
    this.script?.onActivity();
    this.script = undefined;
    this.socket.end();
  }

  private read(): void {
    while (this.text !== "") {
      const read = readRecorded(this.text, 0, undefined, false);
      if (read === undefined) return;
      const { message } = read;
      if (this.index < 0 && !this.begin(message)) return;
      const { script } = this;
      if (script === undefined) return;
      script.onActivity();
      if (this.index < script.seen.length) script.seen[this.index] = message;
      if (!this.answered && (message.whole || script.answers[this.index]?.when === "head"))
        this.answer(message, script);
      if (!message.whole) return;
      this.text = this.text.slice(read.next);
      this.index = -1;
      this.answered = false;
    }
  }

  private begin(message: Recorded): boolean {
    const address = ADDRESS.exec(message.head)?.[1] ?? "";
    const script = this.upstream.scripts.get(address);
    if (script === undefined || script === "over") {
      // Of a client that is gone, it comes too late to be answered. One that was reset before it was accepted has no address.
      if (script === undefined && address !== "") this.upstream.strays.push(message.head);
      this.socket.destroy();
      return false;
    }
    this.script = script;
    const id = REQUEST_ID.exec(message.head)?.[1] ?? "";
    const known = script.ids.indexOf(id);
    this.index = known < 0 ? script.ids.push(id) - 1 : known;
    if (known < 0) script.seen.push(message);
    else script.retried++;
    return true;
  }

  private answer(message: Recorded, script: Script): void {
    this.answered = true;
    const { socket } = this;
    const answer = this.scripted ? script.answers[this.index] : undefined;
    if (answer === undefined) {
      socket.write(plainAnswer(message.head), "latin1");
      return;
    }
    const write = (piece: string): boolean => {
      script.onActivity();
      if (!socket.destroyed) socket.write(piece, "latin1");
      return !socket.destroyed;
    };
    writePieces(write, answer.text, answer.cuts, () => {
      if (answer.after === "end") socket.end();
      else if (answer.after === "reset") setTimeout(() => socket.resetAndDestroy(), 4);
    });
  }
}

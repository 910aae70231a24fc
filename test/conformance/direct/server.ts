/** The monolith: answers by script and takes down every byte that it gets, whoever connects. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Answer } from "../differential/answers.ts";
import { writePieces } from "../differential/turns.ts";
import { listOf, type Message, methodOf, readRequest, targetOf, valuesOf, versionOf } from "./message.ts";

export const PROBE = "/probe";
export const PROBE_ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

export interface Arrived {
  message: Message;
  readonly peer: string;
  /** The request before it, once more. */
  again: boolean;
  /** What the server's side of the connection heard while it had not answered yet. */
  left: "" | "fin" | "reset";
}

/** What one run brings to the server. */
export interface Script {
  readonly answers: readonly Answer[];
  readonly arrived: Arrived[];
  onActivity: () => void;
  /** A request without an answer is in. */
  onSilent: () => void;
  over: boolean;
}

export class Monolith {
  script: Script | undefined = undefined;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor() {
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      const { script } = this;
      if (script === undefined) socket.destroy();
      else new Conversation(socket, script);
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", 1024, resolve));
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends what is open: the next run begins with no connection of the last one's. */
  reset(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.reset();
    this.server.close();
  }
}

class Conversation {
  private readonly socket: Socket;
  private readonly script: Script;
  private text = "";
  private arrived: Arrived | undefined = undefined;
  private state: "waiting" | "answering" | "answered" = "waiting";
  private over = false;
  /** All of the present answer has been written. */
  private said = false;

  constructor(socket: Socket, script: Script) {
    this.socket = socket;
    this.script = script;
    socket.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
      script.onActivity();
      this.read();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") this.onLeft("reset");
    });
    socket.on("end", () => {
      this.onLeft("fin");
      if (this.arrived?.message.whole !== true) socket.end();
    });
    socket.on("close", () => this.onLeft("fin"));
  }

  private onLeft(how: "fin" | "reset"): void {
    this.script.onActivity();
    if (this.arrived !== undefined && !this.said) this.arrived.left ||= how;
  }

  private read(): void {
    while (!this.over && !this.script.over) {
      const read = readRequest(this.text, 0);
      if (read === undefined) return;
      const { message } = read;
      if (this.arrived === undefined) {
        this.arrived = { message, peer: this.socket.remoteAddress ?? "", again: false, left: "" };
        this.script.arrived.push(this.arrived);
      }
      this.arrived.message = message;
      if (message.faults.size > 0) {
        this.over = true;
        this.socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
      }
      const index = this.place(this.arrived);
      const script = targetOf(message) === PROBE ? undefined : this.script.answers[index];
      if (this.state === "waiting" && message.headWhole && (message.whole || script?.when === "head"))
        this.answer(message, script);
      if (!message.whole || this.state !== "answered") return;
      this.text = this.text.slice(read.next);
      this.arrived = undefined;
      this.state = "waiting";
      this.said = false;
    }
  }

  /** Which request it is; one that is sent again is no other. */
  private place(arrived: Arrived): number {
    const { script } = this;
    const before = script.arrived[script.arrived.indexOf(arrived) - 1];
    const [id] = valuesOf(arrived.message.lines, "x-request-id");
    arrived.again =
      id !== undefined && before !== undefined && valuesOf(before.message.lines, "x-request-id")[0] === id;
    const others = script.arrived.filter((one) => one === arrived || !one.again);
    return others.indexOf(arrived) - (arrived.again ? 1 : 0);
  }

  private answer(message: Message, answer: Answer | undefined): void {
    this.state = "answering";
    const { socket, script } = this;
    if (answer?.kind === "hung") script.onSilent();
    const text = answer?.text ?? PROBE_ANSWER;
    let unsaid = text.length;
    const write = (piece: string): boolean => {
      unsaid -= piece.length;
      this.said = unsaid === 0 && answer?.kind !== "hung";
      script.onActivity();
      if (!socket.destroyed && socket.writable) socket.write(piece, "latin1");
      return !socket.destroyed;
    };
    writePieces(write, text, answer?.cuts ?? [], () => {
      if (answer?.kind === "hung") return;
      this.state = "answered";
      if (answer?.after === "reset") setTimeout(() => socket.resetAndDestroy(), 4);
      if (answer?.after === "end" || !keeps(message)) socket.end();
      this.over = answer !== undefined && (answer.after !== "keep" || !keeps(message));
      this.read();
    });
  }
}

/** As any server has it: the client's word about its connection holds. */
function keeps(request: Message): boolean {
  const wishes = listOf(request.lines, "connection");
  if (wishes.includes("close") || methodOf(request) === "CONNECT") return false;
  return versionOf(request) !== "HTTP/1.0" || wishes.includes("keep-alive");
}

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** What a switched side does with a request from now on. */
export type Behaviour = "healthy" | "killed" | "hung" | "resetting" | "unavailable";

/** What both sides of a storm answer, so that they agree but for `/differs`, and the client knows whose answer it got. */
export function stormAnswer(side: "legacy" | "modern", target: string, id: string): [string[], string] {
  const body = JSON.stringify(target.startsWith("/differs") ? { id, target, side } : { id, target });
  const headers = ["Content-Type", "application/json", "X-Upstream", side, "X-Answer-Id", id];
  return [[...headers, "Content-Length", String(body.length)], body];
}

interface Asked {
  readonly method: string;
  readonly target: string;
  readonly id: string;
  readonly shadow: boolean;
  readonly framing: number | "chunked";
}

function headOf(text: string): Asked {
  const [line = "", ...fields] = text.split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const value = (name: string) =>
    fields
      .find((field) => field.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const chunked = value("transfer-encoding") !== undefined;
  return {
    method,
    target,
    id: value("x-request-id") ?? "",
    shadow: value("x-fig-shadow") !== undefined,
    framing: chunked ? "chunked" : Number(value("content-length") ?? 0),
  };
}

/** Below the range that outgoing connections take their ports from: nobody else gets it while this side is killed. */
async function listenBelow(server: Server): Promise<number> {
  for (let tries = 0; ; tries++) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    try {
      await listen(server, port);
      return port;
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1", 1024);
  await once(server, "listening");
}

/** An upstream over raw sockets whose behaviour is switched while requests come. */
export class SwitchedSide {
  behaviour: Behaviour = "healthy";
  /** Clients' requests whose head was read, by id, and how often. */
  readonly read = new Map<string, number>();
  /** The same for shadows. */
  readonly shadows = new Map<string, number>();
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  private turn = 0;

  private constructor() {
    this.server = createServer({ noDelay: true }, (socket) => this.take(socket));
  }

  static async start(): Promise<SwitchedSide> {
    const side = new SwitchedSide();
    side.port = await listenBelow(side.server);
    return side;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async become(behaviour: Behaviour): Promise<void> {
    const before = this.behaviour;
    this.behaviour = behaviour;
    if (behaviour === "killed") this.kill();
    else if (before === "killed") await listen(this.server, this.port);
  }

  async close(): Promise<void> {
    this.kill();
    // What was accepted before is told of only now.
    while (this.sockets.size > 0) await delay(5);
  }

  private kill(): void {
    this.server.close();
    for (const socket of this.sockets) this.breakOff(socket);
  }

  /** With FIN and with RST in turn. */
  private breakOff(socket: Socket): void {
    if (this.turn++ % 2 === 0) socket.destroy();
    else socket.resetAndDestroy();
  }

  private take(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => {});
    if (this.behaviour === "killed") {
      this.breakOff(socket);
      return;
    }
    let text = "";
    let asked: Asked | undefined;
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      for (;;) {
        if (asked === undefined) {
          const stop = text.indexOf("\r\n\r\n");
          if (stop < 0) return;
          asked = headOf(text.slice(0, stop));
          text = text.slice(stop + 4);
          const book = asked.shadow ? this.shadows : this.read;
          book.set(asked.id, (book.get(asked.id) ?? 0) + 1);
        }
        const end = asked.framing === "chunked" ? text.indexOf("0\r\n\r\n") + 5 : asked.framing;
        if (asked.framing === "chunked" ? end === 4 : text.length < end) return;
        text = text.slice(end);
        this.answer(socket, asked);
        asked = undefined;
      }
    });
  }

  private answer(socket: Socket, { method, target, id }: Asked): void {
    switch (this.behaviour) {
      case "hung":
        return;
      case "resetting":
        socket.write("HTTP/1.1 20", () => this.breakOff(socket));
        return;
      case "unavailable":
        socket.write(
          `HTTP/1.1 503 Service Unavailable\r\nX-Upstream: modern\r\nX-Answer-Id: ${id}\r\nContent-Length: 4\r\n\r\n${method === "HEAD" ? "" : "busy"}`,
        );
        return;
      default: {
        const [headers, body] = stormAnswer("modern", target, id);
        let head = "HTTP/1.1 200 OK\r\n";
        for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
        socket.write(`${head}\r\n${method === "HEAD" ? "" : body}`, "latin1");
      }
    }
  }
}

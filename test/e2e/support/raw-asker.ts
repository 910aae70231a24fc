/** A client that writes what it is told, byte for byte, and upstreams that say what they got. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { readRecorded } from "../../conformance/differential/reader.ts";

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

/** One request at a time, on a connection that is kept for as long as answers keep it. */
export class RawAsker {
  private readonly port: number;
  private readonly localAddress: string;
  private socket: Socket | undefined;
  private text = "";
  private onMove: () => void = () => {};

  constructor(port: number, localAddress: string) {
    this.port = port;
    this.localAddress = localAddress;
  }

  /** Undefined: the connection ended without an answer. */
  async ask(method: string, request: string): Promise<RawAnswer | undefined> {
    const socket = this.socket ?? this.open();
    socket.write(request, "latin1");
    for (;;) {
      const answer = this.read(method);
      if (answer !== undefined) {
        if (answer.fields.get("connection")?.toLowerCase() !== "keep-alive") this.close();
        return answer;
      }
      if (this.socket !== socket) return undefined;
      await new Promise<void>((resolve) => {
        this.onMove = resolve;
      });
    }
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
    this.text = "";
  }

  private open(): Socket {
    const { port, localAddress } = this;
    const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true });
    this.socket = socket;
    this.text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      if (this.socket !== socket) return;
      this.text += bytes.toString("latin1");
      this.onMove();
    });
    socket.on("close", () => {
      if (this.socket === socket) this.socket = undefined;
      this.onMove();
    });
    return socket;
  }

  private read(method: string): RawAnswer | undefined {
    for (;;) {
      const read = readRecorded(this.text, 0, method, false);
      if (read === undefined || !read.message.whole) return undefined;
      this.text = this.text.slice(read.next);
      const [line = "", ...rest] = read.message.head.split("\r\n");
      const status = Number(line.slice(9, 12));
      if (status < 200) continue;
      const fields = new Map<string, string>();
      for (const field of rest) {
        const colon = field.indexOf(":");
        if (colon > 0) fields.set(field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim());
      }
      return { status, fields, body: read.message.body };
    }
  }
}

/** Says in its answers' fields who it is, and which request line and Host it got, percent-encoded. */
export class NamedUpstream {
  private readonly name: string;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(name: string) {
    this.name = name;
    this.server = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      let text = "";
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
        for (;;) {
          const read = readRecorded(text, 0, undefined, false);
          if (read === undefined || !read.message.whole) return;
          text = text.slice(read.next);
          socket.write(this.answer(read.message.head));
        }
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", 1024, resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private answer(head: string): string {
    const line = head.slice(0, head.indexOf("\r\n"));
    const host = /\r\nhost: ?([^\r]*)/i.exec(head)?.[1] ?? "(none)";
    const got = `X-Upstream: ${this.name}\r\nX-Line: ${encodeURIComponent(line)}\r\nX-Host: ${encodeURIComponent(host)}`;
    return `HTTP/1.1 200 OK\r\n${got}\r\nContent-Length: 2\r\n\r\n${line.startsWith("HEAD ") ? "" : "ok"}`;
  }
}

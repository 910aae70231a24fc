import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createBackend } from "../../src/backends/index.ts";
import { type ListenAddress, UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../src/domain/message.ts";
import type { Lane, LaneKind } from "../../src/lanes/contract.ts";
import type { ExchangeWorldOptions } from "./exchange-world.ts";
import {
  framingFields,
  type GotAnswer,
  type GotRequest,
  LayerWorld,
  type PlayedClient,
  type PlayedSide,
  type Wanted,
} from "./layer-world.ts";
import { chunkText, headText, lastChunkText, readAnswer, readRequest } from "./socket-messages.ts";

/** One end of a connection: what came, and whether it is still there. */
class End {
  readonly socket: Socket;
  closed = false;
  bytes = 0;
  private readonly parts: string[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = socket.destroyed;
    socket.on("close", () => {
      this.closed = true;
    });
  }

  get text(): string {
    const text = this.parts.join("");
    this.parts.splice(0, this.parts.length, text);
    return text;
  }

  take(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.parts.push(chunk.toString("latin1"));
  }

  write(text: string): void {
    this.socket.write(text, "latin1");
  }

  stop(): void {
    this.socket.pause();
  }

  read(): void {
    this.socket.resume();
  }
}

class SocketClient extends End implements PlayedClient {
  private readonly method: string;
  private readonly chunked: boolean;
  private readonly upgrade: boolean;

  constructor(address: ListenAddress, { framing = NO_BODY, ...wanted }: Wanted) {
    super(connect({ ...address, allowHalfOpen: true } as never).on("error", () => {}));
    this.method = wanted.method ?? "GET";
    this.chunked = framing === CHUNKED;
    this.upgrade = wanted.upgrade ?? false;
    this.socket.on("data", (chunk) => this.take(chunk));
    // Behind an answer that ends the connection, and after a tunnel's other half.
    this.socket.on("end", () => {
      if (!this.upgrade) this.socket.end();
    });
    this.write(
      headText(
        `${this.method} ${wanted.target ?? "/orders/1"} HTTP/1.1`,
        ["Host", "shop.test"],
        wanted.headers ?? [],
        framingFields(framing),
        wanted.expect ? ["Expect", "100-continue"] : [],
        this.upgrade ? ["Connection", "Upgrade", "Upgrade", "echo"] : [],
      ),
    );
  }

  get got(): GotAnswer {
    const answer = readAnswer(this.text, this.method);
    const ended = answer.status === 101 && this.socket.readableEnded;
    return ended ? { ...answer, whole: true } : answer;
  }

  send(text: string): void {
    this.write(chunkText(text, this.chunked));
  }

  finish(trailers: RawHeaders = []): void {
    if (this.chunked) this.write(lastChunkText(trailers));
    else if (this.upgrade) this.socket.end();
  }

  leave(): void {
    this.socket.resetAndDestroy();
  }
}

class SocketSide extends End implements PlayedSide {
  /** The whole answer was given: what comes next is another request. */
  done = false;
  private chunked = false;
  private upgraded = false;

  constructor(socket: Socket) {
    super(socket);
    // Outside a tunnel a front door that ends its half gives the request up.
    socket.on("end", () => {
      if (!this.upgraded) socket.destroy();
    });
  }

  get got(): GotRequest {
    const request = readRequest(this.text);
    return this.upgraded && this.socket.readableEnded ? { ...request, whole: true } : request;
  }

  get gone(): boolean {
    return this.closed;
  }

  inform(status: number, reason: string, headers: RawHeaders): void {
    this.write(headText(`HTTP/1.1 ${status} ${reason}`, headers));
  }

  head(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.chunked = framing === CHUNKED;
    this.write(headText(`HTTP/1.1 ${status} ${reason}`, headers, framingFields(framing)));
  }

  upgrade(headers: RawHeaders): void {
    this.upgraded = true;
    this.inform(101, "Switching Protocols", ["Connection", "Upgrade", ...headers]);
  }

  send(text: string): void {
    this.write(chunkText(text, this.chunked));
  }

  finish(trailers: RawHeaders = []): void {
    if (this.chunked) this.write(lastChunkText(trailers));
    if (this.upgraded) this.socket.end();
    else this.done = true;
  }

  fail(): void {
    this.socket.destroy();
  }
}

/** An upstream at its own port, whose requests the test answers. */
class PlayedUpstream {
  readonly sides: SocketSide[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(answersItself: boolean) {
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sockets.add(socket);
      socket.on("error", () => {});
      let side: SocketSide | undefined;
      socket.on("data", (chunk) => {
        if (answersItself) {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          return;
        }
        if (side === undefined || side.done) {
          side = new SocketSide(socket);
          this.sides.push(side);
        }
        side.take(chunk);
      });
    });
  }

  static async open(answersItself: boolean): Promise<PlayedUpstream> {
    const upstream = new PlayedUpstream(answersItself);
    await once(upstream.server.listen(0, "127.0.0.1"), "listening");
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** With a lane's connections and an upstream's: everything goes over sockets. */
export class SocketLayerWorld extends LayerWorld {
  protected readonly sides: readonly PlayedSide[];
  private readonly upstreams: readonly [modern: PlayedUpstream, legacy: PlayedUpstream];
  private readonly door: Lane;
  private readonly clients: SocketClient[] = [];
  private address: ListenAddress = { host: "127.0.0.1", port: 0 };

  private constructor(
    options: ExchangeWorldOptions,
    kind: LaneKind,
    upstreams: SocketLayerWorld["upstreams"],
  ) {
    super(options, (deadlines) => {
      const backendOf = (name: string, { url }: PlayedUpstream) =>
        createBackend(
          {
            name,
            kind: "http",
            urls: [url],
            host: "client",
            timeoutMs: 0,
            connections: UPSTREAM_CONNECTIONS,
          },
          { deadlines, connectMs: 5000, bodyIdleMs: 0, upgradeIdleMs: 0 },
        );
      return [backendOf("modern", upstreams[0]), backendOf("legacy", upstreams[1])];
    });
    const { deadlines } = this.exchanges;
    this.upstreams = upstreams;
    this.sides = upstreams[0].sides;
    this.door = kind.create({
      handler: (lane) => this.handle(lane),
      deadlines,
      refusal: () => ({ status: 400, reason: "No", headers: ["content-length", "0"], body: "" }),
      maxHeaderBytes: 16 * 1024,
      maxConnections: 0,
      headersMs: 0,
      idleMs: 60_000,
      streamIdleMs: 0,
      bodyIdleMs: 0,
      http2: undefined,
    });
  }

  static async open(options: ExchangeWorldOptions, kind: LaneKind): Promise<SocketLayerWorld> {
    const upstreams = [await PlayedUpstream.open(false), await PlayedUpstream.open(true)] as const;
    const world = new SocketLayerWorld(options, kind, upstreams);
    world.address = await world.door.listen(world.address, false);
    return world;
  }

  request(wanted: Wanted = {}): PlayedClient {
    const client = new SocketClient(this.address, wanted);
    this.clients.push(client);
    return client;
  }

  override async close(): Promise<void> {
    for (const client of this.clients) client.leave();
    this.door.close();
    for (const upstream of this.upstreams) await upstream.close();
    await super.close();
  }
}

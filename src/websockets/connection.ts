import { WebSocket, WebSocketServer } from "ws";
import type { Timed } from "../domain/deadlines.ts";
import type { SocketEnd } from "../domain/socket-counts.ts";
import type { SocketLimits } from "../domain/websocket-api.ts";
import type { ClientBytes, ClientWire, FixedThresholds } from "./contract.ts";
import type { SocketFacts } from "./event.ts";
import { FrameGate } from "./frame-gate.ts";
import { WireStream } from "./wire-stream.ts";

/** Pieces of one message. */
const MAX_FRAGMENTS = 128;
/** Reads that hold one frame. */
const MAX_PIECES = 1024;
/** Answers to pings that wait to be written: who sends more is cut off. */
const MAX_PONGS = 60;
/** A client that was told that its connection closes has so long to say that it heard. */
const CLOSE_MS = 5_000;
/** What `ws` looks at of a request; the handshake itself was answered before. */
const ASKED = {
  method: "GET",
  headers: {
    upgrade: "websocket",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "sec-websocket-version": "13",
  },
} as never;
/** Closing codes (RFC 6455 §7.4.1) of what `ws` finds wrong with a client's bytes. */
const FOUND_WRONG: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
};
const SERVERS = new Map<number, WebSocketServer>();

/** What makes WebSockets that take messages of so many bytes. */
function serverFor(maxPayload: number): WebSocketServer {
  const options = {
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload },
    ...{ maxFragments: MAX_FRAGMENTS, maxBufferedChunks: MAX_PIECES, closeTimeout: CLOSE_MS },
    maxPendingAutoPongs: MAX_PONGS,
  };
  const server = SERVERS.get(maxPayload) ?? new WebSocketServer(options);
  SERVERS.set(maxPayload, server);
  return server;
}

/** A message as it came. */
export interface ClientMessage {
  readonly text: string;
  readonly base64: boolean;
}

/** How a connection ended: its closing code (RFC 6455) with what was said, and why that was. */
export interface SocketClose {
  readonly code: number;
  readonly reason: string;
  readonly why: SocketEnd;
}

/** What a connection tells of itself. */
export interface ConnectionListener {
  /** Resolves when the message is over; until then no more than `concurrency` others are asked for. */
  onMessage(connection: Connection, message: ClientMessage): Promise<void>;
  /** A bound was met. */
  onLimit(connection: Connection, limit: SocketLimit): void;
  /** Once, after its last message is over. */
  onClosed(connection: Connection, end: SocketClose): void;
}

export type SocketLimit = "idle" | "lifetime" | "message" | "frame" | "rate" | "buffer" | "binary" | "tags";

interface ConnectionOptions {
  readonly facts: SocketFacts;
  readonly api: string;
  readonly limits: SocketLimits;
  readonly binary: boolean;
  readonly fixed: FixedThresholds;
  readonly now: () => number;
  readonly listener: ConnectionListener;
}

/** One client's open connection, with its bounds. */
export class Connection implements ClientBytes, Timed {
  deadlineMs = 0;
  deadlineAt = -1;
  readonly facts: SocketFacts;
  readonly api: string;
  readonly fixed: FixedThresholds;
  lastActiveAt: number;
  /** Undefined: none. */
  tags: Set<string> | undefined = undefined;
  private readonly limits: SocketLimits;
  private readonly binary: boolean;
  private readonly now: () => number;
  private readonly listener: ConnectionListener;
  private readonly stream: WireStream;
  private readonly socket: WebSocket;
  private readonly frames: FrameGate;
  private readonly waiting: ClientMessage[] = [];
  private underWay = 0;
  private nextIn: ((ms: number) => number) | undefined = undefined;
  private tokens: number;
  private tokensAt: number;
  private over = false;
  /** What this end closed it with; undefined: the client did. */
  private own: SocketClose | undefined = undefined;
  private end: SocketClose | undefined = undefined;

  constructor(wire: ClientWire, options: ConnectionOptions) {
    const { facts, api, limits, binary, fixed, now, listener } = options;
    this.facts = facts;
    this.api = api;
    this.limits = limits;
    this.binary = binary;
    this.fixed = fixed;
    this.now = now;
    this.listener = listener;
    this.lastActiveAt = facts.connectedAt;
    this.tokens = limits.messageRate;
    this.tokensAt = facts.connectedAt;
    this.frames = new FrameGate(limits.frameBytes);
    this.stream = new WireStream(wire);
    let made: WebSocket | undefined;
    serverFor(limits.messageBytes).handleUpgrade(ASKED, this.stream, Buffer.alloc(0), (socket) => {
      made = socket;
    });
    this.socket = made as unknown as WebSocket;
    this.socket.on("message", (data, isBinary) => this.onMessage(data as Buffer, isBinary));
    this.socket.on("ping", () => this.touch());
    this.socket.on("error", (error: NodeJS.ErrnoException) => this.onWrong(error));
    this.socket.on("close", (code, reason) => this.onClose(code, reason.toString("utf8")));
  }

  // The tunnel's side.

  bytes(chunk: Uint8Array): boolean {
    if (this.over) return true;
    const at = this.frames.tooLongAt(chunk);
    if (at === undefined) return this.stream.feed(chunk);
    this.over = true;
    this.listener.onLimit(this, "frame");
    if (at > 0) this.stream.feed(chunk.subarray(0, at));
    this.close(1009, "the frame is too long", "frame");
    // What it sends from here on is not read, the end of its own neither.
    this.stream.inputEnded();
    return true;
  }

  ended(): void {
    this.stream.inputEnded();
  }

  drained(): void {
    this.stream.drained();
  }

  gone(): void {
    this.over = true;
    this.stream.destroy();
  }

  // Who speaks to it.

  /** False: too much waits for the client already, and this does not. */
  send(data: string | Uint8Array, binary = false): boolean {
    const bytes = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    if (this.socket.bufferedAmount + bytes > this.limits.bufferBytes) {
      this.listener.onLimit(this, "buffer");
      return false;
    }
    this.touch();
    this.socket.send(data, { binary });
    return true;
  }

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Tells the client that it closes. Again does nothing. */
  close(code: number, reason: string, why: SocketEnd): void {
    if (this.own !== undefined || !this.open) return;
    this.own = { code, reason, why };
    this.socket.close(code, reason);
    // The client's word is waited for, whatever else it sent before.
    this.socket.resume();
  }

  /** Hears of its deadline from the process's. */
  schedule(deadlineIn: (ms: number) => number): void {
    const { limits, facts } = this;
    const now = this.now();
    const left = Math.min(
      this.lastActiveAt + limits.idleMs - now,
      facts.connectedAt + limits.lifetimeMs - now,
    );
    this.nextIn = deadlineIn;
    this.deadlineMs = deadlineIn(Math.max(0, left));
  }

  onDeadline(): void {
    const { limits, facts } = this;
    const now = this.now();
    if (now - facts.connectedAt >= limits.lifetimeMs) this.expire("lifetime", "connected for too long");
    else if (now - this.lastActiveAt >= limits.idleMs) this.expire("idle", "idle for too long");
    else if (this.nextIn !== undefined) this.schedule(this.nextIn);
  }

  private expire(limit: "idle" | "lifetime", reason: string): void {
    if (this.own === undefined) this.listener.onLimit(this, limit);
    this.close(1001, reason, limit);
  }

  private touch(): void {
    this.lastActiveAt = this.now();
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    this.touch();
    if (this.own !== undefined) return;
    if (isBinary && !this.binary) {
      this.listener.onLimit(this, "binary");
      this.close(1003, "messages are text here", "binary");
      return;
    }
    if (!this.takeToken()) {
      this.listener.onLimit(this, "rate");
      this.fail("Too Many Requests", "");
      return;
    }
    const message = { text: data.toString(isBinary ? "base64" : "utf8"), base64: isBinary };
    this.waiting.push(message);
    this.next();
  }

  /** A frame in API Gateway's words. */
  fail(message: string, requestId: string): void {
    this.send(JSON.stringify({ message, connectionId: this.facts.id, requestId }));
  }

  private next(): void {
    const { waiting, limits } = this;
    while (this.underWay < limits.concurrency && waiting.length > 0) {
      this.underWay++;
      void this.listener
        .onMessage(this, waiting.shift() as ClientMessage)
        // What a message breaks is its own.
        .catch(() => this.fail("Internal server error", ""))
        .then(() => {
          this.underWay--;
          this.next();
        });
    }
    if (waiting.length > 0 && this.open) this.socket.pause();
    else if (this.socket.isPaused) this.socket.resume();
    if (this.underWay === 0 && waiting.length === 0) this.tellEnd();
  }

  private takeToken(): boolean {
    const { messageRate } = this.limits;
    const now = this.now();
    // A clock that is set back gives nothing, and takes nothing.
    const passed = Math.max(0, now - this.tokensAt);
    this.tokens = Math.min(messageRate, this.tokens + (passed * messageRate) / 1000);
    this.tokensAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }

  private onWrong({ code = "" }: NodeJS.ErrnoException): void {
    const found = FOUND_WRONG[code] ?? (code.startsWith("WS_ERR") ? 1002 : undefined);
    if (found === undefined) return;
    if (found === 1009) this.listener.onLimit(this, "message");
    this.own ??= { code: found, reason: "", why: found === 1009 ? "message" : "broken" };
  }

  private onClose(code: number, reason: string): void {
    this.over = true;
    // 1006: no closing frame came (RFC 6455, 7.1.5).
    this.end ??= this.own ?? { code, reason, why: code === 1006 ? "left" : "client" };
    this.next();
  }

  private tellEnd(): void {
    const { end } = this;
    if (end === undefined) return;
    this.end = undefined;
    this.listener.onClosed(this, end);
  }
}

import type { LookupFunction, Socket } from "node:net";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { CHUNKED, NO_BODY, type RawHeaders, UNTIL_CLOSE } from "../../domain/message.ts";
import { ChunkedDecoder, type ChunkedSink } from "../../wire/chunked.ts";
import { WireError } from "../../wire/fields.ts";
import { isFullRead, ReadGate } from "../../wire/read-gate.ts";
import { endOfHead } from "../../wire/repair-head.ts";
import { type ResponseHead, readResponseHead } from "../../wire/response-head.ts";
import type { BackendErrorCode, BackendOptions } from "../contract.ts";
import type { ConnectionHome, ConnectionUser } from "./connection-contract.ts";
import { openSocket, READ_BUFFER } from "./open-socket.ts";
import { RequestWriter } from "./writer.ts";

/** An answer's head may be this long. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Informational answers before the final one. */
const MAX_INFORMS = 32;

const CONNECTING = 0;
const IDLE = 1;
const HEAD = 2;
const SIZED = 3;
const CHUNKS = 4;
const TO_CLOSE = 5;
const TUNNEL = 6;
const LEAVING = 7;
const DEAD = 8;

/** How long the last bytes of a request may take whose client has gone. */
const LEAVE_MS = 5_000;

/** One HTTP/1.1 connection to an upstream: a strict reader of answers over a raw socket, one request at a time. */
export class UpstreamConnection implements Timed, ChunkedSink {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  /** Requests this connection has carried, the present one included. */
  uses = 0;
  /** How long the server said it keeps an idle connection, ms; undefined: it did not say. */
  serverIdleMs: number | undefined = undefined;
  /** On the Deadlines' clock. */
  readonly bornMs: number;
  private readonly socket: Socket;
  private readonly gate: ReadGate;
  private readonly writer: RequestWriter;
  private readonly deadlines: Deadlines;
  private readonly timeouts: BackendOptions;
  private readonly home: ConnectionHome<UpstreamConnection>;
  private readonly decoder = new ChunkedDecoder();
  private user: ConnectionUser | undefined;
  private state = CONNECTING;
  private method = "";
  private asksUpgrade = false;
  private remaining = 0;
  private reusable = false;
  private requestDone = false;
  private ended = false;
  /** Of a tunnel, the client's end was passed on. */
  private tunnelDone = false;
  /** An interim answer of the present request was repaired. */
  private repaired = false;
  private idleMs = 0;
  private responseMs = 0;
  private informs = 0;
  private answered = false;
  /** Bytes of a head that came in pieces. */
  private partial: Buffer | undefined = undefined;

  constructor(
    host: string,
    port: number,
    lookup: LookupFunction | undefined,
    options: BackendOptions,
    home: ConnectionHome<UpstreamConnection>,
    user: ConnectionUser,
  ) {
    const { deadlines, connectMs } = options;
    this.deadlines = deadlines;
    this.bornMs = deadlines.now;
    this.timeouts = options;
    this.home = home;
    this.user = user;
    this.deadlineMs = connectMs > 0 ? deadlines.in(connectMs) : Number.POSITIVE_INFINITY;
    deadlines.add(this);
    this.socket = openSocket(host, port, lookup, (bytes) => this.onRead(bytes));
    this.gate = new ReadGate(this.socket);
    this.writer = new RequestWriter(this.socket);
    this.socket.on("connect", () => this.onConnect());
    this.socket.on("drain", () => {
      if (!this.requestDone || this.state === TUNNEL) this.user?.onWritable();
    });
    this.socket.on("end", () => this.onEndOfStream());
    this.socket.on("error", (error: NodeJS.ErrnoException) => this.onSocketError(error));
    this.socket.on("close", () => this.fail("upstream_reset", "the connection was closed"));
  }

  get usable(): boolean {
    return this.state === IDLE && !this.socket.destroyed && this.socket.readyState === "open";
  }

  /** The present request as far as it was given, while no byte of it is out; undefined then. */
  get unsent(): string | undefined {
    return this.writer.begun ? undefined : this.writer.unsent;
  }

  /** Takes an idle connection for a request. */
  take(user: ConnectionUser): void {
    this.user = user;
  }

  /** Writes the head; the answer's head must come within `responseMs` (0: no limit). */
  send(head: string, method: string, asksUpgrade: boolean, hasBody: boolean, responseMs: number): void {
    this.uses++;
    this.state = HEAD;
    this.method = method;
    this.asksUpgrade = asksUpgrade;
    this.requestDone = !hasBody;
    this.responseMs = responseMs;
    this.answered = false;
    this.informs = 0;
    this.deadlineMs = responseMs > 0 ? this.deadlines.in(responseMs) : Number.POSITIVE_INFINITY;
    this.writer.head(head);
  }

  /** Body bytes as they are, copied. False: wait for onWritable. */
  write(chunk: Uint8Array): boolean {
    this.onProgress();
    return this.writer.body("", chunk, "");
  }

  /** Body bytes as one chunk, copied. False: wait for onWritable. */
  writeChunked(chunk: Uint8Array): boolean {
    this.onProgress();
    return this.writer.body(`${chunk.length.toString(16)}\r\n`, chunk, "\r\n");
  }

  /** The request is out, `tail` being its last bytes if any. */
  finish(tail: string | undefined): void {
    if (this.state === TUNNEL) {
      this.writer.flush();
      this.socket.end();
      this.tunnelDone = true;
      return;
    }
    this.writer.end(tail ?? "");
    this.requestDone = true;
  }

  pause(): void {
    if (this.gate.held) return;
    // A tunnel has no other clock: a client that takes nothing is given up like one that says nothing.
    if (this.state !== TUNNEL) this.deadlineMs = Number.POSITIVE_INFINITY;
    this.gate.hold();
  }

  resume(): void {
    if (!this.gate.held) return;
    this.gate.release();
    this.touch();
  }

  /** Ends it at once, telling nobody but its home. */
  destroy(): void {
    this.user = undefined;
    // Of a tunnel that broke, the other end learns it.
    if (this.state === TUNNEL) this.socket.resetAndDestroy();
    this.die();
  }

  /** As destroy, once what was written is out. */
  abandon(): void {
    if (this.state === TUNNEL || this.state === DEAD) {
      this.destroy();
      return;
    }
    this.user = undefined;
    this.writer.flush();
    if (this.socket.writableLength === 0) {
      this.die();
      return;
    }
    this.state = LEAVING;
    this.deadlineMs = this.deadlines.in(LEAVE_MS);
    this.socket.end(() => this.die());
  }

  onDeadline(): void {
    if (this.state === CONNECTING) {
      this.fail("upstream_connect_timeout", `no connection within ${this.timeouts.connectMs} ms`);
    } else if (this.state === IDLE || this.state === LEAVING) {
      this.destroy();
    } else if (this.state === HEAD) {
      this.fail("upstream_timeout", "no answer in time");
    } else {
      this.fail("upstream_body_idle", `no body bytes for ${this.timeouts.bodyIdleMs} ms`);
    }
  }

  /** Keeps it idle for at most `ms`. */
  park(ms: number): void {
    this.deadlineMs = this.deadlines.in(ms);
  }

  /** An event stream may be silent for long. */
  allowSilence(): void {
    this.idleMs = this.timeouts.upgradeIdleMs;
    this.touch();
  }

  onChunkData(data: Buffer): void {
    if (this.state === CHUNKS) this.user?.onData(data);
  }

  /** While the request's body flows, the answer's clock starts anew. */
  private onProgress(): void {
    if (this.state === HEAD && this.responseMs > 0) this.deadlineMs = this.deadlines.in(this.responseMs);
    else if (this.state === TUNNEL) this.touch();
  }

  private onConnect(): void {
    if (this.state !== CONNECTING) return;
    this.state = IDLE;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.user?.onConnected();
  }

  private onRead(bytes: number): void {
    if (this.state === DEAD) return;
    if (this.deadlineMs !== Number.POSITIVE_INFINITY && this.state > HEAD) this.touch();
    try {
      if (this.partial === undefined) this.consume(READ_BUFFER, bytes);
      else {
        const joined = Buffer.concat([this.partial, READ_BUFFER.subarray(0, bytes)]);
        // What was searched before has no end but in its last bytes.
        const searched = Math.max(0, this.partial.length - 3);
        this.partial = undefined;
        this.consume(joined, joined.length, searched);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.fail("upstream_invalid", `the upstream sent ${error.message}`);
    }
    if (isFullRead(bytes)) {
      this.gate.onFullRead(this.decoder.chunks);
      this.decoder.chunks = 0;
    }
  }

  private consume(buffer: Buffer, end: number, searched = 0): void {
    let at = 0;
    while (at < end) {
      switch (this.state) {
        case HEAD: {
          if (!this.writer.begun) {
            // An answer to nothing, like the 408 of a server that gives up an idle connection: not this request's.
            this.fail("upstream_reset", "the upstream answered before it was asked");
            return;
          }
          this.answered = true;
          const headEnd = endOfHead(buffer, at === 0 ? searched : at, end);
          if (headEnd < 0) {
            if (end - at > MAX_HEAD_BYTES) throw new WireError("a head that is too large");
            this.partial = Buffer.from(buffer.subarray(at, end));
            return;
          }
          if (headEnd - at > MAX_HEAD_BYTES) throw new WireError("a head that is too large");
          const head = readResponseHead(buffer.toString("latin1", at, headEnd), this.method);
          at += head.bytes;
          this.onResponseHead(head, at < end);
          break;
        }
        case SIZED: {
          const take = Math.min(this.remaining, end - at);
          this.remaining -= take;
          at += take;
          this.user?.onData(buffer.subarray(at - take, at));
          if (this.remaining === 0 && this.state === SIZED) this.complete(undefined, at < end);
          break;
        }
        case CHUNKS:
          at = this.decoder.decode(buffer, at, end, this);
          if (this.decoder.done && this.state === CHUNKS) this.complete(this.decoder.trailers, at < end);
          break;
        case TO_CLOSE:
        case TUNNEL:
          this.user?.onData(buffer.subarray(at, end));
          return;
        default:
          // Bytes nobody asked for (RFC 9112 §9.5 lets a server close an idle connection, not talk on it).
          this.destroy();
          return;
      }
    }
  }

  private onResponseHead(head: ResponseHead, moreBytes: boolean): void {
    const { status, reason, headers, framing } = head;
    if (status === 101) {
      if (!this.asksUpgrade) throw new WireError("101 although no upgrade was asked for");
      if (!this.requestDone) throw new WireError("101 before the request was whole");
      this.state = TUNNEL;
      this.idleMs = this.timeouts.upgradeIdleMs;
      this.touch();
      this.socket.setKeepAlive(true, 60_000);
      this.user?.onUpgrade(status, reason, headers);
      return;
    }
    if (status < 200) {
      if (!head.keepAlive) this.repaired = true;
      if (++this.informs > MAX_INFORMS) throw new WireError("too many informational answers");
      this.user?.onInform(status, reason, headers);
      return;
    }
    this.reusable = head.keepAlive && !this.repaired;
    if (head.keepAliveSeconds >= 0) this.serverIdleMs = head.keepAliveSeconds * 1000;
    this.idleMs = this.timeouts.bodyIdleMs;
    if (framing === NO_BODY || framing === 0) {
      const user = this.user;
      this.state = SIZED;
      user?.onHead(status, reason, headers, framing);
      if (this.state === SIZED) this.complete(undefined, moreBytes);
      return;
    }
    if (framing === CHUNKED) {
      this.decoder.reset();
      this.state = CHUNKS;
    } else if (framing === UNTIL_CLOSE) {
      this.state = TO_CLOSE;
    } else {
      this.state = SIZED;
      this.remaining = framing;
    }
    this.touch();
    this.user?.onHead(status, reason, headers, framing);
  }

  /** The answer is in. `extra`: bytes follow that belong to no answer, so the connection cannot be trusted again. */
  private complete(trailers: RawHeaders | undefined, extra: boolean): void {
    const user = this.user;
    this.user = undefined;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    if (this.reusable && this.requestDone && !extra && !this.ended) {
      this.state = IDLE;
      this.resume();
      this.home.onFree(this);
    } else {
      this.die();
    }
    user?.onEnd(trailers);
  }

  private onEndOfStream(): void {
    this.ended = true;
    switch (this.state) {
      case IDLE:
        this.destroy();
        break;
      case TO_CLOSE:
        this.complete(undefined, false);
        break;
      case TUNNEL:
        this.user?.onEnd(undefined);
        break;
      default:
        this.fail("upstream_reset", "the upstream closed the connection before its answer was complete");
    }
  }

  private onSocketError(error: NodeJS.ErrnoException): void {
    const code = this.state === CONNECTING ? "upstream_refused" : "upstream_reset";
    this.fail(code, `${error.code ?? error.message}`);
  }

  /** Restarts the idle clock of a body or a tunnel. */
  private touch(): void {
    if (this.state <= HEAD) return;
    this.deadlineMs =
      this.idleMs > 0 && (!this.gate.held || this.state === TUNNEL)
        ? this.deadlines.in(this.idleMs)
        : Number.POSITIVE_INFINITY;
  }

  private fail(code: BackendErrorCode, message: string): void {
    if (this.state === DEAD) return;
    const finished = this.state === TUNNEL && this.ended && this.tunnelDone && code === "upstream_reset";
    const { user } = this;
    this.user = undefined;
    this.die();
    if (!finished) user?.onBroken(code, message, !this.answered);
  }

  private die(): void {
    if (this.state === DEAD) return;
    this.state = DEAD;
    this.partial = undefined;
    this.deadlines.remove(this);
    this.socket.destroy();
    this.home.onGone(this);
  }
}

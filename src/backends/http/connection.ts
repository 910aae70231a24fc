import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import { CHUNKED, NO_BODY, type RawHeaders, UNTIL_CLOSE } from "../../domain/message.ts";
import { ChunkedDecoder, type ChunkedSink } from "../../wire/chunked.ts";
import { WireError } from "../../wire/fields.ts";
import { isFullRead, ReadGate } from "../../wire/read-gate.ts";
import { endOfHead } from "../../wire/repair-head.ts";
import { type ResponseHead, readResponseHead } from "../../wire/response-head.ts";
import { lastChunk } from "../../wire/write-head.ts";
import type { BackendErrorCode, BackendOptions } from "../contract.ts";
import type { Carrier, ConnectionHome, ConnectionUser, SentRequest } from "./connection-contract.ts";
import { breakOff, connectFailure } from "./dial-secure.ts";
import type { Dial, SocketUser } from "./open-socket.ts";
import { CHUNKS, CONNECTING, DEAD, HEAD, IDLE, LEAVING, SIZED, TO_CLOSE, TUNNEL } from "./states.ts";
import { headText, RequestWriter } from "./writer.ts";

/** An answer's head may be this long. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Informational answers before the final one. */
const MAX_INFORMS = 32;

/** How long the last bytes of a request may take whose client has gone. */
const LEAVE_MS = 5_000;

/** One HTTP/1.1 connection to an upstream: a strict reader of answers over a raw socket, one request at a time. */
export class UpstreamConnection implements Carrier, Timed, ChunkedSink, SocketUser {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  /** Requests this connection has carried, the present one included. */
  uses = 0;
  /** How long the server said it keeps an idle connection, ms; undefined: it did not say. */
  serverIdleMs: number | undefined = undefined;
  /** On the Deadlines' clock. */
  readonly bornMs: number;
  private readonly connectMs: number;
  private readonly socket: Socket;
  private readonly gate: ReadGate;
  private readonly encrypted: boolean;
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
  /** An interim answer of the present request was repaired, or a server may read the request's end as another one. */
  private doubtful = false;
  private idleMs = 0;
  private responseMs = 0;
  private informs = 0;
  private answered = false;
  /** Bytes of a head that came in pieces. */
  private partial: Buffer | undefined = undefined;

  constructor(
    dial: Dial,
    connectMs: number,
    options: BackendOptions,
    home: ConnectionHome<UpstreamConnection>,
    user: ConnectionUser,
  ) {
    const { deadlines } = options;
    this.deadlines = deadlines;
    this.bornMs = deadlines.now;
    this.timeouts = options;
    this.home = home;
    this.user = user;
    this.deadlineMs = connectMs > 0 ? deadlines.in(connectMs) : Number.POSITIVE_INFINITY;
    deadlines.add(this);
    this.connectMs = connectMs;
    this.socket = dial(this);
    this.gate = new ReadGate(this.socket);
    this.encrypted = this.socket instanceof TLSSocket;
    this.writer = new RequestWriter(this.socket);
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

  get unsent(): string | undefined {
    return this.writer.begun ? undefined : this.writer.unsent;
  }

  /** Takes an idle connection for a request. */
  take(user: ConnectionUser): void {
    this.user = user;
  }

  send(sent: SentRequest): void {
    const { request, responseMs } = sent;
    this.uses++;
    this.state = HEAD;
    this.method = request.method;
    this.asksUpgrade = request.upgrade;
    this.requestDone = !sent.hasBody;
    this.responseMs = responseMs;
    this.answered = false;
    this.informs = 0;
    this.deadlineMs = responseMs > 0 ? this.deadlines.in(responseMs) : Number.POSITIVE_INFINITY;
    this.writer.head(sent.unsent ?? headText(sent));
  }

  write(chunk: Uint8Array): boolean {
    this.onProgress();
    return this.writer.body("", chunk, "");
  }

  writeChunked(chunk: Uint8Array): boolean {
    this.onProgress();
    return this.writer.body(`${chunk.length.toString(16)}\r\n`, chunk, "\r\n");
  }

  finish(trailers: RawHeaders | undefined, chunked: boolean): void {
    if (this.state === TUNNEL) {
      this.writer.flush();
      this.socket.end();
      this.tunnelDone = true;
      return;
    }
    if (chunked) this.writer.end(lastChunk(trailers));
    // Some servers (cheroot) stop at the last chunk, and take trailers for the beginning of the next request.
    this.doubtful ||= chunked && trailers !== undefined;
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

  destroy(): void {
    this.user = undefined;
    // Of a tunnel that broke, the other end learns it.
    if (this.state === TUNNEL) breakOff(this.socket);
    this.die();
  }

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
      this.fail("upstream_connect_timeout", `no connection within ${this.connectMs} ms`);
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

  onConnect(): void {
    if (this.state !== CONNECTING) return;
    this.state = IDLE;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.user?.onConnected();
  }

  onRead(buffer: Buffer, bytes: number): void {
    if (this.state === DEAD) return;
    if (this.deadlineMs !== Number.POSITIVE_INFINITY && this.state > HEAD) this.touch();
    try {
      if (this.partial === undefined) this.consume(buffer, bytes);
      else {
        const joined = Buffer.concat([this.partial, buffer.subarray(0, bytes)]);
        // What was searched before has no end but in its last bytes.
        const searched = Math.max(0, this.partial.length - 3);
        this.partial = undefined;
        this.consume(joined, joined.length, searched);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.fail("upstream_invalid", `the upstream sent ${error.message}`);
    }
    if (this.encrypted) this.gate.onPiece(bytes);
    else if (isFullRead(bytes)) this.gate.onFullRead(bytes);
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
      if (!head.keepAlive) this.doubtful = true;
      if (++this.informs > MAX_INFORMS) throw new WireError("too many informational answers");
      this.user?.onInform(status, reason, headers);
      return;
    }
    this.reusable = head.keepAlive;
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
    if (this.reusable && !this.doubtful && this.requestDone && !extra && !this.ended) {
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
    if (this.state === CONNECTING) this.fail(...connectFailure(error));
    else this.fail("upstream_reset", `${error.code ?? error.message}`);
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

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  type ClientSessionRequestOptions,
  connect,
} from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Timed } from "../../domain/deadlines.ts";
import type { ConnectionLimit } from "../../domain/upstream-state.ts";
import { readsOf } from "../../wire/h2-reads.ts";
import { ReadMemory } from "../../wire/read-memory.ts";
import type { BackendErrorCode, BackendOptions } from "../contract.ts";
import type { ConnectionUser } from "./connection-contract.ts";
import { connectFailure } from "./dial-secure.ts";
import { errorName, type StreamHome, UpstreamStream } from "./h2-stream.ts";
import type { Way } from "./open-socket.ts";

/** Requests of one connection at a time, or fewer where the server says so. */
const MAX_STREAMS = 100;
/** Of answers: what a stream may send before its client takes it. */
const STREAM_WINDOW = 128 * 1024;
/** The same, of a whole connection: clients that do not read hold nobody up. */
const SESSION_WINDOW = MAX_STREAMS * STREAM_WINDOW;
/** node:http2's own sum of what a connection holds. It counts in MiB. */
const MAX_SESSION_BYTES = 16 * 1024 * 1024;
/** An answer's head may be this long. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_SETTINGS = 32;
/** Requests given up on one connection; it takes no further ones then. Servers end connections that reset much (CVE-2023-44487). */
const MAX_CANCELS = 100;
/** After so long without a word while requests wait, a server is asked whether it is there, and is given so long to say so. */
const PING_AFTER_MS = 30_000;
const PING_WAIT_MS = 15_000;
/** Until it is asked again in the same silence: gRPC's servers end connections that ask more often (gRFC A8). */
const PING_AGAIN_MS = 310_000;
/** A connection that was told to end is given so long. */
const LINGER_MS = 1_000;

const CONNECTING = 0;
const READY = 1;
/** It takes no further requests. */
const LEAVING = 2;
const DEAD = 3;

/** Who has a session. */
export interface SessionHome {
  /** A request may be begun that could not before. */
  onRoom(session: UpstreamSession): void;
  onLimit(limit: ConnectionLimit): void;
  onGone(session: UpstreamSession): void;
  /** The server chose HTTP/1.1 (ALPN); the socket is the home's. False: it will not have it. */
  onHttp1(session: UpstreamSession, socket: Socket, streams: readonly UpstreamStream[]): boolean;
}

export interface SessionOptions {
  readonly way: Way;
  /** HTTP/1.1 is offered too. */
  readonly http1: boolean;
  readonly connectMs: number;
  readonly options: BackendOptions;
  readonly home: SessionHome;
}

/** One HTTP/2 connection to an upstream, from its making on. */
export class UpstreamSession implements StreamHome, Timed {
  deadlineMs: number;
  deadlineAt = -1;
  readonly memory: ReadMemory;
  readonly scheme: "http" | "https";
  /** On the Deadlines' clock. */
  readonly bornMs: number;
  readonly options: BackendOptions;
  lost: string | undefined = undefined;
  private readonly home: SessionHome;
  private readonly connectMs: number;
  private readonly socket: Socket;
  private http2: ClientHttp2Session | undefined = undefined;
  private state = CONNECTING;
  private max = MAX_STREAMS;
  /** Those that wait for the connection, in order. */
  private waiting: UpstreamStream[] = [];
  private underWay = 0;
  private cancels = 0;
  private heardMs = 0;
  /** A ping is out since it was last heard of. */
  private asked = false;
  private idleMs = 0;
  /** The last stream that a server which goes away may have looked at. */
  private lastStream = Number.POSITIVE_INFINITY;

  constructor({ way, http1, connectMs, options, home }: SessionOptions) {
    const { deadlines } = options;
    this.options = options;
    this.home = home;
    this.scheme = way.secure ? "https" : "http";
    this.bornMs = deadlines.now;
    this.connectMs = connectMs;
    this.deadlineMs = connectMs > 0 ? deadlines.in(connectMs) : Number.POSITIVE_INFINITY;
    deadlines.add(this);
    this.socket = way.open(http1 ? ["h2", "http/1.1"] : ["h2"]);
    this.memory = new ReadMemory(readsOf(this.socket));
    this.socket.on("error", this.onError);
    this.socket.on("close", this.onClosed);
    this.socket.once(way.secure ? "secureConnect" : "connect", () => this.onConnect());
  }

  /** Requests under way, and those that wait for the connection. */
  get streams(): number {
    return this.underWay + this.waiting.length;
  }

  get connecting(): boolean {
    return this.state === CONNECTING;
  }

  /** One more request may be begun, or may wait for the connection. */
  get hasRoom(): boolean {
    return this.room > 0;
  }

  get room(): number {
    return this.state < LEAVING ? Math.max(0, this.max - this.streams) : 0;
  }

  get isFull(): boolean {
    return this.state < LEAVING && this.streams >= this.max;
  }

  get idle(): boolean {
    return this.state === READY && this.underWay === 0;
  }

  /** One more request. It is told that it is ready, if that is not now. */
  join(user: ConnectionUser): UpstreamStream {
    const stream = new UpstreamStream(this, user);
    if (this.state === CONNECTING) this.waiting.push(stream);
    return stream;
  }

  begin(fields: readonly string[], options: ClientSessionRequestOptions): ClientHttp2Stream | undefined {
    const { http2 } = this;
    if (http2 === undefined || http2.destroyed || http2.closed) return undefined;
    if (this.underWay++ === 0) {
      this.deadlineMs = Number.POSITIVE_INFINITY;
      this.heard();
    }
    return http2.request(fields, options);
  }

  heard(): void {
    const { now } = this.options.deadlines;
    this.heardMs = now;
    this.asked = false;
    if (this.deadlineMs > now + PING_AFTER_MS) this.deadlineMs = now + PING_AFTER_MS;
  }

  ended(): void {
    this.underWay--;
    if (this.state >= LEAVING) {
      if (this.underWay === 0) this.deadlineMs = this.options.deadlines.in(LINGER_MS);
      return;
    }
    if (this.underWay === 0) this.park();
    this.home.onRoom(this);
  }

  leave(stream: UpstreamStream): void {
    const at = this.waiting.indexOf(stream);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  cancelled(): void {
    if (++this.cancels < MAX_CANCELS || this.state !== READY) return;
    this.home.onLimit("resets");
    this.retire();
  }

  isBeyond(id: number | undefined): boolean {
    return id !== undefined && id > this.lastStream;
  }

  /** How long it is kept without a request. */
  keep(ms: number): void {
    this.idleMs = ms;
    if (this.idle) this.park();
  }

  /** Takes no further request, and ends with its last one. */
  retire(): void {
    if (this.state === CONNECTING) {
      this.fail("upstream_refused", "the connection is not needed any more");
      return;
    }
    if (this.state !== READY) return;
    this.state = LEAVING;
    this.http2?.close();
    if (this.underWay === 0) this.deadlineMs = this.options.deadlines.in(LINGER_MS);
  }

  /** Ends it and all it carries. */
  destroy(): void {
    this.die();
  }

  onDeadline(): void {
    const { deadlines } = this.options;
    if (this.state === CONNECTING) {
      this.fail("upstream_connect_timeout", `no connection within ${this.connectMs} ms`);
    } else if (this.underWay === 0) {
      if (this.state === READY) this.retire();
      else this.die();
    } else if (deadlines.now - this.heardMs < PING_AFTER_MS) {
      this.deadlineMs = this.heardMs + PING_AFTER_MS;
    } else if (this.asked) {
      this.lost = `it was silent for ${deadlines.now - this.heardMs} ms, and did not answer a ping`;
      this.home.onLimit("silence");
      this.die();
    } else this.ask();
  }

  private ask(): void {
    const { deadlines } = this.options;
    if (this.http2 === undefined || this.http2.destroyed) {
      this.die();
      return;
    }
    this.asked = true;
    this.deadlineMs = deadlines.in(PING_WAIT_MS);
    this.http2.ping((error) => {
      if (error !== null || !this.asked) return;
      // It was silent all the same: the next question is due much later.
      this.asked = false;
      this.heardMs = deadlines.now + PING_AGAIN_MS - PING_AFTER_MS;
      this.deadlineMs = deadlines.in(PING_AGAIN_MS);
    });
  }

  private onConnect(): void {
    if (this.state !== CONNECTING) return;
    const { socket, home } = this;
    const { alpnProtocol } = socket as TLSSocket;
    if (this.scheme === "https" && alpnProtocol !== "h2") {
      socket.off("error", this.onError).off("close", this.onClosed);
      if (home.onHttp1(this, socket, this.waiting)) {
        this.state = DEAD;
        this.options.deadlines.remove(this);
      } else this.fail("upstream_invalid", "the upstream does not take HTTP/2 (ALPN)");
      return;
    }
    // node:http2 does not hear it.
    socket.once("end", () => socket.destroy());
    socket.setKeepAlive(true, PING_AFTER_MS);
    const options: ClientSessionOptions & { strictSingleValueFields: boolean } = {
      createConnection: () => socket,
      maxSessionMemory: MAX_SESSION_BYTES / (1024 * 1024),
      maxSettings: MAX_SETTINGS,
      maxReservedRemoteStreams: 0,
      // A field that came twice goes on twice, as over HTTP/1.1.
      strictSingleValueFields: false,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: MAX_HEAD_BYTES },
    };
    const http2 = connect(`${this.scheme}://upstream`, options);
    this.http2 = http2;
    // Its own close says more, and comes with the socket's.
    socket.off("close", this.onClosed);
    http2.setLocalWindowSize(SESSION_WINDOW);
    http2.on("error", this.onError);
    http2.on("close", this.onClosed);
    http2.on("goaway", (code, last) => this.onGoaway(code, last));
    http2.on("remoteSettings", ({ maxConcurrentStreams: max = MAX_STREAMS }) => this.onSettings(max));
  }

  /** With the first ones the connection is there. */
  private onSettings(max: number): void {
    this.max = Math.min(max, MAX_STREAMS);
    if (this.state === READY && this.hasRoom) this.home.onRoom(this);
    if (this.state !== CONNECTING) return;
    if (this.max === 0) {
      this.fail("upstream_busy", "the upstream takes no requests on its connections");
      return;
    }
    this.state = READY;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    const waiting = this.waiting;
    this.waiting = [];
    const begun = waiting.splice(0, this.max);
    for (const stream of begun) stream.ready();
    for (const stream of waiting) stream.moved(undefined);
    if (this.idle) this.park();
    if (this.hasRoom) this.home.onRoom(this);
  }

  private onGoaway(code: number, last: number): void {
    this.lastStream = Math.min(this.lastStream, last);
    // What is behind that one is closed as refused. Any other code ends the connection at once.
    if (code !== 0) this.lost ??= `the upstream ended the connection with ${errorName(code)}`;
    if (this.state === CONNECTING)
      this.fail("upstream_refused", "the upstream ended the connection before it was ready");
    else if (this.state === READY) this.state = LEAVING;
  }

  private readonly onError = (error: NodeJS.ErrnoException): void => {
    if (this.state === CONNECTING) {
      if (error.code?.startsWith("ERR_HTTP2_") === true)
        this.fail("upstream_invalid", `the upstream does not speak HTTP/2: ${error.message}`);
      else this.fail(...connectFailure(error));
      return;
    }
    this.lost ??= error.code ?? error.message;
    // node:http2 does not hear of every error of TLS, such as a certificate that is refused later.
    this.die();
  };

  private readonly onClosed = (): void => {
    if (this.state === CONNECTING)
      this.fail("upstream_refused", this.lost ?? "the connection was closed before it was ready");
    else this.die();
  };

  private park(): void {
    this.deadlineMs = this.idleMs > 0 ? this.options.deadlines.in(this.idleMs) : this.options.deadlines.now;
  }

  /** There is no connection. */
  private fail(code: BackendErrorCode, message: string): void {
    const waiting = this.waiting;
    this.waiting = [];
    this.die();
    for (const stream of waiting) stream.fail(code, message, true);
  }

  private die(): void {
    if (this.state === DEAD) return;
    this.state = DEAD;
    this.lost ??= "the connection was closed";
    this.options.deadlines.remove(this);
    this.http2?.destroy();
    this.socket.destroy();
    this.home.onGone(this);
  }
}

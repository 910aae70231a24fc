/**
 * How a lane (HTTP coming in) and the exchange meet: raw header lists and byte chunks, no streams, no node:http. One
 * LaneRequest is one request on one connection. All calls are synchronous and single-threaded; none may throw.
 */

import type { Clock } from "../domain/clock.ts";
import type { ListenAddress } from "../domain/config.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { RawHeaders, RequestHead } from "../domain/message.ts";

export type { Peer, RequestHead } from "../domain/message.ts";

/** The client's side of a request, called by the exchange. After end(), abort() or onAbort nothing is called. */
export interface LaneRequest {
  readonly head: RequestHead;
  /** Body chunks flow from here on. Until then none has been delivered. */
  resume(): void;
  /** Stop delivering body chunks; at most one more may come. */
  pause(): void;
  /** A 1xx other than 101. */
  inform(status: number, reason: string, headers: RawHeaders): void;
  /**
   * The final head. `headers` are written as they are (framing fields in them agree with `framing`; Connection and
   * Keep-Alive are the lane's). `close`: the connection ends after this answer.
   */
  respond(status: number, reason: string, headers: RawHeaders, framing: number, close: boolean): void;
  /** 101: from here on write/onBody carry raw bytes both ways, end()/onBodyEnd are half-closes. */
  upgrade(status: number, reason: string, headers: RawHeaders): void;
  /** False: wait for onDrain before the next. The chunk is the lane's from here. */
  write(chunk: Uint8Array): boolean;
  end(trailers: RawHeaders | undefined): void;
  /** Break the client's connection: what was sent must not look complete. */
  abort(): void;
}

/** What the exchange hears from the lane. */
export interface LaneListener {
  /** Valid only during the call unless copied. */
  onBody(chunk: Uint8Array): void;
  onBodyEnd(trailers: RawHeaders | undefined): void;
  onDrain(): void;
  /** The body stalled longer than bodyIdle while the exchange was ready for more. */
  onBodyStall(): void;
  /** The client sent a FIN behind this request, which is whole: it may still read. At most once, and not in a tunnel. */
  onClientEnd(): void;
  /** The client left, or its body broke (`code`), before the answer was complete. Nothing follows. */
  onAbort(code: string): void;
  /** The whole answer was handed to the operating system. Nothing follows. Called once, after end(). */
  onDone(): void;
}

/** The exchange, as lanes see it: called once a request head, before any body; returns its listener. */
export type LaneHandler = (request: LaneRequest) => LaneListener;

/** What a lane refuses before there is an exchange; codes of proxy/refusals. */
export type LaneRefusalCode =
  | "bad_request"
  | "bad_transfer_coding"
  | "client_certificate"
  | "expectation_failed"
  | "headers_too_large"
  | "method_unknown"
  | "plain_http"
  | "request_timeout"
  | "url_too_long";

/** A refusal, ready to be written. */
export interface RawRefusal {
  readonly status: number;
  readonly reason: string;
  readonly headers: RawHeaders;
  readonly body: string;
}

export interface LaneOptions {
  readonly handler: LaneHandler;
  readonly deadlines: Deadlines;
  /** Makes (and counts) the answer to what could not be parsed. */
  readonly refusal: (code: LaneRefusalCode) => RawRefusal;
  /** 0 is no limit. */
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  readonly headersMs: number;
  readonly idleMs: number;
  readonly bodyIdleMs: number;
  /** Undefined: HTTP/1.1 alone. */
  readonly http2: Http2Options | undefined;
  /** Of gRPC's streams, in which either end may be silent for long. */
  readonly streamIdleMs: number;
}

/** How HTTP/2 comes in, beside HTTP/1.1. */
export interface Http2Options {
  /** Requests at once of one connection. */
  readonly maxStreams: number;
  /** So many random bytes, hexadecimal. */
  readonly hex: (bytes: number) => string;
}

/** A socket that another process bound and sent: Node's own handle. */
export type BoundSocket = object;

/** HTTP coming in at one address. */
export interface Lane {
  /** Client connections open now, tunnels included. */
  readonly connections: number;
  /** Connections turned away at the limit. */
  readonly dropped: number;
  /** Requests, by the name of the lane that took them: this one, or one that this one hands over to. */
  readonly taken: Readonly<Record<string, number>>;
  /** Connections handed over to another lane, by reason. */
  readonly handovers: Readonly<Record<string, number>>;
  /** HTTP/2 connections that ended with an error, by its name (RFC 9113 §7) in lower case. */
  readonly sessionsEnded: Readonly<Record<string, number>>;
  /** How often HTTP/2 connections came to limits, by limit. */
  readonly http2Limits: Readonly<Record<string, number>>;
  /**
   * Resolves with what was bound: port 0 has become one. Rejects with the system's error. With `bound`: on a socket that has the
   * address already.
   */
  listen(address: ListenAddress, reusePort: boolean, bound?: BoundSocket): Promise<ListenAddress>;
  /** Takes no new connection, once those that wait to be taken are. Open ones go on. See stop-listening. */
  stopAccepting(shared: boolean, clock: Clock, patienceMs: number): Promise<void>;
  /** Ends connections that carry no request now. */
  closeIdle(): void;
  /** Ends everything. */
  close(): void;
}

/** A way for HTTP to come in: one folder, and one line in lanes/index.ts. */
export interface LaneKind {
  /** A metric label. */
  readonly name: string;
  /** Does not listen yet. */
  create(options: LaneOptions): Lane;
}

/** A request as a client would write it. Header values are latin1 strings of the bytes. */
export interface WrittenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: RawHeaders;
  /** The client's connection comes from here; "": not known. */
  readonly remoteAddress: string;
  /** A latin1 string of the body's bytes; undefined: not told. */
  readonly body?: string | undefined;
  /** The operation that the body asks for, where that is told in its place. */
  readonly operation?: string | undefined;
}

/**
 * How a lane (HTTP coming in) and the exchange meet: raw header lists and byte chunks, no streams, no node:http. One
 * LaneRequest is one request on one connection. All calls are synchronous and single-threaded; none may throw.
 */
import type { RawHeaders, RequestHead } from "../domain/message.ts";

export type { RequestHead } from "../domain/message.ts";

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
  /** The client left, or its body broke (`code`), before the answer was complete. Nothing follows. */
  onAbort(code: string): void;
  /** The whole answer was handed to the operating system. Nothing follows. Called once, after end(). */
  onDone(): void;
}

/** The exchange, as lanes see it: called once a request head, before any body; returns its listener. */
export type LaneHandler = (request: LaneRequest) => LaneListener;

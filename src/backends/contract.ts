/**
 * How the exchange reaches one side. Mirrors lanes/contract: raw header lists, byte chunks, callbacks; no streams.
 * All calls are synchronous; none may throw. See domain/message for header lists and framing numbers.
 */
import type { UpstreamDefinition } from "../domain/config.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { RawHeaders } from "../domain/message.ts";

export interface BackendRequest {
  readonly method: string;
  readonly target: string;
  /**
   * Final list, written as it is, the framing fields included; Connection is left to the backend. A backend whose upstream
   * has its own Host writes that one instead of the client's, and every backend does where the client sent none.
   */
  readonly headers: RawHeaders;
  /** NO_BODY, CHUNKED or a length: how write() is framed. */
  readonly framing: number;
  /**
   * Ask for an upgrade: the backend adds `Connection: upgrade`; Upgrade is in the list. The request ends like any other; with
   * 101 what write() and end() mean begins anew.
   */
  readonly upgrade: boolean;
  /** Safe to send twice if a reused connection dies before any response byte. */
  readonly retryable: boolean;
  /** Until the answer's head, ms. Replaces the upstream's; undefined: the upstream's. */
  readonly timeoutMs: number | undefined;
}

/** One request under way. After onEnd, onError or abort() nothing is called on either side. */
export interface BackendCall {
  /** `chunk` is the caller's only during the call. False: wait for onRequestDrain. */
  write(chunk: Uint8Array): boolean;
  end(trailers: RawHeaders | undefined): void;
  /** What was already read still comes. */
  pause(): void;
  resume(): void;
  /** The answer is an event stream: it may be silent for long. */
  allowSilence(): void;
  /** The client is gone: give the upstream up. */
  abort(): void;
}

export interface BackendListener {
  onRequestDrain(): void;
  /** A 1xx other than 101; 100 included. */
  onInform(status: number, reason: string, headers: RawHeaders): void;
  /** `framing`: NO_BODY, a length, CHUNKED or UNTIL_CLOSE. `headers` as received. */
  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void;
  /**
   * 101, to a request that is whole: from here on onData/write carry raw bytes, onEnd/end are half-closes (onEnd may come
   * before end()).
   */
  onUpgrade(status: number, reason: string, headers: RawHeaders): void;
  /** Valid only during the call unless copied. */
  onData(chunk: Uint8Array): void;
  onEnd(trailers: RawHeaders | undefined): void;
  /**
   * There is no answer, or it will not be whole. `message` has the details, in the words of what failed. `untouched`: no byte
   * of the request was sent to the side.
   */
  onError(code: BackendErrorCode, message: string, untouched: boolean): void;
}

/** What went wrong, in terms that hold for whatever answers: a server, a function, a bucket, a stream. Metric labels. */
export type BackendErrorCode =
  /** It could not be reached: what was asked did not arrive. */
  | "upstream_refused"
  /** It could not be reached in time. */
  | "upstream_connect_timeout"
  /** It was asked, and its answer did not begin in time. */
  | "upstream_timeout"
  /** It broke off before its answer was complete. */
  | "upstream_reset"
  /** It answered, in a way that could not be understood. */
  | "upstream_invalid"
  /** Its answer began, and stopped for too long. */
  | "upstream_body_idle"
  /** No file names the upstream any more. */
  | "upstream_missing"
  /** Not the side broke, but what stands before it. */
  | "layer_failed";

/** A named upstream, ready to be asked. */
export interface Backend {
  readonly name: string;
  open(request: BackendRequest, listener: BackendListener): BackendCall;
  /** What is wrong now, for status: e.g. an ejected URL. */
  problems(): readonly string[];
  /** Closes idle connections; those in use close when they finish. */
  close(): void;
}

export interface BackendOptions {
  readonly deadlines: Deadlines;
  readonly connectMs: number;
  readonly bodyIdleMs: number;
  /** Of upgraded connections and event streams. */
  readonly upgradeIdleMs: number;
}

/** A way to reach what answers: one folder, and one line in backends/index.ts. */
export interface BackendKind {
  create(definition: UpstreamDefinition, options: BackendOptions): Backend;
}

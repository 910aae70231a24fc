/**
 * How the exchange reaches one side. Mirrors lanes/contract: raw header lists, byte chunks, callbacks; no streams.
 * All calls are synchronous; none may throw. See domain/message for header lists and framing numbers.
 */
import type { Aws, InvokeFunction } from "../aws/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { CertificateState } from "../domain/certificate-state.ts";
import type { UpstreamDefinition } from "../domain/config.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { MessageContent } from "../domain/message-target.ts";
import type { UpstreamState, UpstreamTry } from "../domain/upstream-state.ts";

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
  /** Sending it twice does what sending it once does. */
  readonly retryable: boolean;
  /** Until the answer's head, ms. Replaces the upstream's; undefined: the upstream's. */
  readonly timeoutMs: number | undefined;
  /** To a function: the event that it is with this body, for JSON. */
  readonly event?: (body: EventBody | undefined) => object;
  /** To a stream or a queue: what message it is with this body. */
  readonly message?: (body: Uint8Array) => MessageContent;
  /** Left out: nobody hears of tries, and there is no client. */
  readonly served?: Asker;
  /** Hears of tries too: the span of a traced request. */
  readonly tries?: Pick<Asker, "onTry"> | undefined;
}

/** A body as events carry it. */
export interface EventBody {
  readonly text: string;
  readonly base64: boolean;
}

/** Who a request is sent for. */
export interface Asker {
  /** Of the client; "" if it is not known. */
  clientAddress(): string;
  /** A try that came to nothing, or one that followed such. */
  onTry(tried: UpstreamTry): void;
}

/** One request under way. After onEnd, onError or abort() nothing is called on either side, except onLeft. */
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
  /**
   * In abort() of a whole request that has no connection yet, with undefined: it is sent all the same, and onLeft comes once more, to say
   * whether anything took it. If not, no byte of it was sent.
   */
  onLeft?(taken: boolean | undefined): void;
}

/** What went wrong, in terms that hold for whatever answers: a server, a function, a bucket, a stream. Metric labels. */
export type BackendErrorCode =
  /** It could not be reached: what was asked did not arrive. */
  | "upstream_refused"
  /** It could not be reached in time. */
  | "upstream_connect_timeout"
  /** Its certificate, or how it took ours, does not pass. */
  | "upstream_certificate"
  /** As many connections to it are open as may be, and none was free in time. */
  | "upstream_busy"
  /** It was asked, and its answer did not begin in time. */
  | "upstream_timeout"
  /** It broke off before its answer was complete. */
  | "upstream_reset"
  /** It answered, in a way that could not be understood. */
  | "upstream_invalid"
  /** Its answer began, and stopped for too long. */
  | "upstream_body_idle"
  /** The function failed. */
  | "function_failed"
  /** Who runs functions did not take this request. */
  | "function_refused"
  /** The request's body is larger than functions take. */
  | "function_body_too_large"
  /** The bucket's rights do not have this request. */
  | "object_denied"
  /** The bucket cannot be asked: no credentials, wrong ones, another Region, no such bucket. */
  | "bucket_refused"
  /** The bucket wants to be asked later. */
  | "bucket_busy"
  /** The request's body is larger than messages are. */
  | "message_too_large"
  /** The stream or queue did not take the message. */
  | "message_refused"
  /** The stream or queue takes no more for now. */
  | "message_throttled"
  /** No file names the upstream any more. */
  | "upstream_missing"
  /** Not the side broke, but what stands before it. */
  | "layer_failed"
  /** What was asked, or the answer, could not be brought into its other form. */
  | "transform_failed"
  /** So much waits to be brought into its other form that this was not begun. */
  | "transform_busy";

/** A named upstream, ready to be asked. */
export interface Backend {
  readonly name: string;
  open(request: BackendRequest, listener: BackendListener): BackendCall;
  /** For each URL to which requests fail, a sentence for status. */
  problems(): readonly string[];
  /** Closes idle connections; those in use close when they finish. */
  close(): void;
}

/** A backend that can be looked into. */
export interface Upstream extends Backend {
  /** What is wrong with it beside its problems, a sentence each. */
  warnings(): readonly string[];
  state(): UpstreamState;
  /** The client certificate that it is shown; undefined: none. */
  certificate(): CertificateState | undefined;
  /** The front door drains: what waits for more of its kind goes now. */
  drain?(): void;
}

export interface BackendOptions {
  readonly deadlines: Deadlines;
  readonly connectMs: number;
  readonly bodyIdleMs: number;
  /** Of upgraded connections and event streams. */
  readonly upgradeIdleMs: number;
  /** Chance, 0 to 1; left out: what is drawn is always the first. */
  readonly random?: () => number;
  /** How names are looked up, told in a later turn; left out: as the system does. */
  readonly resolve?: (
    name: string,
    done: (error: string | undefined, addresses: readonly string[]) => void,
  ) => void;
  /** Bytes of bodies that may be kept for another try, with those that layers keep; left out: none. */
  readonly bodies?: ByteBudget;
  /** How functions are asked; left out: they are not. */
  readonly invoke?: InvokeFunction;
  /** How buckets, streams and queues are asked; left out: they are not. */
  readonly aws?: Aws;
}

/** A way to reach what answers: one folder, and one line in backends/index.ts. */
export interface BackendKind<Definition extends UpstreamDefinition> {
  create(definition: Definition, options: BackendOptions): Upstream;
}

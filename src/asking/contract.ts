import type { RawHeaders } from "../domain/message.ts";

/** One request of the front door's own to a service beside the sides: an authorizer, a function, a source of credentials. */
export interface Question {
  readonly url: URL;
  readonly method: string;
  /** Values are latin1 strings of the bytes. Content-Length is added. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
  /** It does something each time that it arrives: where it may have, it is not sent again. */
  readonly single?: boolean | undefined;
  /** Ends it. It is the caller's to bound its time. */
  readonly signal: AbortSignal;
  /** A longer answer is given up. */
  readonly maxBytes: number;
  /** Asked before so many more bytes of the answer are kept. False: it is given up as `too_large`. */
  readonly reserve?: ((bytes: number) => boolean) | undefined;
  /** Of an answer with this status: who takes its body as it comes; undefined: it is kept whole, within `maxBytes`. */
  readonly taker?: ((status: number, headers: RawHeaders) => BodyTaker | undefined) | undefined;
}

/** Takes an answer's body as it comes. */
export interface BodyTaker {
  /** Before the first chunk. `resume`: chunks may come again. */
  onBegin(resume: () => void): void;
  /** Valid only during the call unless copied. False: no more until `resume`; what was already read still comes. */
  onData(chunk: Uint8Array): boolean;
}

/** Why there is no answer: no connection, so that nothing was sent; it broke off, or was no HTTP; too long; the signal. */
export type AskFailure = "unreachable" | "broken" | "too_large" | "ended";

export type Reply =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** As received. */
      readonly headers: RawHeaders;
      /** Empty where a taker has it. */
      readonly body: Uint8Array;
    }
  /** `detail`: in words of the system's, for a log. */
  | { readonly kind: "failed"; readonly why: AskFailure; readonly detail: string };

/** Never rejects, and follows no redirect. */
export type Ask = (question: Question) => Promise<Reply>;

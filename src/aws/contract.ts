import type { CredentialSettings, FunctionSettings } from "../domain/aws.ts";

/** Never logged, kept in a file, or shown. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Milliseconds since the epoch; undefined: not known. */
  readonly expiresMs: number | undefined;
}

/** Credentials as they are now. */
export interface Credentials {
  /** Rejects with a FigError `no_credentials`, which says where was looked. */
  current(signal: AbortSignal): Promise<AwsCredentials>;
  /** AWS took these for ended or unknown: they are looked for anew. */
  refused(credentials: AwsCredentials): void;
}

export type CredentialsOf = (settings: CredentialSettings) => Credentials;

type InvokeFailure =
  | "unreachable"
  | "broken"
  | "malformed"
  | "too_large"
  | "ended"
  | "refused"
  | "no_credentials";

/** What became of an invocation. */
export type Invoked =
  | {
      readonly kind: "returned";
      /** Empty where a taker has it. */
      readonly payload: Uint8Array;
      /** Lambda's, which the function's log has. */
      readonly requestId?: string | undefined;
    }
  /** The function threw, or did not end. */
  | {
      readonly kind: "threw";
      readonly errorType: string;
      readonly errorMessage: string;
      readonly requestId?: string | undefined;
    }
  /** There is no answer of the function. `detail` is for a log, and has no credential. `status`: Lambda's, where it refused. */
  | {
      readonly kind: "failed";
      readonly why: InvokeFailure;
      readonly detail: string;
      readonly status?: number;
    };

export interface Invocation {
  readonly function: FunctionSettings;
  /** JSON. */
  readonly payload: string;
  /** True: nobody waits for the function. What is returned is empty. */
  readonly async?: boolean;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** Asked before so many more bytes of the answer are kept. False: it is given up. */
  readonly reserve?: (bytes: number) => boolean;
  /** The function's answer is streamed to it (InvokeWithResponseStream), and not kept. */
  readonly taker?: PayloadTaker;
}

/** Takes what a function says while it runs. */
export interface PayloadTaker {
  /** The function was invoked. `resume`: chunks may come again. */
  onBegin(resume: () => void): void;
  /** Valid only during the call unless copied. False: no more until `resume`; what was already read still comes. */
  onPayload(chunk: Uint8Array): boolean;
  /** So many more bytes of a frame that is not whole are kept. False: it is given up. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

/** Never rejects. */
export type InvokeFunction = (invocation: Invocation) => Promise<Invoked>;

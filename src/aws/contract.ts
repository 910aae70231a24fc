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

type InvokeFailure = "unreachable" | "broken" | "too_large" | "ended" | "refused" | "no_credentials";

/** What became of an invocation. */
export type Invoked =
  | { readonly kind: "returned"; readonly payload: Uint8Array }
  /** The function threw, or did not end. */
  | { readonly kind: "threw"; readonly errorType: string; readonly errorMessage: string }
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
  /** Running it twice does what running it once does. Left out: it is not run again where it may have been. */
  readonly repeatable?: boolean;
  /** True: nobody waits for the function. What is returned is empty. */
  readonly async?: boolean;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** Asked before so many more bytes of the answer are kept. False: it is given up. */
  readonly reserve?: (bytes: number) => boolean;
}

/** Never rejects. */
export type InvokeFunction = (invocation: Invocation) => Promise<Invoked>;

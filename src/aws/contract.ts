import type { AskFailure, BodyTaker } from "../asking/contract.ts";
import type { AwsPlace, CredentialSettings, FunctionSettings } from "../domain/aws.ts";
import type { RawHeaders } from "../domain/message.ts";

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

/** A request as it is signed. */
export interface Signable {
  readonly method: string;
  readonly host: string;
  /** As it is sent: its segments percent-encoded once. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** All of them are signed. Lower-case names, latin1 values; `host` is added. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whole; of S3 also what stands for a body that is not known yet. */
  readonly body: string | Uint8Array | StreamedBody;
}

/** `unsigned`: TLS alone keeps it whole. `chunks`: it is signed piece by piece as it goes (aws-chunked). */
interface StreamedBody {
  readonly streamed: "unsigned" | "chunks";
  readonly bytes: number;
}

/** A body on its way, as signed chunks. `write` has the bytes only during its call. */
export interface SignedChunks {
  push(chunk: Uint8Array, write: (bytes: Uint8Array) => void): void;
  end(write: (bytes: Uint8Array) => void): void;
  /** It is over, whole or not: what it held goes back at once, and nothing is written any more. Also in a call of `write`. */
  drop(): void;
}

/** What a request is sent with. */
export interface SignedRequest {
  /** Path and query, as they were signed. */
  readonly target: string;
  /** Those that were signed, and what signs them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: AwsCredentials;
  /** By which the clock that it was signed by is ahead of this machine's, ms. */
  readonly aheadMs: number;
  /** Of a body in `chunks`; Content-Length among `headers` is then that of the chunks. */
  readonly chunks: SignedChunks | undefined;
}

export type AwsServiceName = "lambda" | "s3" | "kinesis" | "sqs";

/** One service in one Region, with credentials. */
export interface AwsService {
  readonly name: AwsServiceName;
  /** Undefined: nobody said one. */
  readonly region: string | undefined;
  /** Where it is; undefined: no Region is known, or what the environment says is no URL. */
  readonly url: URL | undefined;
  /** `url` is an emulator's, or a private endpoint's. */
  readonly own: boolean;
  /** Rejects with a FigError `no_credentials`. */
  sign(request: Signable, signal: AbortSignal): Promise<SignedRequest>;
  /**
   * Hears what a service answered: how late it is there, and the error's name ("": none). True: the same request, signed anew, may be
   * taken.
   */
  heard(answer: { readonly date: string | undefined; readonly error: string }, sent: SignedRequest): boolean;
}

type AwsServices = (name: AwsServiceName, place: AwsPlace) => AwsService;

/** One request with a whole body to a service that answers in JSON. */
interface AwsQuestion {
  readonly path: string;
  readonly query: Signable["query"];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  readonly reserve?: ((bytes: number) => boolean) | undefined;
  /** It does something each time, and is not sent again where it may have arrived. */
  readonly single?: boolean | undefined;
  /** Takes the body of an answer of this status, which is then not kept. */
  readonly taker?: ((status: number, headers: RawHeaders) => BodyTaker | undefined) | undefined;
}

export type AwsReply =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: RawHeaders;
      readonly body: Uint8Array;
      /** The error's name; "": it is none, or has no name. */
      readonly error: string;
    }
  | { readonly kind: "failed"; readonly why: AskFailure | "no_credentials"; readonly detail: string };

/** POSTs. Never rejects. Asked again once where a clock or credentials were the only fault. */
export type AskAws = (service: AwsService, question: AwsQuestion) => Promise<AwsReply>;

/** What backends ask AWS with. */
export interface Aws {
  readonly service: AwsServices;
  readonly ask: AskAws;
}

type InvokeFailure = AskFailure | "malformed" | "refused" | "no_credentials";

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
  readonly payload: string | Uint8Array;
  /** Running it twice does what running it once does. Left out: it is not run again where it may have been. */
  readonly repeatable?: boolean;
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

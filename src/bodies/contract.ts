import type { RawHeaders } from "../domain/message.ts";
import type { CheckProblem } from "../domain/openapi/held-answer.ts";

/** Work on whole bodies that is done on a thread of its own: what takes long, or never ends, holds no request up but its own. */

/** Asks for another body in place of this one. */
export interface TransformJob {
  readonly kind: "transform";
  /** JSONata. */
  readonly expression: string;
  /** JSON; undefined: there is none, and the expression makes one of what is bound. */
  readonly body: Uint8Array | undefined;
  /** Content-Encoding; "": none. */
  readonly coding: string;
  /** What the expression knows besides, by the names of variables. */
  readonly bound: Readonly<Record<string, unknown>>;
  /** Of the result, and of the body once it is decoded. */
  readonly maxBytes: number;
  /** A result that is a text is the body as it stands; else every result is JSON. */
  readonly text: boolean;
}

/** An OpenAPI document that messages are held against. */
export interface CheckDocument {
  /** One for each text. */
  readonly id: string;
  /** JSON. The thread is told it once. */
  readonly text: string;
}

/** Asks whether a request is one that the document describes, or an answer one of that request's. */
export interface CheckJob {
  readonly kind: "check";
  readonly document: CheckDocument;
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** Of the message that is checked. */
  readonly headers: RawHeaders;
  /** Of the answer that is checked; undefined: it is the request. */
  readonly status: number | undefined;
  /** Undefined: there is none, or it is not looked at. */
  readonly body: Uint8Array | undefined;
  readonly maxBytes: number;
}

export type CheckFound = "no_path" | "no_method" | "media_type" | readonly CheckProblem[];

export type BodyJob = TransformJob | CheckJob;

export type BodyFailure =
  /** The body is not what it is said to be. */
  | "not_json"
  /** It is larger than it may be, decoded, or has more parts. */
  | "too_large"
  /** The work itself broke, gave nothing, or grew past its bound. */
  | "failed"
  /** It took longer than it may. */
  | "slow"
  /** So many jobs wait that this one was not begun. */
  | "busy";

/** `operation`: of an answer that was checked, what it answers: `GET /orders/{id}`. */
interface CheckDone {
  readonly ok: true;
  readonly found: CheckFound;
  readonly operation?: string | undefined;
  readonly body?: undefined;
}

export type BodyResult =
  | { readonly ok: true; readonly body: Uint8Array; readonly found?: undefined }
  /** Of a check. */
  | CheckDone
  /** In words of ours and of the library's; never a part of the body. */
  | { readonly ok: false; readonly why: BodyFailure; readonly message: string };

export type BodyFailed = Extract<BodyResult, { readonly ok: false }>;
/** A transformation's. */
export type Transformed = BodyFailed | { readonly ok: true; readonly body: Uint8Array };
/** A check's. */
export type Checked = BodyFailed | CheckDone;

/** Whose work it is. */
export interface JobBy {
  readonly route: string;
  /** Its address; of work that no client waits for another text. */
  readonly client: string;
  /** Aborted: nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

/** The thread, from outside. Neither rejects. */
export interface BodyWork {
  transform(job: TransformJob, by: JobBy): Promise<Transformed>;
  check(job: CheckJob, by: JobBy): Promise<Checked>;
}

import { headerLines } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import type { RefusalCode } from "../../domain/refusals.ts";
import type { BackendErrorCode } from "../contract.ts";

/** What an error of S3's is to a client: an answer about the object, or a failure of the side. */
type ObjectError =
  | { readonly kind: "answer"; readonly code: RefusalCode }
  /** `untouched`: nothing was done. */
  | { readonly kind: "failure"; readonly code: BackendErrorCode; readonly untouched: boolean };

const META = "x-amz-meta-";
const FIELDS: ReadonlySet<string> = new Set([
  ...["content-type", "content-length", "content-encoding", "content-language", "content-disposition"],
  ...["content-range", "cache-control", "expires", "etag", "last-modified", "accept-ranges", "date"],
]);

/**
 * The fields of an answer that are the object's, its metadata among them. Others say how the bucket is kept and to whom it belongs, or
 * what clients shall do: sessions, redirects and who may read an answer are for the front door to say.
 */
export function objectFields(headers: RawHeaders): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const lower = name.toLowerCase();
    if (FIELDS.has(lower) || lower.startsWith(META)) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** The `Code` of an error in S3's XML; "": there is none. */
export function errorName(xml: string): string {
  return (xml.includes("<Error>") && /<Code>(\w{1,100})<\/Code>/.exec(xml)?.[1]) || "";
}

const answer = (code: RefusalCode): ObjectError => ({ kind: "answer", code });
const failure = (code: BackendErrorCode, untouched = true): ObjectError => ({
  kind: "failure",
  code,
  untouched,
});

const BY_NAME: Readonly<Record<string, ObjectError>> = {
  NoSuchBucket: failure("bucket_refused"),
  AccessDenied: failure("object_denied"),
  AllAccessDisabled: failure("object_denied"),
  InvalidObjectState: failure("object_denied"),
  SlowDown: failure("bucket_busy"),
  EntityTooLarge: answer("object_too_large"),
  KeyTooLongError: answer("object_key_invalid"),
  MissingContentLength: answer("object_length_missing"),
  BadDigest: answer("object_refused"),
  AuthorizationHeaderMalformed: failure("bucket_refused"),
  ExpiredToken: failure("bucket_refused"),
  InvalidToken: failure("bucket_refused"),
  TokenRefreshRequired: failure("bucket_refused"),
};

const BY_STATUS: Readonly<Record<number, ObjectError>> = {
  // A signature that does not match, a key that nobody knows.
  401: failure("bucket_refused"),
  403: failure("bucket_refused"),
  404: answer("object_missing"),
  405: answer("object_method"),
  409: answer("object_conflict"),
  411: answer("object_length_missing"),
  412: answer("object_condition"),
  413: answer("object_too_large"),
  416: answer("object_range"),
  429: failure("bucket_busy"),
  503: failure("bucket_busy"),
};

/** By the error's name, else by its status. */
export function objectError(status: number, name: string): ObjectError {
  const own = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (own !== undefined) return own;
  // Another Region. Whoever follows is sent where the front door does not look.
  if (status < 400) return failure("bucket_refused");
  return BY_STATUS[status] ?? (status >= 500 ? failure("bucket_busy", false) : answer("object_refused"));
}

const CAUSES: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch: "the secret is not the access key's",
  InvalidAccessKeyId: "the access key is not known there",
  ExpiredToken: "the credentials have ended",
  InvalidToken: "the session token is not the access key's",
  RequestTimeTooSkewed: "the clock is off",
  NoSuchBucket: "there is no such bucket",
  AuthorizationHeaderMalformed: "the bucket is in another Region",
  PermanentRedirect: "the bucket is in another Region",
  AccessDenied:
    "the credentials' rights do not have this; without s3:ListBucket S3 says so of missing objects too",
};

/** An error of S3's for a log: its name and what that means. Nothing of its text, which may tell the key. */
export function errorWords(status: number, name: string, headers: RawHeaders): string {
  const region = headerLines(headers, "x-amz-bucket-region")[0];
  const cause = Object.hasOwn(CAUSES, name)
    ? CAUSES[name]
    : status === 301
      ? CAUSES.PermanentRedirect
      : undefined;
  const where =
    cause === CAUSES.PermanentRedirect && region !== undefined && /^[\w-]{1,40}$/.test(region)
      ? `: ${region}`
      : "";
  return `S3 answered ${status}${name === "" ? "" : ` ${name}`}${cause === undefined ? "" : ` (${cause}${where})`}`;
}

/** Fields of an error's answer that its client needs: how long the object is, what it is now. */
export function errorFields(code: RefusalCode, headers: RawHeaders): string[] {
  const names = code === "object_range" ? ["content-range"] : [];
  return names.flatMap((name) => headerLines(headers, name).flatMap((value) => [name, value]));
}

import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import { uriEncoded } from "../domain/uri-encoded.ts";
import type { AwsCredentials, Signable } from "./contract.ts";

interface SigningScope {
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** By AWS's clock. */
  readonly nowMs: number;
  /**
   * S3 alone takes a path as it was sent, and wants the body's hash in a field; everywhere else each segment is encoded once more
   * (Signature Version 4, task 1).
   */
  readonly s3?: boolean;
}

/** Days of which a secret's keys are kept: around midnight there are two. */
const MAX_SIGNING_KEYS = 64;

/**
 * A day's key costs four hashes: kept with the credentials, and gone with them. Of bytes Node would make a key object for each
 * signature: four times the time, and 2 KiB of garbage for each 64 KiB of a body.
 */
const signingKeys = new WeakMap<AwsCredentials, Map<string, KeyObject>>();

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** Of bytes, or of a text in UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data);
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** A query as it is sent and signed: sorted by encoded names, then values. */
export function queryOf(query: Signable["query"]): string {
  return query
    .map(([name, value]) => [uriEncoded(name), uriEncoded(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** A path as every service but S3 takes it: each of its segments, encoded as they were sent, is encoded once more. */
export function canonicalPath(path: string): string {
  return path.split("/").map(uriEncoded).join("/");
}

function signingKey({ credentials, region, service }: SigningScope, day: string): KeyObject {
  const scope = `${day}/${region}/${service}`;
  let keys = signingKeys.get(credentials);
  if (keys === undefined) {
    keys = new Map();
    signingKeys.set(credentials, keys);
  }
  const known = keys.get(scope);
  if (known !== undefined) return known;
  if (keys.size >= MAX_SIGNING_KEYS) keys.clear();
  const bytes = [region, service, "aws4_request"].reduce(
    hmac,
    hmac(`AWS4${credentials.secretAccessKey}`, day),
  );
  const key = createSecretKey(bytes);
  keys.set(scope, key);
  return key;
}

/** AWS takes what was signed up to five minutes ago. A clock further off than this is corrected. */
const SKEW_MS = 4 * 60_000;
/** The end of the year 9999: no stamp can say a later time, and a clock that shall be there would sign nothing any more. */
const LAST_TIME_MS = 253_402_300_799_999;

/** By AWS's clock, ms since the epoch, where what was signed at `nowMs` may have been refused for its time; undefined: it was not. */
export function otherTime(date: string | undefined, nowMs: number): number | undefined {
  const theirs = Date.parse(date ?? "");
  const isTime = theirs >= 0 && theirs < LAST_TIME_MS - SKEW_MS;
  return !isTime || Math.abs(theirs - nowMs) < SKEW_MS ? undefined : theirs;
}

/** `20261130T120000Z`. */
function stampOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** What a hash is written as where the body is not known yet. */
function bodyHashOf(body: Signable["body"]): string {
  if (typeof body === "string" || body instanceof Uint8Array) return sha256(body);
  return body.streamed === "unsigned" ? "UNSIGNED-PAYLOAD" : `STREAMING-${ALGORITHM}-PAYLOAD`;
}

/** One scope at one time: what signatures are made with. */
export interface Signing {
  readonly stamp: string;
  readonly credential: string;
  of(text: string): string;
}

export function signingOf(scope: SigningScope, stamp: string = stampOf(scope.nowMs)): Signing {
  const day = stamp.slice(0, 8);
  const key = signingKey(scope, day);
  return {
    stamp,
    credential: `${day}/${scope.region}/${scope.service}/aws4_request`,
    of: (text) => createHmac("sha256", key).update(text).digest("hex"),
  };
}

/** Of a canonical request, whose values are bytes whatever they stand for. */
export function signatureOf(canonical: string, { stamp, credential, of }: Signing): string {
  return of(`${ALGORITHM}\n${stamp}\n${credential}\n${sha256(Buffer.from(canonical, "latin1"))}`);
}

/** The fields to send with a request: those that it has, and what signs it (AWS Signature Version 4). */
export function signed(
  request: Signable,
  scope: SigningScope,
  signing: Signing = signingOf(scope),
): Record<string, string> {
  const { credentials, s3 = false } = scope;
  const { stamp, credential } = signing;
  const bodyHash = bodyHashOf(request.body);
  const headers: Record<string, string> = { ...request.headers, host: request.host, "x-amz-date": stamp };
  if (credentials.sessionToken !== undefined) headers["x-amz-security-token"] = credentials.sessionToken;
  if (s3) headers["x-amz-content-sha256"] = bodyHash;
  const names = Object.keys(headers).sort();
  const signedNames = names.join(";");
  const path = s3 ? request.path : canonicalPath(request.path);
  const canonical = [
    request.method,
    path,
    queryOf(request.query),
    ...names.map((name) => `${name}:${canonicalValue(headers[name] as string)}`),
    "",
    signedNames,
    bodyHash,
  ].join("\n");
  const signature = signatureOf(canonical, signing);
  headers.authorization = `${ALGORITHM} Credential=${credentials.accessKeyId}/${credential}, SignedHeaders=${signedNames}, Signature=${signature}`;
  return headers;
}

/** Blanks are spaces and tabs alone: in other characters there may be bytes of a letter. */
export function canonicalValue(value: string): string {
  return value.replace(/[ \t]+/g, " ").replace(/^ | $/g, "");
}

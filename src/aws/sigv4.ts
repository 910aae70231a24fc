import { createHash, createHmac } from "node:crypto";
import type { AwsCredentials } from "./contract.ts";

/** A request as it is signed. */
export interface Signable {
  readonly method: string;
  readonly host: string;
  /** As it is sent: its segments percent-encoded once. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** All of them are signed. Lower-case names; `host` is added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

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

/** A day's key costs four hashes: kept with the credentials, and gone with them. */
const signingKeys = new WeakMap<AwsCredentials, Map<string, Buffer>>();

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
export const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");

/** RFC 3986's unreserved characters stay. */
export function uriEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

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

/** `stamp`: as X-Amz-Date has it. */
export function signatureOf(canonical: string, stamp: string, scope: SigningScope): string {
  const { region, service } = scope;
  const day = stamp.slice(0, 8);
  const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${day}/${region}/${service}/aws4_request\n${sha256(canonical)}`;
  return createHmac("sha256", signingKey(scope, day)).update(toSign).digest("hex");
}

function signingKey({ credentials, region, service }: SigningScope, day: string): Buffer {
  const scope = `${day}/${region}/${service}`;
  let keys = signingKeys.get(credentials);
  if (keys === undefined) {
    keys = new Map();
    signingKeys.set(credentials, keys);
  }
  const known = keys.get(scope);
  if (known !== undefined) return known;
  if (keys.size >= MAX_SIGNING_KEYS) keys.clear();
  const key = [region, service, "aws4_request"].reduce(hmac, hmac(`AWS4${credentials.secretAccessKey}`, day));
  keys.set(scope, key);
  return key;
}

/** The fields to send with a request: those that it has, and what signs it (AWS Signature Version 4). */
export function signed(request: Signable, scope: SigningScope): Record<string, string> {
  const { credentials, region, service, nowMs, s3 = false } = scope;
  const stamp = `${new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "")}`;
  const day = stamp.slice(0, 8);
  const bodyHash = sha256(request.body);
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
    ...names.map((name) => `${name}:${(headers[name] as string).trim().replace(/\s+/g, " ")}`),
    "",
    signedNames,
    bodyHash,
  ].join("\n");
  const credential = `${day}/${region}/${service}/aws4_request`;
  const signature = signatureOf(canonical, stamp, scope);
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${credential}, SignedHeaders=${signedNames}, Signature=${signature}`;
  return headers;
}

import { headerLines } from "../../domain/headers.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import type { ObjectTarget } from "../../domain/object-target.ts";
import type { RefusalCode } from "../../domain/refusals.ts";
import type { BackendRequest } from "../contract.ts";
import { keyOf } from "./object-key.ts";

/** What a request asks of a bucket. */
export interface ObjectAsked {
  readonly kind: "ask";
  readonly method: string;
  /** "": the bucket itself, which is listed. */
  readonly key: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Those that S3 acts on, all of them to be signed. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those that are for logs, or between two servers. */
  readonly unsigned: RawHeaders;
  /** NO_BODY or a length. */
  readonly framing: number;
}

/** It is not asked. `allowed`: of 405. */
export interface ObjectRefused {
  readonly kind: "refuse";
  readonly code: RefusalCode;
  readonly allowed: string | undefined;
}

const READ = ["range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"];
const WRITTEN = [
  ...["content-type", "content-md5", "content-encoding", "content-language", "content-disposition"],
  ...["cache-control", "expires", "if-match", "if-none-match"],
];
/** The client's metadata, and what checks its bytes. Of all else that S3 would do at a client's word nothing passes. */
const WRITTEN_TOO = /^x-amz-(?:meta-[\w.-]+|checksum-[a-z0-9]+|sdk-checksum-algorithm)$/;
/** Not signed: who stands between may change them. */
const BESIDE = ["user-agent", "referer", "expect"];
/** What a list may be asked by. */
const LISTED = ["list-type", "delimiter", "max-keys", "continuation-token", "start-after", "encoding-type"];
const LISTED_PARTS = ["uploadId", "max-parts", "part-number-marker"];
/** What the AWS SDKs say besides, and means nothing. */
const SAYS_NOTHING = "x-id";

function refused(code: RefusalCode, allowed?: string): ObjectRefused {
  return { kind: "refuse", code, allowed };
}

const lines = (headers: RawHeaders, name: string) => headerLines(headers, name).join(", ");

function fields(headers: RawHeaders, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = lines(headers, name);
    if (value !== "") found[name] = value;
  }
  return found;
}

function written(headers: RawHeaders): Record<string, string> {
  const names = headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return fields(headers, [...WRITTEN, ...new Set(names.filter((name) => WRITTEN_TOO.test(name)))]);
}

function beside(headers: RawHeaders): RawHeaders {
  return Object.entries(fields(headers, BESIDE)).flat();
}

const named = (params: URLSearchParams, names: readonly string[]) =>
  names.flatMap((name) => {
    const value = params.get(name);
    return value === null ? [] : [[name, value] as const];
  });

function reading(request: BackendRequest, target: ObjectTarget, key: string, params: URLSearchParams) {
  const { method, headers } = request;
  const folder = key === "" || key.endsWith("/");
  const asked = { kind: "ask" as const, method, unsigned: beside(headers), framing: NO_BODY };
  // Of the bucket itself it would be a list of all its objects.
  if (target.write && params.has("uploadId") && key !== "")
    return { ...asked, key, query: named(params, LISTED_PARTS), headers: {} };
  if (folder && target.list && method === "GET" && (params.has("list-type") || target.index === undefined)) {
    // What the client calls a prefix goes on from where it stands: it leads nowhere else.
    const prefix = key + (params.get("prefix") ?? "");
    const query = new Map([["list-type", "2"] as const, ...named(params, LISTED), ["prefix", prefix]]);
    return { ...asked, key: "", query: [...query], headers: {} };
  }
  if (folder && target.index !== undefined)
    return { ...asked, key: key + target.index, query: [], headers: fields(headers, READ) };
  // The bucket itself is no object: asked for it, S3 would list it.
  if (key === "") return refused("object_missing");
  return { ...asked, key, query: [], headers: fields(headers, READ) };
}

/** What may be written, by method and the names in the query: an object, and the steps of one in parts. */
const WRITES: ReadonlySet<string> = new Set([
  ...["PUT ", "PUT partNumber&uploadId", "POST uploads", "POST uploadId", "DELETE ", "DELETE uploadId"],
]);

function writing(request: BackendRequest, key: string, params: URLSearchParams): ObjectAsked | ObjectRefused {
  const { method, headers, framing } = request;
  if (key === "" || key.endsWith("/")) return refused("object_key_invalid");
  const pairs = [...params].filter(([name]) => name !== SAYS_NOTHING);
  const names = pairs.map(([name]) => name).sort();
  if (!WRITES.has(`${method} ${names.join("&")}`)) return refused("object_refused");
  // It would be stored as chunks, or be another object's.
  if (/aws-chunked/i.test(lines(headers, "content-encoding"))) return refused("object_refused");
  if (headerLines(headers, "x-amz-copy-source").length > 0) return refused("object_refused");
  if (framing === CHUNKED) return refused("object_length_missing");
  const sent = method === "DELETE" ? fields(headers, ["if-match"]) : written(headers);
  const length = method === "DELETE" ? framing : Math.max(framing, 0);
  return {
    ...{ kind: "ask", method, key, query: pairs, headers: sent },
    unsigned: beside(headers),
    framing: length,
  };
}

/** A request as S3 is asked it: a path names a key, and nothing but what stands here passes. */
export function objectRequest(request: BackendRequest, target: ObjectTarget): ObjectAsked | ObjectRefused {
  const { method } = request;
  const mark = request.target.indexOf("?");
  const path = mark < 0 ? request.target : request.target.slice(0, mark);
  const params = new URLSearchParams(mark < 0 ? "" : request.target.slice(mark + 1));
  const reads = method === "GET" || method === "HEAD";
  const may = reads || (target.write && (method === "PUT" || method === "DELETE" || method === "POST"));
  if (!may) return refused("object_method", target.write ? "GET, HEAD, PUT, POST, DELETE" : "GET, HEAD");
  const key = keyOf(path, target.prefix);
  if (key === undefined) return refused("object_key_invalid");
  if (reads) return reading(request, target, key, params);
  return writing(request, key, params);
}

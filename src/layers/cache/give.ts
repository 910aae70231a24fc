import type { BackendCall, BackendListener } from "../../backends/contract.ts";
import type { CachedAnswer } from "../../domain/http-cache/cached-answer.ts";
import { NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { NO_CALL } from "../relay.ts";
import type { Asked } from "./asked.ts";
import { feed } from "./body-feed.ts";
import { clientHas, partHolds, partOf } from "./conditions.ts";

/** What a 304 has of the answer that it stands for (RFC 9110 §15.4.5). */
const OF_A_304 = new Set([
  "cache-control",
  "cdn-cache-control",
  "content-location",
  "date",
  "etag",
  "expires",
  "last-modified",
  "vary",
]);

/** Gives a stored answer. `said`: what Cache-Status says of how it was found; undefined: it is a fresh hit. */
export function give(
  answer: CachedAnswer,
  asked: Asked,
  listener: BackendListener,
  nowMs: number,
  said: string | undefined,
): BackendCall {
  const { parts, body } = answer;
  const age = Math.max(0, Math.floor((nowMs - parts.bornAt) / 1000));
  let fields: RawHeaders;
  if (said === undefined && answer.hitAge === age) {
    fields = answer.hitHead;
  } else {
    const ttl = Math.floor((answer.freshUntil - nowMs) / 1000);
    const status = `fig; ${said ?? "hit"}; ttl=${ttl}`;
    fields = [...parts.headers, "age", String(age), "cache-status", status];
    if (said === undefined) {
      answer.hitAge = age;
      answer.hitHead = fields;
    }
  }
  const { ifNoneMatch, ifModifiedSince, range } = asked;
  if ((ifNoneMatch !== undefined || ifModifiedSince !== undefined) && parts.status < 300) {
    if (clientHas(asked, parts)) return notModified(fields, listener);
  }
  if (asked.head) {
    listener.onHead(parts.status, parts.reason, fields, NO_BODY);
    listener.onEnd(undefined);
    return NO_CALL;
  }
  if (range !== undefined && parts.status === 200 && partHolds(asked.ifRange, parts)) {
    const part = partOf(range, body.length);
    if (part === "none") return outOfRange(fields, body.length, listener);
    if (part !== undefined) return givePart(fields, body, part, listener);
  }
  const bodiless = parts.status === 204;
  listener.onHead(parts.status, parts.reason, fields, bodiless ? NO_BODY : body.length);
  return feed(listener, body);
}

/** The client has what it asks for. */
export function notModified(fields: RawHeaders, listener: BackendListener): BackendCall {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const lower = (fields[i] as string).toLowerCase();
    if (OF_A_304.has(lower) || lower === "age" || lower === "cache-status")
      kept.push(fields[i] as string, fields[i + 1] as string);
  }
  listener.onHead(304, "Not Modified", kept, NO_BODY);
  listener.onEnd(undefined);
  return NO_CALL;
}

function givePart(
  fields: RawHeaders,
  body: Uint8Array,
  [from, to]: readonly [number, number],
  listener: BackendListener,
): BackendCall {
  const headers = withoutLength(fields);
  headers.push(
    "content-range",
    `bytes ${from}-${to - 1}/${body.length}`,
    "content-length",
    String(to - from),
  );
  listener.onHead(206, "Partial Content", headers, to - from);
  return feed(listener, body, from, to);
}

function outOfRange(fields: RawHeaders, length: number, listener: BackendListener): BackendCall {
  const status = fields.at(-1) as string;
  const headers = ["content-range", `bytes */${length}`, "content-length", "0", "cache-status", status];
  listener.onHead(416, "Range Not Satisfiable", headers, 0);
  listener.onEnd(undefined);
  return NO_CALL;
}

function withoutLength(fields: RawHeaders): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if ((fields[i] as string).toLowerCase() === "content-length") continue;
    kept.push(fields[i] as string, fields[i + 1] as string);
  }
  return kept;
}

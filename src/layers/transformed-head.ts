import { onlyHeader } from "../domain/headers.ts";
import { NO_BODY, type RawHeaders } from "../domain/message.ts";
import type { BodyTransform } from "../domain/policies/transform.ts";

/** What becomes of a message's head when its body, status or method is another. */

export const JSON_TYPE = "application/json";
/** Of a request whose answer will be another: it is asked for whole, and as it is. */
export const ASKS_FOR_LESS = ["accept-encoding", "range", "if-range"];
/** Of a message whose body is empty now, or none. */
export const LENGTHS = ["content-length", "transfer-encoding", "trailer"];
/** Said of the body that was. */
const OF_THE_OLD_BODY = [
  "content-length",
  "transfer-encoding",
  "content-encoding",
  "trailer",
  "content-type",
  "digest",
  "content-digest",
  "repr-digest",
  "content-md5",
  "accept-ranges",
];

export function without(headers: RawHeaders, names: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (names.includes((headers[i] as string).toLowerCase())) continue;
    kept.push(headers[i] as string, headers[i + 1] as string);
  }
  return kept;
}

/** The same entity tag may not name two contents (RFC 9110 §8.8.1): a weak one says that they mean the same. */
export function withWeakTag(headers: RawHeaders): string[] {
  return headers.map((text, i) =>
    i % 2 === 1 && (headers[i - 1] as string).toLowerCase() === "etag" && !text.startsWith("W/")
      ? `W/${text}`
      : text,
  );
}

/** The fields of a message whose body is another now. `length`: undefined: it is not known. */
export function withBody(
  headers: RawHeaders,
  { type = JSON_TYPE }: BodyTransform,
  length: number | undefined,
): string[] {
  const kept = withWeakTag(without(headers, OF_THE_OLD_BODY));
  const framing = length === undefined ? [] : ["content-length", String(length)];
  return [...kept, "content-type", type, ...framing];
}

/** By lower-case names; lines of one name are joined. */
export function fields(headers: RawHeaders): Record<string, string> {
  const named: Record<string, string> = Object.create(null);
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    named[name] = name in named ? `${named[name]}, ${value}` : value;
  }
  return named;
}

/**
 * How an answer is framed that goes with another status, or to another method, than the side's: a body where none may be would be
 * read as the next answer, and a missing one be waited for (RFC 9112 §6.3). `silent`: what comes of the body is not passed on.
 */
export function reframed(
  method: string,
  status: number,
  headers: RawHeaders,
  framing: number,
): { readonly headers: RawHeaders; readonly framing: number; readonly silent: boolean } {
  const bodiless = method === "HEAD" || status === 204 || status === 304;
  if (bodiless && framing === NO_BODY) return { headers, framing, silent: false };
  if (bodiless) {
    const kept = method === "HEAD" ? headers : without(headers, LENGTHS);
    return { headers: kept, framing: NO_BODY, silent: true };
  }
  // 205 has none either, and says so (RFC 9110 §15.3.6).
  if (framing === NO_BODY || status === 205)
    return { headers: [...without(headers, LENGTHS), "content-length", "0"], framing: 0, silent: true };
  return { headers, framing, silent: false };
}

/** It may never end. */
export function isStream(headers: RawHeaders): boolean {
  const type = onlyHeader(headers, "content-type") ?? "";
  return /^\s*(?:text\/event-stream|application\/grpc\b)/i.test(type);
}

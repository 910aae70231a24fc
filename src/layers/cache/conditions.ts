import { indexOfHeader } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import { bare } from "./storing.ts";

/** A list of entity tags, commas in quotes and all. */
const TAGS = /(?:W\/)?"[^"]*"/g;

/** The validators of an answer. */
interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

interface Conditions {
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

/** The client has this answer: it gets 304 (RFC 9110 §13.2.2, RFC 9111 §4.3.2). */
export function clientHas({ ifNoneMatch, ifModifiedSince }: Conditions, answer: Validators): boolean {
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === "*") return true;
    const { etag } = answer;
    if (etag === undefined) return false;
    const own = bare(etag);
    return ifNoneMatch.match(TAGS)?.some((tag) => bare(tag) === own) ?? false;
  }
  if (ifModifiedSince === undefined || answer.lastModified === undefined) return false;
  const since = Date.parse(ifModifiedSince);
  const modified = Date.parse(answer.lastModified);
  return !Number.isNaN(since) && !Number.isNaN(modified) && modified <= since;
}

/** The first byte and the one behind the last; none: no byte of the answer is in it. */
type Part = readonly [from: number, to: number] | "none";

/**
 * Which part of a whole answer is asked for (RFC 9110 §14.1.2); undefined: the whole. Several parts, and units that are not bytes,
 * are answered with the whole, as anybody may.
 */
export function partOf(range: string, length: number): Part | undefined {
  const found = /^bytes[ \t]*=[ \t]*(\d*)[ \t]*-[ \t]*(\d*)[ \t]*$/i.exec(range);
  if (found === null) return undefined;
  const [, first = "", last = ""] = found;
  if (first === "") {
    if (last === "") return undefined;
    const suffix = Number(last);
    return suffix === 0 || length === 0 ? "none" : [Math.max(0, length - suffix), length];
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return undefined;
  if (from >= length) return "none";
  return [from, last === "" ? length : Math.min(length, Number(last) + 1)];
}

/** Whether If-Range lets the part be given: by a strong tag, or the very date (RFC 9110 §13.1.5). */
export function partHolds(ifRange: string | undefined, { etag, lastModified }: Validators): boolean {
  if (ifRange === undefined) return true;
  const said = ifRange.trim();
  if (said.startsWith('"')) return said === etag;
  return said === lastModified;
}

export function validatorsOf(headers: RawHeaders): Validators {
  const of = (name: string) => {
    const at = indexOfHeader(headers, name);
    return at < 0 ? undefined : headers[at + 1];
  };
  return { etag: of("etag"), lastModified: of("last-modified") };
}

/** Of the client: the side is asked for the whole answer, and for whether it is the stored one. */
const CONDITIONS = new Set(["if-none-match", "if-modified-since", "range", "if-range"]);

/** The fields that the side is asked with: conditions are the cache's own, if any. */
export function conditional(headers: RawHeaders, stored: Validators | undefined): RawHeaders {
  const asks: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (CONDITIONS.has((headers[i] as string).toLowerCase())) continue;
    asks.push(headers[i] as string, headers[i + 1] as string);
  }
  if (stored?.etag !== undefined) asks.push("if-none-match", stored.etag);
  if (stored?.lastModified !== undefined) asks.push("if-modified-since", stored.lastModified);
  return asks;
}

import { headerLines, indexOfHeader, onlyHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import { type Answer, joined, sameBytes } from "./body.ts";
import type { ComparisonJob, Verdict } from "./contract.ts";
import { Findings } from "./findings.ts";
import { isText, mediaTypeOf } from "./media-type.ts";

/** Each side chooses its own (RFC 9110 §8.8). */
const VALIDATORS: readonly string[] = ["etag", "last-modified"];
/** They speak of the part that was sent, or of there being parts at all, and never stand so beside the whole. */
const OF_THE_PART: readonly string[] = ["accept-ranges", "content-length", "content-range"];
/** The type of several parts in one body is their wrapping's (RFC 9110 §15.3.7.2). */
const OF_PARTS: readonly string[] = [...OF_THE_PART, "content-type"];
const OF_A_304: readonly string[] = [...OF_THE_PART, ...VALIDATORS];

export const PARTIAL_FIELDS: readonly string[] = ["content-range"];

/** What the serving side said about a part, or about the client's own copy, and the whole that the other side was asked for. */
interface Held {
  readonly served: Answer;
  readonly whole: Answer;
  readonly job: ComparisonJob;
  readonly findings: Findings;
  /** Adds a difference between what was served and what the other side says. */
  differ(path: string, kind: "value" | "length", served: string, whole: string): void;
  /** Of the fields that the route compares, but these. */
  compareHeaders(but: readonly string[], only?: (name: string) => boolean): void;
}

type CompareHeaders = (names: readonly string[], findings: Findings) => void;

/**
 * The verdict where the serving side answered the client's conditions or range (RFC 9110 §13 to §15), which a copy does not
 * have: its answer is the whole. A 304 or 412 is held against it by what it carries; a 206 by the bytes that its Content-Range
 * names. Undefined: it is an answer like any other, as where the copy was asked just as the client asked.
 */
export function partialVerdict(job: ComparisonJob, compareHeaders: CompareHeaders): Verdict | undefined {
  const { serving, shadow } = job.answers;
  const [served, whole] = [serving.answer, shadow.answer];
  if (served.kind === "failure" || whole.kind === "failure") return undefined;
  const { status } = served;
  if (status !== 304 && status !== 412 && status !== 206 && status !== 416) return undefined;
  // Of a 304 that answers no condition nothing is known either.
  if (status === whole.status ? status !== 304 : job.unconditional !== true) return undefined;
  const findings = new Findings();
  const held: Held = {
    served,
    whole,
    job,
    findings,
    differ: (path, kind, ofServed, ofWhole) =>
      serving.side === "legacy"
        ? findings.add(path, kind, ofServed, ofWhole)
        : findings.add(path, kind, ofWhole, ofServed),
    compareHeaders: (but, only = () => true) =>
      compareHeaders(
        job.options.headers.filter((name) => !but.includes(name) && only(name)),
        findings,
      ),
  };
  if (whole.status !== 200 && status !== whole.status)
    held.differ("status", "value", String(status), String(whole.status));
  const reason =
    status === 206 ? compareRange(held) : status === 416 ? compareLength(held) : compareHead(held);
  if (findings.size > 0) {
    const statuses = { [serving.side]: status, [shadow.side]: whole.status };
    return { outcome: "mismatch", reason: undefined, mismatches: findings.list(), statuses };
  }
  if (reason === undefined) return { outcome: "match", reason, mismatches: [] };
  return { outcome: "inconclusive", reason, mismatches: [] };
}

function has(headers: RawHeaders, name: string): boolean {
  return indexOfHeader(headers, name) >= 0;
}

/** A 304 need not repeat what the client has, so only what both carry can differ. */
function compareHead({ served, whole, compareHeaders }: Held): "not_modified" {
  if (served.status === 304)
    compareHeaders(OF_A_304, (name) => has(served.headers, name) && has(whole.headers, name));
  return "not_modified";
}

interface ContentRange {
  readonly first: number;
  readonly last: number;
  /** Undefined: not known to who sent it. */
  readonly total: number | undefined;
}

function contentRange({ headers }: Answer): ContentRange | undefined {
  const [, first, last, total] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(
      onlyHeader(headers, "content-range")?.trim() ?? "",
    ) ?? [];
  if (first === undefined) return undefined;
  return { first: Number(first), last: Number(last), total: total === "*" ? undefined : Number(total) };
}

function isCoded({ headers }: Answer): boolean {
  return headerLines(headers, "content-encoding").some(
    (line) => line !== "" && line.toLowerCase() !== "identity",
  );
}

function isOfParts({ headers }: Answer): boolean {
  return mediaTypeOf(headerLines(headers, "content-type")[0] ?? "").essence === "multipart/byteranges";
}

function lengthSample(bytes: number): string {
  return JSON.stringify(`${bytes} bytes`);
}

/** Undefined: the part is in the whole, byte for byte. */
function compareRange(held: Held): "partial" | "too_large" | undefined {
  const { served, whole, differ } = held;
  if (held.findings.size > 0) return "partial";
  const range = contentRange(served);
  held.compareHeaders(isOfParts(served) ? OF_PARTS : OF_THE_PART);
  if (served.tooLarge || whole.tooLarge) return "too_large";
  // Offsets are of what was sent: another coder's bytes, or several ranges in one body, cannot be cut out.
  if (range === undefined || isCoded(served) || isCoded(whole)) return "partial";
  const { first, last, total } = range;
  if (last - first + 1 !== served.bodyBytes) return "partial";
  const least = Math.max(total ?? 0, last + 1);
  if (total === undefined ? least > whole.bodyBytes : total !== whole.bodyBytes) {
    differ("body", "length", lengthSample(least), lengthSample(whole.bodyBytes));
    return "partial";
  }
  const part = joined(served.body, served.bodyBytes);
  const cut = joined(whole.body, whole.bodyBytes).subarray(first, last + 1);
  if (sameBytes(part, cut)) return undefined;
  // A text may differ in ways that do not count, which a part of it does not show.
  if (isText(mediaTypeOf(headerLines(whole.headers, "content-type")[0] ?? ""))) return "partial";
  differ("body", "value", lengthSample(part.length), lengthSample(cut.length));
  return "partial";
}

/** A 416 tells the length that the serving side has (RFC 9110 §15.5.17). */
function compareLength({ served, whole, differ }: Held): "partial" {
  const total = /^bytes \*\/(\d{1,15})$/i.exec(
    onlyHeader(served.headers, "content-range")?.trim() ?? "",
  )?.[1];
  if (total === undefined || whole.tooLarge || isCoded(whole) || whole.status !== 200) return "partial";
  if (Number(total) !== whole.bodyBytes)
    differ("body", "length", lengthSample(Number(total)), lengthSample(whole.bodyBytes));
  return "partial";
}

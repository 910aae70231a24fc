import { headerLines } from "../domain/headers.ts";
import { codingsOf, type Decoded, decodeContent } from "./content-coding.ts";
import type { CapturedAnswer } from "./contract.ts";
import type { Findings } from "./findings.ts";
import { HELD } from "./heap.ts";
import { type MediaType, mediaTypeOf } from "./media-type.ts";

export type Answer = Extract<CapturedAnswer, { readonly kind: "answer" }>;

/** A body as a reader sees it, its content codings undone. */
export interface Body {
  readonly media: MediaType;
  readonly bytes: Uint8Array;
}

/** `compared`: what differs is in the findings. Else why the two could not be held against each other. */
type BodyResult = "compared" | "undecodable" | "too_large";

/**
 * One way of holding two bodies against each other. Comparators are asked in the order of their table. The first that does
 * not pass has the last word.
 */
export interface BodyComparator {
  compare(legacy: Body, modern: Body, findings: Findings): BodyResult | "pass";
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

export function joined(chunks: readonly Uint8Array[], total: number): Uint8Array {
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, total);
}

/** A body as it was sent, and the codings it was sent under. */
function sentBody({ headers, body, bodyBytes }: Answer) {
  const codings = codingsOf(headerLines(headers, "content-encoding").join(","));
  return { bytes: joined(body, bodyBytes), codings };
}

function bodyOf({ headers }: Answer, bytes: Uint8Array): Body {
  return { media: mediaTypeOf(headerLines(headers, "content-type")[0] ?? ""), bytes };
}

function sizeSample(bytes: number): string {
  return JSON.stringify(`${bytes} bytes`);
}

function decodedSample(decoded: Decoded): string {
  return decoded.ok ? sizeSample(decoded.bytes.length) : JSON.stringify("not what its content-encoding says");
}

/**
 * Compares the bodies of two answers that both have one. Equal bytes under the same codings are a match without decoding. A
 * body that its coding cannot undo differs in `type` from one that can be decoded: a client could read only one of them.
 */
export function compareBodies(
  legacy: Answer,
  modern: Answer,
  maxBodyBytes: number,
  comparators: readonly BodyComparator[],
  findings: Findings,
): BodyResult {
  if (legacy.tooLarge || modern.tooLarge) return "too_large";
  const left = sentBody(legacy);
  const right = sentBody(modern);
  if (left.codings.join() === right.codings.join() && sameBytes(left.bytes, right.bytes)) return "compared";
  const maxBytes = (sent: typeof left) =>
    sent.codings.length === 0 ? maxBodyBytes : Math.min(maxBodyBytes, HELD.decodedBytes);
  const a = decodeContent(left.bytes, left.codings, maxBytes(left));
  const b = decodeContent(right.bytes, right.codings, maxBytes(right));
  if (!a.ok || !b.ok) {
    const reasons = [a, b].map((decoded) => (decoded.ok ? undefined : decoded.why));
    if (reasons.includes("unknown")) return "undecodable";
    if (reasons.includes("too_large")) return "too_large";
    if (a.ok === b.ok) return "undecodable";
    findings.add("body", "type", decodedSample(a), decodedSample(b));
    return "compared";
  }
  const [legacyBytes, modernBytes] = [a.bytes.length, b.bytes.length];
  if (legacyBytes === 0 || modernBytes === 0) {
    if (legacyBytes > 0) findings.add("body", "missing", sizeSample(legacyBytes), undefined);
    if (modernBytes > 0) findings.add("body", "extra", undefined, sizeSample(modernBytes));
    return "compared";
  }
  const bodies = [bodyOf(legacy, a.bytes), bodyOf(modern, b.bytes)] as const;
  for (const comparator of comparators) {
    const result = comparator.compare(...bodies, findings);
    if (result !== "pass") return result;
  }
  return "compared";
}

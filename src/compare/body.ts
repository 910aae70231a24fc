import { fieldLines } from "./compare-headers.ts";
import { codingsOf, type Decoded, decodeContent } from "./content-coding.ts";
import type { CapturedAnswer } from "./contract.ts";
import type { Findings } from "./findings.ts";
import { type MediaType, mediaTypeOf } from "./media-type.ts";

export type Answer = Extract<CapturedAnswer, { readonly kind: "answer" }>;

/** A body as a reader sees it: content codings undone. */
export interface Body {
  readonly media: MediaType;
  readonly bytes: Uint8Array;
}

/**
 * One way of holding two bodies against each other. Comparators are asked in the order of their table; the first that does
 * not pass has the last word.
 */
export interface BodyComparator {
  compare(legacy: Body, modern: Body, findings: Findings): "compared" | "undecodable" | "too_large" | "pass";
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function joined(chunks: readonly Uint8Array[], total: number): Uint8Array {
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, total);
}

function sizeSample(bytes: number): string {
  return JSON.stringify(`${bytes} bytes`);
}

function decodedSample(decoded: Decoded): string {
  return JSON.stringify(decoded.ok ? `${decoded.bytes.length} bytes` : "not what its content-encoding says");
}

/**
 * Compares the bodies of two answers that both have one. Bytes equal under the same coding are a match, undecoded. A body
 * that its coding cannot undo, while the other's can, differs in `type`: a client could read one and not the other.
 * Returns why they could not be held against each other, or undefined.
 */
export function compareBodies(
  legacy: Answer,
  modern: Answer,
  maxBodyBytes: number,
  comparators: readonly BodyComparator[],
  findings: Findings,
): "too_large" | "undecodable" | undefined {
  if (legacy.tooLarge || modern.tooLarge) return "too_large";
  const sent = [legacy, modern].map((answer) => {
    const encoding = fieldLines(answer.headers, "content-encoding").join(",");
    return { bytes: joined(answer.body, answer.bodyBytes), codings: codingsOf(encoding) };
  });
  const [left, right] = sent as [(typeof sent)[0], (typeof sent)[0]];
  if (left.codings.join() === right.codings.join() && sameBytes(left.bytes, right.bytes)) return undefined;
  const a = decodeContent(left.bytes, left.codings, maxBodyBytes);
  const b = decodeContent(right.bytes, right.codings, maxBodyBytes);
  if (!a.ok || !b.ok) {
    const reasons = [a, b].map((decoded) => (decoded.ok ? undefined : decoded.why));
    if (reasons.includes("unknown")) return "undecodable";
    if (reasons.includes("too_large")) return "too_large";
    if (a.ok === b.ok) return "undecodable";
    findings.add("body", "type", decodedSample(a), decodedSample(b));
    return undefined;
  }
  if (a.bytes.length === 0 && b.bytes.length === 0) return undefined;
  if (b.bytes.length === 0) findings.add("body", "missing", sizeSample(a.bytes.length), undefined);
  else if (a.bytes.length === 0) findings.add("body", "extra", undefined, sizeSample(b.bytes.length));
  else {
    const media = (answer: Answer) => mediaTypeOf(fieldLines(answer.headers, "content-type")[0] ?? "");
    const legacyBody = { media: media(legacy), bytes: a.bytes };
    const modernBody = { media: media(modern), bytes: b.bytes };
    for (const comparator of comparators) {
      const result = comparator.compare(legacyBody, modernBody, findings);
      if (result !== "pass") return result === "compared" ? undefined : result;
    }
  }
  return undefined;
}

import { withoutSpans } from "../domain/redaction.ts";
import { credentialSpans } from "../domain/scrub.ts";
import { sampleOf } from "./sample-text.ts";

const CHARS_BEFORE = 60;
const CHARS_AFTER = 160;
/** A credential's name may stand this far before the excerpt and is still found. */
const SCRUB_CHARS_BEFORE = 1 << 20;

export function firstDifference(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/**
 * What stands around `at`, between `least` and `most`. Scrubbing begins well before the excerpt, since the name that makes a value a
 * credential may stand there.
 */
export function excerpt(text: string, at: number, least = 0, most = text.length, label = ""): string {
  const start = Math.max(least, at - CHARS_BEFORE);
  const end = Math.min(most, at + CHARS_AFTER);
  const from = Math.max(0, start - SCRUB_CHARS_BEFORE);
  const context = text.slice(from, end + CHARS_AFTER);
  const shown = withoutSpans(context, credentialSpans(context), start - from, end - from);
  return sampleOf(JSON.stringify(`${label}${start > least ? "…" : ""}${shown}${end < most ? "…" : ""}`));
}

/**
 * JSON that came as text, or is only a part or not quite JSON: it begins so, perhaps behind what keeps scripts from reading it, or
 * names a member somewhere, as in a script or an event. Paths name nothing in it, so that what `redact` names cannot be taken out.
 */
export const MAY_HOLD_JSON = /^[^!-~]*(?:[{[]|\)\]\})|["']\s*:/;

/** Says nothing of the content. */
export function sizeOnly(bytes: number): string {
  return JSON.stringify(`text like JSON, ${bytes} bytes`);
}

/** Two texts around the place where they first differ, or only their sizes where a route redacts and they may hold JSON. */
export function textSamples(legacy: string, modern: string, redacts: boolean): readonly [string, string] {
  if (redacts && (MAY_HOLD_JSON.test(legacy) || MAY_HOLD_JSON.test(modern)))
    return [sizeOnly(Buffer.byteLength(legacy)), sizeOnly(Buffer.byteLength(modern))];
  const at = firstDifference(legacy, modern);
  return [excerpt(legacy, at), excerpt(modern, at)];
}

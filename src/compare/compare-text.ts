import { printableJson } from "../domain/printable.ts";
import { withoutSpans } from "../domain/redaction.ts";
import type { Findings } from "./findings.ts";
import { cutUtf8, MAX_SAMPLE_BYTES } from "./sample-text.ts";
import { credentialSpans } from "./scrub.ts";

const CHARS_BEFORE = 60;
const CHARS_AFTER = 160;
/** A credential's name is looked for so far before what is shown. */
const SCRUB_CHARS_BEFORE = 1 << 20;

function firstDifference(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** Scrubbed from well before the excerpt: the name that makes a value a credential may stand there. */
function excerpt(text: string, at: number): string {
  const start = Math.max(0, at - CHARS_BEFORE);
  const end = Math.min(text.length, at + CHARS_AFTER);
  const from = Math.max(0, start - SCRUB_CHARS_BEFORE);
  const context = text.slice(from, end + CHARS_AFTER);
  const shown = withoutSpans(context, credentialSpans(context), start - from, end - from);
  const cut = `${start > 0 ? "…" : ""}${shown}${end < text.length ? "…" : ""}`;
  return cutUtf8(printableJson(JSON.stringify(cut)), MAX_SAMPLE_BYTES);
}

/** Holds two texts against each other character by character; the samples show where they first differ. */
export function compareText(legacy: string, modern: string, findings: Findings): void {
  if (legacy === modern) return;
  const at = firstDifference(legacy, modern);
  findings.add("body", "value", excerpt(legacy, at), excerpt(modern, at));
}

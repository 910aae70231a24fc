import { withoutSpans } from "../../domain/redaction.ts";
import type { BodyComparator } from "../body.ts";
import { decodeText, isText, MAX_TEXT_BYTES } from "../media-type.ts";
import { sampleOf } from "../sample-text.ts";
import { credentialSpans } from "../scrub.ts";

const CHARS_BEFORE = 60;
const CHARS_AFTER = 160;
/** A credential's name may stand this far before the excerpt and is still found. */
const SCRUB_CHARS_BEFORE = 1 << 20;

function firstDifference(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** Scrubbing begins well before the excerpt, since the name that makes a value a credential may stand there. */
function excerpt(text: string, at: number): string {
  const start = Math.max(0, at - CHARS_BEFORE);
  const end = Math.min(text.length, at + CHARS_AFTER);
  const from = Math.max(0, start - SCRUB_CHARS_BEFORE);
  const context = text.slice(from, end + CHARS_AFTER);
  const shown = withoutSpans(context, credentialSpans(context), start - from, end - from);
  return sampleOf(JSON.stringify(`${start > 0 ? "…" : ""}${shown}${end < text.length ? "…" : ""}`));
}

/**
 * Text, XML and their kin, character by character, each in its own charset. The samples show where they first differ. A body
 * that is not in its charset, or is too long to be held as text, is left to bytes.
 */
export const textBodies = {
  name: "text",
  create(): BodyComparator {
    return {
      compare(legacy, modern, findings) {
        if (!isText(legacy.media) || !isText(modern.media)) return "pass";
        if (Math.max(legacy.bytes.length, modern.bytes.length) > MAX_TEXT_BYTES) return "pass";
        const left = decodeText(legacy.bytes, legacy.media.charset);
        const right = decodeText(modern.bytes, modern.media.charset);
        if (left === undefined || right === undefined) return "pass";
        if (left !== right) {
          const at = firstDifference(left, right);
          findings.add("body", "value", excerpt(left, at), excerpt(right, at));
        }
        return "compared";
      },
    };
  },
};

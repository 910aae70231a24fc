import type { BodyComparator } from "../body.ts";
import { compareText } from "../compare-text.ts";
import { decodeText, isText, MAX_TEXT_BYTES } from "../media-type.ts";

/** Text, XML and their kin character by character, each in its own charset; what is not in its charset, or
 * too long to be held as text, is left to bytes. */
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
        compareText(left, right, findings);
        return "compared";
      },
    };
  },
};

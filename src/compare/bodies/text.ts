import type { BodyComparator } from "../body.ts";
import { compareText } from "../compare-text.ts";
import { decodeText, isText } from "../media-type.ts";

/** Text, XML and their kin character by character, each in its own charset; what is not in its charset is left to bytes. */
export const textBodies = {
  name: "text",
  create(): BodyComparator {
    return {
      compare(legacy, modern, findings) {
        if (!isText(legacy.media) || !isText(modern.media)) return "pass";
        const left = decodeText(legacy.bytes, legacy.media.charset);
        const right = decodeText(modern.bytes, modern.media.charset);
        if (left === undefined || right === undefined) return "pass";
        compareText(left, right, findings);
        return "compared";
      },
    };
  },
};

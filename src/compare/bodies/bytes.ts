import { createHash } from "node:crypto";
import { type BodyComparator, sameBytes } from "../body.ts";

const HASH_DIGITS = 16;

export function fingerprint(bytes: Uint8Array): string {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, HASH_DIGITS);
  return JSON.stringify(`sha256 ${hash}…, ${bytes.length} bytes`);
}

/** Everything that is neither JSON nor text, by its bytes. Samples are hashes, never content. */
export const byteBodies = {
  name: "bytes",
  create(): BodyComparator {
    return {
      compare(legacy, modern, findings) {
        if (!sameBytes(legacy.bytes, modern.bytes)) {
          findings.add("body", "value", fingerprint(legacy.bytes), fingerprint(modern.bytes));
        }
        return "compared";
      },
    };
  },
};

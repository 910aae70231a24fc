import type { BodyComparator } from "../body.ts";
import { compareBytes } from "../compare-bytes.ts";

/** Everything else, by its bytes. */
export const byteBodies = {
  name: "bytes",
  create(): BodyComparator {
    return {
      compare(legacy, modern, findings) {
        compareBytes(legacy.bytes, modern.bytes, findings);
        return "compared";
      },
    };
  },
};

import { z } from "zod";
import { flag, numberLeaf } from "./leaf.ts";
import { sealSecrets } from "./policies/login.ts";
import { duration, size } from "./scalars.ts";

const MAX_VALUES = 100;
const MAX_WHOLE_SAMPLES = 100;
/** A page and a terminal show no more of a body, and the comparing thread makes one after the other. */
const MAX_WHOLE_BODY_BYTES = 1024 * 1024;
const MAX_WHOLE_KEPT_MS = 30 * 24 * 3_600_000;

const values = () => numberLeaf("count", { whole: true, min: 0, max: MAX_VALUES });
const wholes = () => numberLeaf("count", { whole: true, min: 1, max: MAX_WHOLE_SAMPLES });

/** `compare.samples` of a route: a number, or what else is kept. */
export const samplesSchema = z.union([
  values(),
  z.strictObject({
    values: values()
      .prefault(5)
      .describe("How many samples are kept for each mismatch path, as the number alone says."),
    bodies: flag()
      .prefault(false)
      .describe(
        "true: whole answers of a few differing requests are kept too, both sides' status, fields and body, without credentials and what `redact` names. `fig diff` and the dashboard show them side by side.",
      ),
    perRoute: wholes().prefault(20).describe("Whole answers of a route kept at once."),
    perDifference: wholes()
      .prefault(3)
      .describe(
        "Of these, kept for each difference: of different clients as long as there are others, spread over time.",
      ),
    maxBody: size({ positive: true, maxBytes: MAX_WHOLE_BODY_BYTES })
      .prefault("64KiB")
      .describe("The largest body kept whole, decoded; of a larger one type, size and a hash. At most 1MiB."),
    keep: duration({ positive: true, maxMs: MAX_WHOLE_KEPT_MS })
      .prefault("24h")
      .describe("A whole answer goes so long after it was kept. At most 30 days."),
  }),
]);

export type SamplesInput = z.output<typeof samplesSchema>;

/** `samples` of fig.yaml: what holds for whole answers of all routes. */
export const figSamplesSchema = z.strictObject({
  keys: sealSecrets()
    .prefault([])
    .describe(
      "What whole answers are encrypted with in the state: 32 or more random bytes, from the environment or `{ file: PATH }`. The first seals, each opens: put a new one before the old, and take the old away after `keep`. Left out: they are redacted and not encrypted.",
    ),
  total: size({ positive: true })
    .prefault("64MiB")
    .describe(
      "Bytes of whole answers in the state, of all routes. At the bound the oldest of the route that has most goes. Never 0.",
    ),
});

import { z } from "zod";
import { autopilotSchema } from "./autopilot-schema.ts";
import { gateSchema } from "./gate-schema.ts";
import { choice, numberLeaf, textLeaf, Wrong } from "./leaf.ts";
import { idText, percent } from "./scalars.ts";

/** One file of the migrations folder. */
export const migrationSchema = z.strictObject({
  description: textLeaf("text", "write a sentence", (text) => text)
    .prefault("")
    .describe("What this step does, for people."),
  changes: z
    .record(
      idText("route id"),
      z.strictObject({
        modern: percent().optional().describe("Percent of clients that modern serves. Left out: unchanged."),
        shadow: percent()
          .optional()
          .describe("Percent of requests whose copy goes to the other side. Left out: unchanged."),
        gate: z
          .union([choice(["none"], "write none, or the conditions of a gate"), gateSchema])
          .optional()
          .describe(
            "The gate of this route, instead of the step's; `none`: it has none. For a route that can never hold the step's, as one whose writes are not shadowed.",
          ),
      }),
    )
    .describe("Route ids and the positions they take, all in one revision."),
  gate: gateSchema
    .optional()
    .describe(
      "What every changed route without a gate of its own must hold by itself before its modern rises. Left out: it is not gated.",
    ),
  autopilot: autopilotSchema
    .optional()
    .describe(
      "When `fig autopilot` may apply this step: what is written here replaces that of fig.yaml, key by key. To change it does not make an applied file an edited one.",
    ),
});

export type MigrationInput = z.output<typeof migrationSchema>;

const MAX_NUMBER = 9999;
const NAME_LIKE = "write letters, digits and . _ -, like orders-10-percent";

/** What a file's name says; a migration given by a program says it beside its content. */
export const migrationLabel = z.object({
  number: numberLeaf("count", { whole: true, min: 1, max: MAX_NUMBER }),
  name: textLeaf("text", NAME_LIKE, (text) =>
    /^[A-Za-z0-9._-]+$/.test(text) ? text : new Wrong("{value} is not a name", NAME_LIKE),
  ),
});

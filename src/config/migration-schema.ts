import { z } from "zod";
import { gateSchema } from "./gate-schema.ts";
import { numberLeaf, textLeaf, Wrong } from "./leaf.ts";
import { idText, percent } from "./scalars.ts";

const shape = {
  description: textLeaf("text", "write a sentence", (text) => text)
    .prefault("")
    .describe("What this step does, for people."),
  changes: z
    .record(
      idText("route id"),
      z.strictObject({
        modern: percent().optional().describe("Percent of clients that modern serves; left out: as it is."),
        shadow: percent()
          .optional()
          .describe("Percent of requests whose copy goes to the other side; left out: as it is."),
      }),
    )
    .describe("Route ids and the positions they take, all in one revision."),
  gate: gateSchema
    .optional()
    .describe(
      "What every changed route must hold by itself before its modern rises; left out: the step is not gated.",
    ),
};

/** One file of the migrations folder. */
export const migrationSchema = z.strictObject(shape);
export type MigrationInput = z.output<typeof migrationSchema>;

export const MAX_NUMBER = 9999;

/** A migration given by a program carries what a file's name says. */
export const inlineMigrationSchema = z.strictObject({
  number: numberLeaf("count", { whole: true, min: 1, max: MAX_NUMBER }).describe("Its place in the order."),
  name: textLeaf("text", "write a short name, like orders-10-percent", (text) =>
    /^[A-Za-z0-9._-]+$/.test(text)
      ? text
      : new Wrong("{value} is not a name", "write letters, digits and . _ -, like orders-10-percent"),
  ).describe("Its name."),
  ...shape,
});

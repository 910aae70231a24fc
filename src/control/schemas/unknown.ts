import { z } from "zod";
import { at, count, type ShapeOf } from "./parts.ts";

export const unknown = z
  .object({
    since: at.describe("Since when the state store cannot be reached, or does not take the counters."),
    what: z.string().describe("What is not known since then, in one sentence."),
    read: at
      .nullable()
      .describe("When the figures shown here were read; null: they were not, and their zeros say nothing."),
    here: count
      .optional()
      .describe("Of a route: requests that this front door alone has answered since it started."),
  })
  .meta({
    id: "Unknown",
    description: "The state store is away, and this is what memory has. Left out: everything is known.",
  });
export type Unknown = ShapeOf<typeof unknown>;

/** What comparisons noticed beside mismatches, as the admin API shows it. */
import { z } from "zod";
import { count, type ShapeOf } from "./parts.ts";

export const noticed = z
  .object({
    route: z.string(),
    comparisons: count.describe("`match` and `mismatch` in the evidence window."),
    headers: z
      .array(
        z.object({
          name: z.string(),
          kind: z
            .enum(["missing", "extra", "value"])
            .describe("modern lacks it, only modern has it, another value."),
          count: count.describe("Comparisons, of those looked at, in which it differed so."),
        }),
      )
      .describe("Headers that are not compared and differ, the most frequent first. They are no mismatches."),
    looked: count.describe(
      "Comparisons in which such headers were looked for: the first, and then some of them.",
    ),
    rules: z
      .array(
        z.object({
          rule: z.string().describe("Its key and its path or pattern: `ignore $.items[*].etag`."),
          state: z
            .enum(["dead", "hiding", "ended"])
            .describe(
              "`dead`: it met nothing in `read` bodies. `hiding`: it left out more than half of all values in `count` of them. `ended`: its `until` is over.",
            ),
          count,
          read: count.describe("Bodies in which the rules were looked for."),
        }),
      )
      .describe("Rules of `compare` of which something is to be said."),
  })
  .meta({ id: "Noticed", description: "What a route's comparisons noticed beside mismatches." });
export type Noticed = ShapeOf<typeof noticed>;

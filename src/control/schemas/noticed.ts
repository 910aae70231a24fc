/** What comparisons noticed beside mismatches, as the admin API shows it. */
import { z } from "zod";
import { count, type ShapeOf } from "./parts.ts";

export const noisyPath = z.object({
  path: z.string(),
  state: z
    .enum(["real", "noise", "unprovable", "open"])
    .describe(
      "`real`: modern differs from legacy more often than legacy from itself. `noise`: no more often. `unprovable`: legacy never repeats it, so type and format are compared in place of the value. `open`: too little is known.",
    ),
  modern: count.describe("Controls in which legacy gave the same twice and modern something else."),
  legacy: count.describe("Controls in which modern gave what legacy gave first, and legacy something else."),
  own: count.describe("Controls in which legacy differed from itself."),
  hidden: count.describe("Differences of modern's that count as no mismatch for it."),
  formats: z
    .array(z.string())
    .describe("Of legacy's values where they differ: `uuid`, `number`, `hex of 32`."),
  array: z
    .string()
    .optional()
    .describe(
      "Legacy gives this array in another order each time: how it is compared, `unordered` or `key id`.",
    ),
  evidence: z
    .number()
    .describe(
      "How many times likelier these pairs are if the sides differ than if they do not (an e-value).",
    ),
});

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
          reason: z.string().optional().describe("Why it is there, as its file says."),
          until: z.string().optional().describe("The last day on which it holds, as its file says."),
        }),
      )
      .describe("Rules of `compare` of which something is to be said."),
    document: z
      .array(
        z.object({
          place: z.string().describe("The operation, and the place in the document."),
          by: z
            .enum(["both", "legacy"])
            .describe("`both`: both sides break it alike. `legacy`: modern's answer is as described."),
          count: count.describe("Comparisons."),
        }),
      )
      .optional()
      .describe(
        "Where answers break the OpenAPI document of `policies.validate` without being modern's difference. Left out: nowhere.",
      ),
    noise: z
      .object({
        controls: count.describe("Comparisons for which legacy was asked once more."),
        unusable: count.describe("Of others the second answer could not be compared."),
        uncontrolled: z
          .array(z.string())
          .describe(
            "Methods that are compared without a control: none of their differences is taken for noise of their own.",
          ),
        paths: z.array(noisyPath).describe("Those of most evidence first, at most 200."),
      })
      .optional()
      .describe("What `compare.control` found. Left out: the route has none."),
  })
  .meta({ id: "Noticed", description: "What a route's comparisons noticed beside mismatches." });
export type Noticed = ShapeOf<typeof noticed>;

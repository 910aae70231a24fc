/** What `fig gate ROUTE` says. */
import { z } from "zod";
import { COMPARISON_OUTCOMES, NOT_COMPARED_REASONS } from "../../domain/outcomes.ts";
import { SIDES } from "../../domain/position.ts";
import { unknown } from "./answers.ts";
import { gateReport } from "./gates.ts";
import { position } from "./ledger.ts";
import { at, count, each, type ShapeOf } from "./parts.ts";

const ms = z.number().nullable().describe("ms, to a sixth; null: no answers.");
const sideAnswers = z.object({ answers: count, errors: count, p50: ms, p95: ms, p99: ms });
const reasons = z.partialRecord(z.enum(NOT_COMPARED_REASONS), count);

export const routeGate = z
  .object({
    route: z.string(),
    position,
    since: at.nullable().describe("When the evidence window opened; null: never counted."),
    step: count
      .nullable()
      .describe(
        "Whose gate it is: the first pending step that moves the route; null: that of `fig shift`, or none.",
      ),
    gate: gateReport.nullable().describe("null: none waits for the route, or the state store is away."),
    requests: count.describe("Requests that could have been compared, or could not for their method."),
    comparisons: each(COMPARISON_OUTCOMES, count),
    notCompared: reasons.describe("Why the others were not compared."),
    methods: z.array(
      z.object({
        method: z.string(),
        requests: count,
        compared: count,
        mismatches: count,
        shadowed: z.boolean(),
      }),
    ),
    templates: z
      .array(
        z.object({
          name: z.string().describe("`GET /api/users/{number}`. `(other)`: what is not told apart any more."),
          compared: count,
          mismatches: count,
          without: z.partialRecord(z.string(), count).describe("Why others came to no verdict."),
          answers: each(SIDES, sideAnswers)
            .optional()
            .describe(
              "What both sides answered to shadowed requests, and to a fourth of the others while clients are split. Left out: nothing.",
            ),
        }),
      )
      .describe(
        "Requests by method, path template and operation (`POST /graphql GetCart`); those that were drawn for a shadow most often first.",
      ),
    quiet: z
      .array(z.string())
      .describe("Templates that had requests before the route's last step, and none since."),
    unseen: z.array(z.string()).describe("What nothing is known of, one sentence each."),
    unknown: unknown.optional(),
  })
  .meta({
    id: "RouteGate",
    description: "The gate that waits for a route, and what was seen of its requests.",
  });
export type RouteGate = ShapeOf<typeof routeGate>;

import { z } from "zod";
import type { GateVerdict } from "../../domain/gate/contract.ts";
import { count, type Same, type ShapeOf } from "./parts.ts";

const gateState = z
  .enum(["holds", "fails", "unknown"])
  .describe("`fails` is proven, as `holds` is; `unknown`: evidence is missing, or there is none.");

const gateCondition = z.object({
  name: z.string(),
  value: z.number().nullable().describe("null: no data."),
  bound: z.number(),
  state: gateState,
  holds: z.boolean().describe("`state` is `holds`."),
  interval: z
    .object({ low: z.number(), high: z.number().nullable() })
    .optional()
    .describe(
      "Between what the true value lies, at every look. `high` null: nothing bounds it yet. Left out where the value is a count or a time.",
    ),
  eValue: z
    .number()
    .optional()
    .describe(
      "The evidence for `state`, or for `holds` where it is unknown: how much likelier than chance. Left out where it is no single number.",
    ),
  missing: z
    .string()
    .optional()
    .describe("How much is missing, or why it can never hold. Left out when it holds."),
  judged: z
    .string()
    .optional()
    .describe(
      "Of latencies: whose answers were judged. Of mismatches: how many comparisons count, where not all do. Left out elsewhere.",
    ),
  counted: z
    .object({ comparisons: count, mismatches: count })
    .optional()
    .describe(
      "Of mismatches: the comparisons that count, a client's same request once a minute. Left out: all do.",
    ),
  parts: z
    .array(
      z.object({
        name: z.string().describe("`GET`, or `GET /api/users/{number}`: a method, or a path template of it."),
        comparisons: count,
        mismatches: count,
        state: gateState,
        missing: z.string().optional().describe("Of one that is unknown."),
      }),
    )
    .optional()
    .describe(
      "Of mismatches: the comparisons that count, by method, path template and operation, at most 20, those that hold last. Left out: the route's requests are all of one kind.",
    ),
  beyond: z
    .array(z.object({ name: z.string(), text: z.string() }))
    .optional()
    .describe(
      "Of errors and latencies: path templates and operations proven to be beyond the bound, the worst first, at most 20. Left out: none.",
    ),
});
export type GateCondition = ShapeOf<typeof gateCondition>;

export const gateReport = z
  .object({
    route: z.string(),
    state: gateState,
    holds: z.boolean().describe("`state` is `holds`."),
    confidence: z.number().describe("Percent, over all conditions of the gate."),
    conditions: z.array(gateCondition),
    unshadowed: z
      .array(
        z.object({ method: z.string(), requests: count, share: z.number().describe("Percent of requests.") }),
      )
      .optional()
      .describe("Methods of which nothing is compared. Left out: there are none."),
    methods: z
      .array(z.object({ method: z.string(), requests: count, compared: count, mismatches: count }))
      .optional()
      .describe("Methods that are shadowed. Left out: there is one at most."),
    quiet: z
      .array(z.string())
      .optional()
      .describe(
        "Path templates, with their methods, that had requests before the route's last step and none since; at most 20. Left out: none.",
      ),
  })
  .meta({ id: "GateReport", description: "A gate held against one route's evidence." });
export type GateReport = ShapeOf<typeof gateReport>;

export const stepGate = z.object({ number: count, name: z.string(), gate: gateReport }).meta({
  id: "StepGate",
  description: "The gate of a pending step, held against a shift by hand that raises the same route.",
});
export type StepGate = ShapeOf<typeof stepGate>;

true satisfies Same<GateVerdict, GateReport>;

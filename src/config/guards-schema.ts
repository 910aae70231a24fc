import { z } from "zod";
import type { GuardRules } from "../domain/guards.ts";
import { choice, flag, numberLeaf } from "./leaf.ts";
import { percent } from "./scalars.ts";

/** So often that a person should look, and not a guard. */
const MAX_TRIPS = 3;
/** Percent of comparisons that may differ at a grave path: what chance, and a write in between, explain. */
const MISMATCHES_PERCENT = 0.1;

const ratio = () => numberLeaf("number", { above: 1 });

const parts = z.strictObject({
  errors: flag()
    .optional()
    .describe(
      "Modern's clients get more than their share of errors (5xx, broken, timed out, what `errors` names), or of 401 and 403. Where legacy is shadowed while modern serves, requests that one side alone fails are watched too: at modern 100 nothing else is. Left out: true.",
    ),
  latency: z
    .strictObject({
      p50: ratio().optional().describe("Of the medians."),
      p95: ratio().optional().describe("Of the 95th percentiles."),
      p99: ratio().optional().describe("Of the 99th percentiles."),
      p999: ratio()
        .optional()
        .describe("Of the 99.9th percentiles. A few answers that became far slower are seen here first."),
    })
    .optional()
    .describe(
      "How many times as slow as legacy modern may be, by quantile, of answers to clients. Not watched at modern 100. Left out: it is not watched.",
    ),
  mismatches: z
    .strictObject({
      severity: choice(["high"], "write high").describe(
        "Paths that a route lists as `compare.high`; and answers of modern that break its OpenAPI document (`policies.validate.answers: report`).",
      ),
      percent: percent()
        .prefault(MISMATCHES_PERCENT)
        .describe("Percent of compared requests that may differ there."),
    })
    .optional()
    .describe("Answers differ where it is grave. Left out: that is not watched."),
  sampleRatio: flag()
    .optional()
    .describe(
      "Clients' sticky keys do not come to the sides as the split asks for: one key in eight or fewer is looked at, each once. Left out: false.",
    ),
  maxTrips: numberLeaf("count", { whole: true, min: 1, max: 100 })
    .optional()
    .describe(
      `How often guards may take a route back within a day. Beyond it they say what they see, and leave the route. Left out: ${MAX_TRIPS}.`,
    ),
});

type GuardParts = z.output<typeof parts>;

export const guardsSchema = z.union([flag(), parts]);
export type GuardsInput = boolean | GuardParts;

function partsOf(input: GuardsInput | undefined): GuardParts | undefined {
  return input === true ? {} : input === false ? undefined : input;
}

/** A route's, over those of fig.yaml: what it names replaces that of the same name; false: none. */
export function guardsOf(all: GuardsInput | undefined, own: GuardsInput | undefined): GuardRules | undefined {
  if (own === false) return undefined;
  const given = partsOf(own);
  const common = partsOf(all);
  if (given === undefined && common === undefined) return undefined;
  const {
    errors = true,
    latency,
    mismatches,
    sampleRatio = false,
    maxTrips = MAX_TRIPS,
  } = { ...common, ...given };
  const quantiles = Object.entries(latency ?? {}).filter(([, bound]) => bound !== undefined);
  return {
    errors,
    latency: quantiles.length === 0 ? undefined : Object.fromEntries(quantiles),
    mismatches:
      mismatches === undefined || mismatches.percent === 0 ? undefined : { percent: mismatches.percent },
    sampleRatio,
    maxTrips,
  };
}

import { z } from "zod";
import { OTHER } from "../domain/coverage.ts";
import type { GateDefinition } from "../domain/gate/contract.ts";
import { flag, numberLeaf } from "./leaf.ts";
import { duration, method } from "./scalars.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

const ratio = () => numberLeaf("number", { above: 0 });

const conditions = z
  .strictObject({
    minComparisons: numberLeaf("count", { whole: true, min: 0 })
      .optional()
      .describe(
        "How many comparisons (match or mismatch) the route's evidence window must have, a client's same request each time.",
      ),
    maxMismatchRate: numberLeaf("percent", { above: 0, max: 100 })
      .optional()
      .describe(
        "Percent, more than 0. The rate of mismatches, mismatch / (match + mismatch), is proven to be below it, by a bound that may be looked at all the time (docs/proof.md); each method and path template is held against it too. A client's same request counts once a minute.",
      ),
    maxErrorRateIncrease: numberLeaf("percentage points", { min: 0, max: 100 })
      .optional()
      .describe(
        "Percentage points: modern's error rate is proven to be no more than that above legacy's. Shadow answers count for the side that gave them. It fails too where modern answers a client error, 401 say, so much more often than legacy.",
      ),
    maxLatencyRatio: z
      .strictObject({
        p50: ratio().optional().describe("Of the medians."),
        p95: ratio().optional().describe("Of the 95th percentiles."),
        p99: ratio().optional().describe("Of the 99th percentiles."),
      })
      .optional()
      .describe("The most that modern's latency divided by legacy's is proven to be, by quantile."),
    minDuration: duration({ maxMs: YEAR_MS })
      .optional()
      .describe("How long the route's evidence window must have been open."),
  })
  .extend({
    minCoverage: numberLeaf("percent", { above: 0, max: 100 })
      .optional()
      .describe(
        "Percent, more than 0. Of each method that is shadowed, so much of its requests must have been compared in the route's evidence window. A method that is not shadowed must be in `uncovered`.",
      ),
    uncovered: z
      .array(method(OTHER))
      .optional()
      .describe(
        "Methods that need not be compared: what they do was tried by other means. `other`: all beyond the usual eight (GET, HEAD, OPTIONS, TRACE, POST, PUT, PATCH, DELETE), which are counted together; by their names they are accepted where the route's `methods` lists them all.",
      ),
  })
  .extend({
    confidence: numberLeaf("percent", { min: 50, max: 99.9999 })
      .optional()
      .describe(
        "Percent, 95 if left out: of gates that should not hold, at least so many never do, however often they are looked at. What is left is shared out over the conditions on rates and latencies.",
      ),
  });

function definitionOf(gate: z.output<typeof conditions>): GateDefinition | undefined {
  const { minComparisons, maxMismatchRate, maxErrorRateIncrease, minDuration: minDurationMs } = gate;
  const { minCoverage, uncovered } = gate;
  const ratios = Object.entries(gate.maxLatencyRatio ?? {}).filter(([, bound]) => bound !== undefined);
  const maxLatencyRatio = ratios.length === 0 ? undefined : Object.fromEntries(ratios);
  const definition = {
    minComparisons,
    maxMismatchRate,
    maxErrorRateIncrease,
    maxLatencyRatio,
    minDurationMs,
    minCoverage,
  };
  const asked = Object.values(definition).some((bound) => bound !== undefined);
  return asked ? { ...definition, uncovered, confidence: gate.confidence } : undefined;
}

/** The conditions of a gate; one without conditions is no gate. */
export const gateSchema = conditions.transform(definitionOf);

/** The gate of fig.yaml, and what else it says of shifts by hand. */
export const figGateSchema = conditions
  .extend({
    binding: flag()
      .optional()
      .describe(
        "true: a shift by hand that raises modern has to hold the gate of the pending step that would raise that route too. `--force` goes over it, and its reason stays in the ledger. Left out: what that gate says is shown, and binds nobody.",
      ),
  })
  .transform(({ binding, ...gate }) => ({ gate: definitionOf(gate), binding: binding === true }));

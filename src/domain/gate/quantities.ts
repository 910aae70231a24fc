import { type Coverage, noVerdictText, OTHER, unaccepted } from "../coverage.ts";
import { countOf, countText, durationText } from "../wording.ts";
import {
  type ConditionVerdict,
  type GateDefinition,
  type GateEvidence,
  reached,
  verdict,
} from "./contract.ts";
import { compared, never, pace, whyNoComparison } from "./reasons.ts";

export function minComparisons(evidence: GateEvidence, bound: number): ConditionVerdict {
  const value = compared(evidence.counts);
  const more = bound - value;
  const why = whyNoComparison(evidence);
  const missing =
    why === undefined
      ? `needs ${countOf(more, "more comparison")}${pace(evidence, more, value)}`
      : never(why);
  return verdict({ name: "minComparisons", value, bound, state: reached(value >= bound), missing });
}

export function minDuration({ openedAt, now }: GateEvidence, bound: number): ConditionVerdict {
  const name = "minDuration";
  if (openedAt === undefined) {
    const missing = "no data: no front door has opened this window";
    return verdict({ name, value: null, bound, state: "unknown", missing });
  }
  const value = Math.max(0, now - openedAt);
  const missing = `needs ${durationText(bound - value)} more`;
  return verdict({ name, value, bound, state: reached(value >= bound), missing });
}

/** What binary fractions may take from a share that is exactly the bound. */
const EPSILON = 1e-9;

function unseenText(method: string, requests: number, all: number): string {
  const asked = `${countText(requests)} ${method === OTHER ? "" : `${method} `}requests of ${countText(all)}`;
  if (method === OTHER)
    return `${asked} were by methods of other names, counted together, and never compared, since those are not shadowed: try them by other means, and accept them all with gate.uncovered: [${OTHER}]`;
  return `${asked} were never compared, since ${method} is not shadowed: try them by other means, and accept it with gate.uncovered: [${method}]`;
}

/** One condition for each method that was asked for: enough of it compared, or accepted as never compared. */
export function coverage(
  evidence: GateEvidence,
  found: Coverage,
  bound: number,
  gate: GateDefinition,
): ConditionVerdict[] {
  const why = whyNoComparison(evidence);
  if (found.requests === 0) {
    const missing = why === undefined ? "no data: no request came in this window" : never(why);
    return [verdict({ name: "minCoverage", value: null, bound, state: "unknown", missing })];
  }
  const others = noVerdictText(evidence.counts);
  const shadowed = found.shadowed.map(({ method, requests, compared: done }): ConditionVerdict => {
    const value = (done / requests) * 100;
    const missing =
      why === undefined || done > 0
        ? `${countText(done)} of ${countText(requests)} ${method} requests were compared${others === undefined ? "" : `; what was not: ${others}`}`
        : never(why);
    return verdict({
      name: `minCoverage.${method}`,
      value,
      bound,
      state: reached(value >= bound - EPSILON),
      missing,
    });
  });
  const unseen = unaccepted(found.unshadowed, gate.uncovered, evidence.route).map(
    ({ method, requests, share }) =>
      verdict({
        name: `uncovered.${method}`,
        value: share,
        bound: 0,
        state: "unknown",
        missing: unseenText(method, requests, found.requests),
      }),
  );
  return [...shadowed, ...unseen];
}

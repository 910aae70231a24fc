import type { Verdict } from "../compare/contract.ts";
import type { Trace } from "../domain/tracing.ts";

/** Hears a verdict; of a traced request, the comparison is a span that ends with it. */
export function withSpan(
  trace: Trace | undefined,
  done: (verdict: Verdict) => void,
): (verdict: Verdict) => void {
  if (trace === undefined) return done;
  const end = trace.child("compare");
  return (verdict) => {
    const { outcome, reason, mismatches } = verdict;
    end(undefined, { "fig.outcome": outcome, "fig.reason": reason, "fig.mismatches": mismatches.length });
    done(verdict);
  };
}

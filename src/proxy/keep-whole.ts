import type { ComparisonJob, Verdict } from "../compare/contract.ts";
import type { ShadowTap } from "./shadow-tap.ts";
import type { ShadowerOptions } from "./shadower-options.ts";

interface Compared {
  readonly tap: ShadowTap;
  readonly verdict: Verdict;
  /** What was compared; undefined: nothing was. */
  readonly job: ComparisonJob | undefined;
}

/** Keeps both answers whole where the route asks for it and this pair is wanted, and calls `done` in any case. */
export function keepWhole(
  { wholes, comparer }: Pick<ShadowerOptions, "wholes" | "comparer">,
  { tap, verdict, job }: Compared,
  done: () => void,
): void {
  const wanted = job && tap.decision.live.definition.compare.wholes && wholes?.wanted(tap, verdict);
  if (job === undefined || wanted === undefined) {
    done();
    return;
  }
  // The comparing thread reads the same bytes once more, which it was given and has let go of.
  comparer.submit({ ...job, whole: wanted.ask }, ({ whole }) => {
    wanted.made(whole);
    done();
  });
}

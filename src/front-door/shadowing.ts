import type { Verdict } from "../compare/contract.ts";
import { createComparer, createMismatchBook, createRecent, type MismatchBook } from "../compare/index.ts";
import type { ComparisonsQuery, RecentComparison } from "../control/contract.ts";
import { ByteBudget } from "../domain/byte-budget.ts";
import type { Clock } from "../domain/clock.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { EventBus, Log } from "../observe/contract.ts";
import type { ShadowTap } from "../proxy/shadow-tap.ts";
import { Shadower } from "../proxy/shadower.ts";

/** Shadows, their comparer, and where verdicts go. */
export function createShadowing(options: {
  readonly memoryBytes: number;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Client requests under way. */
  readonly clientsActive: () => number;
  readonly events: EventBus;
  readonly log: Log;
}) {
  const { clock, deadlines, events, log } = options;
  const budget = new ByteBudget(options.memoryBytes);
  const mismatches: MismatchBook = createMismatchBook({ now: clock.now });
  const recent = createRecent<RecentComparison>();
  const comparer = createComparer({ onProblem: (sentence) => log.warn({}, sentence) });

  function onVerdict(tap: ShadowTap, verdict: Verdict): void {
    const { live, side: serving, head, path } = tap.decision;
    const { requestId } = tap.request;
    if (verdict.outcome === "mismatch") {
      mismatches.add(live.tally.key, verdict.mismatches, requestId, live.definition.compare.samples);
    }
    const query = path.indexOf("?");
    const comparison: RecentComparison = {
      at: new Date(clock.now()).toISOString(),
      route: live.definition.id,
      requestId,
      method: head.method,
      path: query < 0 ? path : path.slice(0, query),
      serving,
      outcome: verdict.outcome,
      reason: verdict.reason,
      mismatches: verdict.mismatches.map(({ path: where, kind }) => ({ path: where, kind })),
    };
    recent.add(comparison);
    if (events.listeners > 0) events.publish({ type: "comparison", at: comparison.at, data: comparison });
  }

  const shadower = new Shadower({
    budget,
    comparer,
    deadlines,
    clock,
    clientsActive: options.clientsActive,
    defer: (run, when) => {
      if (when === "soon") setImmediate(run);
      else setTimeout(run, 1);
    },
    onVerdict,
  });
  /** The newest comparisons, newest first, of a route and with an outcome if those are given. */
  const comparisons = ({ route, outcome }: ComparisonsQuery) =>
    recent
      .list()
      .filter(
        (each) =>
          (route === undefined || each.route === route) &&
          (outcome === undefined || each.outcome === outcome),
      );
  return { budget, mismatches, comparisons, comparer, shadower };
}

export type Shadowing = ReturnType<typeof createShadowing>;

import { checkHeld } from "../domain/guard-plan.ts";
import { checkExpected, guardedIds } from "../domain/plan.ts";
import { planRollback, planRollbackAll } from "../domain/rollback.ts";
import { commit } from "./commit.ts";
import type { ControlContext } from "./context.ts";
import type { RollbackRequest, ShiftResult } from "./contract.ts";
import { effectsOf, previewOf } from "./effects.ts";
import { entryEvidence, judge, NO_GATE } from "./gates.ts";
import { checkAuthor, findRoute } from "./requests.ts";
import { unsafeServed } from "./unsafe-served.ts";

/** Undoes the newest shift of a route, or of every route in one revision, or goes back to a revision. Never gated. */
export async function rollback(context: ControlContext, request: RollbackRequest): Promise<ShiftResult> {
  checkAuthor(request);
  const { routes } = context.facts.config();
  const targets = request.route === undefined ? routes : [findRoute(routes, request.route)];
  // The way back does not wait for evidence: if it cannot be completed, what the store has is kept.
  await context.facts.flush().catch(() => undefined);
  const state = await context.ledger.read(routes);
  checkExpected(state, request.expectedRevision, targets);
  const route = request.route === undefined ? undefined : targets[0];
  const plan =
    route === undefined
      ? planRollbackAll(state, routes, request.to)
      : planRollback(state, routes, route, request.to);
  checkHeld(state, plan.changes);
  const judgement = await judge(context, state, plan.changes, NO_GATE);
  const served = await unsafeServed(context, plan.changes);
  const dryRun = request.dryRun === true;
  const result = {
    dryRun,
    changes: plan.changes,
    // The way back does not wait for who it is.
    effects: dryRun
      ? await previewOf(context, plan.changes)
      : effectsOf(plan.changes, context.index.of(routes).byId),
    gates: [],
    warnings: plan.warnings,
    unsafeServed: served,
  };
  if (dryRun) return { ...result, written: false, entries: [] };
  const entry = await commit(
    context,
    {
      kind: "rollback",
      by: request.by,
      reason: request.reason,
      migration: null,
      changes: plan.changes,
      evidence: { ...entryEvidence(context, state, plan.changes, judgement, []), unsafeServed: served },
    },
    { revision: request.expectedRevision ?? state.revision, routes: guardedIds(targets) },
  );
  return { ...result, written: true, entries: [entry] };
}

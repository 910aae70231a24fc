import type { LedgerChange } from "../domain/ledger.ts";
import { checkExpected, guardedIds } from "../domain/plan.ts";
import { oldestUndone, planRollback, planRollbackAll } from "../domain/rollback.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { commit } from "./commit.ts";
import type { ControlContext } from "./context.ts";
import type { RollbackRequest, ShiftResult } from "./contract.ts";
import { effectsOf } from "./effects.ts";
import { entryEvidence, judge } from "./gates.ts";
import { checkAuthor, findRoute } from "./requests.ts";

/** Unsafe requests that modern has served since what is undone, by route; routes with none are left out. */
async function unsafeServed(
  { store }: ControlContext,
  routes: readonly RouteDefinition[],
  changes: readonly LedgerChange[],
): Promise<Readonly<Record<string, number>>> {
  const served: Record<string, number> = {};
  for (const change of changes) {
    const since = oldestUndone(change);
    const route = routes.find((each) => each.id === change.route);
    if (since === undefined || route === undefined) continue;
    let count = 0;
    for (const id of guardedIds([route])) count += await store.unsafeModernSince(id, since);
    if (count > 0) served[change.route] = count;
  }
  return served;
}

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
  const judgement = await judge(context, state, plan.changes, undefined);
  const served = await unsafeServed(context, routes, plan.changes);
  const dryRun = request.dryRun === true;
  const result = {
    dryRun,
    changes: plan.changes,
    effects: effectsOf(plan.changes, context.index.of(routes).byId),
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

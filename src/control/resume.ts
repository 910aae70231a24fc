import { planResume } from "../domain/guard-plan.ts";
import { checkExpected, guardedIds } from "../domain/plan.ts";
import { commit } from "./commit.ts";
import type { ControlContext } from "./context.ts";
import type { ResumeRequest, ShiftResult } from "./contract.ts";
import { effectsOf } from "./effects.ts";
import { checkAuthor, findRoute } from "./requests.ts";

/** A person says that what a guard saw is put right: the route may rise again, and so may those of its cohort. Throws `not_held`. */
export async function resume(context: ControlContext, request: ResumeRequest): Promise<ShiftResult> {
  checkAuthor(request);
  const { routes } = context.facts.config();
  const route = findRoute(routes, request.route);
  const state = await context.ledger.read(routes);
  checkExpected(state, request.expectedRevision, [route]);
  const changes = planResume(state, routes, route);
  const { by, reason } = request;
  const dryRun = request.dryRun === true;
  const result = {
    dryRun,
    changes,
    effects: effectsOf(changes, context.index.of(routes).byId),
    ...{ gates: [], warnings: [], unsafeServed: {} },
  };
  if (dryRun) return { ...result, written: false, entries: [] };
  const ids = new Set(changes.map((change) => change.route));
  const entry = await commit(
    context,
    { kind: "resume", by, reason, migration: null, changes, evidence: {} },
    {
      revision: request.expectedRevision ?? state.revision,
      routes: guardedIds(routes.filter(({ id }) => ids.has(id))),
    },
  );
  return { ...result, written: true, entries: [entry] };
}

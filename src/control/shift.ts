import { checkHeld } from "../domain/guard-plan.ts";
import { checkExpected, guardedIds, planShift } from "../domain/plan.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { listText } from "../domain/wording.ts";
import { commit } from "./commit.ts";
import type { ControlContext } from "./context.ts";
import type { ShiftRequest, ShiftResult } from "./contract.ts";
import { effectsOf, previewOf } from "./effects.ts";
import { entryEvidence, gateError, judge, refusalText } from "./gates.ts";
import { checkAuthor, findCohort, findRoute } from "./requests.ts";
import { stepGateError, stepGatesOf, unheldTexts } from "./step-gates.ts";

function retiredWarnings(routes: readonly RouteDefinition[], { target }: ShiftRequest): readonly string[] {
  if (!("cohort" in target)) return [];
  const retired = routes.filter((route) => route.cohort === target.cohort && route.retired);
  if (retired.length === 0) return [];
  return [`retired and left out: ${listText(retired.map((route) => route.id))}`];
}

/**
 * Shifts a route, or a cohort in one revision. Gated where modern rises, by the gate of fig.yaml and, where that is binding, by
 * the pending step's; force goes over gates, never over a conflict or what cannot move. A dry run refuses what the real one would.
 */
export async function shift(context: ControlContext, request: ShiftRequest): Promise<ShiftResult> {
  checkAuthor(request);
  const { routes, gate, gateBinding = false } = context.facts.config();
  const { target, expectedRevision } = request;
  const targets = "route" in target ? [findRoute(routes, target.route)] : findCohort(routes, target.cohort);
  await context.facts.flush();
  const state = await context.ledger.read(routes);
  checkExpected(state, expectedRevision, targets);
  const plan = planShift(state, routes, targets, request);
  checkHeld(state, plan.changes);
  const judgement = await judge(context, state, plan.changes, () => gate);
  const held = judgement.gates.every((report) => report.holds);
  if (!held && request.force !== true) throw gateError(judgement.gates);
  const stepGates = await stepGatesOf(context, state, plan.changes);
  const unheld = unheldTexts(stepGates);
  if (gateBinding && unheld.length > 0 && request.force !== true) throw stepGateError(stepGates);
  const overridden = [...(held ? [] : [refusalText(judgement.gates)]), ...(gateBinding ? unheld : [])];
  const dryRun = request.dryRun === true;
  const result = {
    dryRun,
    changes: plan.changes,
    effects: dryRun
      ? await previewOf(context, plan.changes)
      : effectsOf(plan.changes, context.index.of(routes).byId),
    gates: judgement.gates,
    ...(stepGates.length === 0 ? {} : { stepGates }),
    warnings: [
      ...plan.warnings,
      ...(gateBinding ? [] : unheld.map((text) => `${text}; this shift is not bound by it`)),
      ...retiredWarnings(routes, request),
      ...judgement.unseen,
      ...overridden.map((what) => `forced: ${what}`),
    ],
    unsafeServed: {},
  };
  if (dryRun || plan.changes.length === 0) return { ...result, written: false, entries: [] };
  const entry = await commit(
    context,
    {
      kind: "shift",
      by: request.by,
      reason: request.reason,
      migration: null,
      changes: plan.changes,
      evidence: {
        ...entryEvidence(context, state, plan.changes, judgement, overridden),
        ...(stepGates.length === 0 ? {} : { stepGates }),
      },
    },
    { revision: expectedRevision ?? state.revision, routes: guardedIds(targets) },
  );
  return { ...result, written: true, entries: [entry] };
}

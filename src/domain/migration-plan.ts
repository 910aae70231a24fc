import { FigError } from "./errors.ts";
import { hasDrifted, type LedgerState, lastStepOf, positionOf, trailAt } from "./fold.ts";
import type { AppliedStep } from "./held-steps.ts";
import type { LedgerChange, MigrationMark } from "./ledger.ts";
import type { MigrationDefinition } from "./migration.ts";
import { changeOf, checkMayMove, checkPosition, cohortWarnings, type Plan, raisesModern } from "./plan.ts";
import { undoneSince } from "./rollback.ts";
import type { RouteDefinition } from "./route.ts";
import { listText, positionText } from "./wording.ts";

export interface StepPlan extends Plan {
  readonly mark: MigrationMark;
}

/** `0003-orders-reads`: as its file is called. */
export function stepText(step: { readonly number: number; readonly name: string }): string {
  return `${String(step.number).padStart(4, "0")}-${step.name}`;
}

/** Part of the baseline: whatever became of its file. A step that was never applied is not, low as its number may be. */
export function isArchived(state: LedgerState, number: number): boolean {
  return number <= state.baseline && state.firstApplied.has(number);
}

/**
 * The archived step whose number a file has, though it is another step: by name and by content. A file that was only renamed, or
 * only edited, is still the archived one's.
 */
export function namesakeOf(
  state: LedgerState,
  { number, name, hash }: MigrationDefinition,
): MigrationMark | undefined {
  const mark = isArchived(state, number) ? state.firstApplied.get(number)?.mark : undefined;
  return mark !== undefined && mark.name !== name && mark.hash !== hash ? mark : undefined;
}

/** Steps not applied, in the order of their numbers. */
export function pendingSteps(
  state: LedgerState,
  steps: readonly MigrationDefinition[],
): readonly MigrationDefinition[] {
  const applied = new Set(state.applied.map((step) => step.mark.number));
  return steps
    .filter((file) => {
      const settled = applied.has(file.number) || isArchived(state, file.number);
      return !settled || namesakeOf(state, file) !== undefined;
    })
    .sort((a, b) => a.number - b.number);
}

interface EditedStep {
  readonly applied: AppliedStep;
  readonly file: MigrationDefinition;
}

/** Applied steps whose file says something else now. */
export function editedSteps(
  state: LedgerState,
  steps: readonly MigrationDefinition[],
): readonly EditedStep[] {
  const byNumber = new Map(steps.map((step) => [step.number, step]));
  return state.applied.flatMap((applied) => {
    const file = byNumber.get(applied.mark.number);
    if (isArchived(state, applied.mark.number)) return [];
    return file === undefined || file.hash === applied.mark.hash ? [] : [{ applied, file }];
  });
}

export function editedText({ applied, file }: EditedStep): string {
  return `${file.source.file} was edited after it was applied (revision ${applied.revision}, ${applied.at}, by ${applied.by})`;
}

/** Throws invalid_request, naming the files, if an applied one was edited. */
export function checkUnedited(state: LedgerState, steps: readonly MigrationDefinition[]): void {
  const edited = editedSteps(state, steps);
  if (edited.length === 0) return;
  throw new FigError("invalid_request", edited.map(editedText).join("; "), {
    remedy: "restore the file as it was applied, and put the change into a new migration",
    details: { files: edited.map((each) => each.file.source.file) },
  });
}

/** A route that no longer stands where the last step left it, said in one sentence; undefined: it does. */
export function driftText(state: LedgerState, route: RouteDefinition): string | undefined {
  if (!hasDrifted(state, route)) return undefined;
  const last = lastStepOf(state, route.id);
  if (last === undefined) return undefined;
  const stands = positionText(positionOf(state, route));
  const step = `step ${stepText(last.step.mark)}`;
  return `${route.id} has drifted: it stands at ${stands}, ${step} left it at ${positionText(last.left)}`;
}

export function driftedRoutes(state: LedgerState, routes: readonly RouteDefinition[]) {
  return routes.filter((route) => hasDrifted(state, route));
}

/** Throws `drift` if any route drifted: the next step was written for where the last one left them. */
export function checkDrift(state: LedgerState, routes: readonly RouteDefinition[], action: string): void {
  const drifted = driftedRoutes(state, routes);
  if (drifted.length === 0) return;
  throw new FigError("drift", drifted.map((route) => driftText(state, route)).join("; "), {
    remedy: `shift back to where the step left ${drifted.length === 1 ? "it" : "them"}, or --force to ${action} from here`,
    details: { drifted: drifted.map((route) => route.id) },
  });
}

/** By the ids they have and had; an id in use comes before a former one. */
function routesByAnyId(routes: readonly RouteDefinition[]): ReadonlyMap<string, RouteDefinition> {
  const former = routes.flatMap((route) => route.formerly.map((id) => [id, route] as const));
  return new Map([...former, ...routes.map((route) => [route.id, route] as const)]);
}

function unknownRoute(id: string, step: MigrationDefinition): FigError {
  return new FigError("unknown_route", `${step.source.file} changes ${id}, which no route file has`, {
    remedy: "correct the id, or put the route back",
  });
}

/** What a step would change, also where a route may not move, and what refuses it there. */
interface StepDraft extends StepPlan {
  readonly refusals: readonly FigError[];
}

/** One step up, as far as it goes: a route that may not move does not hide what the others would do. */
export function draftUp(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  step: MigrationDefinition,
): StepDraft {
  const changes: LedgerChange[] = [];
  const refusals: FigError[] = [];
  const byId = routesByAnyId(routes);
  for (const [id, wish] of Object.entries(step.changes)) {
    const route = byId.get(id);
    try {
      checkPosition(wish, `${step.source.file}: ${id}: `);
      if (route === undefined) throw unknownRoute(id, step);
      const from = positionOf(state, route);
      const to = { modern: wish.modern ?? from.modern, shadow: wish.shadow ?? from.shadow };
      changes.push(changeOf(route, from, to));
      checkMayMove(route, from, to);
    } catch (error) {
      if (!(error instanceof FigError)) throw error;
      refusals.push(error);
    }
  }
  const { number, name, hash } = step;
  const warnings = cohortWarnings(state, routes, changes);
  return { mark: { number, name, hash }, changes, warnings, refusals };
}

/** One step up: every route the file names, also where it stands there already, so that `down` knows the step's routes. */
export function planUp(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  step: MigrationDefinition,
): StepPlan {
  const { refusals, ...plan } = draftUp(state, routes, step);
  if (refusals[0] !== undefined) throw refusals[0];
  return plan;
}

/**
 * One step down: what held when the step was applied, for each of its routes that the files still have, as `rollback --to`
 * the revision before it would restore it. Throws `raises_modern` where modern would rise, unless forced.
 */
export function planDown(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  step: AppliedStep,
  force: boolean,
): StepPlan {
  const changes: LedgerChange[] = [];
  const gone: string[] = [];
  const byId = new Map(routes.map((route) => [route.id, route]));
  for (const id of new Set(step.changes.map((change) => change.route))) {
    const route = byId.get(id);
    const known = state.routes.get(id);
    if (route === undefined || known === undefined) {
      gone.push(id);
      continue;
    }
    const then = trailAt(known, step.revision - 1);
    const from = positionOf(state, route);
    checkMayMove(route, from, then.position);
    changes.push(changeOf(route, from, then.position, undoneSince(known, then)));
  }
  const rising = changes.filter(raisesModern);
  if (rising.length > 0 && !force) {
    const list = rising.map(({ route, from, to }) => `${route} from ${from.modern} to ${to.modern}`);
    throw new FigError(
      "raises_modern",
      `down of ${stepText(step.mark)} would raise modern of ${listText(list)}`,
      {
        remedy: "--force to raise it without a gate",
        details: { changes: rising },
      },
    );
  }
  const left = gone.map((id) => `${id} is no longer in a route file and was left out`);
  return { mark: step.mark, changes, warnings: [...left, ...cohortWarnings(state, routes, changes)] };
}

import { FigError } from "../domain/errors.ts";
import { fold, type LedgerState } from "../domain/fold.ts";
import { checkHeld } from "../domain/guard-plan.ts";
import type { AppliedStep } from "../domain/held-steps.ts";
import { checkNotLate } from "../domain/late-steps.ts";
import type { LedgerChange, LedgerDraft, LedgerEntry } from "../domain/ledger.ts";
import { gateFor, type MigrationDefinition } from "../domain/migration.ts";
import {
  checkDrift,
  checkUnedited,
  editedSteps,
  editedText,
  isArchived,
  pendingSteps,
  planDown,
  planUp,
  type StepPlan,
  stepText,
} from "../domain/migration-plan.ts";
import { checkExpected, guardedIds } from "../domain/plan.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { commit } from "./commit.ts";
import type { ControlContext } from "./context.ts";
import type { GateReport, MigrateRequest, ShiftResult } from "./contract.ts";
import { effectsOf, previewOf } from "./effects.ts";
import { entryEvidence, gateError, type Judgement, judge, NO_GATE, refusalText } from "./gates.ts";
import { checkAuthor } from "./requests.ts";
import { squash } from "./squash.ts";
import { unsafeServed } from "./unsafe-served.ts";

type Step =
  | { readonly direction: "up"; readonly file: MigrationDefinition }
  | { readonly direction: "down"; readonly applied: AppliedStep };

/** The next step of a walk; undefined: arrived. A walk to N first takes back the steps above N. */
function nextStep(
  state: LedgerState,
  steps: readonly MigrationDefinition[],
  request: MigrateRequest,
): Step | undefined {
  const last = state.applied.at(-1);
  const pending = pendingSteps(state, steps)[0];
  if (request.action === "up") return pending && { direction: "up", file: pending };
  if (request.action === "down") return last && { direction: "down", applied: last };
  const goal = request.to ?? 0;
  const above = state.applied.findLast(({ mark }) => mark.number > goal && !isArchived(state, mark.number));
  if (above !== undefined) return { direction: "down", applied: above };
  return pending !== undefined && pending.number <= goal ? { direction: "up", file: pending } : undefined;
}

/** Of a step that the autopilot applies. */
interface AutopilotMove {
  /** Into the entry's evidence: who told it to, and how long it waited. */
  readonly said: Readonly<Record<string, unknown>>;
  /** Asked last before it is written: nobody has told it anything else meanwhile. */
  still(): Promise<boolean>;
}

interface Judged {
  readonly kind: "migration" | "revert";
  readonly plan: StepPlan;
  readonly judgement: Judgement;
  readonly overridden: readonly string[];
  readonly warnings: readonly string[];
  readonly reason: string;
  /** Of a step down: unsafe requests that modern served since it was applied, by route. */
  readonly unsafeServed: Readonly<Record<string, number>>;
}

/** What stands in the way of a step, and force goes over; without force it is thrown. */
function overForce(force: boolean, check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!force || !(error instanceof FigError)) throw error;
    return [error.message];
  }
}

async function judgeUp(
  context: ControlContext,
  state: LedgerState,
  file: MigrationDefinition,
  force: boolean,
): Promise<Judged> {
  const { routes, migrations } = context.facts.config();
  checkUnedited(state, migrations);
  const overridden = [
    ...overForce(force, () => checkNotLate(state, migrations, file)),
    ...overForce(force, () => checkDrift(state, routes, "go on")),
  ];
  const plan = planUp(state, routes, file);
  checkHeld(state, plan.changes);
  const judgement = await judge(context, state, plan.changes, (route) => gateFor(file, route));
  if (judgement.gates.some((gate) => !gate.holds)) {
    if (!force) throw gateError(judgement.gates, file.source.file);
    overridden.push(refusalText(judgement.gates));
  }
  const reason = file.description === "" ? `step ${stepText(file)}` : file.description;
  const warnings = [...judgement.unseen, ...overridden.map((what) => `forced: ${what}`)];
  return { kind: "migration", plan, judgement, overridden, warnings, reason, unsafeServed: {} };
}

function nothingToUndo(message: string): FigError {
  return new FigError("nothing_to_undo", message, {
    remedy: "fig migrate status lists the steps; fig rollback takes single routes back",
  });
}

/** An edited file does not hold up the way back: what it restores is in the ledger. */
async function judgeDown(
  context: ControlContext,
  state: LedgerState,
  applied: AppliedStep,
  force: boolean,
): Promise<Judged> {
  const { routes, migrations } = context.facts.config();
  if (isArchived(state, applied.mark.number)) {
    throw nothingToUndo(`the last applied step, ${stepText(applied.mark)}, is archived`);
  }
  const plan = planDown(state, routes, applied, force);
  checkHeld(state, plan.changes);
  const judgement = await judge(context, state, plan.changes, NO_GATE);
  const rises = plan.changes.filter((change) => change.to.modern > change.from.modern);
  const overridden = rises.map(({ route, from, to }) => `${route} rises from ${from.modern} to ${to.modern}`);
  const edited = editedSteps(state, migrations).map(editedText);
  const warnings = [...edited, ...overridden.map((what) => `forced: ${what}`)];
  return {
    kind: "revert",
    plan,
    judgement,
    overridden,
    warnings,
    reason: `down of step ${stepText(applied.mark)}`,
    unsafeServed: await unsafeServed(context, plan.changes),
  };
}

function draftOf(
  context: ControlContext,
  state: LedgerState,
  request: MigrateRequest,
  judged: Judged,
  move: AutopilotMove | undefined,
): LedgerDraft {
  const { kind, plan, judgement, overridden, reason, unsafeServed: served } = judged;
  const evidence = entryEvidence(context, state, plan.changes, judgement, overridden);
  return {
    kind: move === undefined ? kind : "autopilot",
    by: request.by,
    reason: request.reason ?? reason,
    migration: plan.mark,
    changes: plan.changes,
    evidence: {
      ...evidence,
      ...(kind === "revert" ? { unsafeServed: served } : {}),
      ...(move === undefined ? {} : { autopilot: move.said }),
    },
  };
}

/** A plan stands on every route that an applied step names (drift) and on those it moves. */
function routesUnder(
  context: ControlContext,
  state: LedgerState,
  plan: StepPlan,
): readonly RouteDefinition[] {
  const named = new Set(plan.changes.map((change) => change.route));
  for (const step of state.applied) for (const change of step.changes) named.add(change.route);
  const { byId } = context.index.of(context.facts.config().routes);
  return [...named].flatMap((id) => byId.get(id) ?? []);
}

/** Throws `conflict` if the step is not the one that the caller means: somebody else was first. */
function checkStep({ action, expectedStep }: MigrateRequest, step: Step | undefined): void {
  if (expectedStep === undefined || action === "to") return;
  const mark = step?.direction === "up" ? step.file : step?.applied.mark;
  if (mark?.number === expectedStep || (mark === undefined && action === "down")) return;
  const which = action === "up" ? "the next step" : "the last applied step";
  const is = mark === undefined ? "no step is pending" : `${which} is ${stepText(mark)}`;
  throw new FigError("conflict", `${is}; step ${expectedStep} was expected`, {
    remedy: "look at the steps again and retry",
    details: { expectedStep, step: mark?.number ?? null },
  });
}

function checkRequest(context: ControlContext, state: LedgerState, request: MigrateRequest): void {
  checkAuthor({ by: request.by, reason: request.reason ?? request.action });
  if (request.action !== "to") return;
  const known = new Set([
    state.baseline,
    ...context.facts.config().migrations.map((step) => step.number),
    ...state.applied.map((step) => step.mark.number),
  ]);
  if (request.to !== undefined && request.to < state.baseline) {
    throw new FigError(
      "refused",
      `the steps up to ${state.baseline} are archived, and are not undone any more`,
      {
        remedy: `go to ${state.baseline} or above; \`fig rollback\` and \`fig shift\` move single routes further back`,
      },
    );
  }
  if (request.to === undefined || !known.has(request.to)) {
    throw new FigError("invalid_request", `there is no step ${request.to ?? "given"} to go to`, {
      remedy: "fig migrate status lists the steps; 0 is before the first",
    });
  }
}

function nothingToDo(request: MigrateRequest): ShiftResult {
  if (request.action === "down") {
    throw nothingToUndo("no step is applied, so there is none to undo");
  }
  const warnings = [
    request.action === "up" ? "no step is pending" : `the steps already stand at ${request.to ?? 0}`,
  ];
  const dryRun = request.dryRun === true;
  return {
    written: false,
    dryRun,
    entries: [],
    changes: [],
    effects: [],
    gates: [],
    warnings,
    unsafeServed: {},
  };
}

/** A walk that stopped says what it had done by then. */
function stoppedError(error: unknown, step: Step, written: readonly LedgerEntry[]): unknown {
  if (!(error instanceof FigError) || written.length === 0) return error;
  const name = stepText(step.direction === "up" ? step.file : step.applied.mark);
  const done = written.map((entry) => entry.revision).join(", ");
  const details = typeof error.details === "object" ? error.details : { reason: error.details };
  return new FigError(
    error.code,
    `stopped at step ${name}, after writing revision ${done}: ${error.message}`,
    {
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      details: { ...details, written: written.map((entry) => entry.revision) },
      cause: error,
    },
  );
}

/**
 * Walks the steps: `up` the next pending, `down` the last applied, `to` as far as N, stopping at the first refusal. Each step
 * is one revision for all its routes; `squash` archives them. A dry run walks on what each step would have left. `move`: it is
 * the autopilot that goes up.
 */
export async function migrate(
  context: ControlContext,
  request: MigrateRequest,
  move?: AutopilotMove,
): Promise<ShiftResult> {
  if (request.action === "squash") return squash(context, request);
  const { routes, migrations } = context.facts.config();
  const dryRun = request.dryRun === true;
  // The way back does not wait for evidence: if it cannot be completed, what the store has is kept.
  if (request.action === "down") await context.facts.flush().catch(() => undefined);
  else await context.facts.flush();
  const start = await context.ledger.read(routes);
  let state = start;
  checkRequest(context, state, request);
  const entries: LedgerEntry[] = [];
  const changes: LedgerChange[] = [];
  const gates: GateReport[] = [];
  const warnings: string[] = [];
  const served: Record<string, number> = {};
  let steps = 0;
  let step = nextStep(state, migrations, request);
  checkStep(request, step);
  while (step !== undefined) {
    try {
      const force = request.force === true;
      const judged: Judged =
        step.direction === "up"
          ? await judgeUp(context, state, step.file, force)
          : await judgeDown(context, state, step.applied, force);
      const under = routesUnder(context, state, judged.plan);
      checkExpected(start, request.expectedRevision, under);
      const draft = draftOf(context, state, request, judged, move);
      if (dryRun) {
        const at = new Date(context.clock.now()).toISOString();
        state = fold(state, [{ ...draft, revision: state.revision + 1, at }]);
      } else {
        if (move !== undefined && !(await move.still()))
          throw new FigError("conflict", "the autopilot was told something else meanwhile");
        const guard = { revision: state.revision, routes: guardedIds(under) };
        entries.push(await commit(context, draft, guard));
        state = await context.ledger.read(routes);
      }
      changes.push(...judged.plan.changes);
      gates.push(...judged.judgement.gates);
      warnings.push(...judged.plan.warnings, ...judged.warnings);
      // Each step counts from when it was applied: the oldest has the rest in it.
      for (const [id, count] of Object.entries(judged.unsafeServed)) {
        served[id] = Math.max(served[id] ?? 0, count);
      }
    } catch (error) {
      throw stoppedError(error, step, entries);
    }
    steps++;
    step = request.action === "to" ? nextStep(state, migrations, request) : undefined;
  }
  if (steps === 0) return nothingToDo(request);
  return {
    written: entries.length > 0,
    dryRun,
    entries,
    changes,
    effects: dryRun ? await previewOf(context, changes) : effectsOf(changes, context.index.of(routes).byId),
    gates,
    warnings,
    unsafeServed: served,
  };
}

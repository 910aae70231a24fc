import { FigError } from "../domain/errors.ts";
import { type LedgerState, lastStepOf } from "../domain/fold.ts";
import type { AppliedStep } from "../domain/held-steps.ts";
import { checkNotLate, lateSteps } from "../domain/late-steps.ts";
import type { MigrationMark } from "../domain/ledger.ts";
import { gateFor, type MigrationDefinition } from "../domain/migration.ts";
import {
  checkDrift,
  checkUnedited,
  draftUp,
  driftedRoutes,
  isArchived,
  pendingSteps,
} from "../domain/migration-plan.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { ControlContext } from "./context.ts";
import type { MigrationPlan, MigrationStatus } from "./contract.ts";
import { effectsOf } from "./effects.ts";
import { judge, refusalText } from "./gates.ts";

type Drifted = ReadonlyMap<AppliedStep, readonly string[]>;

/** By the step that put them where they no longer are. */
function driftedByStep(state: LedgerState, routes: readonly RouteDefinition[]): Drifted {
  const drifted = new Map<AppliedStep, string[]>();
  for (const { id } of driftedRoutes(state, routes)) {
    const step = lastStepOf(state, id)?.step;
    if (step === undefined) continue;
    const known = drifted.get(step);
    if (known === undefined) drifted.set(step, [id]);
    else known.push(id);
  }
  return drifted;
}

function statusOf(
  drifted: Drifted,
  late: ReadonlySet<number>,
  archived: boolean,
  mark: MigrationMark | undefined,
  file: MigrationDefinition | undefined,
  applied: AppliedStep | undefined,
): MigrationStatus {
  // A step whose file is gone is told from the ledger.
  const recorded: Record<string, Partial<Position>> = {};
  for (const change of applied?.changes ?? []) recorded[change.route] = change.to;
  return {
    number: file?.number ?? mark?.number ?? 0,
    name: file?.name ?? mark?.name ?? "",
    description: file?.description ?? "",
    state: archived ? "archived" : applied === undefined ? "pending" : "applied",
    revision: applied?.revision ?? null,
    at: applied?.at ?? null,
    by: applied?.by ?? null,
    drifted: applied === undefined ? [] : (drifted.get(applied) ?? []),
    late: file !== undefined && late.has(file.number),
    edited: !archived && applied !== undefined && file !== undefined && file.hash !== applied.mark.hash,
    changes: file?.changes ?? recorded,
  };
}

function lateNumbers(state: LedgerState, steps: readonly MigrationDefinition[]): ReadonlySet<number> {
  return new Set(lateSteps(state, steps).map(({ file }) => file.number));
}

/** Every step of the files and of the ledger, in the order of their numbers. */
function migrationStatuses(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  steps: readonly MigrationDefinition[],
): readonly MigrationStatus[] {
  const applied = new Map(state.applied.map((step) => [step.mark.number, step]));
  const files = new Map(steps.map((step) => [step.number, step]));
  const archived = [...state.firstApplied.keys()].filter((number) => isArchived(state, number));
  const numbers = [...new Set([...applied.keys(), ...files.keys(), ...archived])].sort((a, b) => a - b);
  const drifted = driftedByStep(state, routes);
  const late = lateNumbers(state, steps);
  return numbers.map((number) => {
    const step = applied.get(number);
    const mark = step?.mark ?? state.firstApplied.get(number)?.mark;
    return statusOf(drifted, late, isArchived(state, number), mark, files.get(number), step);
  });
}

export async function migrations(context: ControlContext): Promise<readonly MigrationStatus[]> {
  const config = context.facts.config();
  const state = await context.ledger.read(config.routes);
  return migrationStatuses(state, config.routes, config.migrations);
}

function reasonOf(check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof FigError) return [error.message];
    throw error;
  }
}

/** What `up` would do now, and everything that stands in its way. */
export async function plan(context: ControlContext): Promise<MigrationPlan> {
  const { routes, migrations: steps } = context.facts.config();
  await context.facts.flush().catch(() => undefined);
  const state = await context.ledger.read(routes);
  const file = pendingSteps(state, steps)[0];
  if (file === undefined) {
    return {
      next: null,
      changes: [],
      effects: [],
      gates: [],
      allowed: false,
      reasons: ["no step is pending"],
    };
  }
  const { changes, refusals } = draftUp(state, routes, file);
  const reasons = [
    ...reasonOf(() => checkUnedited(state, steps)),
    ...reasonOf(() => checkNotLate(state, steps, file)),
    ...reasonOf(() => checkDrift(state, routes, "go on")),
    ...refusals.map(({ message }) => message),
  ];
  const { gates, unseen } = await judge(context, state, changes, (route) => gateFor(file, route));
  if (gates.some((gate) => !gate.holds)) reasons.push(refusalText(gates));
  const next = statusOf(new Map(), lateNumbers(state, steps), false, undefined, file, undefined);
  const effects = effectsOf(changes, context.index.of(routes).byId);
  const allowed = reasons.length === 0;
  return { next, changes, effects, gates, allowed, reasons, ...(unseen.length === 0 ? {} : { unseen }) };
}

import { FigError } from "../domain/errors.ts";
import { type AppliedStep, type LedgerState, lastStepOf } from "../domain/fold.ts";
import type { MigrationDefinition } from "../domain/migration.ts";
import {
  checkDrift,
  checkUnedited,
  driftedRoutes,
  pendingSteps,
  planUp,
  type StepPlan,
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
  file: MigrationDefinition | undefined,
  applied: AppliedStep | undefined,
): MigrationStatus {
  // A step whose file is gone is told from the ledger.
  const recorded: Record<string, Partial<Position>> = {};
  for (const change of applied?.changes ?? []) recorded[change.route] = change.to;
  return {
    number: file?.number ?? applied?.mark.number ?? 0,
    name: file?.name ?? applied?.mark.name ?? "",
    description: file?.description ?? "",
    state: applied === undefined ? "pending" : "applied",
    revision: applied?.revision ?? null,
    at: applied?.at ?? null,
    by: applied?.by ?? null,
    drifted: applied === undefined ? [] : (drifted.get(applied) ?? []),
    edited: applied !== undefined && file !== undefined && file.hash !== applied.mark.hash,
    changes: file?.changes ?? recorded,
  };
}

/** Every step of the files and of the ledger, in the order of their numbers. */
function migrationStatuses(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  steps: readonly MigrationDefinition[],
): readonly MigrationStatus[] {
  const applied = new Map(state.applied.map((step) => [step.mark.number, step]));
  const files = new Map(steps.map((step) => [step.number, step]));
  const numbers = [...new Set([...applied.keys(), ...files.keys()])].sort((a, b) => a - b);
  const drifted = driftedByStep(state, routes);
  return numbers.map((number) => statusOf(drifted, files.get(number), applied.get(number)));
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
  let step: StepPlan | undefined;
  const reasons = [
    ...reasonOf(() => checkUnedited(state, steps)),
    ...reasonOf(() => checkDrift(state, routes, "go on")),
    ...reasonOf(() => {
      step = planUp(state, routes, file);
    }),
  ];
  const changes = step?.changes ?? [];
  const { gates, unseen } = await judge(context, state, changes, file.gate);
  if (gates.some((gate) => !gate.holds)) reasons.push(refusalText(gates));
  const next = statusOf(new Map(), file, undefined);
  const effects = effectsOf(changes, context.index.of(routes).byId);
  const allowed = reasons.length === 0;
  return { next, changes, effects, gates, allowed, reasons, ...(unseen.length === 0 ? {} : { unseen }) };
}

import { FigError } from "../domain/errors.ts";
import { type LedgerState, lastStepOf } from "../domain/fold.ts";
import { checkHeld } from "../domain/guard-plan.ts";
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
  namesakeOf,
  pendingSteps,
} from "../domain/migration-plan.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { momentText } from "../domain/wording.ts";
import type { ControlContext } from "./context.ts";
import type { MigrationPlan, MigrationStatus, StoreAway } from "./contract.ts";
import { previewOf } from "./effects.ts";
import { judge, refusalText } from "./gates.ts";
import { awayNow, isAway, ledgerOrInForce, unknownOf } from "./unknown.ts";

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
    const file = files.get(number);
    // The file's step is what can still be done; the archived one of its number is in the ledger.
    if (file !== undefined && namesakeOf(state, file) !== undefined)
      return statusOf(drifted, late, false, undefined, file, undefined);
    const step = applied.get(number);
    const mark = step?.mark ?? state.firstApplied.get(number)?.mark;
    return statusOf(drifted, late, isArchived(state, number), mark, file, step);
  });
}

export async function migrations(context: ControlContext): Promise<readonly MigrationStatus[]> {
  const config = context.facts.config();
  const { state, failed } = await ledgerOrInForce(context);
  const steps = migrationStatuses(state, config.routes, config.migrations);
  const away = awayNow(context, failed);
  if (away?.unread !== true) return steps;
  // Positions alone do not say which steps were applied; and an empty list could not say that it is from memory.
  if (context.facts.inForce()?.whole !== true || steps.length === 0) await context.ledger.read(config.routes);
  return steps.map((step) => ({ ...step, unknown: unknownOf(away, away.since) }));
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

/** Green never means that nobody looked: without the store no gate can be judged, and no step be written. */
function awayReason({ since, unread }: StoreAway): string {
  return unread
    ? `the state store cannot be reached since ${momentText(since)}: whether its gate holds is not known, and nothing can be written`
    : `the state store does not take the counters since ${momentText(since)}: what was counted since then is missing in the evidence`;
}

/** What `up` would do now, and everything that stands in its way. */
export async function plan(context: ControlContext): Promise<MigrationPlan> {
  const { routes, migrations: steps } = context.facts.config();
  await context.facts.flush().catch(() => undefined);
  const { state, failed } = await ledgerOrInForce(context);
  const away = awayNow(context, failed);
  const file = pendingSteps(state, steps)[0];
  if (file === undefined) {
    return {
      next: null,
      changes: [],
      effects: [],
      gates: [],
      allowed: false,
      reasons: [away === undefined ? "no step is pending" : awayReason(away)],
      ...(away === undefined ? {} : { unknown: unknownOf(away, undefined) }),
    };
  }
  const { changes, refusals } = draftUp(state, routes, file);
  const reasons = [
    ...reasonOf(() => checkUnedited(state, steps)),
    ...reasonOf(() => checkNotLate(state, steps, file)),
    ...reasonOf(() => checkDrift(state, routes, "go on")),
    ...reasonOf(() => checkHeld(state, changes)),
    ...refusals.map(({ message }) => message),
  ];
  const judged = await judge(context, state, changes, (route) => gateFor(file, route)).catch((error) => {
    if (!isAway(context, error)) throw error;
    return undefined;
  });
  const { gates, unseen } = judged ?? { gates: [], unseen: [] };
  if (gates.some((gate) => !gate.holds)) reasons.push(refusalText(gates));
  const missing = awayNow(context, failed || judged === undefined);
  if (missing !== undefined) reasons.push(awayReason(missing));
  const next = statusOf(new Map(), lateNumbers(state, steps), false, undefined, file, undefined);
  const effects = await previewOf(context, changes);
  const allowed = reasons.length === 0;
  return {
    ...{ next, changes, effects, gates, allowed, reasons },
    ...(unseen.length === 0 ? {} : { unseen }),
    ...(missing === undefined ? {} : { unknown: unknownOf(missing, undefined) }),
  };
}

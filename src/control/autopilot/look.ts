import {
  AUTOPILOT_TIMES,
  type AutopilotDecision,
  type AutopilotTimes,
  decideAutopilot,
  isOverdue,
  moveBefore,
  type NextMove,
  type RisingRoute,
  setbackSince,
} from "../../domain/autopilot.ts";
import type { FrontDoorConfig } from "../../domain/config.ts";
import { FigError } from "../../domain/errors.ts";
import type { LedgerState } from "../../domain/fold.ts";
import { totalOf } from "../../domain/gate/reasons.ts";
import { checkHeld } from "../../domain/guard-plan.ts";
import { checkNotLate } from "../../domain/late-steps.ts";
import { gateFor, isUngated, type MigrationDefinition } from "../../domain/migration.ts";
import { checkDrift, checkUnedited, draftUp, pendingSteps } from "../../domain/migration-plan.ts";
import { raisesModern } from "../../domain/plan.ts";
import type { ControlContext } from "../context.ts";
import type { GateReport } from "../contract.ts";
import type { RouteEvidence } from "../evidence.ts";
import { judge, refusalText } from "../gates.ts";
import { isAway } from "../unknown.ts";
import { readOrder, type StoredOrder } from "./order.ts";

/** One look at all that a move depends on. */
export interface AutopilotLook {
  readonly stored: StoredOrder | undefined;
  /** What it was decided on; undefined: the store was away. */
  readonly state: LedgerState | undefined;
  readonly step: MigrationDefinition | undefined;
  readonly times: AutopilotTimes;
  readonly gates: readonly GateReport[];
  readonly decision: AutopilotDecision;
  /** How long the step has been the next one, ms. */
  readonly waitedMs: number;
  readonly overdue: boolean;
}

function timesOf(config: FrontDoorConfig, step: MigrationDefinition | undefined): AutopilotTimes {
  return { ...AUTOPILOT_TIMES, ...config.autopilot, ...step?.autopilot };
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

function requestsOf({ counts }: RouteEvidence): number {
  return totalOf(counts, "legacy").answers + totalOf(counts, "modern").answers;
}

interface Judged {
  readonly move: NextMove;
  readonly gates: readonly GateReport[];
}

async function judgeNext(
  context: ControlContext,
  state: LedgerState,
  file: MigrationDefinition,
): Promise<Judged> {
  const { facts, clock, autopilot: memory } = context;
  const config = facts.config();
  const { routes, migrations } = config;
  const { changes, refusals } = draftUp(state, routes, file);
  const { gates, evidence } = await judge(context, state, changes, (route) => gateFor(file, route));
  const micros = clock.micros();
  const now = clock.now();
  const raised = changes.filter(raisesModern).map(({ route }) => route);
  const seen = raised.flatMap((route) => evidence.get(route) ?? []);
  memory.noteRequests(
    seen.map((known) => ({
      route: known.window.route,
      window: `${known.window.revision}.${known.window.epoch}`,
      requests: requestsOf(known),
    })),
    micros,
  );
  const guards = facts.guardStates?.() ?? {};
  const rising = raised.map((route): RisingRoute => {
    const openedAt = evidence.get(route)?.openedAt;
    const windowMs = openedAt === undefined ? undefined : Math.max(0, now - openedAt);
    const gate = gates.find((each) => each.route === route);
    return {
      route,
      gate: gate ?? (isUngated(file, route) ? undefined : "missing"),
      guard: guards[route] ?? 0,
      asked: memory.isAsked(route, windowMs ?? 0, micros),
      windowMs,
    };
  });
  const moved = changes.map(({ route }) => route);
  const before = moveBefore(state, moved);
  return {
    gates,
    move: {
      number: file.number,
      name: file.name,
      times: timesOf(config, file),
      refusals: [
        ...reasonOf(() => checkUnedited(state, migrations)),
        ...reasonOf(() => checkNotLate(state, migrations, file)),
        ...reasonOf(() => checkDrift(state, routes, "go on")),
        ...reasonOf(() => checkHeld(state, changes)),
        ...refusals.map(({ message }) => message),
      ],
      rising,
      gateText: gates.every(({ holds }) => holds) ? "" : refusalText(gates),
      sinceMoveMs:
        before === 0 ? undefined : memory.sinceMs(before, atOf(state, before), { ms: now, micros }),
    },
  };
}

/** When a revision was written that a route or an applied step stands on. */
function atOf(state: LedgerState, revision: number): number {
  const step = state.applied.findLast((each) => each.revision === revision);
  if (step !== undefined) return Date.parse(step.at);
  for (const { last } of state.routes.values()) if (last.revision === revision) return Date.parse(last.at);
  return 0;
}

/** What the autopilot would do now. Changes nothing. Fails only without a front door, where the store is all there is. */
export async function lookAt(context: ControlContext): Promise<AutopilotLook> {
  const { facts, store, ledger, clock } = context;
  const config = facts.config();
  const now = clock.now();
  const whileAway = (stored: StoredOrder | undefined): AutopilotLook => {
    const order = stored?.order;
    const decision: AutopilotDecision =
      order === undefined
        ? {
            ...{ state: "running", waitsFor: "store", expectedAt: undefined, stuck: false },
            says: "what it was told is not known: the state store is away",
          }
        : decideAutopilot({ order, away: true, setback: undefined, next: undefined, now });
    const times = timesOf(config, undefined);
    return {
      stored,
      decision,
      times,
      ...{ state: undefined, step: undefined, gates: [], waitedMs: 0, overdue: false },
    };
  };
  let stored: StoredOrder | undefined;
  try {
    stored = await readOrder(store);
    const { order } = stored;
    if (facts.away() !== undefined) return whileAway(stored);
    const state = await ledger.read(config.routes);
    context.autopilot.noteRevision(state.revision, clock.micros());
    const step = order.mode === "off" ? undefined : pendingSteps(state, config.migrations)[0];
    const judged = step === undefined ? undefined : await judgeNext(context, state, step);
    const setback = setbackSince(state, order.since);
    const decision = decideAutopilot({ order, away: false, setback, next: judged?.move, now });
    const times = timesOf(config, step);
    // It waits from the move before it, or from when it was told to.
    const waitedMs = Math.max(
      0,
      Math.min(judged?.move.sinceMoveMs ?? Number.POSITIVE_INFINITY, now - Date.parse(order.at)) || 0,
    );
    const overdue = isOverdue(decision, times, waitedMs);
    return { stored, state, step, times, gates: judged?.gates ?? [], decision, waitedMs, overdue };
  } catch (error) {
    if (!isAway(context, error)) throw error;
    return whileAway(stored);
  }
}

import type { WindowCounts } from "../domain/counters.ts";
import type { LedgerState, Trail } from "../domain/fold.ts";
import { pendingSteps } from "../domain/migration-plan.ts";
import { type Phase, phaseOf } from "../domain/position.ts";
import { ALL_ROUTES, STEP_MS } from "../domain/rollup.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { NextStep, Overview, ServedShare, ShareSeries } from "./board-contract.ts";
import type { Snapshot } from "./board-snapshot.ts";
import type { ControlContext } from "./context.ts";
import type { MigrationPlan } from "./contract.ts";
import { readSteps, type Steps, stepsOf } from "./series.ts";
import type { SharedAnswers } from "./shared-answers.ts";
import { inTurns } from "./turns.ts";
import type { Wanting } from "./wanting.ts";

const ROUTES_A_TURN = 100;

/** "Now" lasts this long: with less, a quiet minute would look like a change. */
const NOW_MS = 5 * STEP_MS.minute;
const WITHOUT_LEDGER_MS = 24 * STEP_MS.hour;
/** The share over time is drawn in steps far longer. */
const SLOWLY = { atLeast: 10_000_000 };
const MAX_ATTENTION = 100;

function shareOf(legacy: number, modern: number): ServedShare {
  const requests = legacy + modern;
  return { legacy, modern, share: requests === 0 ? null : (modern / requests) * 100 };
}

function sum(counts: Iterable<WindowCounts>): ServedShare {
  let legacy = 0;
  let modern = 0;
  for (const each of counts) {
    legacy += each.legacy.requests;
    modern += each.modern.requests;
  }
  return shareOf(legacy, modern);
}

function noPhases<T>(value: () => T): Record<Phase, T> {
  return { legacy: value(), shadowing: value(), splitting: value(), cutover: value(), retired: value() };
}

/**
 * How many routes were in each phase at each step's end, by the trails of the ledger in force. The ledger does not say since
 * when a route is retired: it counts as retired now, and before as its trail says.
 */
async function phasesOverTime(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  at: readonly number[],
  stepMs: number,
): Promise<ShareSeries["phases"]> {
  const phases = noPhases(() => new Array<number>(at.length).fill(0));
  for await (const route of inTurns(routes, ROUTES_A_TURN)) {
    const trail = state.routes.get(route.id)?.trail;
    let mark: Trail | undefined = trail;
    for (let i = at.length - 1; i >= 0; i--) {
      const end = (at[i] as number) + stepMs;
      while (mark?.earlier !== undefined && mark.at >= end) mark = mark.earlier;
      const retired = route.retired && (i === at.length - 1 || trail === undefined);
      const column = phases[phaseOf(mark?.position ?? route.start, retired)];
      column[i] = (column[i] as number) + 1;
    }
  }
  return phases;
}

async function firstEntryAt({ store }: ControlContext): Promise<string | null> {
  return (await store.read(0, 1))[0]?.at ?? null;
}

async function shareSeries(
  context: ControlContext,
  { state, config }: Snapshot,
  since: string | null,
): Promise<ShareSeries> {
  const now = context.clock.now();
  const from = since === null ? now - WITHOUT_LEDGER_MS : Math.min(Date.parse(since), now - 1);
  const steps: Steps = stepsOf({ from, step: "auto" }, now);
  const found = await readSteps(context, ALL_ROUTES, steps);
  const at: number[] = [];
  for (let start = steps.from; start < steps.to; start += steps.stepMs) at.push(start);
  return {
    stepMs: steps.stepMs,
    at,
    legacy: at.map((start) => found.get(start)?.legacy.requests ?? 0),
    modern: at.map((start) => found.get(start)?.modern.requests ?? 0),
    phases: await phasesOverTime(state, config.routes, at, steps.stepMs),
  };
}

function nextStep({ next, allowed, reasons }: MigrationPlan): NextStep | null {
  if (next === null) return null;
  const { number, name, description } = next;
  return { number, name, description, allowed, reasons };
}

function phaseCounts({ rows, config }: Snapshot): Overview["routes"]["phases"] {
  const counts = noPhases(() => 0);
  for (const row of rows.slice(0, config.routes.length)) counts[row.phase]++;
  return counts;
}

const NO_SERIES: ShareSeries = {
  stepMs: STEP_MS.hour,
  at: [],
  legacy: [],
  modern: [],
  phases: noPhases(() => []),
};

/** How far the migration is and what to look at, the same for every page. With the store away: what is known without it. */
export async function overview(
  context: ControlContext,
  snapshot: Snapshot,
  shared: SharedAnswers,
  wanted: Wanting,
): Promise<Omit<Overview, "version">> {
  const { store, clock } = context;
  const { state, config, unknown } = snapshot;
  const now = clock.now();
  // What was known last is shown while the store is away, and `unknown` says so: zeros would say that nothing happened.
  const whileAway = () => true;
  const first = await shared.getOrLast("first entry", () => firstEntryAt(context), whileAway, SLOWLY);
  const since = state.revision === 0 ? null : (first?.value ?? null);
  const lastMinutes = () =>
    readSteps(context, ALL_ROUTES, stepsOf({ from: now - NOW_MS, step: "minute" }, now));
  const recent = await shared.getOrLast("last minutes", lastMinutes, whileAway);
  const drawn = () => shareSeries(context, snapshot, since);
  const series =
    (await shared.getOrLast(`share ${state.revision}`, drawn, whileAway, SLOWLY))?.value ?? NO_SERIES;
  const { attention, planned } = wanted;
  const total = (column: readonly number[]) => column.reduce((a, b) => a + b, 0);
  return {
    at: new Date(now).toISOString(),
    name: config.name ?? null,
    stateId: store.stateId,
    revision: state.revision,
    since,
    now: sum(recent?.value.values() ?? []),
    total: shareOf(total(series.legacy), total(series.modern)),
    routes: { total: config.routes.length, phases: phaseCounts(snapshot) },
    migrations: {
      applied: state.applied.length,
      pending: pendingSteps(state, config.migrations).length,
      next: planned === undefined ? null : nextStep(planned),
    },
    attention: attention.slice(0, MAX_ATTENTION),
    attentionTotal: attention.length,
    series,
    ...(unknown === undefined ? {} : { unknown }),
  };
}

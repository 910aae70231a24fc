import { mapShape } from "../domain/counter-shapes.ts";
import { mergeCounts, NO_COUNTS, SHOWN, type WindowCounts } from "../domain/counters.ts";
import { FigError } from "../domain/errors.ts";
import { aliasesOf } from "../domain/fold.ts";
import { rateInterval } from "../domain/proof/rate-bound.ts";
import { HOURS_KEPT_MS, MINUTES_KEPT_MS, STEP_MS, stepStart } from "../domain/rollup.ts";
import type { RollupStep } from "../store/contract.ts";
import type { Rate, Series, SeriesQuery, ShownColumns, SideColumns, TimeRange } from "./board-contract.ts";
import type { ControlContext } from "./context.ts";
import type { ShownCounts, SideStatus } from "./contract.ts";
import { shownCounts } from "./evidence.ts";
import { inTurns } from "./turns.ts";

const STEPS_A_TURN = 16;
const RANGE_MS = 3 * STEP_MS.hour;
/** The most steps of an answer where we choose them: about as many as a chart has pixels. */
const MAX_POINTS = 360;
/** How many minutes or hours make one point. */
const TOGETHER: Readonly<Record<RollupStep, readonly number[]>> = {
  minute: [1, 2, 5, 10, 15, 30],
  hour: [1, 2, 3, 6, 12, 24],
};

/** A range of whole steps, within what is kept. */
export interface Steps {
  readonly step: RollupStep;
  readonly stepMs: number;
  readonly from: number;
  readonly to: number;
}

/** Throws invalid_request for a range that ends before it begins. */
export function stepsOf({ from, to, step }: TimeRange & Pick<SeriesQuery, "step">, now: number): Steps {
  // What is counted in this very millisecond belongs to the range.
  const end = Math.min(to ?? now + 1, now + 1);
  const begin = Math.max(from ?? end - RANGE_MS, now - HOURS_KEPT_MS);
  if (begin >= end) {
    throw new FigError("invalid_request", "the range ends before it begins, or lies in the future", {
      remedy: "give `from` and `to` in ms since the epoch, `from` the earlier",
    });
  }
  const chosen = step === "auto" ? (begin >= now - MINUTES_KEPT_MS ? "minute" : "hour") : step;
  const first = chosen === "minute" ? Math.max(begin, now - MINUTES_KEPT_MS) : begin;
  const length = STEP_MS[chosen];
  const together =
    step === "auto"
      ? TOGETHER[chosen].find((count) => Math.floor((end - first) / (count * length)) <= MAX_POINTS)
      : undefined;
  const stepMs = length * (together ?? (step === "auto" ? (TOGETHER[chosen].at(-1) as number) : 1));
  return {
    step: chosen,
    stepMs,
    from: stepStart(first, stepMs),
    to: stepStart(end - 1, stepMs) + stepMs,
  };
}

/** What a route, under all ids it had, counted in each step; steps without counts are left out. */
export async function readSteps(
  { store, facts }: ControlContext,
  route: string,
  { step, stepMs, from, to }: Steps,
): Promise<ReadonlyMap<number, WindowCounts>> {
  const { routes } = facts.config();
  const former = routes.find(({ id }) => id === route)?.formerly ?? [];
  const aliases = aliasesOf(routes);
  const ids = [route, ...former.filter((id) => aliases.get(id) === route)];
  const parts = new Map<number, WindowCounts[]>();
  for (const id of ids) {
    for (const { at, counts } of await store.readRollups({ route: id, step, from, to })) {
      const start = stepStart(at, stepMs);
      const list = parts.get(start);
      if (list === undefined) parts.set(start, [counts]);
      else list.push(counts);
    }
  }
  const steps = new Map<number, WindowCounts>();
  for await (const [at, list] of inTurns(parts, STEPS_A_TURN)) {
    steps.set(at, list.length === 1 ? (list[0] as WindowCounts) : mergeCounts(list));
  }
  return steps;
}

function rateOf(mismatch: number, compared: number): Rate {
  if (compared === 0) return { value: null, low: null, high: null };
  const [low, high] = rateInterval(mismatch, compared);
  return { value: (mismatch / compared) * 100, low: low * 100, high: high * 100 };
}

function sideColumns(sides: readonly SideStatus[]): SideColumns {
  return {
    requests: sides.map(({ requests }) => requests),
    errors: sides.map(({ errors }) => errors),
    p50: sides.map(({ p50 }) => p50),
    p95: sides.map(({ p95 }) => p95),
    p99: sides.map(({ p99 }) => p99),
  };
}

function columnsOf(points: readonly ShownCounts[]): ShownColumns {
  return mapShape(SHOWN, points, (leaf, values) => {
    if (leaf.kind === "count" || leaf.kind === "strata") return values;
    if (leaf.kind === "answers") return sideColumns(values as readonly SideStatus[]);
    const records = values as readonly Readonly<Record<string, number>>[];
    const columns = leaf.names.map((name) => [name, records.map((record) => record[name] ?? 0)] as const);
    return Object.fromEntries(columns.filter(([, column]) => column.some((count) => count > 0)));
  }) as ShownColumns;
}

const NO_POINT = shownCounts(NO_COUNTS);

function mismatchRate({ comparisons: { match, mismatch } }: ShownCounts): Rate {
  return rateOf(mismatch, match + mismatch);
}

/** What a route, or all together, counted over time: every step of the range, zeros where nothing was. */
export async function series(context: ControlContext, route: string, steps: Steps): Promise<Series> {
  const found = await readSteps(context, route, steps);
  const at: number[] = [];
  for (let start = steps.from; start < steps.to; start += steps.stepMs) at.push(start);
  const points: ShownCounts[] = [];
  for await (const start of inTurns(at, STEPS_A_TURN)) {
    const counts = found.get(start);
    points.push(counts === undefined ? NO_POINT : shownCounts(counts));
  }
  const rates = points.map(mismatchRate);
  const overall = shownCounts(mergeCounts([...found.values()]));
  const { legacy, modern, shadow, comparisons } = overall;
  return {
    route,
    from: steps.from,
    to: steps.to,
    stepMs: steps.stepMs,
    at,
    ...columnsOf(points),
    mismatchRate: {
      value: rates.map(({ value }) => value),
      low: rates.map(({ low }) => low),
      high: rates.map(({ high }) => high),
    },
    overall: { legacy, modern, shadow, ...comparisons, mismatchRate: mismatchRate(overall) },
  };
}

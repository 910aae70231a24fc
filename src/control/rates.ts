import { mergeCounts, type WindowCounts } from "../domain/counters.ts";
import { quantileMs } from "../domain/histogram.ts";
import type { Side } from "../domain/position.ts";
import { STEP_MS } from "../domain/rollup.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import type { Rates } from "./board-contract.ts";
import type { ControlContext } from "./context.ts";
import { readSteps, stepsOf } from "./series.ts";

/** A quiet minute among them does not look like an outage, and what they show is still news. */
const RECENT_MS = 5 * STEP_MS.minute;
/** What a spark line shows. */
const SPARK_MINUTES = 15;
/** Asked of the store at once: clients get a turn between them. */
const AT_ONCE = 8;

/** From when on figures are recent. */
export function recentFrom(now: number): number {
  return now - RECENT_MS;
}

interface RecentRow {
  readonly id: string;
  /** What the route counted lately. */
  readonly counts: WindowCounts;
  /** Of each minute that a spark line shows. */
  readonly minutes: ReadonlyMap<number, WindowCounts>;
  /** The first minute that anybody counted in, ms since the epoch. */
  readonly first: number;
}

/** What these routes answered clients in the last minutes; those without a request are left out. `starts`: minutes, oldest first. */
async function recentRows(context: ControlContext, ids: readonly string[], now: number) {
  const recent = stepsOf({ from: now - RECENT_MS, step: "minute" }, now);
  const steps = stepsOf({ from: now - (SPARK_MINUTES - 1) * STEP_MS.minute, step: "minute" }, now);
  const starts: number[] = [];
  for (let at = steps.from; at < steps.to; at += steps.stepMs) starts.push(at);
  const rows: RecentRow[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const found = await Promise.all(
      ids.slice(from, from + AT_ONCE).map(async (id) => [id, await readSteps(context, id, steps)] as const),
    );
    for (const [id, minutes] of found) {
      const lately = [...minutes].filter(([at]) => at >= recent.from);
      if (lately.length === 0) continue;
      const counts = mergeCounts(lately.map(([, each]) => each));
      if (counts.legacy.requests + counts.modern.requests === 0) continue;
      rows.push({ id, counts, minutes, first: Math.min(...lately.map(([at]) => at)) });
    }
  }
  const first = Math.min(now, ...rows.map((row) => row.first));
  return { rows, starts, seconds: Math.max(1, (now - Math.max(first, recent.from)) / 1000) };
}

/**
 * What each route answered clients in the last minutes, over all front doors; a route without requests is left out. Minutes before
 * the first one that anybody counted in do not make the rate smaller: then nothing ran.
 */
export async function rates(context: ControlContext): Promise<Rates> {
  const now = context.clock.now();
  const ids = [...context.facts.config().routes.map(({ id }) => id), DEFAULT_ROUTE_ID];
  const { rows, starts, seconds } = await recentRows(context, ids, now);
  return {
    at: new Date(now).toISOString(),
    seconds,
    routes: rows.map(({ id, counts: { legacy, modern }, minutes }) => {
      const requests = legacy.requests + modern.requests;
      const slowest = [legacy, modern].map(({ histogram }) => quantileMs(histogram, 0.95) ?? 0);
      return {
        ...{ id, requests, errors: legacy.errors + modern.errors, perSecond: requests / seconds },
        p95: Math.max(...slowest),
        minutes: starts.map((at) => {
          const counts = minutes.get(at);
          return counts === undefined ? 0 : counts.legacy.requests + counts.modern.requests;
        }),
      };
    }),
  };
}

/** The same of these routes, by side: answers a second, and over how many seconds that is. */
export async function sideRates(
  context: ControlContext,
  ids: readonly string[],
): Promise<{
  readonly seconds: number;
  readonly routes: ReadonlyMap<string, Readonly<Record<Side, number>>>;
}> {
  const { rows, seconds } = await recentRows(context, ids, context.clock.now());
  const perSecond = ({ requests }: { readonly requests: number }) => requests / seconds;
  return {
    seconds,
    routes: new Map(
      rows.map(({ id, counts: { legacy, modern } }) => [
        id,
        { legacy: perSecond(legacy), modern: perSecond(modern) },
      ]),
    ),
  };
}

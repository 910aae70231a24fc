import { mergeCounts } from "../domain/counters.ts";
import { quantileMs } from "../domain/histogram.ts";
import { STEP_MS } from "../domain/rollup.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import type { Rates, RouteRates } from "./board-contract.ts";
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

/**
 * What each route answered clients in the last minutes, over all front doors; a route without requests is left out. Minutes before
 * the first one that anybody counted in do not make the rate smaller: then nothing ran.
 */
export async function rates(context: ControlContext): Promise<Rates> {
  const now = context.clock.now();
  const recent = stepsOf({ from: now - RECENT_MS, step: "minute" }, now);
  const steps = stepsOf({ from: now - (SPARK_MINUTES - 1) * STEP_MS.minute, step: "minute" }, now);
  const starts: number[] = [];
  for (let at = steps.from; at < steps.to; at += steps.stepMs) starts.push(at);
  const ids = [...context.facts.config().routes.map(({ id }) => id), DEFAULT_ROUTE_ID];
  const rows: (Omit<RouteRates, "perSecond"> & { readonly first: number })[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const found = await Promise.all(
      ids.slice(from, from + AT_ONCE).map(async (id) => [id, await readSteps(context, id, steps)] as const),
    );
    for (const [id, all] of found) {
      const minutes = [...all].filter(([at]) => at >= recent.from);
      if (minutes.length === 0) continue;
      const { legacy, modern } = mergeCounts(minutes.map(([, counts]) => counts));
      const requests = legacy.requests + modern.requests;
      if (requests === 0) continue;
      const slowest = [legacy, modern].map(({ histogram }) => quantileMs(histogram, 0.95) ?? 0);
      const errors = legacy.errors + modern.errors;
      const spark = starts.map((at) => {
        const counts = all.get(at);
        return counts === undefined ? 0 : counts.legacy.requests + counts.modern.requests;
      });
      const first = Math.min(...minutes.map(([at]) => at));
      rows.push({ id, requests, errors, p95: Math.max(...slowest), minutes: spark, first });
    }
  }
  const first = Math.min(now, ...rows.map((row) => row.first));
  const seconds = Math.max(1, (now - Math.max(first, recent.from)) / 1000);
  return {
    at: new Date(now).toISOString(),
    seconds,
    routes: rows.map(({ first: _first, ...row }) => ({ ...row, perSecond: row.requests / seconds })),
  };
}

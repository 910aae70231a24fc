import { mergeCounts } from "../domain/counters.ts";
import { quantileMs } from "../domain/histogram.ts";
import { STEP_MS } from "../domain/rollup.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import type { Rates } from "./board-contract.ts";
import type { ControlContext } from "./context.ts";
import { readSteps, stepsOf } from "./series.ts";

/** A quiet minute among them does not look like an outage, and what they show is still news. */
const RECENT_MS = 5 * STEP_MS.minute;
/** Asked of the store at once: clients get a turn between them. */
const AT_ONCE = 8;

type RouteRates = Rates["routes"][number];

/**
 * What each route answered clients in the last minutes, over all front doors; a route without requests is left out. Minutes before
 * the first one that anybody counted in do not make the rate smaller: then nothing ran.
 */
export async function rates(context: ControlContext): Promise<Rates> {
  const now = context.clock.now();
  const steps = stepsOf({ from: now - RECENT_MS, step: "minute" }, now);
  const ids = [...context.facts.config().routes.map(({ id }) => id), DEFAULT_ROUTE_ID];
  const rows: (Omit<RouteRates, "perSecond"> & { readonly first: number })[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const found = await Promise.all(
      ids.slice(from, from + AT_ONCE).map(async (id) => [id, await readSteps(context, id, steps)] as const),
    );
    for (const [id, minutes] of found) {
      if (minutes.size === 0) continue;
      const { legacy, modern } = mergeCounts([...minutes.values()]);
      const requests = legacy.requests + modern.requests;
      if (requests === 0) continue;
      const slowest = [legacy, modern].map(({ histogram }) => quantileMs(histogram, 0.95) ?? 0);
      const errors = legacy.errors + modern.errors;
      rows.push({ id, requests, errors, p95: Math.max(...slowest), first: Math.min(...minutes.keys()) });
    }
  }
  const first = Math.min(now, ...rows.map((row) => row.first));
  const seconds = Math.max(1, (now - Math.max(first, steps.from)) / 1000);
  return {
    at: new Date(now).toISOString(),
    seconds,
    routes: rows.map(({ first: _first, ...row }) => ({ ...row, perSecond: row.requests / seconds })),
  };
}

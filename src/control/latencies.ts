import { mergeCounts, type WindowCounts } from "../domain/counters.ts";
import { defaultRoute } from "../domain/default-route.ts";
import { bucketFloor, HISTOGRAM_BUCKETS, type SparseHistogram } from "../domain/histogram.ts";
import type { Latencies, LatencyQuery } from "./board-contract.ts";
import type { ControlContext } from "./context.ts";
import { readEvidence } from "./evidence.ts";
import { findRoute } from "./requests.ts";
import { readSteps, stepsOf } from "./series.ts";

/** Buckets of the tallies' histogram put together: 32 an octave become four. */
const TOGETHER = 8;
const BUCKETS = HISTOGRAM_BUCKETS / TOGETHER;

function coarse(histogram: SparseHistogram): number[] {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (let i = 0; i + 1 < histogram.length; i += 2) {
    const bucket = Math.floor((histogram[i] as number) / TOGETHER);
    counts[bucket] = (counts[bucket] as number) + (histogram[i + 1] as number);
  }
  return counts;
}

/** The buckets between the first and the last that any of the four has a count in. */
function distributions({ legacy, modern, shadow }: WindowCounts) {
  const all = [legacy, modern, shadow.legacy, shadow.modern].map(({ histogram }) => coarse(histogram));
  const used = Array.from({ length: BUCKETS }, (_, i) => all.some((counts) => counts[i] !== 0));
  const [first, last] = [used.indexOf(true), used.lastIndexOf(true)];
  const edges = first < 0 ? [] : Array.from({ length: last - first + 2 }, (_, i) => first + i);
  const [a = [], b = [], c = [], d = []] = all.map((counts) =>
    first < 0 ? [] : counts.slice(first, last + 1),
  );
  return {
    edgesMs: edges.map((edge) => bucketFloor(edge * TOGETHER) / 1000),
    legacy: a,
    modern: b,
    shadow: { legacy: c, modern: d },
  };
}

/** How both sides' latencies are distributed, over the same buckets; without a range of the evidence window. */
export async function latencies(context: ControlContext, query: LatencyQuery): Promise<Latencies> {
  const { facts, ledger, store, clock } = context;
  const config = facts.config();
  const other = defaultRoute(config);
  const route = query.route === other.id ? other : findRoute(config.routes, query.route);
  if (query.from !== undefined || query.to !== undefined) {
    const steps = stepsOf({ ...query, step: "auto" }, clock.now());
    const found = await readSteps(context, route.id, steps);
    const { from, to } = steps;
    return { route: route.id, from, to, ...distributions(mergeCounts([...found.values()])) };
  }
  const state = await ledger.read(config.routes);
  const evidence = (await readEvidence(store, state, [route])).get(route.id);
  return {
    route: route.id,
    from: evidence?.openedAt ?? null,
    to: clock.now(),
    ...distributions(evidence?.counts ?? mergeCounts([])),
  };
}

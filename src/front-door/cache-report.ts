import type { CacheReport } from "../control/contract.ts";
import type { Side } from "../domain/position.ts";
import type { ServingGauges } from "../serving/contract.ts";

/** What is stored, by route and side, out of the figures of those that serve. */
export function cacheReportOf(
  { cacheBytesHeld, cacheStored, cacheCounts }: ServingGauges,
  limit: number,
): CacheReport {
  const sides = new Map<string, Record<string, number>>();
  for (const [key, value] of [...Object.entries(cacheStored), ...Object.entries(cacheCounts)]) {
    const tab = key.lastIndexOf("\t");
    const figures = sides.get(key.slice(0, tab)) ?? {};
    figures[key.slice(tab + 1)] = value;
    sides.set(key.slice(0, tab), figures);
  }
  return {
    bytes: cacheBytesHeld,
    limit,
    sides: [...sides].map(([key, figures]) => {
      const [route = "", side = "legacy"] = key.split("\t");
      const of = (name: string) => figures[name] ?? 0;
      return {
        route,
        side: side as Side,
        entries: of("entries"),
        bytes: of("bytes"),
        hit: of("hit"),
        miss: of("miss"),
        stale: of("stale"),
        revalidated: of("revalidated"),
        bypass: of("bypass"),
        collapsed: of("collapsed"),
        evicted: of("evicted"),
        purged: of("purged"),
      };
    }),
  };
}

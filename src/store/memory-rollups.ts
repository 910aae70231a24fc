import { mergeCounts, subtractCounts, type WindowCounts } from "../domain/counters.ts";
import { STEP_MS, stepStart } from "../domain/rollup.ts";
import type { Rollup, RollupQuery } from "./contract.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { HOURS_KEPT_MS, MAX_ROLLUPS_REMOVED, MINUTES_KEPT_MS } from "./retention.ts";

interface RouteRollups {
  /** By start, then by door: packed counts. */
  readonly minutes: Map<number, Map<string, string>>;
  readonly hours: Map<number, string>;
}

/** Rollups of a process's memory. */
export class MemoryRollups {
  private readonly routes = new Map<string, RouteRollups>();

  put(door: string, now: number, rollups: readonly Rollup[]): void {
    for (const { route, at, counts } of rollups) {
      if (at < now - MINUTES_KEPT_MS) continue;
      const kept = this.routes.get(route) ?? { minutes: new Map(), hours: new Map() };
      this.routes.set(route, kept);
      const doors = kept.minutes.get(at) ?? new Map<string, string>();
      kept.minutes.set(at, doors);
      const before = doors.get(door);
      doors.set(door, packCounts(counts));
      const hour = stepStart(at, STEP_MS.hour);
      const sofar = kept.hours.get(hour);
      const more = before === undefined ? counts : subtractCounts(counts, unpackCounts(before));
      kept.hours.set(hour, packCounts(sofar === undefined ? more : mergeCounts([unpackCounts(sofar), more])));
    }
    this.remove(now);
  }

  read({ route, step, from, to }: RollupQuery, now: number): readonly Rollup[] {
    const kept = this.routes.get(route);
    if (kept === undefined) return [];
    const since = Math.max(from, now - (step === "minute" ? MINUTES_KEPT_MS : HOURS_KEPT_MS));
    const found: Rollup[] = [];
    const add = (at: number, texts: Iterable<string>) => {
      if (at < since || at >= to) return;
      const counts: WindowCounts[] = Array.from(texts, unpackCounts);
      found.push({
        route,
        at,
        counts: counts.length === 1 ? (counts[0] as WindowCounts) : mergeCounts(counts),
      });
    };
    if (step === "minute") for (const [at, doors] of kept.minutes) add(at, doors.values());
    else for (const [at, text] of kept.hours) add(at, [text]);
    return found.sort((a, b) => a.at - b.at);
  }

  private remove(now: number): void {
    let left = MAX_ROLLUPS_REMOVED;
    for (const [route, { minutes, hours }] of this.routes) {
      for (const [steps, keptMs] of [
        [minutes, MINUTES_KEPT_MS],
        [hours, HOURS_KEPT_MS],
      ] as const) {
        // In the order they were made, so that the first one that is young enough ends the search.
        for (const at of steps.keys()) {
          if (at >= now - keptMs || left === 0) break;
          steps.delete(at);
          left--;
        }
      }
      if (minutes.size + hours.size === 0) this.routes.delete(route);
      if (left === 0) return;
    }
  }
}

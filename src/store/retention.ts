import { HOURS_KEPT_MS, MINUTES_KEPT_MS } from "../domain/rollup.ts";

/** Evidence windows kept for each route, newest first; older ones keep only what modern did unsafely. */
export const WINDOWS_KEPT = 20;

/** A window with counts of more doors than this has those of ended doors added up. */
export const DOORS_KEPT = 50;
/** A door that wrote nothing for this long has ended: a running door writes far more often. */
export const DOOR_ENDED_MS = 24 * 60 * 60 * 1000;
/** An ended door whose counts were added up is remembered for this long. If it comes back within that time, it is not counted twice. */
export const FOLDED_KEPT_MS = 7 * 24 * 60 * 60 * 1000;
/** How often a running door says that it is there. */
export const DOOR_ALIVE_MS = 10 * 60 * 1000;

/** How often a store that is open looks for whole answers whose time is over. */
export const WHOLES_TIDY_MS = 60 * 1000;

export { HOURS_KEPT_MS, MINUTES_KEPT_MS };
/** At most this many outdated rollups are removed with one write. */
export const MAX_ROLLUPS_REMOVED = 200;

/** The door name under which counts of doors that ended, or were copied, are added up. */
export const FOLDED = "(folded)";

export const ROLLUP_STEPS = ["minute", "hour"] as const;

/** Rollups from this time on move with a copy that begins `now`: older ones may end while it is made. */
export function rollupsSince(step: (typeof ROLLUP_STEPS)[number], now: number): number {
  const margin = 60 * 60 * 1000;
  return now - (step === "minute" ? MINUTES_KEPT_MS : HOURS_KEPT_MS) + margin;
}

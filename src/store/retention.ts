/** Evidence windows kept for each route, newest first; older ones keep only what modern did unsafely. */
export const WINDOWS_KEPT = 20;

/** A window with counts of more doors than this has those of ended doors added up. */
export const DOORS_KEPT = 50;
/** A door that wrote nothing for so long has ended; one that runs says so far more often. */
export const DOOR_ENDED_MS = 24 * 60 * 60 * 1000;
/** How often a running door says that it is there. */
export const DOOR_ALIVE_MS = 10 * 60 * 1000;

export { HOURS_KEPT_MS, MINUTES_KEPT_MS } from "../domain/rollup.ts";
/** Rollups too old to be kept that are removed at most with one write. */
export const MAX_ROLLUPS_REMOVED = 200;

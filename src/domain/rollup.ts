/** The route under which a door counts all its requests together. No file can name a route so. */
export const ALL_ROUTES = "(all)";

/** Lengths of what counts are rolled up to, ms. */
export const STEP_MS = { minute: 60_000, hour: 3_600_000 } as const;

/** The start of the step that a time lies in. */
export function stepStart(at: number, stepMs: number): number {
  return Math.floor(at / stepMs) * stepMs;
}

/** How long rollups are kept, by their start: a chart's minutes for the last days, its hours for a quarter. */
export const MINUTES_KEPT_MS = 2 * 24 * 60 * 60 * 1000;
export const HOURS_KEPT_MS = 90 * 24 * 60 * 60 * 1000;

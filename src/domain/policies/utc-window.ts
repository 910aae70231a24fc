/** Calendar windows in UTC. A week begins on Monday (ISO 8601). */
export type QuotaPeriod = "day" | "week" | "month";

export const QUOTA_PERIODS: readonly QuotaPeriod[] = ["day", "week", "month"];

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday: so many days after a Monday. */
const FIRST_WEEKDAY = 3;

/** From `start` until before `end`, ms since the epoch. */
export interface UtcWindow {
  readonly start: number;
  readonly end: number;
}

/** The window that a time is in, ms since the epoch. */
export function windowOf(period: QuotaPeriod, now: number): UtcWindow {
  if (period === "month") {
    const date = new Date(now);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
  }
  const day = Math.floor(now / DAY_MS);
  const first = period === "day" ? day : day - ((day + FIRST_WEEKDAY) % 7);
  return { start: first * DAY_MS, end: (first + (period === "day" ? 1 : 7)) * DAY_MS };
}

/** A window's length as the RateLimit-Policy field has it, seconds; of a month the longest. */
export const WINDOW_SECONDS: Readonly<Record<QuotaPeriod, number>> = {
  day: 86_400,
  week: 7 * 86_400,
  month: 31 * 86_400,
};

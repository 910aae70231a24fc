/** When moves are allowed, by the clock on a wall somewhere: days, hours and a zone. */

/** In the order of `Date.getUTCDay`. */
export const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
type Weekday = (typeof WEEKDAYS)[number];

export interface MoveTimes {
  /** Undefined: every day. Hours over midnight belong to the day on which they begin. */
  readonly days: readonly Weekday[] | undefined;
  /** Minutes of the day, the end excluded; `to` not above `from`: over midnight. Undefined: the whole day. */
  readonly hours: { readonly from: number; readonly to: number } | undefined;
  /** As Intl knows it: `UTC`, `Europe/Berlin`, `+02:00`. */
  readonly zone: string;
}

const MINUTE_MS = 60_000;
export const DAY_MINUTES = 1440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
/** A week, and one more for an hour that a change of the clocks left out. */
const LOOKED_AT_DAYS = 15;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: zone, calendar: "gregory", hourCycle: "h23", era: "short" },
      ...{ year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric", second: "numeric" },
    });
    formats.set(zone, format);
  }
  return format;
}

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What a zone's clocks are ahead of UTC at an instant, ms. Intl is asked only where it has to be: it takes long to load. */
function aheadMs(zone: string, at: number): number {
  if (zone === "UTC") return 0;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return wall - Math.floor(at / 1000) * 1000;
}

function wallDay(wall: number): number {
  return Math.floor(wall / DAY_MS);
}

/** 1970 began on a Thursday. */
function weekdayOf(day: number): Weekday {
  return WEEKDAYS[(((day + 4) % 7) + 7) % 7] as Weekday;
}

function allows({ days }: MoveTimes, day: number): boolean {
  return days === undefined || days.includes(weekdayOf(day));
}

/** Whether a move is allowed at this instant, ms since the epoch. */
export function isOpen(times: MoveTimes, at: number): boolean {
  const wall = at + aheadMs(times.zone, at);
  const day = wallDay(wall);
  if (times.hours === undefined) return allows(times, day);
  const { from, to } = times.hours;
  const minute = (wall - day * DAY_MS) / MINUTE_MS;
  if (to > from) return minute >= from && minute < to && allows(times, day);
  return (minute >= from && allows(times, day)) || (minute < to && allows(times, day - 1));
}

/** When a zone's clocks change between two instants: the first of the later time. The two are less than a few days apart. */
function changeBetween(zone: string, from: number, to: number): number | undefined {
  const before = aheadMs(zone, from);
  if (aheadMs(zone, to) === before) return undefined;
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (aheadMs(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** Instants of one day of the wall at which it may open: where hours begin, the day begins, or clocks change. */
function openings({ hours, zone }: MoveTimes, day: number): readonly number[] {
  const start = day * DAY_MS;
  const wall = start + (hours?.from ?? 0) * MINUTE_MS;
  // An hour that the clocks show twice begins twice; one that they leave out begins where they jump.
  const early = aheadMs(zone, start - DAY_MS);
  const late = aheadMs(zone, start + 2 * DAY_MS);
  if (early === late) return [wall - early];
  const change = changeBetween(zone, start - DAY_MS, start + 2 * DAY_MS);
  const all = [wall - early, wall - late, start - early, start - late, change ?? start - late];
  return all.filter((instant) => wallDay(instant + aheadMs(zone, instant)) === day);
}

/** The first instant from `at` on at which a move is allowed; undefined: none in two weeks. */
export function nextOpen(times: MoveTimes, at: number): number | undefined {
  if (isOpen(times, at)) return at;
  const today = wallDay(at + aheadMs(times.zone, at));
  for (let day = today - 1; day < today + LOOKED_AT_DAYS; day++) {
    const found = openings(times, day).filter((instant) => instant > at && isOpen(times, instant));
    if (found.length > 0) return Math.min(...found);
  }
  return undefined;
}

function clockText(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `mon, tue 09:00-17:00 Europe/Berlin`; undefined: always. */
export function moveTimesText({ days, hours, zone }: MoveTimes): string | undefined {
  if (days === undefined && hours === undefined) return undefined;
  const when = hours === undefined ? [] : [`${clockText(hours.from)}-${clockText(hours.to)}`];
  return [...(days === undefined ? [] : [days.join(", ")]), ...when, zone].join(" ");
}

/** Durations and sizes as people write them in files and at the command line: `1.5s`, `64KiB`. */

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

type Units = Readonly<Record<string, number>>;

/** A regular expression's source, of a number with one of the units. */
function formOf(units: Units): string {
  return `^\\d+(\\.\\d+)?(${Object.keys(units).join("|")})$`;
}

export const DURATION_FORM = formOf(MS);
export const SIZE_FORM = formOf(BYTES);

function parse(text: string, form: RegExp, units: Units): number | undefined {
  const [, unit = ""] = form.exec(text)?.slice(1) ?? [];
  const factor = units[unit];
  // Rounded where floating point left something over: 1.1s is 1100 ms.
  return factor === undefined ? undefined : Math.round(Number.parseFloat(text) * factor * 1e6) / 1e6;
}

const DURATION = new RegExp(DURATION_FORM);
const SIZE = new RegExp(SIZE_FORM);

/** `250ms`, `5s`, `2m`, `1h`, `1.5s` in milliseconds, not always a whole number; undefined: not a duration. */
export function parseDuration(text: string): number | undefined {
  return parse(text, DURATION, MS);
}

/** `512B`, `64KiB`, `1MiB`, `2GiB` in bytes, not always a whole number; undefined: not a size. */
export function parseSize(text: string): number | undefined {
  return parse(text, SIZE, BYTES);
}

function written(value: number, units: Units): string {
  const [unit, factor] = Object.entries(units).findLast(([, each]) => value % each === 0) as [string, number];
  return `${value / factor}${unit}`;
}

/** Whole milliseconds in the largest unit that leaves nothing over: what parseDuration reads. */
export function writtenDuration(ms: number): string {
  return written(ms, MS);
}

/** Whole bytes in the largest unit that leaves nothing over: what parseSize reads. */
export function writtenSize(bytes: number): string {
  return written(bytes, BYTES);
}

/**
 * What a value that never repeats still says: its type and the form of its text. Values are JSON text as samples have them, cut at
 * 256 bytes; undefined: there was none.
 */

/** A text of this form may be of any length. */
const NAMED: readonly (readonly [name: string, form: RegExp])[] = [
  ["empty text", /^$/],
  ["uuid", /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ["ISO date", /^\d{4}-\d\d-\d\d$/],
  ["ISO time", /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?$/],
  ["HTTP date", /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/],
  ["weak ETag", /^W\/"[\x21\x23-\x7e]*"$/],
  ["ETag", /^"[\x21\x23-\x7e]*"$/],
  ["digits", /^\d+$/],
  ["decimal", /^-?\d+\.\d+$/],
  ["URL", /^https?:\/\/\S+$/],
];
/** A text of this form is as long as its like: a digest, a token. */
const OF_LENGTH: readonly (readonly [name: string, form: RegExp])[] = [
  ["hex", /^(?=.*\d)(?:[0-9a-f]{8,}|[0-9A-F]{8,})$/],
  ["base64", /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_-]{12,}={0,2}$/],
];
/** A form that any text has. */
const ANY_TEXT = "text";

function textFormat(text: string): string {
  const named = NAMED.find(([, form]) => form.test(text));
  if (named !== undefined) return named[0];
  const sized = OF_LENGTH.find(([, form]) => form.test(text));
  return sized === undefined ? ANY_TEXT : `${sized[0]} of ${text.length}`;
}

/** One of a few dozen words: `number`, `uuid`, `ISO time`, `hex of 32`, `text`, `array`, `none` for no value at all. */
export function formatOf(sample: string | undefined): string {
  if (sample === undefined) return "none";
  const first = sample.charAt(0);
  if (first === "[") return "array";
  if (first === "{") return "object";
  if (first === "t" || first === "f") return "boolean";
  if (first === "n") return "null";
  if (first !== '"') return "number";
  try {
    return textFormat(JSON.parse(sample) as string);
  } catch {
    // It was cut.
    return ANY_TEXT;
  }
}

/** A text or number that says a time, ms since the epoch; undefined: it says none. Numbers are seconds or milliseconds. */
function timeOf(sample: string | undefined): number | undefined {
  if (sample === undefined) return undefined;
  const number = Number(sample.replace(/^"(\d+(?:\.\d+)?)"$/, "$1"));
  if (Number.isFinite(number)) return number > 1e11 ? number : number * 1000;
  const format = formatOf(sample);
  if (format !== "ISO time" && format !== "HTTP date") return undefined;
  const ms = Date.parse(JSON.parse(sample) as string);
  return Number.isNaN(ms) ? undefined : ms;
}

/** An answer is compared so long after it was made, at most. */
const LATE_MS = 120_000;
/** Clocks of two machines may be apart by so much. */
const APART_MS = 10_000;

/** Whether both values are the time at which they were said: who is asked later says a later one. */
export function areNow(one: string | undefined, other: string | undefined, nowMs: number): boolean {
  return [one, other].every((sample) => {
    const ms = timeOf(sample);
    return ms !== undefined && ms > nowMs - LATE_MS && ms < nowMs + APART_MS;
  });
}

/** Whether a value of this format may stand where those were seen. Where any text was seen, all forms of text may. */
export function fitsFormats(format: string, seen: readonly string[]): boolean {
  if (seen.includes(format)) return true;
  const isText = !["none", "array", "object", "boolean", "null", "number"].includes(format);
  return isText && seen.includes(ANY_TEXT);
}

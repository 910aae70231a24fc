import type { Mismatch } from "./outcomes.ts";

/**
 * What a value that never repeats still says: its type and the form of its text. Values are JSON text as samples have them, cut at
 * 256 bytes; undefined: there was none.
 */

export const EMPTY_TEXT = "empty text";
/** Of a text that is not shown. */
export const HIDDEN_TEXT = "redacted text";

/** A text of this form may be of any length. */
const NAMED: readonly (readonly [name: string, form: RegExp])[] = [
  [EMPTY_TEXT, /^$/],
  ["uuid", /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ["ISO date", /^\d{4}-\d\d-\d\d$/],
  ["ISO time", /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?$/],
  ["HTTP date", /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/],
  ["weak ETag", /^W\/"[\x21\x23-\x7e]*"$/],
  ["ETag", /^"[\x21\x23-\x7e]*"$/],
  ["digits", /^\d+$/],
  ["decimal", /^-?\d+\.\d+$/],
];
/** A text of this form is as long as its like: a digest, a token. */
const OF_LENGTH: readonly (readonly [name: string, form: RegExp])[] = [
  ["hex", /^(?=.*\d)(?:[0-9a-f]{8,}|[0-9A-F]{8,})$/],
  ["base64", /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_-]{12,}={0,2}$/],
];
/** A form that any text has. */
const ANY_TEXT = "text";
/** Where something is: with its host, or from the root. A digest that begins with a slash is none: it has no word of small letters. */
const REFERENCE =
  /^(https?:\/\/[^\s/?#]+|(?=\/[a-z][a-z.-]{2,}(?:[/?#]|$)))(\/[^\s?#]*)?(?:\?([^\s#]*))?(?:#\S*)?$/;

type Differing = Pick<Mismatch, "legacy" | "modern" | "forms">;

/** FNV-1a of 32 bits: what the words of a reference are, and not what they say. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** An id, a number, a code: what may be another each time, where words say what it is. */
function isMadeUp(segment: string): boolean {
  return /\d/.test(segment) || segment.length > 20 || /[a-z][A-Z]/.test(segment);
}

/** Which page a reference leads to, whatever its ids are: host, words of the path, and names of the query. */
function referenceFormat([, host = "", path = "", query]: RegExpExecArray): string {
  const segments = path.split("/").map((segment) => (isMadeUp(segment) ? "*" : segment));
  const names = query === undefined ? [] : [...new URLSearchParams(query).keys()].sort();
  return `URL ${digest(JSON.stringify([host, segments, names]))}`;
}

function textFormat(text: string): string {
  const named = NAMED.find(([, form]) => form.test(text));
  if (named !== undefined) return named[0];
  const reference = REFERENCE.exec(text);
  if (reference !== null) return referenceFormat(reference);
  const sized = OF_LENGTH.find(([, form]) => form.test(text));
  return sized === undefined ? ANY_TEXT : `${sized[0]} of ${text.length}`;
}

/** One of a few dozen words: `number`, `uuid`, `ISO time`, `hex of 32`, `URL` with a digest of its words, `text`, `array`, `none` for no value at all. */
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

/** Of both values of a difference. */
export function formatsOf({ legacy, modern, forms }: Differing): readonly [legacy: string, modern: string] {
  return forms ?? [formatOf(legacy), formatOf(modern)];
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

/** Where legacy itself leads to so many pages, one more is none of modern's. */
const MANY_PAGES = 3;
const isReference = (format: string) => format.startsWith("URL ");

const NO_TEXTS: ReadonlySet<string> = new Set([
  ...["none", "array", "object", "boolean", "null", "number", "repeated"],
  // Nothing in the place of a text is no text like others.
  EMPTY_TEXT,
]);

/** Formats of one path, each once, at most `most`. Of more texts than that any will do; what is no text is always kept. */
export function knownFormats(formats: readonly string[], most: number): readonly string[] {
  const known = [...new Set(formats)];
  if (known.length <= most) return known;
  const others = known.filter((format) => NO_TEXTS.has(format));
  const texts = known.filter((format) => !NO_TEXTS.has(format) && format !== ANY_TEXT);
  return [...others, ANY_TEXT, ...texts].slice(0, most);
}

/** Whether a value of this format may stand where those were seen. Where any text was seen, all forms of text may. */
export function fitsFormats(format: string, seen: readonly string[]): boolean {
  if (seen.includes(format)) return true;
  if (isReference(format) && new Set(seen.filter(isReference)).size >= MANY_PAGES) return true;
  return !NO_TEXTS.has(format) && seen.includes(ANY_TEXT);
}

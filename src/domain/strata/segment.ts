import { secretSpans } from "../redaction.ts";

/** What stands for a segment that differs from request to request. */
const NUMBER = "{number}";
const UUID = "{uuid}";
const DATE = "{date}";
const HEX = "{hex}";
const TOKEN = "{token}";
/** With escapes, mostly of another script. */
const TEXT = "{text}";

const MAX_LITERAL_CHARS = 40;
/** Shorter than anything that is a credential by its form. */
const MIN_SECRET_CHARS = 12;

const FORMATS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^\d+$/, NUMBER],
  [/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i, UUID],
  [/^\d{4}-\d\d(?:-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)?$/, DATE],
  [/^(?=[a-f]*\d)[\da-f]{8,}$/i, HEX],
  [/^[\da-f]{16,}$/i, HEX],
  [/%/, TEXT],
];
/** What people name an endpoint: a word or several, and a short number (`v1`, `oauth2`) at the end at most. */
const LITERAL = /^[._$@~-]?[A-Za-z][A-Za-z._~-]*\d{0,2}$/;
/** `17.json` is another endpoint than `17.xml`. */
const WITH_EXTENSION = /^(.+)(\.[a-z][a-z\d]{0,4})$/;

/** Whether `{number}` and the like stands there, with an extension perhaps. */
export function isPlaceholder(segment: string): boolean {
  return segment.startsWith("{");
}

function formatOf(segment: string): string {
  const found = FORMATS.find(([pattern]) => pattern.test(segment));
  if (found !== undefined) return found[1];
  if (segment.length > MAX_LITERAL_CHARS || !LITERAL.test(segment)) return TOKEN;
  return segment.length >= MIN_SECRET_CHARS && secretSpans(segment).length > 0 ? TOKEN : segment;
}

/**
 * A segment of a path as it came, as part of a template: itself where it reads like a name, else what stands for its like. Nothing
 * that may be a client's own (an id, a token) is kept.
 */
export function templatedSegment(raw: string): string {
  const end = raw.indexOf(";");
  const segment = end < 0 ? raw : raw.slice(0, end);
  if (segment === "") return "";
  const [, stem = "", extension = ""] = WITH_EXTENSION.exec(segment) ?? [];
  const format = stem === "" ? undefined : formatOf(stem);
  if (format === undefined || !isPlaceholder(format)) return formatOf(segment);
  return format === TOKEN ? TOKEN : `${format}${extension}`;
}

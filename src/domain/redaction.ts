import { shapeSpans } from "./secret-shapes.ts";
import type { Span } from "./span.ts";

/** What stands in the place of a credential. */
export const REDACTED = "[redacted]";

const MIN_TOKEN_CHARS = 4;
const SCHEME = /(?<![a-z0-9])(?:bearer|basic|digest|negotiate|ntlm|dpop|hawk|apikey)(?:\s|\+)+/gi;
const TOKEN = /[\w+/=.~-]*/y;
/** Of a challenge: `realm="…"`. Base64 that ends in `=` has other characters too. */
const PARAMETER = /^[a-z_-]+=$/;
const USERINFO_AND_HOST = /[^\s/"'<>]*/y;

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.exec(text);
  return pattern.lastIndex;
}

/** What follows a scheme's name in an Authorization header. `realm="..."` is a challenge's and no credential. */
function schemeSpans(text: string, spans: Span[]): void {
  SCHEME.lastIndex = 0;
  // `matchAll` copies the pattern, which costs more than to look through a short text.
  for (let match = SCHEME.exec(text); match !== null; match = SCHEME.exec(text)) {
    const start = match.index + match[0].length;
    const end = endOf(TOKEN, text, start);
    const isParameter = PARAMETER.test(text.slice(start, end)) && (text[end] === '"' || text[end] === "\\");
    if (end - start >= MIN_TOKEN_CHARS && !isParameter) spans.push([start, end]);
  }
}

/** User and password before a URL's host, up to its last `@`. */
function userSpans(text: string, spans: Span[]): void {
  let slashes = text.indexOf("//");
  while (slashes >= 0) {
    const start = slashes + 2;
    const end = endOf(USERINFO_AND_HOST, text, start);
    const length = text.slice(start, end).lastIndexOf("@");
    if (length > 0 && (slashes === 0 || text[slashes - 1] === ":")) spans.push([start, start + length]);
    slashes = text.indexOf("//", Math.max(end, start));
  }
}

/** Where `text` holds what is a credential by its form, whatever it is called. Not ordered. Linear in the text. */
export function secretSpans(text: string): Span[] {
  const spans = shapeSpans(text);
  schemeSpans(text, spans);
  userSpans(text, spans);
  return spans;
}

/**
 * What a person typed and is to read again (a reason, a name): as it was typed, but for what is a credential by its form. Words such as
 * "password: rotated" stay.
 */
export function withoutSecrets(text: string): string {
  const spans = secretSpans(text);
  return spans.length === 0 ? text : withoutSpans(text, mergedSpans(spans));
}

/** The same places, ordered, not overlapping. */
export function mergedSpans(spans: readonly Span[]): Span[] {
  if (spans.length === 0) return [];
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && span[0] <= last[1])
      result[result.length - 1] = [last[0], Math.max(last[1], span[1])];
    else result.push(span);
  }
  return result;
}

/** `text` from `start` to `end` with every span that reaches in replaced; `spans` are ordered and do not overlap. */
export function withoutSpans(text: string, spans: readonly Span[], start = 0, end = text.length): string {
  let result = "";
  let at = start;
  for (const [from, to] of spans) {
    if (to <= start) continue;
    if (from >= end) break;
    result += text.slice(at, Math.max(at, from)) + REDACTED;
    at = Math.min(to, end);
  }
  return result + text.slice(at, end);
}

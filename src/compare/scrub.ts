import { isCredentialName, plainName } from "./credential.ts";

/** Only in a URL: `code` and `state` carry an OAuth grant there and mean a hundred other things in JSON. */
const URL_NAMES: ReadonlySet<string> = new Set(["code", "state", "key", "ticket", "samlresponse"]);
export const REDACTED = "[redacted]";

/** From and to, in UTF-16 units. */
export type Span = readonly [start: number, end: number];

/** A name and what parts it from its value; the value is read only when the name is a credential's. */
const NAME_AND_SEPARATOR = /(?<![\w.%[\]-])([\w.%[\]-]{1,256})(["']?\s{0,8}[:=]\s{0,8})/g;
const QUOTED_VALUE = /"[^"\\]*(?:\\.[^"\\]*)*"?|'[^']*'?/sy;
const URL_VALUE = /[^\s"'&;,<>#]+/y;
const PLAIN_VALUE = /[^\s"',<>]+/y;
const REST_OF_LINE = /[^\r\n]+/y;
const WHOLE_LINE_NAMES: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxyauthorization",
  "setcookie",
]);
const SCHEME_VALUE = /\b(?:bearer|basic|negotiate|ntlm)\s{1,8}([A-Za-z0-9._~+/-]{6,}=*)(?![\w="+/~.-])/dgi;
const JWT = /(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*)/dg;
const USERINFO = /:\/\/([^\s/@"'<>]{1,256})@/dg;
const ELEMENT = /<([\w.:-]{1,256})(?:\s[^<>]{0,1024})?>([^<]+)/dg;
const INPUT = /<[a-z][\w-]*\s[^<>]{0,4096}/dgi;
const NAME_ATTRIBUTE = /\b(?:name|id|property)\s{0,8}=\s{0,8}["']?([\w.[\]-]{1,256})/i;
const VALUE_ATTRIBUTE = /\b(?:value|content)\s{0,8}=\s{0,8}("[^"]*"?|'[^']*'?|[^\s"'>]+)/di;

function decoded(name: string): string {
  if (!name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function namesCredential(text: string, match: RegExpExecArray): boolean {
  const name = decoded(match[1] as string);
  if (isCredentialName(name)) return true;
  const before = text[match.index - 1];
  return (before === "?" || before === "&" || before === "#") && URL_NAMES.has(plainName(name));
}

function valuePattern(text: string, at: number, name: string, separator: string): RegExp {
  if (text[at] === '"' || text[at] === "'") return QUOTED_VALUE;
  if (separator.includes("=")) return URL_VALUE;
  return WHOLE_LINE_NAMES.has(plainName(name)) ? REST_OF_LINE : PLAIN_VALUE;
}

function namedSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(NAME_AND_SEPARATOR)) {
    if (!namesCredential(text, match)) continue;
    const start = match.index + match[0].length;
    const pattern = valuePattern(text, start, match[1] as string, match[2] as string);
    pattern.lastIndex = start;
    const value = pattern.exec(text);
    if (value !== null) spans.push([start, start + value[0].length]);
  }
  return spans;
}

function groupSpan(match: RegExpExecArray, group: number): Span {
  return match.indices?.[group] as Span;
}

/** An HTML input or meta element whose name says that its value is a credential. */
function inputSpan(match: RegExpExecArray): Span | undefined {
  const name = NAME_ATTRIBUTE.exec(match[0]);
  if (name === null || !isCredentialName(name[1] as string)) return undefined;
  const value = VALUE_ATTRIBUTE.exec(match[0]);
  if (value === null) return undefined;
  const [start, end] = groupSpan(value, 1);
  return [match.index + start, match.index + end];
}

/** Where `text` (a URL, a header value, a page) holds what reads like a credential; ordered, not overlapping. */
export function credentialSpans(text: string): Span[] {
  const spans = namedSpans(text);
  for (const pattern of [SCHEME_VALUE, JWT, USERINFO]) {
    for (const match of text.matchAll(pattern)) spans.push(groupSpan(match, 1));
  }
  if (text.includes("<")) {
    for (const match of text.matchAll(ELEMENT)) {
      const name = (match[1] as string).replace(/^.*:/, "");
      if (isCredentialName(name)) spans.push(groupSpan(match, 2));
    }
    for (const match of text.matchAll(INPUT)) {
      const span = inputSpan(match);
      if (span !== undefined) spans.push(span);
    }
  }
  return merged(spans);
}

function merged(spans: Span[]): Span[] {
  spans.sort((a, b) => a[0] - b[0]);
  const result: Span[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last !== undefined && span[0] <= last[1])
      result[result.length - 1] = [last[0], Math.max(last[1], span[1])];
    else result.push(span);
  }
  return result;
}

/** `text` from `start` to `end` with every span that reaches in replaced. */
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

/** `text` without what reads like a credential. */
export function scrubbed(text: string): string {
  const spans = credentialSpans(text);
  return spans.length === 0 ? text : withoutSpans(text, spans);
}

import { isCredentialName, isCredentialParameter } from "../domain/credentials.ts";
import { mergedSpans, type Span, secretSpans, withoutSpans } from "../domain/redaction.ts";

/** What parts a name from its value. */
const SEPARATOR = /["']?\s{0,8}[:=]\s{0,8}/g;
const NAME_CHAR = /[\w.%[\]-]/;
const QUOTED_VALUE = /"[^"\\]*(?:\\.[^"\\]*)*"?|'[^']*'?/sy;
/** `;` and `,` part pairs for some readers and are plain characters for others. */
const URL_VALUE = /(?:[^\s"'&;,<>#]|[;,](?!\s))+/y;
const PLAIN_VALUE = /[^\s"',<>]+/y;
const REST_OF_LINE = /[^\r\n]+/y;
/** The names of fields whose whole line is a credential, with its spaces. */
const WHOLE_LINE = /(?:authorization|cookie)$/i;
const ELEMENT = /<([\w.:-]{1,256})(?:\s[^<>]{0,1024})?>([^<]+)/dg;
const INPUT = /<[a-z][\w-]*\s[^<>]{0,4096}/dgi;
const NAME_ATTRIBUTE = /\b(?:name|id|property)\s{0,8}=\s{0,8}["']?([\w.[\]-]{1,256})/i;
const VALUE_ATTRIBUTE = /\b(?:value|content)\s{0,8}=\s{0,8}("[^"]*"?|'[^']*'?|[^\s"'>]+)/di;

function valuePattern(text: string, at: number, name: string, separator: string): RegExp {
  if (text[at] === '"' || text[at] === "'") return QUOTED_VALUE;
  if (separator.includes("=")) return URL_VALUE;
  return WHOLE_LINE.test(name) ? REST_OF_LINE : PLAIN_VALUE;
}

/** Values that stand behind a credential's name: `name=value`, `"name": "value"`, `Name: value`. */
function namedSpans(text: string): Span[] {
  const spans: Span[] = [];
  let free = 0;
  let hidden = 0;
  for (const match of text.matchAll(SEPARATOR)) {
    let begin = match.index;
    while (begin > free && NAME_CHAR.test(text[begin - 1] as string)) begin--;
    free = match.index + match[0].length;
    if (free < hidden) continue;
    const name = text.slice(begin, match.index);
    const inUrl = /[?&#]/.test(text[begin - 1] ?? "");
    if (!(inUrl ? isCredentialParameter(name) : isCredentialName(name))) continue;
    const pattern = valuePattern(text, free, name, match[0]);
    pattern.lastIndex = free;
    if (!pattern.test(text)) continue;
    hidden = pattern.lastIndex;
    spans.push([free, hidden]);
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
  const spans = [...namedSpans(text), ...secretSpans(text)];
  if (text.includes("<")) {
    for (const match of text.matchAll(ELEMENT)) {
      if (isCredentialName(match[1] as string)) spans.push(groupSpan(match, 2));
    }
    for (const match of text.matchAll(INPUT)) {
      const span = inputSpan(match);
      if (span !== undefined) spans.push(span);
    }
  }
  return mergedSpans(spans);
}

/** `text` without what reads like a credential. */
export function scrubbed(text: string): string {
  const spans = credentialSpans(text);
  return spans.length === 0 ? text : withoutSpans(text, spans);
}

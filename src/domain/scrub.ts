import { columnSpans } from "./column-credentials.ts";
import {
  isCompactCredentialName,
  isNamingName,
  isPrivateOfKey,
  isValueName,
} from "./credential-neighbours.ts";
import { isCredentialName, isCredentialParameter } from "./credentials.ts";
import { decodedOnce } from "./encodings.ts";
import { markupSpans } from "./markup-credentials.ts";
import { mergedSpans, REDACTED, secretSpans, withoutSpans } from "./redaction.ts";
import type { Span } from "./span.ts";

/** What parts a name from its value. */
const SEPARATOR = /["']?\s{0,8}(?:=>|[:=])\s{0,8}/g;
const NAME_CHAR = /[\w.%[\]\-\u0080-\uffff]/;
const DOUBLE_QUOTED = /(?:[^"\\]|\\.)*/sy;
const SINGLE_QUOTED = /(?:[^'\\]|\\.)*/sy;
/** `;` and `,` part pairs for some readers and are plain characters for others. */
const URL_VALUE = /(?:[^\s"'&;,<>#]|[;,](?!\s))+/y;
/** `Password: <b>…`: what stands behind the tags. */
const TAGS_BEFORE = /(?:<[^<>]{1,256}>\s{0,64}){1,4}/y;
const PLAIN_VALUE = /[^\s"',<>]+/y;
const REST_OF_LINE = /[^\r\n]+/y;
/** The names of fields whose whole line is a credential, with its spaces. */
const WHOLE_LINE = /(?:authori[sz]ation|cookie)$/i;
/** What may stand before a name at the beginning of its line. */
const LINE_BEGINS = /(?:^|[\r\n])[ \t]{0,32}(?:[-*] {0,4})?(?:export )?$/;
const ENDS_VALUE = /[\s/?&;#"'@]/;
const LOOKED_BACK = 48;
/** How far apart a field's name and its value may stand: `{"name": "password", …, "value": "x"}`. */
const NEIGHBOUR_CHARS = 512;
const FORM_DATA = /form-data[^\r\n]{0,64}$/;
const AFTER_PART_HEAD = /[^\r\n]{0,256}\r?\n(?:[^\r\n]{1,256}\r?\n){0,4}\r?\n/y;

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Where the list or object ends that begins at `at`; the end of the text, if it does not. */
function groupEnd(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const char = text[i];
    if (char === '"') i = endOf(DOUBLE_QUOTED, text, i + 1);
    else if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return i + 1;
  }
  return text.length;
}

const SECOND_WORDS = /^(?:answer|codes?|keys?|link|number|phrase|seed|string|word)$/i;

/** A word that stands before a name with a space between: `API key: …`. */
function twoWords(text: string, begin: number, free: number, name: string): string {
  if (text[begin - 1] !== " " || !SECOND_WORDS.test(name)) return name;
  let start = begin - 1;
  const least = Math.max(free, begin - LOOKED_BACK);
  while (start > least && NAME_CHAR.test(text[start - 1] as string)) start--;
  return `${text.slice(start, begin - 1)} ${name}`;
}

class NamedValues {
  readonly spans: Span[] = [];
  private readonly text: string;
  /** Somewhere in it is a JSON Web Key. */
  private readonly isKey: boolean;
  private hidden = 0;
  /** Where the last field's name that names a credential ends. */
  private named = Number.NEGATIVE_INFINITY;
  /** The last value that stands under `value` or the like, and was not hidden. It may reach to the end of the text, so it is read only when asked for. */
  private value: (() => Span) | undefined;

  constructor(text: string) {
    this.text = text;
    this.isKey = /["']kty["']/.test(text);
    let free = 0;
    for (const match of text.matchAll(SEPARATOR)) {
      let begin = match.index;
      while (begin > free && NAME_CHAR.test(text[begin - 1] as string)) begin--;
      const before = free;
      free = match.index + match[0].length;
      if (free >= this.hidden) this.pair(begin, match.index, match[0], before);
    }
  }

  private pair(begin: number, end: number, separator: string, free: number): void {
    const { text } = this;
    const at = end + separator.length;
    const name = text.slice(begin, end);
    const inUrl = /[?&#;]/.test(text[begin - 1] ?? "");
    const isCredential = inUrl
      ? isCredentialParameter(name)
      : isCredentialName(name) || isCredentialName(twoWords(text, begin, free, name));
    if (isCredential) {
      const span = this.valueAt(at, name, separator, begin, inUrl);
      this.hide(span);
      return;
    }
    if (this.isKey && isPrivateOfKey(name)) this.hide(this.valueAt(at, name, separator, begin, inUrl));
    else if (isNamingName(name)) this.naming(at, begin, separator);
    else if (isValueName(name)) {
      const value = () => this.valueAt(at, name, separator, begin, inUrl);
      if (this.isNear(this.named, at)) this.hide(value());
      else this.value = value;
    }
  }

  /** Whether nothing between them ends what both stand in. */
  private isNear(from: number, to: number): boolean {
    return to - from <= NEIGHBOUR_CHARS && !/[{}]/.test(this.text.slice(from, to));
  }

  /** `name: "password"`: what stands beside it is the credential, behind it or before. */
  private naming(at: number, begin: number, separator: string): void {
    const { text } = this;
    // No longer than what may name a credential: each of very many could reach to the end of the text.
    const [from, to] = this.valueAt(at, "", separator, begin, true, text.slice(0, at + LOOKED_BACK + 2));
    if (to - from > LOOKED_BACK || !isCompactCredentialName(text.slice(from, to))) return;
    this.named = to;
    const value = this.value?.();
    // What is not near now never will be.
    this.value = undefined;
    if (value !== undefined && this.isNear(value[1], begin)) this.hide(value);
    if (!FORM_DATA.test(text.slice(Math.max(0, begin - LOOKED_BACK), begin))) return;
    const content = endOf(AFTER_PART_HEAD, text, to);
    if (content <= to) return;
    const boundary = text.indexOf("\n--", content);
    this.hide([content, boundary < 0 ? text.length : boundary]);
  }

  private hide(span: Span): void {
    if (span[1] <= span[0]) return;
    this.hidden = Math.max(this.hidden, span[1]);
    this.spans.push(span);
  }

  private valueAt(
    at: number,
    name: string,
    separator: string,
    begin: number,
    inUrl: boolean,
    text = this.text,
  ): Span {
    const first = text[at];
    // It was hidden before, to where its reader ends it.
    if (text.startsWith(REDACTED, at) && ENDS_VALUE.test(text[at + REDACTED.length] ?? " "))
      return [at, at + REDACTED.length];
    if (first === '"') return [at + 1, endOf(DOUBLE_QUOTED, text, at + 1)];
    if (first === "'") return [at + 1, endOf(SINGLE_QUOTED, text, at + 1)];
    if (first === "{" || first === "[") return [at, groupEnd(text, at)];
    if (first === "<" && !inUrl) {
      const start = endOf(TAGS_BEFORE, text, at);
      const end = text.indexOf("<", start);
      return [start, end < 0 ? text.length : end];
    }
    if (WHOLE_LINE.test(name) && !separator.includes("=")) return [at, endOf(REST_OF_LINE, text, at)];
    const isQuoted = separator.startsWith('"') || separator.startsWith("'");
    if (!inUrl && !isQuoted && LINE_BEGINS.test(text.slice(Math.max(0, begin - LOOKED_BACK), begin)))
      if (!separator.includes("=") || separator.length > 1) return [at, endOf(REST_OF_LINE, text, at)];
    return [at, endOf(separator.includes("=") ? URL_VALUE : PLAIN_VALUE, text, at)];
  }
}

/** A name and the beginning of a value as elements of a list: `["authorization", "…`. */
const NAME_ELEMENT = /["']([\w.-]{1,64})["']\s{0,8},\s{0,8}(?=["'])/g;

function elementSpans(text: string, spans: Span[]): void {
  let hidden = 0;
  for (const match of text.matchAll(NAME_ELEMENT)) {
    if (match.index < hidden || !isCompactCredentialName(match[1] as string)) continue;
    const start = match.index + match[0].length;
    const end = endOf(text[start] === '"' ? DOUBLE_QUOTED : SINGLE_QUOTED, text, start + 1);
    spans.push([start + 1, end]);
    hidden = end;
  }
}

const LONG_CODE = 16;
const SHORT_CODE = 6;
/** What stands behind these in a path may be a word, as well as a code that lets its bearer in. */
const BEFORE_CODES =
  /^(?:accept|activat(?:e|ion)|confirm(?:ation)?|invit(?:e|es|ation|ations)|magic|reset|unlock|unsubscribe|verif(?:y|ication))$/i;

function isCode(segment: string, before: string): boolean {
  if (segment.length < SHORT_CODE || !/\d/.test(segment)) return false;
  return isCredentialName(before) || (segment.length >= LONG_CODE && BEFORE_CODES.test(before));
}

/** Codes behind a segment of a path that names them: `/reset-password/3f2504e0…`. */
function pathSpans(text: string, spans: Span[]): void {
  let before = "";
  for (let slash = text.indexOf("/"); slash >= 0; ) {
    const next = text.indexOf("/", slash + 1);
    const end = next < 0 ? text.length : next;
    const segment =
      /^[^\s?#"'<>;,&)]{0,512}/.exec(text.slice(slash + 1, Math.min(end, slash + 514)))?.[0] ?? "";
    if (before !== "" && isCode(segment, before)) spans.push([slash + 1, slash + 1 + segment.length]);
    before = segment.length === end - slash - 1 ? segment : "";
    slash = next;
  }
}

function spansAsWritten(text: string): Span[] {
  const spans = [...new NamedValues(text).spans, ...secretSpans(text)];
  elementSpans(text, spans);
  if (text.includes("<")) markupSpans(text, spans);
  if (text.includes("/")) pathSpans(text, spans);
  return spans;
}

/** Most texts have none of these: nothing parts a name from a value, quotes, encodes or makes a path. Only a form can tell a credential there. */
const MARKS = /[:="'<>/%\\&]/;

/** So many times a text may stand inside another, each with its own escapes. */
const MAX_LAYERS = 4;

/**
 * Where `text` (a URL, a header value, a page, a log's message) holds what reads like a credential, also where it is percent-encoded,
 * JSON inside JSON, or behind entities; ordered, not overlapping. Linear in the text.
 */
export function credentialSpans(text: string): Span[] {
  if (!MARKS.test(text)) {
    const alone = secretSpans(text);
    columnSpans(text, alone);
    return mergedSpans(alone);
  }
  const spans = spansAsWritten(text);
  columnSpans(text, spans);
  let inner = decodedOnce(text);
  let place = (at: number): number => at;
  for (let layer = 1; inner !== undefined && layer <= MAX_LAYERS; layer++) {
    const { at: starts } = inner;
    const outer = place;
    place = (at) => outer(starts[at] as number);
    for (const [from, to] of spansAsWritten(inner.text)) spans.push([place(from), place(to)]);
    inner = decodedOnce(inner.text);
  }
  return mergedSpans(spans);
}

/** A text that somebody asked with, to be said in an answer or a sentence: in quotes, without what reads like a credential. */
export function quoted(text: string): string {
  return JSON.stringify(scrubbed(text));
}

/** `text` without what reads like a credential. */
export function scrubbed(text: string): string {
  const spans = credentialSpans(text);
  return spans.length === 0 ? text : withoutSpans(text, spans);
}

const IN_QUOTES = /"(?:[^"\\]|\\.)*"/gs;

/** A sentence that quotes what somebody wrote: what stands in its double quotes without what reads like a credential. */
export function scrubbedQuotes(sentence: string): string {
  return sentence.replace(IN_QUOTES, (part) => `"${scrubbed(part.slice(1, -1))}"`);
}

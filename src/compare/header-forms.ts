import { normalMediaType } from "./media-type.ts";

/** What one message says that the meaning of its fields depends on. */
export interface HeaderContext {
  /** What the client asked for; undefined: it is not known. */
  readonly url: string | undefined;
}

/**
 * How a field's lines are read. `list`: comma-separated members of all lines (RFC 9110 §5.3). `set`: a list whose order
 * means nothing. `line`: line by line, as fields that are not named here.
 */
interface FieldRule {
  readonly form: "list" | "set" | "line";
  /** Brings members that mean the same to one spelling. */
  readonly normal: (member: string, context: HeaderContext) => string;
}

const asWritten = (member: string) => member;
const lower = (member: string) => member.toLowerCase();

/** `Max-Age = 5` of RFC 9111 §5.2: the name has no case, the argument may be quoted. */
const directive = (member: string) => {
  const at = member.indexOf("=");
  if (at < 0) return member.toLowerCase();
  const argument = member.slice(at + 1).trim();
  return `${member.slice(0, at).trim().toLowerCase()}=${argument.replace(/^"([^",]*)"$/, "$1")}`;
};

/** `value; name=x; other`, whose parameters have no order. */
const withParameters = (line: string) => {
  const [value = "", ...parameters] = line.split(";").map((part) => part.trim());
  return [
    value.toLowerCase(),
    ...parameters
      .filter((part) => part !== "")
      .map(directive)
      .sort(),
  ].join(";");
};

/** `max-age=1; includeSubDomains` (RFC 6797 §6.1): no order, and no case. */
const directives = (line: string) =>
  line
    .split(";")
    .map((part) => directive(part.trim()).toLowerCase())
    .filter((part) => part !== "")
    .sort()
    .join(";");

/** A scheme has no case (RFC 9110 §11.1). */
const challenge = (member: string) => member.replace(/^[\w-]+(?=\s|$)/, (scheme) => scheme.toLowerCase());

/** A time in any of the three formats of RFC 9110 §5.6.7, of which one does not say that it is GMT. */
const time = (line: string) => {
  if (!/^[a-z]{3,9},? .*\d\d:\d\d:\d\d/i.test(line)) return line;
  const ms = Date.parse(line.endsWith("GMT") ? line : `${line} GMT`);
  return Number.isNaN(ms) ? line : new Date(ms).toISOString();
};

/** A reference, resolved (RFC 9110 §10.2.2). URLs that are the same but for case of the host or a default port are one. */
function resolved(reference: string, { url }: HeaderContext): string {
  return (URL.parse(reference, url) ?? URL.parse(reference))?.href ?? reference;
}

const linked = (member: string, context: HeaderContext) =>
  member.replace(/^<([^>]*)>/, (_, reference: string) => `<${resolved(reference, context)}>`);

const refresh = (line: string, context: HeaderContext) =>
  line.replace(
    /^\s*(\d+)\s*[;,]\s*(?:url\s*=\s*)?["']?([^"']*)["']?\s*$/i,
    (_, after: string, reference: string) => {
      return `${after};url=${resolved(reference, context)}`;
    },
  );

const FIELDS: ReadonlyMap<string, FieldRule> = new Map<string, FieldRule>([
  ["content-type", { form: "line", normal: normalMediaType }],
  ["location", { form: "line", normal: resolved }],
  ["content-location", { form: "line", normal: resolved }],
  ["refresh", { form: "line", normal: refresh }],
  ["last-modified", { form: "line", normal: time }],
  ["expires", { form: "line", normal: time }],
  ["content-disposition", { form: "line", normal: withParameters }],
  ["strict-transport-security", { form: "line", normal: directives }],
  ["www-authenticate", { form: "list", normal: challenge }],
  ["vary", { form: "set", normal: lower }],
  ["cache-control", { form: "set", normal: directive }],
  ["allow", { form: "set", normal: asWritten }],
  ["accept-ranges", { form: "set", normal: lower }],
  ["accept-patch", { form: "set", normal: normalMediaType }],
  ["accept-post", { form: "set", normal: normalMediaType }],
  ["access-control-allow-headers", { form: "set", normal: lower }],
  ["access-control-allow-methods", { form: "set", normal: asWritten }],
  ["access-control-expose-headers", { form: "set", normal: lower }],
  ["content-encoding", { form: "list", normal: lower }],
  ["content-language", { form: "list", normal: lower }],
  ["link", { form: "list", normal: linked }],
  ["via", { form: "list", normal: asWritten }],
]);

/** Where a quoted string or a reference in angle brackets that begins at `at` ends; `at` itself: it does not. Linear only with `closes`. */
function groupEnd(line: string, at: number, closes: Readonly<Record<string, number>>): number {
  const close = line[at] === "<" ? ">" : '"';
  // No other such character follows: it is looked for once, not from every place where a group might begin.
  if (at >= (closes[close] as number)) return at;
  if (close === ">") return line.indexOf(close, at);
  for (let i = at + 1; i < line.length; i++) {
    if (line[i] === "\\") i++;
    else if (line[i] === close) return i;
  }
  return at;
}

/** Splits at commas outside quotes and angle brackets. Empty members do not count (RFC 9110 §5.6.1). */
function membersOf(line: string): string[] {
  const closes = { ">": line.lastIndexOf(">"), '"': line.lastIndexOf('"') };
  const members: string[] = [];
  let start = 0;
  for (let at = 0; at <= line.length; at++) {
    const char = line[at];
    if (char === "<") at = groupEnd(line, at, closes);
    else if (char === '"') {
      const end = groupEnd(line, at, closes);
      // It does not end, and so does none behind it.
      if (end === at) closes['"'] = -1;
      at = end;
    } else if (char === "," || char === undefined) {
      const member = line.slice(start, at).trim();
      if (member !== "") members.push(member);
      start = at + 1;
    }
  }
  return members;
}

/** The lines of a field in a form in which lines that mean the same are the same. */
export function comparableLines(
  name: string,
  lines: readonly string[],
  context: HeaderContext,
): readonly string[] {
  const rule = FIELDS.get(name);
  if (rule === undefined) return lines;
  const members = rule.form === "line" ? lines : lines.flatMap(membersOf);
  const normal = members.map((member) => rule.normal(member, context));
  return rule.form === "set" ? [...new Set(normal)].sort() : normal;
}

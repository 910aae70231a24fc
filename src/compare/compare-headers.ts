import { isCredentialHeader } from "../domain/credentials.ts";
import { headerLines } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Findings } from "./findings.ts";
import { normalMediaType } from "./media-type.ts";
import { REDACTED_SAMPLE, textSample } from "./sample-text.ts";

type Values = readonly string[];

/**
 * How a field's lines are read. `list`: comma-separated members of all lines (RFC 9110 §5.3). `set`: a list whose order
 * means nothing. Other fields are compared line by line, without the space around the value.
 */
interface FieldRule {
  readonly form: "list" | "set";
  /** Brings members that mean the same to one spelling. */
  readonly normal: (member: string) => string;
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

const FIELDS: ReadonlyMap<string, FieldRule> = new Map<string, FieldRule>([
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
  ["link", { form: "list", normal: asWritten }],
  ["via", { form: "list", normal: asWritten }],
]);

/** Splits at commas outside quotes and angle brackets. Empty members do not count (RFC 9110 §5.6.1). */
function membersOf(line: string): string[] {
  return (line.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,])+/g) ?? [])
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

function comparable(name: string, lines: Values): Values {
  if (name === "content-type") return lines.map(normalMediaType);
  const rule = FIELDS.get(name);
  if (rule === undefined) return lines;
  const members = lines.flatMap(membersOf).map(rule.normal);
  return rule.form === "set" ? [...new Set(members)].sort() : members;
}

function sameList(a: Values, b: Values): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function sample(name: string, lines: Values): string {
  return isCredentialHeader(name) ? REDACTED_SAMPLE : textSample(lines.join(", "));
}

/** Holds the named response header fields (lower-case) against each other, in the order of `names`. */
export function compareHeaders(
  legacy: RawHeaders,
  modern: RawHeaders,
  names: readonly string[],
  findings: Findings,
): void {
  for (const name of names) {
    const left = headerLines(legacy, name);
    const right = headerLines(modern, name);
    const path = `header.${name}`;
    if (left.length === 0 || right.length === 0) {
      if (left.length > 0) findings.add(path, "missing", sample(name, left), undefined);
      if (right.length > 0) findings.add(path, "extra", undefined, sample(name, right));
      continue;
    }
    const a = comparable(name, left);
    const b = comparable(name, right);
    if (sameList(a, b)) continue;
    const kind = sameList([...a].sort(), [...b].sort()) ? "order" : "value";
    findings.add(path, kind, sample(name, left), sample(name, right));
  }
}

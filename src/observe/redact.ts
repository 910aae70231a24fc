import { isNamedElement, tellingNeighbours } from "../domain/credential-neighbours.ts";
import { isCredentialName, isCredentialParameter } from "../domain/credentials.ts";
import { REDACTED } from "../domain/redaction.ts";
import { scrubbed } from "../domain/scrub.ts";

/** A target that is logged is cut to this many characters before anything in it is looked for. */
const MAX_TARGET_CHARS = 2048;
/** The same for a Host, a method and a request id. */
const MAX_FIELD_CHARS = 512;

/** Whether any of what a client chose is cut in a line of the access log. */
export function isCutInLog(target: string, host: string, method: string, requestId: string): boolean {
  return (
    target.length > MAX_TARGET_CHARS ||
    host.length > MAX_FIELD_CHARS ||
    method.length > MAX_FIELD_CHARS ||
    requestId.length > MAX_FIELD_CHARS
  );
}

/** Whether `redactId` cuts it. */
export function isCutField(text: string): boolean {
  return text.length > MAX_FIELD_CHARS;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** `;` separates pairs for some servers and is a plain character for others: what follows a credential goes with it. */
function redactPair(pair: string): string {
  let start = 0;
  let equals = pair.indexOf("=");
  while (equals >= 0) {
    if (isCredentialParameter(pair.slice(start, equals))) return `${pair.slice(0, equals + 1)}${REDACTED}`;
    start = pair.indexOf(";", equals) + 1;
    equals = start === 0 ? -1 : pair.indexOf("=", start);
  }
  return pair;
}

function redactPath(path: string): string {
  const semicolon = path.indexOf(";");
  if (semicolon < 0) return path;
  return path
    .split("/")
    .map((segment) =>
      segment
        .split(";")
        .map((part, i) => (i === 0 ? part : redactPair(part)))
        .join(";"),
    )
    .join("/");
}

/** User and password in a text that begins like a URL, with a scheme or without one (`user:pw@host`), up to its last `@`. */
const LEADING_USER = /^([a-z][a-z0-9+.-]*:\/+)?[^/?#]*@/i;

function withoutUser(text: string): string {
  return text.replace(LEADING_USER, (_, scheme = "") => `${scheme}${REDACTED}@`);
}

/**
 * A request target (or URL) that may be logged: user and password, path parameters and query values that look like
 * credentials, and JSON Web Tokens are replaced by `[redacted]`; everything else stays byte for byte.
 */
export function redactTarget(whole: string): string {
  const target = shortened(whole, MAX_TARGET_CHARS);
  // A target that is no path may be anything: an authority, too, has a user and a password.
  const text = target.startsWith("/") ? target : withoutUser(target);
  // A fragment is no part of a target. Who sends one all the same sends what a page was given in it.
  const end = text.search(/[?#]/);
  if (end < 0) return scrubbed(redactPath(text));
  return scrubbed(redactPath(text.slice(0, end)) + redactPairs(text.slice(end)));
}

/** A Host that may be logged. A refused one is any text: what reads like a credential is replaced, wherever it stands. */
export function redactHost(whole: string): string {
  const host = shortened(whole, MAX_FIELD_CHARS);
  const user = host.lastIndexOf("@");
  const shown = user < 0 ? host : REDACTED + host.slice(user);
  const port = /:\d{1,5}$/.exec(shown)?.[0] ?? "";
  return redactPairs(scrubbed(shown.slice(0, shown.length - port.length))) + port;
}

/** A client's request id that may be logged or stored: it may be a token, or `token=...`. An `@` says nothing in it. */
export function redactId(id: string): string {
  return redactPairs(scrubbed(shortened(id, MAX_FIELD_CHARS)));
}

/** `name=value` between the marks that part such pairs. */
function redactPairs(text: string): string {
  if (!text.includes("=")) return text;
  return text
    .split(/(?<=[&#])/)
    .map(redactKeepingEnd)
    .join("");
}

function redactKeepingEnd(pair: string): string {
  const end = pair.at(-1);
  if (end !== "&" && end !== "#") return redactPair(pair);
  return `${redactPair(pair.slice(0, -1))}${end}`;
}

/** Strings of a line that is too long are cut to this many characters, before anything in them is looked for. */
const MAX_CUT_CHARS = 1024;
/** A line of more characters is cut. */
const MAX_LINE_CHARS = 64 * 1024;
const MAX_ELEMENTS = 100;

/** As files write it: the name of a cookie, and no value. */
const STICKY_KEY = /^cookie:[\w-]{1,64}$/;

/** Counts what was left out of lines because it was too long. */
interface LineCuts {
  lines: number;
}

/** How a line is written: strings of at most `most` characters; `isCut` once something was left out. */
interface Writing {
  readonly most: number;
  isCut: boolean;
}

function redactedObject(value: object, writing: Writing): object {
  const all = Object.entries(value);
  if (all.length > MAX_ELEMENTS) writing.isCut = true;
  const members = all.slice(0, MAX_ELEMENTS);
  const named = tellingNeighbours(members);
  return Object.fromEntries(
    members.map(([name, each]) => [
      scrubbed(shortText(name, writing)),
      isCredentialName(name) || named?.(name) ? REDACTED : redactedValue(each, writing),
    ]),
  );
}

function shortText(text: string, writing: Writing): string {
  if (text.length <= writing.most) return text;
  writing.isCut = true;
  return shortened(text, writing.most);
}

function redactedValue(value: unknown, writing: Writing): unknown {
  if (typeof value === "string" && STICKY_KEY.test(value)) return value;
  if (typeof value === "string") return scrubbed(shortText(value, writing));
  if (Array.isArray(value)) {
    if (value.length > MAX_ELEMENTS) writing.isCut = true;
    return value
      .slice(0, MAX_ELEMENTS)
      .map((each, at) => (isNamedElement(value, at) ? REDACTED : redactedValue(each, writing)));
  }
  return typeof value === "object" && value !== null ? redactedObject(value, writing) : value;
}

/**
 * A whole log line: URLs, `Bearer ...`, fields with a credential's name and whatever else reads like one, wherever it stands. JSON stays
 * JSON. What is too long is cut first, and the line is counted.
 */
export function redactLine(line: string, cuts?: LineCuts): string {
  const isLong = line.length > MAX_LINE_CHARS;
  const writing = { most: isLong ? MAX_CUT_CHARS : MAX_LINE_CHARS, isCut: false };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    if (isLong && cuts !== undefined) cuts.lines++;
    return scrubbed(line.slice(0, MAX_LINE_CHARS));
  }
  const end = line.endsWith("\n") ? "\n" : "";
  const text = JSON.stringify(redactedValue(value, writing));
  if ((writing.isCut || text.length > 2 * MAX_LINE_CHARS) && cuts !== undefined) cuts.lines++;
  return (text.length > 2 * MAX_LINE_CHARS ? JSON.stringify(briefly(value)) : text) + end;
}

/** Of a line that is too long whatever is cut: what every line has. */
function briefly(value: unknown): object {
  const { level, time, msg } = (value ?? {}) as Record<string, unknown>;
  return { level, time, msg: redactedValue(msg, { most: MAX_CUT_CHARS, isCut: true }), cut: true };
}

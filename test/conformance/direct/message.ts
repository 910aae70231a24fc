/** HTTP/1.1 messages as bytes that were seen, read by a grammar of the test's own (RFC 9110, 9112): nothing is made alike. */

/** What of a request RFC 9112 lets a server refuse. */
export type Fault = "syntax" | "version" | "method" | "target" | "host" | "length" | "coding" | "chunks";

/** With these nobody can say where the message ends. */
const UNTOLD: readonly Fault[] = ["syntax", "version", "method", "length", "coding", "chunks"];

export interface Message {
  /** Empty lines in front. */
  readonly before: string;
  readonly start: string;
  /** Field lines as they came, without their ends. */
  readonly lines: readonly string[];
  readonly framing: "none" | "sized" | "chunked" | "close";
  readonly body: string;
  /** Size lines of a chunked body as they came. */
  readonly chunks: readonly string[];
  readonly trailers: readonly string[];
  readonly headWhole: boolean;
  readonly whole: boolean;
  readonly faults: ReadonlySet<Fault>;
  /** RFC 9112 lets a recipient put it right: lines that end in LF, folds, blanks before a colon, a length said twice. */
  readonly repaired: boolean;
}

export interface Read {
  readonly message: Message;
  readonly next: number;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const FIELD = new RegExp(`^${TOKEN}:[\\t\\x20-\\x7e\\x80-\\xff]*$`);
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9\-._~!$&'()*+;=%]*)(?::\d{0,5})?$/i;
/** Several blanks are one to a lenient reader (RFC 9112 §3). */
const REQUEST_LINE = /^(\S+) +(\S+) +(\S+)$/;
const TARGET = /^[\x21-\x7e]+$/;
const ABSOLUTE = /^https?:\/\/([^/?#\s@]+)([/?#].*)?$/i;
/** What follows `;` is for a recipient to ignore (RFC 9112 §7.1.1), whatever it is. */
const CHUNK_LINE = /^([0-9a-f]+)[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;

export function nameOf(line: string): string {
  return line.slice(0, line.indexOf(":")).toLowerCase();
}

export function textIn(line: string): string {
  return line.slice(line.indexOf(":") + 1).replace(/^[ \t]+|[ \t]+$/g, "");
}

export function valuesOf(lines: readonly string[], name: string): string[] {
  return lines.filter((line) => nameOf(line) === name).map(textIn);
}

/** Lower-case members of the comma lists under this name. */
export function listOf(lines: readonly string[], name: string): string[] {
  return valuesOf(lines, name).flatMap((value) =>
    value
      .toLowerCase()
      .split(",")
      .map((one) => one.trim()),
  );
}

export function methodOf(request: Message): string {
  return request.start.split(" ")[0] as string;
}

export function targetOf(request: Message): string {
  return request.start.split(/ +/)[1] ?? "";
}

export function versionOf(message: Message): string {
  return /HTTP\/[\d.]+/.exec(message.start)?.[0] ?? "";
}

export function statusOf(answer: Message): number {
  return Number(answer.start.slice(9, 12));
}

interface Chunked {
  readonly body: string;
  readonly chunks: string[];
  readonly trailers: string[];
  readonly whole: boolean;
  readonly bad: boolean;
  readonly next: number;
}

function readChunked(text: string, from: number): Chunked {
  let at = from;
  let body = "";
  const chunks: string[] = [];
  const over = (whole: boolean, bad: boolean, trailers: string[], next = text.length): Chunked => ({
    ...{ body, chunks, trailers, whole, bad, next },
  });
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    const line = text.slice(at, lineEnd < 0 ? text.length : lineEnd);
    if (/[\n\0]/.test(line)) return over(false, true, []);
    if (lineEnd < 0) return over(false, !/^[0-9a-f]*(?:[ \t;]|$)/i.test(line.replace(/\r$/, "")), []);
    const size = CHUNK_LINE.exec(line)?.[1];
    if (size === undefined || size.replace(/^0+/, "").length > 13) return over(false, true, []);
    chunks.push(line);
    at = lineEnd + 2;
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    body += text.slice(at, at + length);
    at += length;
    if (text.length >= at + 1 && !"\r\n".startsWith(text.slice(at, at + 2))) return over(false, true, []);
    if (text.length < at + 2) return over(false, false, []);
    at += 2;
  }
  if (text.startsWith("\r\n", at)) return over(true, false, [], at + 2);
  const stop = text.indexOf("\r\n\r\n", at);
  const lines = text.slice(at, stop < 0 ? text.length : stop).split("\r\n");
  if (stop < 0) lines.pop();
  const stray = /[^\r]\n|\r(?!\n|$)|\0/.test(text.slice(at, stop < 0 ? text.length : stop));
  const bad = stray || lines.some((line) => !FIELD.test(line));
  return stop < 0 || bad ? over(false, bad, []) : over(true, false, lines, stop + 4);
}

/** Undefined: nothing but empty lines is there. */
export function readRequest(text: string, from: number): Read | undefined {
  const before = /^[\r\n]*/.exec(text.slice(from))?.[0] ?? "";
  const at = from + before.length;
  if (at === text.length) return undefined;
  const faults = new Set<Fault>();
  if (/\r(?!\n)/.test(before)) faults.add("syntax");
  const stop = text.indexOf("\r\n\r\n", at);
  const head = text.slice(at, stop < 0 ? text.length : stop);
  const [start = "", ...lines] = head.split("\r\n");
  if (stop < 0 && lines.length > 0 && !/\n\r?\n/.test(head)) lines.pop();
  const startWhole = stop >= 0 || head.includes("\r\n");
  if (/(?:^|[^\r])\n|\r(?!\n|$)|\0/.test(head)) faults.add("syntax");
  if (startWhole) lineFaults(start, faults);
  else if (!new RegExp(`^${TOKEN}(?: [\\x21-\\x7e]*(?: [A-Z]*(?:/[\\d.]*)?\\r?)?)?$`).test(start))
    faults.add("syntax");
  for (const line of lines) if (!FIELD.test(line)) faults.add("syntax");
  const headWhole = stop >= 0;
  if (headWhole) hostFaults(start, lines, faults);
  const lengths = valuesOf(lines, "content-length");
  const codings = valuesOf(lines, "transfer-encoding");
  if (lengths.length > 1 || lengths.some((value) => !/^\d{1,15}$/.test(value))) faults.add("length");
  if (codings.length > 0 && (lengths.length > 0 || start.endsWith("HTTP/1.0"))) faults.add("length");
  if (codings.length > 1 || codings.some((value) => value.toLowerCase() !== "chunked")) faults.add("coding");
  const message = {
    before,
    start,
    lines,
    body: "",
    chunks: [],
    trailers: [],
    headWhole,
    faults,
    repaired: false,
  };
  const bodyAt = headWhole ? stop + 4 : text.length;
  if (!headWhole || UNTOLD.some((fault) => faults.has(fault)))
    return { message: { ...message, framing: "none", whole: false }, next: text.length };
  if (codings.length > 0) {
    const { bad, next, ...read } = readChunked(text, bodyAt);
    if (bad) faults.add("chunks");
    return { message: { ...message, ...read, framing: "chunked" }, next };
  }
  if (lengths.length > 0) {
    const end = bodyAt + Number(lengths[0]);
    const body = text.slice(bodyAt, end);
    return {
      message: { ...message, framing: "sized", body, whole: end <= text.length },
      next: Math.min(end, text.length),
    };
  }
  return { message: { ...message, framing: "none", whole: true }, next: bodyAt };
}

function lineFaults(start: string, faults: Set<Fault>): void {
  const [, method = "", target = "", version = ""] = REQUEST_LINE.exec(start) ?? [];
  if (method === "") {
    faults.add("syntax");
    return;
  }
  if (!new RegExp(`^${TOKEN}$`).test(method)) faults.add("method");
  if (!TARGET.test(target)) faults.add("target");
  else if (method !== "CONNECT" && !target.startsWith("/") && !ABSOLUTE.test(target))
    if (!(target === "*" && method === "OPTIONS")) faults.add("target");
  if (version !== "HTTP/1.1" && version !== "HTTP/1.0") faults.add("version");
}

function hostFaults(start: string, lines: readonly string[], faults: Set<Fault>): void {
  const hosts = valuesOf(lines, "host");
  if (hosts.length > 1 || (hosts.length === 0 && !start.endsWith("HTTP/1.0"))) faults.add("host");
  if (hosts.some((host) => !HOST.test(host))) faults.add("host");
  const authority = ABSOLUTE.exec(start.split(/ +/)[1] ?? "")?.[1];
  if (authority !== undefined && !HOST.test(authority)) faults.add("target");
}

/** `method`: of the request. `ended`: the connection is, so nothing follows. Undefined: nothing is there. */
export function readAnswer(text: string, from: number, method: string, ended: boolean): Read | undefined {
  if (from === text.length) return undefined;
  const rest = text.slice(from);
  const faults = new Set<Fault>();
  const end = /\n\r?\n/.exec(rest);
  const head = end === null ? rest : rest.slice(0, end.index);
  const at = end === null ? text.length : from + end.index + end[0].length;
  const plain = head
    .replace(/\r?\n[ \t]+/g, " ")
    .replace(/^([^\s:]+)[ \t]+:/gm, "$1:")
    .replace(/\r$/, "");
  const [start = "", ...asCame] = plain.split(/\r?\n/);
  const lines = oneLength(asCame);
  const crlf = `${start}\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
  const repaired = end !== null && crlf !== rest.slice(0, end.index + end[0].length);
  const message = { before: "", start, lines, chunks: [], trailers: [], repaired, faults };
  if (end === null)
    return {
      message: { ...message, framing: "none", body: "", headWhole: false, whole: false },
      next: text.length,
    };
  const status = /^HTTP\/1\.[01] ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(start)?.[1];
  const folded = /^[^\n]*\n[ \t]/.test(head);
  if (status === undefined || folded || lines.some((line) => !FIELD.test(line))) faults.add("syntax");
  const lengths = valuesOf(lines, "content-length");
  const codings = valuesOf(lines, "transfer-encoding");
  if (lengths.length > 1 || lengths.some((value) => !/^\d{1,15}$/.test(value))) faults.add("length");
  if (codings.length > 0 && (lengths.length > 0 || start.startsWith("HTTP/1.0"))) faults.add("length");
  if (codings.length > 1 || codings.some((value) => value.toLowerCase() !== "chunked")) faults.add("coding");
  const done = (framing: Message["framing"], body: string, whole: boolean, next: number): Read => ({
    message: { ...message, framing, body, headWhole: true, whole },
    next,
  });
  if (faults.size > 0) return done("close", text.slice(at), ended, text.length);
  const code = Number(status);
  if (code === 101) return done("close", text.slice(at), ended, text.length);
  if (method === "HEAD" || code < 200 || code === 204 || code === 304) return done("none", "", true, at);
  if (codings.length > 0) {
    const { bad, next, ...read } = readChunked(text, at);
    if (bad) faults.add("chunks");
    return { message: { ...message, ...read, framing: "chunked", headWhole: true }, next };
  }
  if (lengths.length > 0) {
    const stop = at + Number(lengths[0]);
    return done("sized", text.slice(at, stop), stop <= text.length, Math.min(stop, text.length));
  }
  return done("close", text.slice(at), ended, text.length);
}

function oneLength(lines: readonly string[]): readonly string[] {
  const said = lines.filter((line) => nameOf(line) === "content-length");
  const values = new Set(
    said.flatMap((line) =>
      textIn(line)
        .split(",")
        .map((one) => one.trim()),
    ),
  );
  if (values.size !== 1 || (said.length === 1 && !said[0]?.includes(","))) return lines;
  const first = lines.indexOf(said[0] as string);
  return lines.flatMap((line, i) => {
    if (!said.includes(line)) return [line];
    return i === first ? [line.replace(/:.*$/, `: ${[...values][0]}`)] : [];
  });
}

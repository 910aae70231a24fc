/**
 * A strict HTTP/1.1 message reader of the suite's own (RFC 9112 §2-§7): what leaves a proxy is held to the letter, whatever
 * went in. It shares no code with the proxies under test. Text is latin1: one char, one byte.
 */
import { fail, show } from "./failure.ts";

export type Field = readonly [name: string, value: string];

export interface Message {
  /** Request line or status line. */
  readonly start: string;
  readonly fields: readonly Field[];
  readonly framing: "none" | "sized" | "chunked" | "close";
  readonly body: Buffer;
  readonly trailers: readonly Field[];
  /** The head as it came, the empty line included. */
  readonly rawHead: string;
}

export type Expecting = { readonly kind: "request" } | { readonly kind: "response"; readonly method: string };

const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/s;

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 9) || code === 0x7f) return true;
  }
  return false;
}

function readFields(lines: readonly string[], where: string): Field[] {
  return lines.map((line) => {
    const found = FIELD.exec(line);
    if (!found || hasControl(line)) return fail(`malformed ${where} field sent: ${show(line)}`);
    return [found[1] as string, found[2] as string];
  });
}

export function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter(([n]) => n.toLowerCase() === name).map(([, value]) => value);
}

export function statusOf(message: Message): number {
  return Number(
    /^HTTP\/1\.1 (\d{3})/.exec(message.start)?.[1] ?? fail(`bad status line ${show(message.start)}`),
  );
}

interface Chunked {
  readonly body: Buffer;
  readonly trailers: Field[];
  readonly next: number;
}

function readChunked(bytes: Buffer, from: number): Chunked | undefined {
  const parts: Buffer[] = [];
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const line = bytes.toString("latin1", at, lineEnd);
    const size = /^([0-9A-Fa-f]{1,12})(?:[ \t]*;.*)?$/.exec(line)?.[1];
    if (size === undefined) fail(`malformed chunk size sent: ${show(line)}`);
    const length = Number.parseInt(size, 16);
    at = lineEnd + 2;
    if (length === 0) break;
    if (bytes.length < at + length + 2) return undefined;
    parts.push(bytes.subarray(at, at + length));
    if (bytes.toString("latin1", at + length, at + length + 2) !== "\r\n") fail("malformed chunk end sent");
    at += length + 2;
  }
  const lines: string[] = [];
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const line = bytes.toString("latin1", at, lineEnd);
    at = lineEnd + 2;
    if (line === "") return { body: Buffer.concat(parts), trailers: readFields(lines, "trailer"), next: at };
    lines.push(line);
  }
}

function startLineProblem(start: string, expecting: Expecting): string | undefined {
  const pattern =
    expecting.kind === "request"
      ? /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [^ ]+ HTTP\/1\.[01]$/
      : /^HTTP\/1\.1 \d{3} [^\r\n]*$/;
  return pattern.test(start) ? undefined : `malformed start line sent: ${show(start)}`;
}

/** The message at `from`; undefined: more bytes are needed. Fails the case on anything malformed or ambiguous. */
export function readMessage(
  bytes: Buffer,
  from: number,
  expecting: Expecting,
  ended: boolean,
): { readonly message: Message; readonly next: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n", from);
  if (headEnd < 0) return undefined;
  const rawHead = bytes.toString("latin1", from, headEnd + 4);
  const [start = "", ...lines] = rawHead.slice(0, -4).split("\r\n");
  const problem = startLineProblem(start, expecting);
  if (problem !== undefined) fail(problem);
  const fields = readFields(lines, "header");
  const at = headEnd + 4;
  const whole = (framing: Message["framing"], body: Buffer, trailers: Field[], next: number) => ({
    message: { start, fields, framing, body, trailers, rawHead },
    next,
  });
  const lengths = valuesOf(fields, "content-length");
  const codings = valuesOf(fields, "transfer-encoding");
  if (lengths.length > 0 && codings.length > 0) fail("sent Content-Length and Transfer-Encoding together");
  if (lengths.length > 1) fail("sent several Content-Length fields");
  if (lengths[0] !== undefined && !/^\d+$/.test(lengths[0])) fail(`sent Content-Length ${show(lengths[0])}`);
  if (expecting.kind === "response") {
    const status = Number(start.slice(9, 12));
    if (expecting.method === "HEAD" || status < 200 || status === 204 || status === 304) {
      return whole("none", Buffer.alloc(0), [], at);
    }
  }
  if (codings.length > 0) {
    if (!/(^|[ \t,])chunked$/i.test(codings.join(",")))
      fail(`sent Transfer-Encoding ${show(codings.join(","))}`);
    const chunked = readChunked(bytes, at);
    return chunked && whole("chunked", chunked.body, chunked.trailers, chunked.next);
  }
  if (lengths[0] !== undefined) {
    const next = at + Number(lengths[0]);
    return bytes.length < next ? undefined : whole("sized", bytes.subarray(at, next), [], next);
  }
  if (expecting.kind === "request") return whole("none", Buffer.alloc(0), [], at);
  return ended ? whole("close", bytes.subarray(at), [], bytes.length) : undefined;
}

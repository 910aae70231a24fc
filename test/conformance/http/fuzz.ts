/**
 * Damaged messages, and what a strict reader makes of them. A proxy may refuse more than the reader does, never less: what it
 * forwards must be what the reader read.
 */
import { CaseFailure } from "./failure.ts";
import { type Message, readMessage, statusOf, valuesOf } from "./parse.ts";
import { head } from "./steps.ts";

/** What damage is made of: the bytes and words that two readers may take in two ways. */
export const FRAGMENTS: readonly string[] = [
  ...["\r", "\n", "\r\n", "\r\n ", "\t", " ", "\0", "\x0b", "\x7f", "\x85", "\xa0", "\xff"],
  ...[":", ";", ",", "+", "-", "_", '"', "/", "\\", "#", "0", "1", "5", "a", "F", "101", "204"],
  ...["chunked", "HTTP/1.1", "0\r\n\r\n", "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n"],
  ...["Host: b\r\n", "Connection: close\r\n", "HTTP/1.1 200 OK\r\n\r\n"],
];

/** One damage: at a share of the text's length, insert, replace, delete or repeat. */
export interface Damage {
  readonly kind: "insert" | "replace" | "delete" | "repeat";
  /** 0 to 1. */
  readonly at: number;
  readonly fragment: string;
  /** Bytes deleted or repeated. */
  readonly length: number;
}

export function damaged(text: string, damages: readonly Damage[]): string {
  let result = text;
  for (const { kind, at, fragment, length } of damages) {
    const place = Math.floor(at * result.length);
    const [before, after] = [result.slice(0, place), result.slice(place)];
    if (kind === "insert") result = before + fragment + after;
    else if (kind === "replace") result = before + fragment + after.slice(1);
    else if (kind === "delete") result = before + after.slice(length);
    else result = before + before.slice(-length) + after;
  }
  return result;
}

/** Two pipelined requests each; `token` marks their targets. */
export function requestTexts(token: string): readonly string[] {
  const last = head(`GET /${token}/b HTTP/1.1`, "Host: a.test");
  const start = (method: string) => [`${method} /${token}/a HTTP/1.1`, "Host: a.test"];
  const inner = head(`GET /${token}/inner HTTP/1.1`, "Host: a.test");
  return [
    `${head(...start("POST"), "Content-Length: 5")}hello${last}`,
    `${head(...start("POST"), "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n\r\n${last}`,
    `${head(...start("POST"), "Transfer-Encoding: chunked", "X-A: b")}5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n${last}`,
    head(...start("GET"), "Connection: keep-alive", "Content-Length: 0") + last,
    `${head(...start("DELETE"), `Content-Length: ${inner.length}`)}${inner}${last}`,
  ];
}

export const ANSWER_TEXTS: readonly string[] = [
  `${head("HTTP/1.1 200 OK", "Content-Length: 5", "X-A: b")}hello`,
  `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}5\r\nhello\r\nA;x\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n`,
  `${head("HTTP/1.1 103 Early Hints", "Link: </a>")}${head("HTTP/1.1 200 OK", "Content-Length: 2")}ok`,
  head("HTTP/1.1 304 Not Modified", 'ETag: "a"', "Content-Length: 5"),
  `${head("HTTP/1.1 200 OK", "Connection: keep-alive", "Content-Length: 2")}ok`,
];

/** A request as far as the proxy may not change it. */
export function requestKey(message: Message): string {
  const [method, target] = message.start.split(" ");
  return `${method} ${target?.replace(/^http:\/\/[^/]*/i, "")} ${JSON.stringify(message.body.toString("latin1"))}`;
}

/** A text's complete requests up to the first that is not well-formed. */
export function strictRequests(text: string): string[] {
  // RFC 9112 §3 lets a reader take several spaces in a request line for one.
  const lenient = text.replace(/(^|\n)([A-Z]+) +(\S+) +(HTTP\/1\.[01]\r\n)/g, "$1$2 $3 $4");
  const bytes = Buffer.from(lenient, "latin1");
  const found: string[] = [];
  let at = 0;
  for (;;) {
    // RFC 9112 §2.2 has empty lines before a request skipped; halves of one are as harmless there.
    while (bytes[at] === 13 || bytes[at] === 10) at++;
    try {
      const read = readMessage(bytes, at, { kind: "request" }, true);
      if (!read) return found;
      const codings = valuesOf(read.message.fields, "transfer-encoding");
      if (codings.some((coding) => coding.toLowerCase() !== "chunked") || codings.length > 1) return found;
      found.push(requestKey(read.message));
      at = read.next;
    } catch (error) {
      if (error instanceof CaseFailure) return found;
      throw error;
    }
  }
}

/** The first final answer to a GET: status and body; undefined: none that is whole; "malformed". */
export function strictAnswer(text: string, ended: boolean): string | undefined {
  const bytes = Buffer.from(text, "latin1");
  let at = 0;
  try {
    for (;;) {
      const read = readMessage(bytes, at, { kind: "response", method: "GET" }, ended);
      if (!read) return undefined;
      const status = statusOf(read.message);
      if (status >= 200 || status === 101)
        return `${status} ${JSON.stringify(read.message.body.toString("latin1"))}`;
      at = read.next;
    }
  } catch (error) {
    if (error instanceof CaseFailure) return "malformed";
    throw error;
  }
}

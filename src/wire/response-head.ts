import { CHUNKED, NO_BODY, type RawHeaders, UNTIL_CLOSE } from "../domain/message.ts";
import { parseFields, WireError } from "./fields.ts";
import { FIELD_BYTES, parseLength } from "./grammar.ts";
import { headOf, repairHead } from "./repair-head.ts";

export interface ResponseHead {
  /** How many bytes of the text are the head. */
  readonly bytes: number;
  readonly status: number;
  readonly reason: string;
  readonly headers: RawHeaders;
  /** NO_BODY, a length, CHUNKED or UNTIL_CLOSE (RFC 9112 §6.3). */
  readonly framing: number;
  /** The connection may carry another request after this answer. */
  readonly keepAlive: boolean;
  /** Seconds the server says it keeps an idle connection (`Keep-Alive: timeout=N`), or -1. */
  readonly keepAliveSeconds: number;
  /** Lower-case tokens of Connection, when there is one. */
  readonly connection: string | undefined;
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 0x30;
  if (!(digit >= 0 && digit <= 9)) throw new WireError("a status line that is not HTTP/1.x");
  return digit;
}

const KEEP_ALIVE_TIMEOUT = /(?:^|[,;\s])timeout=(\d{1,6})/i;

/**
 * Parses a response head, `text` being everything up to and with the empty line. `method` is the request's. Strict:
 * anything that two readers could frame in two ways (Content-Length with Transfer-Encoding, several lengths, a transfer
 * coding other than exactly `chunked`, chunked from HTTP/1.0) throws WireError.
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  if (!text.startsWith("HTTP/1.")) throw new WireError("a status line that is not HTTP/1.x");
  const minor = digitAt(text, 7);
  if (text.charCodeAt(8) !== 0x20) throw new WireError("a status line that is not HTTP/1.x");
  const status = digitAt(text, 9) * 100 + digitAt(text, 10) * 10 + digitAt(text, 11);
  // RFC 9110 §15 defines classes up to 5; what servers send beyond is theirs to mean.
  if (status < 100) throw new WireError("a status code out of range");
  const lineEnd = text.indexOf("\r\n", 12);
  let reasonStart = 12;
  if (lineEnd !== 12) {
    if (text.charCodeAt(12) !== 0x20) throw new WireError("a status line that is not HTTP/1.x");
    reasonStart = 13;
  }
  for (let i = reasonStart; i < lineEnd; i++) {
    if (FIELD_BYTES[text.charCodeAt(i)] !== 1)
      throw new WireError("a control character in the reason phrase");
  }
  const headers = parseFields(text, lineEnd + 2);

  let length = -1;
  let chunked = false;
  let connection: string | undefined;
  let keepAliveSeconds = -1;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    switch (name.length) {
      case 10: {
        const lower = name.toLowerCase();
        if (lower === "connection") {
          const value = (headers[i + 1] as string).toLowerCase();
          connection = connection === undefined ? value : `${connection},${value}`;
        } else if (lower === "keep-alive") {
          const seconds = KEEP_ALIVE_TIMEOUT.exec(headers[i + 1] as string)?.[1];
          if (seconds !== undefined) keepAliveSeconds = Number(seconds);
        }
        break;
      }
      case 14:
        if (name.toLowerCase() === "content-length") {
          if (length >= 0) throw new WireError("more than one Content-Length");
          length = parseLength(headers[i + 1] as string);
          if (length < 0) throw new WireError("a Content-Length that is not a number");
        }
        break;
      case 17:
        if (name.toLowerCase() === "transfer-encoding") {
          if (chunked || (headers[i + 1] as string).toLowerCase() !== "chunked") {
            throw new WireError("a Transfer-Encoding other than chunked");
          }
          chunked = true;
        }
        break;
    }
  }
  if (chunked && length >= 0) throw new WireError("both Content-Length and Transfer-Encoding");
  if (chunked && minor === 0) throw new WireError("Transfer-Encoding in an HTTP/1.0 answer");

  let framing = UNTIL_CLOSE;
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) framing = NO_BODY;
  else if (chunked) framing = CHUNKED;
  else if (length >= 0) framing = length;
  let keepAlive = minor >= 1;
  if (connection !== undefined) {
    if (hasToken(connection, "close")) keepAlive = false;
    else if (minor === 0) keepAlive = hasToken(connection, "keep-alive");
  }
  if (framing === UNTIL_CLOSE) keepAlive = false;
  return {
    bytes: text.length,
    status,
    reason: text.slice(reasonStart, lineEnd),
    headers: length >= 0 && (status < 200 || status === 204) ? withoutLength(headers) : headers,
    framing,
    keepAlive,
    keepAliveSeconds,
    connection,
  };
}

/** RFC 9110 §8.6: 1xx and 204 must not say a length, and some clients wait for it. */
function withoutLength(headers: RawHeaders): RawHeaders {
  return headers.filter((_, i) => (headers[i - (i % 2)] as string).toLowerCase() !== "content-length");
}

/**
 * As parseResponseHead, of a head that may need repair; then `text` may go on behind it, and the connection may not be used
 * again.
 */
export function readResponseHead(text: string, method: string): ResponseHead {
  try {
    return parseResponseHead(text, method);
  } catch (error) {
    const head = headOf(text);
    const repaired = error instanceof WireError ? repairHead(head) : undefined;
    if (repaired === undefined) throw error;
    return { ...parseResponseHead(repaired, method), bytes: head.length, keepAlive: false };
  }
}

/** Whether a comma list, lower-case, has this token. */
export function hasToken(list: string, token: string): boolean {
  if (list === token) return true;
  return list.includes(token) && list.split(",").some((part) => part.trim() === token);
}

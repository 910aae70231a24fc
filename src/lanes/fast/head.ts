import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { FIELD_BYTES, parseLength, TOKEN_BYTES } from "../../wire/grammar.ts";

/** Why a request is the node lane's; a metric label. */
export type HandoverReason =
  | "partial_head"
  | "large_head"
  | "method"
  | "target"
  | "version"
  | "header"
  | "framing"
  | "host"
  | "expect"
  | "upgrade"
  /** Not of the request: this Node keeps connections in another way. */
  | "socket";

/** A head the fast lane takes: every byte of it checked. */
interface FastHead {
  readonly method: string;
  readonly target: string;
  readonly headers: RawHeaders;
  /** NO_BODY, CHUNKED or a length. */
  readonly framing: number;
  /** The client asked for the connection to end. */
  readonly close: boolean;
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** 1 for what a target may hold here: RFC 3986 pchar, `/` and `?`. Anything else is odd, and the node lane's. */
const TARGET_BYTES = new Uint8Array(256);
for (const char of "-._~!$&'()*+,;=:@%/?0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TARGET_BYTES[char.charCodeAt(0)] = 1;
}

const SP = 0x20;
const HTAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const VERSION_LINE = " HTTP/1.1\r\n";

/**
 * Parses a request head, `text` being everything up to and with the empty line, as latin1. Takes only a narrow form of
 * RFC 9112 that no two readers can take in two ways; for the rest it says why not, and nothing has been consumed.
 */
export function parseFastHead(text: string): FastHead | HandoverReason {
  const methodEnd = text.indexOf(" ");
  const method = text.slice(0, methodEnd);
  if (!METHODS.has(method)) return "method";
  let at = methodEnd + 1;
  if (text.charCodeAt(at) !== 0x2f) return "target";
  const targetStart = at;
  let byte = text.charCodeAt(++at);
  while (TARGET_BYTES[byte] === 1) byte = text.charCodeAt(++at);
  if (byte !== SP) return "target";
  if (!text.startsWith(VERSION_LINE, at)) return "version";
  const target = text.slice(targetStart, at);
  at += VERSION_LINE.length;

  const headers: string[] = [];
  const end = text.length - 2;
  let hosts = 0;
  let framing = NO_BODY;
  let close = false;
  while (at < end) {
    const nameStart = at;
    byte = text.charCodeAt(at);
    while (TOKEN_BYTES[byte] === 1) byte = text.charCodeAt(++at);
    if (byte !== COLON || at === nameStart) return "header";
    const nameEnd = at;
    byte = text.charCodeAt(++at);
    if (byte === SP) byte = text.charCodeAt(++at);
    const valueStart = at;
    if (byte === SP || byte === HTAB) return "header";
    while (FIELD_BYTES[byte] === 1) byte = text.charCodeAt(++at);
    if (byte !== CR || text.charCodeAt(at + 1) !== LF) return "header";
    const last = text.charCodeAt(at - 1);
    if (at > valueStart && (last === SP || last === HTAB)) return "header";
    const name = text.slice(nameStart, nameEnd);
    const value = text.slice(valueStart, at);
    at += 2;
    switch (nameEnd - nameStart) {
      case 4:
        if (name.toLowerCase() === "host" && ++hosts > 1) return "host";
        break;
      case 6:
        if (name.toLowerCase() === "expect") return "expect";
        break;
      case 7:
        if (name.toLowerCase() === "upgrade") return "upgrade";
        break;
      case 10:
        if (name.toLowerCase() === "connection") {
          const wish = value.toLowerCase();
          if (wish === "close") close = true;
          else if (wish !== "keep-alive") return "header";
        }
        break;
      case 14:
        if (name.toLowerCase() === "content-length") {
          if (framing !== NO_BODY) return "framing";
          framing = parseLength(value);
          if (framing < 0) return "framing";
        }
        break;
      case 16:
        if (name.toLowerCase() === "proxy-connection") return "header";
        break;
      case 17:
        if (name.toLowerCase() === "transfer-encoding") {
          if (framing !== NO_BODY || value !== "chunked") return "framing";
          framing = CHUNKED;
        }
        break;
    }
    headers.push(name, value);
  }
  if (hosts !== 1) return "host";
  return { method, target, headers, framing, close };
}

/** An LF without its CR: no end of line here. */
export function hasBareLf(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (at === 0 || bytes[at - 1] !== 0x0d) return true;
  }
  return false;
}

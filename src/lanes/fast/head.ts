import { CHUNKED, NO_BODY, type Peer, type RequestHead } from "../../domain/message.ts";
import { asksForTunnel, FIELD_BYTES, isToken, parseLength, TOKEN_BYTES } from "../../wire/grammar.ts";
import { PREFACE_HEAD } from "../h2/preface.ts";

/** Why a request is the node lane's; a metric label. */
export type HandoverReason =
  | "large_head"
  | "method"
  | "target"
  | "version"
  | "header"
  | "framing"
  | "host"
  | "expect"
  | "upgrade"
  /** Its client speaks HTTP/2, without having asked (RFC 9113 §3.3). */
  | "http2"
  /** Not of the request: this Node keeps connections in another way. */
  | "socket";

/** A head the fast lane takes: every byte of it checked. */
interface FastHead {
  readonly head: RequestHead;
  /** The client asked for the connection to end. */
  readonly close: boolean;
  /** How many bytes the head has. */
  readonly bytes: number;
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");

/**
 * The head that `bytes` begin with; why it is the node lane's; undefined: it is not whole, and what there is of it is
 * plain. A head of more than `maxBytes` is the node lane's, whole or not.
 */
export function readFastHead(
  bytes: Buffer,
  maxBytes: number,
  peer: Peer,
): FastHead | HandoverReason | undefined {
  const stop = bytes.indexOf(END_OF_HEAD);
  if (stop < 0) {
    if (bytes.length > maxBytes) return "large_head";
    // A bare LF will never be an end of line here: no need to wait for more.
    return hasBareLf(bytes) ? "header" : undefined;
  }
  const end = stop + END_OF_HEAD.length;
  return end > maxBytes ? "large_head" : parseFastHead(bytes.toString("latin1", 0, end), peer);
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** What Connection may say here, in lower case. */
const CONNECTION_WISHES: ReadonlyMap<string, { readonly close: boolean; readonly upgrade: boolean }> =
  new Map([
    ["keep-alive", { close: false, upgrade: false }],
    ["close", { close: true, upgrade: false }],
    ["upgrade", { close: false, upgrade: true }],
    ["keep-alive, upgrade", { close: false, upgrade: true }],
    ["upgrade, keep-alive", { close: false, upgrade: true }],
  ]);

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
function parseFastHead(text: string, peer: Peer): FastHead | HandoverReason {
  const methodEnd = text.indexOf(" ");
  const method = text.slice(0, methodEnd);
  // Any other token is a method too (RFC 9110 §9.1); CONNECT is refused elsewhere.
  if (!METHODS.has(method) && (method === "CONNECT" || !isToken(method))) return "method";
  let at = methodEnd + 1;
  if (text.charCodeAt(at) !== 0x2f) return text === PREFACE_HEAD ? "http2" : "target";
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
  let mayUpgrade = false;
  let protocol: string | undefined;
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
        if (name.toLowerCase() === "upgrade") {
          if (protocol !== undefined) return "upgrade";
          protocol = value;
        }
        break;
      case 10:
        if (name.toLowerCase() === "connection") {
          const wish = CONNECTION_WISHES.get(value.toLowerCase());
          if (wish === undefined) return "header";
          if (wish.close) close = true;
          if (wish.upgrade) mayUpgrade = true;
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
  const upgrade = mayUpgrade && protocol !== undefined && asksForTunnel(protocol);
  const head: RequestHead = {
    method,
    target,
    version: "1.1",
    headers,
    framing,
    upgrade,
    expectContinue: false,
    remoteAddress: peer.remoteAddress,
    encrypted: peer.encrypted,
    certificate: peer.certificate,
    digests: peer.digests,
  };
  return { head, close, bytes: text.length };
}

/** An LF without its CR: no end of line here. */
function hasBareLf(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (at === 0 || bytes[at - 1] !== 0x0d) return true;
  }
  return false;
}

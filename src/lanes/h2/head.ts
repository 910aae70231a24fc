import { CHUNKED, NO_BODY, type Peer, type RequestHead } from "../../domain/message.ts";
import { asksForTunnel, isToken, parseLength } from "../../wire/grammar.ts";
import { CONNECTION_FIELDS, isFieldName, isFieldValue } from "../../wire/h2-fields.ts";
import { asksForContinue, hasExpectation } from "../admission.ts";
import { HANDSHAKE_FIELDS, websocketKey } from "./websocket.ts";

interface Pseudo {
  method: string | undefined;
  scheme: string | undefined;
  authority: string | undefined;
  path: string | undefined;
  protocol: string | undefined;
}

const PSEUDO: Readonly<Record<string, keyof Pseudo>> = {
  ":method": "method",
  ":scheme": "scheme",
  ":authority": "authority",
  ":path": "path",
  ":protocol": "protocol",
};

/** Why a request has no exchange. `malformed` (RFC 9113 §8.1.1) is an error of the stream. */
type StreamRefusal = "malformed" | "expectation_failed" | "headers_too_large";

interface HeadOptions {
  /** 0: no limit. */
  readonly maxHeaderBytes: number;
  /** So many random bytes, hexadecimal. */
  readonly hex: (bytes: number) => string;
}

/**
 * A request's head as the exchange takes it, from the fields of its HEADERS in their order. node:http2 checks most of this too; what
 * reaches an HTTP/1.1 upstream is not left to it. CONNECT with a :protocol (RFC 8441) becomes the GET with Upgrade that it stands for.
 */
export function headOfStream(
  fields: readonly string[],
  ended: boolean,
  peer: Peer,
  options: HeadOptions,
): RequestHead | StreamRefusal {
  return readHead(fields, ended, peer, options) ?? "malformed";
}

function readHead(
  fields: readonly string[],
  ended: boolean,
  peer: Peer,
  { maxHeaderBytes, hex }: HeadOptions,
): RequestHead | StreamRefusal | undefined {
  const pseudo: Pseudo = {
    method: undefined,
    scheme: undefined,
    authority: undefined,
    path: undefined,
    protocol: undefined,
  };
  const headers: string[] = ["Host", ""];
  let host: string | undefined;
  let cookieAt = -1;
  let framing = ended ? NO_BODY : CHUNKED;
  let expects: string | undefined;
  let bytes = 0;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = fields[i + 1] as string;
    bytes += name.length + value.length;
    if (name.startsWith(":")) {
      const key = PSEUDO[name];
      // Behind a field, twice, or unknown.
      if (key === undefined || headers.length > 2 || host !== undefined || pseudo[key] !== undefined)
        return undefined;
      pseudo[key] = value;
      continue;
    }
    if (!isFieldName(name) || !isFieldValue(value) || CONNECTION_FIELDS.has(name)) return undefined;
    switch (name) {
      case "host":
        if (host !== undefined) return undefined;
        host = value;
        continue;
      case "cookie":
        // One field may come in several, which HTTP/1.1 knows as one (RFC 9113 §8.2.3).
        if (cookieAt >= 0) headers[cookieAt] = `${headers[cookieAt]}; ${value}`;
        else cookieAt = headers.push(name, value) - 1;
        continue;
      case "te":
        if (value.toLowerCase() !== "trailers") return undefined;
        break;
      case "expect":
        expects = value;
        break;
      case "content-length": {
        const length = parseLength(value);
        if (length < 0 || framing >= 0 || (ended && length > 0)) return undefined;
        framing = length;
        break;
      }
    }
    headers.push(name, value);
  }
  const { protocol } = pseudo;
  if (protocol !== undefined) {
    if (!opensTunnel(pseudo, protocol) || framing >= 0) return undefined;
    asUpgrade(pseudo, protocol, headers, hex);
    framing = NO_BODY;
  }
  const head = completed(pseudo, host, headers, framing, expects, peer);
  if (head === undefined) return undefined;
  if (maxHeaderBytes > 0 && bytes > maxHeaderBytes) return "headers_too_large";
  return hasExpectation(expects) && !head.expectContinue && !head.upgrade ? "expectation_failed" : head;
}

/** RFC 8441 §4. */
function opensTunnel({ method, authority }: Pseudo, protocol: string): boolean {
  return method === "CONNECT" && authority !== undefined && isToken(protocol) && asksForTunnel(protocol);
}

function asUpgrade(
  pseudo: Pseudo,
  protocol: string,
  headers: string[],
  hex: (bytes: number) => string,
): void {
  pseudo.method = "GET";
  for (let i = headers.length - 2; i >= 2; i -= 2)
    if (HANDSHAKE_FIELDS.has(headers[i] as string)) headers.splice(i, 2);
  headers.push("Upgrade", protocol);
  if (protocol.toLowerCase() === "websocket") headers.push("Sec-WebSocket-Key", websocketKey(hex(16)));
}

function completed(
  { method, scheme, authority, path, protocol }: Pseudo,
  host: string | undefined,
  headers: string[],
  framing: number,
  expects: string | undefined,
  { remoteAddress, encrypted, certificate, digests }: Peer,
): RequestHead | undefined {
  if (method === undefined || !isToken(method)) return undefined;
  // Two readers would take two hosts from it.
  if (host !== undefined && authority !== undefined && !sameAuthority(host, authority)) return undefined;
  const named = authority ?? host;
  if (method === "CONNECT") {
    if (path !== undefined || scheme !== undefined || authority === undefined) return undefined;
  } else if (path === undefined || !isPath(path, method) || (scheme !== "http" && scheme !== "https")) {
    return undefined;
  }
  if (named === undefined) headers.splice(0, 2);
  else headers[1] = named;
  if (framing === CHUNKED) headers.push("Transfer-Encoding", "chunked");
  return {
    method,
    target: path ?? (authority as string),
    version: "2.0",
    headers,
    framing,
    upgrade: protocol !== undefined,
    expectContinue: asksForContinue(expects),
    remoteAddress,
    encrypted,
    certificate,
    digests,
  };
}

function sameAuthority(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isPath(path: string, method: string): boolean {
  if (path === "*") return method === "OPTIONS";
  if (!path.startsWith("/")) return false;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x23) return false;
  }
  return true;
}

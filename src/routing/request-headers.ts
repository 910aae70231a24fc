import { indexOfHeader } from "../domain/headers.ts";
import type { RawHeaders, RequestHead } from "../domain/message.ts";
import { parseLength } from "../wire/grammar.ts";

/** What the exchange reads off a request's headers in one pass, and the list it forwards. */
export interface ScannedHeaders {
  /** End-to-end headers as received, in order; hop-by-hop ones, x-fig-*, and what is set anew left out. */
  readonly forward: string[];
  /** Index of Host's name in `forward`; -1: none. */
  hostIndex: number;
  /** As received; undefined: none. */
  host: string | undefined;
  hosts: number;
  accept: string | undefined;
  /** The only x-request-id; undefined: none or several. */
  requestId: string | undefined;
  traceparent: string | undefined;
  /** X-Forwarded-For lines as received. */
  forwardedFor: string[] | undefined;
  forwardedProto: string | undefined;
  forwardedHost: string | undefined;
  /** The value of Upgrade. */
  upgrade: string | undefined;
  teTrailers: boolean;
}

/** Names that matter, by length, so that most headers cost one comparison. */
const SPECIAL_LENGTHS = new Uint8Array(64);
const SPECIAL = new Set([
  "te",
  "host",
  "accept",
  "upgrade",
  "connection",
  "keep-alive",
  "traceparent",
  "x-request-id",
  "x-forwarded-for",
  "proxy-connection",
  "x-forwarded-host",
  "x-forwarded-proto",
  "proxy-authorization",
  "proxy-authenticate",
]);
for (const name of SPECIAL) SPECIAL_LENGTHS[name.length] = 1;

/** Never dropped because Connection names them: without them the message would be another one. */
const NOT_NOMINATED = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "close",
  "keep-alive",
]);

export function isFigHeader(name: string): boolean {
  return (
    name.length > 6 &&
    (name.charCodeAt(0) | 0x20) === 0x78 &&
    name.charCodeAt(1) === 0x2d &&
    name.slice(0, 6).toLowerCase() === "x-fig-"
  );
}

/** Lower-case names that Connection lists and that are headers of this hop. */
export function nominated(connection: string): readonly string[] | undefined {
  if (connection === "keep-alive" || connection === "close") return undefined;
  const names = connection
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !NOT_NOMINATED.has(name));
  return names.length === 0 ? undefined : names;
}

/** Removes headers by lower-case name, in place; returns how many pairs before `index` went. */
export function dropNamed(headers: string[], names: readonly string[], index: number): number {
  let kept = 0;
  let droppedBefore = 0;
  for (let i = 0; i < headers.length; i += 2) {
    if (names.includes((headers[i] as string).toLowerCase())) {
      if (i < index) droppedBefore++;
      continue;
    }
    headers[kept] = headers[i] as string;
    headers[kept + 1] = headers[i + 1] as string;
    kept += 2;
  }
  headers.length = kept;
  return droppedBefore;
}

/** One pass over a request's headers (RFC 9110 §7.6.1; docs/contract.md, Headers). */
export function scanHeaders(head: RequestHead): ScannedHeaders {
  const { headers } = head;
  const forward: string[] = [];
  const scanned: ScannedHeaders = {
    forward,
    hostIndex: -1,
    host: undefined,
    hosts: 0,
    accept: undefined,
    requestId: undefined,
    traceparent: undefined,
    forwardedFor: undefined,
    forwardedProto: undefined,
    forwardedHost: undefined,
    upgrade: undefined,
    teTrailers: false,
  };
  let connection: string | undefined;
  let requestIds = 0;
  let traceparents = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (name.length < 64 && SPECIAL_LENGTHS[name.length] === 1) {
      switch (name.toLowerCase()) {
        case "host":
          scanned.hosts++;
          scanned.host = value;
          scanned.hostIndex = forward.length;
          forward.push(name, value);
          continue;
        case "accept":
          scanned.accept = value;
          forward.push(name, value);
          continue;
        case "connection":
          connection = connection === undefined ? value : `${connection},${value}`;
          continue;
        case "te":
          if (/(?:^|,)\s*trailers\s*(?:$|[,;])/i.test(value)) scanned.teTrailers = true;
          continue;
        case "upgrade":
          scanned.upgrade = scanned.upgrade === undefined ? value : `${scanned.upgrade}, ${value}`;
          continue;
        case "keep-alive":
        case "proxy-connection":
        case "proxy-authorization":
        case "proxy-authenticate":
          continue;
        case "traceparent":
          scanned.traceparent = ++traceparents === 1 ? value : undefined;
          continue;
        case "x-request-id":
          scanned.requestId = ++requestIds === 1 ? value : undefined;
          continue;
        case "x-forwarded-for":
          scanned.forwardedFor ??= [];
          scanned.forwardedFor.push(value);
          continue;
        case "x-forwarded-proto":
          scanned.forwardedProto = value;
          continue;
        case "x-forwarded-host":
          scanned.forwardedHost = value;
          continue;
      }
    }
    if (isFigHeader(name)) continue;
    forward.push(name, value);
  }
  if (connection !== undefined) {
    const names = nominated(connection);
    if (names !== undefined) scanned.hostIndex -= 2 * dropNamed(forward, names, scanned.hostIndex);
  }
  return scanned;
}

/** RFC 9110 §7.6.2, for OPTIONS and TRACE: true if Max-Forwards is 0; else it is counted down in place. */
export function lastHop(headers: string[]): boolean {
  const at = indexOfHeader(headers, "max-forwards");
  if (at < 0) return false;
  const hops = parseLength(headers[at + 1] as string);
  if (hops > 0) headers[at + 1] = String(hops - 1);
  return hops === 0;
}

/** Request trailers that may go on: no hop-by-hop, framing or x-fig-* field (RFC 9110 §6.5.1). */
export function forwardTrailers(trailers: RawHeaders | undefined): RawHeaders | undefined {
  if (trailers === undefined || trailers.length === 0) return undefined;
  const kept: string[] = [];
  for (let i = 0; i < trailers.length; i += 2) {
    const name = (trailers[i] as string).toLowerCase();
    if (FORBIDDEN_TRAILERS.has(name) || isFigHeader(name)) continue;
    kept.push(trailers[i] as string, trailers[i + 1] as string);
  }
  return kept.length === 0 ? undefined : kept;
}

const FORBIDDEN_TRAILERS = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "content-length",
  "host",
  "upgrade",
  "trailer",
  "authorization",
  "set-cookie",
  "cookie",
  "content-encoding",
  "content-type",
  "content-range",
]);

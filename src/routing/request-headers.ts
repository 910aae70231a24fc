import type { TrustedNetworks } from "../domain/client-address.ts";
import {
  BELIEVED,
  type DroppedField,
  dashed,
  type ForwardingField,
  forwardingField,
} from "../domain/forwarding-fields.ts";
import { indexOfHeader } from "../domain/headers.ts";
import { NO_BODY, type RequestHead } from "../domain/message.ts";
import { parseLength } from "../wire/grammar.ts";

/** What the files say about fields that the front door writes itself. */
export interface FieldSettings {
  /** Senders whose forwarding fields are believed. */
  readonly trusted: TrustedNetworks;
  /** Lower-case names of fields that pass from those senders beside the ones that are always believed. */
  readonly trustedHeaders: ReadonlySet<string>;
  /** How upstreams are told who the client is. */
  readonly forwarded: "x" | "rfc7239" | "both";
  /** Spellings with underscores of what the front door sets or strips. */
  readonly underscoreHeaders: "drop" | "pass";
}

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
  requestIds: number;
  /** The only traceparent; undefined: none or several. It is in `forward` too. */
  traceparent: string | undefined;
  /** Its sender is believed. Undefined: nothing was sent that asks for it. */
  trusted: boolean | undefined;
  /** X-Forwarded-For lines of a trusted sender. */
  forwardedFor: string[] | undefined;
  forwardedProto: string | undefined;
  forwardedHost: string | undefined;
  /** Forwarded of a trusted sender, where ours is added to it. */
  forwardedElements: string | undefined;
  /** What was left out and set anew because its sender is not believed. Undefined: nothing. */
  dropped: DroppedField[] | undefined;
  /** The value of Upgrade. */
  upgrade: string | undefined;
  teTrailers: boolean;
  /** Front doors that this request came through, by Via. */
  doors: number;
}

/** Names that matter, but for those that begin with x-. */
const SPECIAL = [
  "te",
  "via",
  "host",
  "accept",
  "expect",
  "upgrade",
  "forwarded",
  "connection",
  "keep-alive",
  "traceparent",
  "proxy-connection",
  "proxy-authorization",
  "proxy-authenticate",
];

/** Stripped or written anew, so that a spelling with an underscore could pass for them. */
const ALIASED = new Set([
  "keep-alive",
  "max-forwards",
  "content-length",
  "proxy-connection",
  "transfer-encoding",
  "proxy-authenticate",
  "proxy-authorization",
]);

/** By a name's length, so that most headers cost one comparison: 1, a special name has it; 2 × where an alias has its underscore. */
const BY_LENGTH = new Uint8Array(64);
for (const name of SPECIAL) BY_LENGTH[name.length] = 1;
for (const name of ALIASED)
  BY_LENGTH[name.length] = (BY_LENGTH[name.length] as number) | (name.indexOf("-") << 1);

/** Never dropped because Connection names them: without them the message would be another one. */
const NOT_NOMINATED = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "close",
  "keep-alive",
]);

const UNDERSCORE = 0x5f;
const FIG = "x-fig-";

/** What the front door writes into Via (RFC 9110 §7.6.3). */
const OUR_HOP = /^\s*\d\.\d fig\s*$/;

/** It begins as x-fig-, x-forwarded-, x-real-ip, x-request-id, x-rewrite-url or x-original- do, or with x_ instead. */
function mayBeOurs(name: string): boolean {
  if (name.length <= 6 || (name.charCodeAt(0) | 0x20) !== 0x78) return false;
  const second = name.charCodeAt(1);
  if (second !== 0x2d && second !== UNDERSCORE) return false;
  const third = name.charCodeAt(2) | 0x20;
  return third === 0x66 || third === 0x72 || third === 0x6f;
}

export function isFigHeader(name: string): boolean {
  return mayBeOurs(name) && name.slice(0, 6).toLowerCase() === FIG;
}

/** Lower-case names that Connection lists and that are headers of this hop. */
export function nominated(connection: string): ReadonlySet<string> | undefined {
  if (connection === "keep-alive" || connection === "close") return undefined;
  const names = new Set<string>();
  for (const part of connection.toLowerCase().split(",")) {
    const name = part.trim();
    if (name !== "" && !NOT_NOMINATED.has(name)) names.add(name);
  }
  return names.size === 0 ? undefined : names;
}

/** Removes headers by lower-case name, in place, but for `spared`; returns how many pairs before `index` went. */
export function dropNamed(headers: string[], names: ReadonlySet<string>, index: number, spared = ""): number {
  let kept = 0;
  let droppedBefore = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (name !== spared && names.has(name)) {
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
export function scanHeaders(head: RequestHead, settings: FieldSettings): ScannedHeaders {
  const { headers } = head;
  const forward: string[] = [];
  const scanned: ScannedHeaders = {
    forward,
    hostIndex: -1,
    host: undefined,
    hosts: 0,
    accept: undefined,
    requestId: undefined,
    requestIds: 0,
    traceparent: undefined,
    trusted: undefined,
    forwardedFor: undefined,
    forwardedProto: undefined,
    forwardedHost: undefined,
    forwardedElements: undefined,
    dropped: undefined,
    upgrade: undefined,
    teTrailers: false,
    doors: 0,
  };
  let connection: string | undefined;
  let traceparents = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    const { length } = name;
    const look = length < 64 ? (BY_LENGTH[length] as number) : 0;
    if ((look & 1) === 1) {
      switch (name.toLowerCase()) {
        case "host":
          scanned.hosts++;
          scanned.host = value;
          scanned.hostIndex = forward.length;
          forward.push(name, value);
          continue;
        case "via":
          scanned.doors += value.split(",").filter((hop) => OUR_HOP.test(hop)).length;
          forward.push(name, value);
          continue;
        case "accept":
          scanned.accept = value;
          forward.push(name, value);
          continue;
        case "expect":
          // Of no body nothing is to be awaited (RFC 9110 §10.1.1), and some servers (waitress) would wait for it.
          if (head.framing !== NO_BODY && head.framing !== 0) forward.push(name, value);
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
          forward.push(name, value);
          continue;
        case "forwarded":
          forwarding(scanned, "forwarded", name, value, head.remoteAddress, settings);
          continue;
      }
    }
    if (mayBeOurs(name) || (look > 1 && name.charCodeAt(look >> 1) === UNDERSCORE)) {
      if (isTaken(scanned, name, value, head.remoteAddress, settings)) continue;
    }
    forward.push(name, value);
  }
  if (connection !== undefined) {
    const names = nominated(connection);
    if (names !== undefined) scanned.hostIndex -= 2 * dropNamed(forward, names, scanned.hostIndex);
  }
  return scanned;
}

/** Takes a field that the front door writes itself. False: it is another, and passes. `peer`: who sent it. */
function isTaken(
  scanned: ScannedHeaders,
  name: string,
  value: string,
  peer: string,
  settings: FieldSettings,
): boolean {
  const written = name.toLowerCase();
  const lower = dashed(written);
  const field = forwardingField(lower);
  if (field === undefined && !isOwn(lower)) return false;
  if (written !== lower) {
    // Nobody else has fields of this name: they say who a client is, and no setting lets a client say it.
    if (settings.underscoreHeaders === "pass" && !lower.startsWith(FIG)) return false;
    drop(scanned, "underscore");
  } else if (field !== undefined) {
    forwarding(scanned, field, name, value, peer, settings);
  } else if (lower === "x-request-id") {
    scanned.requestId = ++scanned.requestIds === 1 ? value : undefined;
  }
  return true;
}

/** Keeps what a believed sender says, and drops what others do. */
function forwarding(
  scanned: ScannedHeaders,
  field: ForwardingField,
  name: string,
  value: string,
  peer: string,
  settings: FieldSettings,
): void {
  scanned.trusted ??= settings.trusted.has(peer);
  if (!scanned.trusted || !(BELIEVED.has(field) || settings.trustedHeaders.has(name.toLowerCase()))) {
    drop(scanned, field);
  } else if (field === "x-forwarded-for") {
    scanned.forwardedFor ??= [];
    scanned.forwardedFor.push(value);
  } else if (field === "x-forwarded-proto") {
    scanned.forwardedProto = value;
  } else if (field === "x-forwarded-host") {
    scanned.forwardedHost = value;
  } else if (field === "forwarded" && settings.forwarded !== "x") {
    const { forwardedElements: before } = scanned;
    scanned.forwardedElements = before === undefined ? value : `${before}, ${value}`;
  } else {
    scanned.forward.push(name, value);
  }
}

function drop(scanned: ScannedHeaders, field: DroppedField): void {
  scanned.dropped ??= [];
  scanned.dropped.push(field);
}

/** Lower-case and with dashes: a field that the front door sets or strips, and that is none of the forwarding family. */
export function isOwn(name: string): boolean {
  return ALIASED.has(name) || name === "x-request-id" || name.startsWith(FIG);
}

/** RFC 9110 §7.6.2, for OPTIONS and TRACE: true if Max-Forwards is 0; else it is counted down in place. */
export function lastHop(headers: string[]): boolean {
  const at = indexOfHeader(headers, "max-forwards");
  if (at < 0) return false;
  const hops = parseLength(headers[at + 1] as string);
  if (hops > 0) headers[at + 1] = String(hops - 1);
  return hops === 0;
}

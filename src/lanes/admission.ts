import { METHODS } from "node:http";
import { CHUNKED, NO_BODY, type RequestHead } from "../domain/message.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import { asksForTunnel, FIELD_BYTES, isToken, parseLength } from "../wire/grammar.ts";
import type { WrittenRequest } from "./contract.ts";

/** Those of node:http. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);
/** Words that the node lane's parser takes for methods until it reads which protocol they are of: RTSP's, and HTTP/2's preface. */
const OTHER_PROTOCOLS: ReadonlySet<string> = new Set([
  ...[
    "ANNOUNCE",
    "DESCRIBE",
    "FLUSH",
    "GET_PARAMETER",
    "PAUSE",
    "PLAY",
    "PRI",
    "RECORD",
    "REDIRECT",
    "SETUP",
  ],
  ...["SET_PARAMETER", "TEARDOWN"],
]);
/** The largest length that node:http's parser can count. */
const MAX_LENGTH = 2n ** 64n - 1n;

/** What the fields of a head say about the message, as they are read. */
interface ReadFields {
  /** Content-Length as sent: decimal digits. */
  length: string | undefined;
  /** The first Transfer-Encoding, in lower case. */
  coding: string | undefined;
  /** The last coding so far is `chunked`. */
  chunked: boolean;
  expect: string | undefined;
  connection: string;
  upgrade: string | undefined;
}

/**
 * What the lanes make of a request on a connection of its own: the head an exchange gets, or why there is no exchange. Says
 * what node:http's parser and the lanes' own checks say (`framing.ts`, `NodeLane`), and in their order: of two faults the
 * first one read counts. `test/e2e/explain-equals-door.test.ts` holds it against both lanes.
 */
export function admit(
  request: WrittenRequest,
  maxHeaderBytes: number,
  lane: "auto" | "node",
): RequestHead | RefusalCode {
  const { method, target, headers, remoteAddress } = request;
  const known = lane === "auto" ? isToken(method) : KNOWN_METHODS.has(method);
  if (!known && !OTHER_PROTOCOLS.has(method)) return "method_unknown";
  if (!isTarget(method, target)) return "bad_request";
  const most = maxHeaderBytes > 0 ? maxHeaderBytes : Number.POSITIVE_INFINITY;
  const longLine = method.length + target.length + " HTTP/1.1".length + 1 > most;
  const tooLarge = longLine ? "url_too_long" : "headers_too_large";
  let bytes = target.length;
  if (bytes >= most) return tooLarge;
  if (!known) return "bad_request";
  const fields: ReadFields = {
    length: undefined,
    coding: undefined,
    chunked: false,
    expect: undefined,
    connection: "",
    upgrade: undefined,
  };
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (!isToken(name)) return "bad_request";
    bytes += name.length;
    if (bytes >= most) return tooLarge;
    if (!readField(fields, name.toLowerCase(), value)) return "bad_request";
    const legal = legalLength(value);
    bytes += legal;
    if (bytes >= most) return tooLarge;
    if (legal < value.length) return "bad_request";
  }
  const upgrade = method === "CONNECT" || upgrades(fields);
  const { expect } = fields;
  const expectContinue = asksForContinue(expect);
  if (!upgrade && !expectContinue && hasExpectation(expect)) return "expectation_failed";
  const framing = method === "CONNECT" ? NO_BODY : framingOf(fields);
  if (typeof framing === "string") return framing;
  return {
    method,
    target,
    version: "1.1",
    headers,
    framing,
    upgrade,
    expectContinue,
    remoteAddress,
    encrypted: false,
    certificate: undefined,
  };
}

/** As node:http tells it. */
export function asksForContinue(expect: string | undefined): boolean {
  return expect !== undefined && /(?:^|\W)100-continue(?:$|\W)/i.test(expect);
}

/** An Expect that lists nothing expects nothing (RFC 9110 §5.6.1, §10.1.1). */
export function hasExpectation(expect: string | undefined): boolean {
  return expect !== undefined && /[^\s,]/.test(expect);
}

/** False: the parser stops at this field. */
function readField(fields: ReadFields, name: string, value: string): boolean {
  switch (name) {
    case "content-length":
      if (fields.length !== undefined || fields.coding !== undefined) return false;
      fields.length = value;
      return /^\d+$/.test(value) && BigInt(value) <= MAX_LENGTH;
    case "transfer-encoding": {
      if (fields.length !== undefined || fields.chunked || value === "") return false;
      fields.coding ??= value.toLowerCase();
      fields.chunked = /(?:^|,[ \t]*)chunked *$/i.test(value);
      // Nothing may come behind the coding that frames the message (RFC 9112 §6.1).
      return !/(?:^|,[ \t]*)chunked *,/i.test(value);
    }
    case "expect":
      fields.expect = fields.expect === undefined ? value : `${fields.expect}, ${value}`;
      return true;
    // The parser takes both for the same.
    case "connection":
    case "proxy-connection":
      fields.connection += `,${value}`;
      return true;
    case "upgrade":
      fields.upgrade = fields.upgrade === undefined ? value : `${fields.upgrade}, ${value}`;
      return true;
    default:
      return true;
  }
}

/** Whether a tunnel is asked for, and may be: then only 100-continue is looked for in Expect. */
function upgrades({ connection, upgrade }: ReadFields): boolean {
  if (upgrade === undefined || !asksForTunnel(upgrade)) return false;
  return /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(connection);
}

function framingOf({ length, coding }: ReadFields): number | RefusalCode {
  if (coding !== undefined) return coding === "chunked" ? CHUNKED : "bad_transfer_coding";
  if (length === undefined) return NO_BODY;
  const bytes = parseLength(length);
  return bytes < 0 ? "bad_request" : bytes;
}

/** How much of a field's value may stand in one: all of it, or up to the first character that may not. */
function legalLength(text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (FIELD_BYTES[text.charCodeAt(i)] !== 1) return i;
  }
  return text.length;
}

/** What node:http's parser takes as a target. */
function isTarget(method: string, target: string): boolean {
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return method === "CONNECT" ? target !== "" : /^(?:[/*]|[a-z]+:\/\/)/i.test(target);
}

import { METHODS } from "node:http";
import { CHUNKED, NO_BODY, type RequestHead } from "../domain/message.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import { FIELD_BYTES, isToken, parseLength } from "../wire/grammar.ts";
import type { WrittenRequest } from "./contract.ts";

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);
const HTTP2 = /(?:^|,)\s*h2c?\s*(?:,|$)/i;

/**
 * What the lanes make of a request on a connection of its own: the head an exchange gets, or why there is no exchange. Says
 * what node:http's parser and the lanes' own checks say (`framing.ts`, `NodeLane`); a test holds it against both lanes.
 */
export function admit(request: WrittenRequest, maxHeaderBytes: number): RequestHead | RefusalCode {
  const { method, target, headers, remoteAddress } = request;
  if (!KNOWN_METHODS.has(method)) return "method_unknown";
  if (!isTarget(method, target)) return "bad_request";
  const bytes = headers.reduce((sum, text) => sum + text.length, target.length);
  if (maxHeaderBytes > 0 && bytes >= maxHeaderBytes) {
    const line = method.length + target.length + " HTTP/1.1".length + 1;
    return line > maxHeaderBytes ? "url_too_long" : "headers_too_large";
  }
  let length: number | undefined;
  let codings: string | undefined;
  let expect: string | undefined;
  let connection = "";
  let upgrade: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (!isToken(name) || !isFieldValue(value)) return "bad_request";
    switch (name.toLowerCase()) {
      case "content-length":
        if (length !== undefined || codings !== undefined) return "bad_request";
        length = parseLength(value);
        if (length < 0) return "bad_request";
        break;
      case "transfer-encoding":
        if (length !== undefined || codings !== undefined) return "bad_request";
        codings = value.toLowerCase();
        break;
      case "expect":
        expect = expect === undefined ? value : `${expect}, ${value}`;
        break;
      case "connection":
        connection += `,${value.toLowerCase()}`;
        break;
      case "upgrade":
        upgrade = upgrade === undefined ? value : `${upgrade}, ${value}`;
        break;
    }
  }
  if (codings !== undefined && codings !== "chunked") {
    return /(?:^|,)\s*chunked\s*$/.test(codings) ? "bad_transfer_coding" : "bad_request";
  }
  const continues = expect !== undefined && /(?:^|\W)100-continue(?:$|\W)/i.test(expect);
  if (expect !== undefined && !continues) return "expectation_failed";
  const framing = codings !== undefined ? CHUNKED : (length ?? NO_BODY);
  const asked = upgrade !== undefined && /(?:^|,)\s*upgrade\s*(?:,|$)/.test(connection);
  return {
    method,
    target,
    version: "1.1",
    headers,
    framing,
    upgrade: asked && framing === NO_BODY && !HTTP2.test(upgrade ?? ""),
    expectContinue: continues,
    remoteAddress,
    encrypted: false,
  };
}

function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (FIELD_BYTES[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

/** What node:http's parser takes as a target. */
function isTarget(method: string, target: string): boolean {
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f) return false;
  }
  if (method === "CONNECT") return /^[^/*]/.test(target);
  return /^(?:[/*]|[a-z]+:\/\/)/i.test(target);
}

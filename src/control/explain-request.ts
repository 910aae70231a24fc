import { FigError } from "../domain/errors.ts";
import { parseIp } from "../domain/ip-address.ts";
import { quoted } from "../domain/scrub.ts";
import type { WrittenRequest } from "../lanes/contract.ts";
import { isToken } from "../wire/grammar.ts";
import type { ExplainRequest } from "./contract.ts";

function invalid(message: string, remedy: string): FigError {
  return new FigError("invalid_request", message, { remedy });
}

/** What a client that sends the text as UTF-8 puts on the wire. */
function bytesOf(text: string): string {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t";
}

/** A field's value without the blanks around it that HTTP drops (RFC 9110 §5.5): spaces and tabs, and no other of Unicode's. */
function withoutBlanks(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text[from])) from++;
  while (from < to && isBlank(text[to - 1])) to--;
  return text.slice(from, to);
}

/** True for spaces and controls, which no request target holds; text beyond ASCII is let through as its bytes. */
function hasBlanks(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char <= 0x20 || char === 0x7f) return true;
  }
  return false;
}

/** Takes a URL apart without normalizing it: what is explained is the path as it would be sent. */
function readUrl(url: string): { readonly host: string; readonly target: string } {
  const [sent = ""] = url.split("#", 1);
  if (hasBlanks(sent)) throw invalid("the URL has a space or a control character", "percent-encode it");
  const absolute = /^https?:\/\/([^/?]*)(.*)$/is.exec(sent);
  const authority = absolute?.[1] ?? "";
  const rest = bytesOf(absolute === null ? sent : (absolute[2] ?? ""));
  const target = rest.startsWith("?") || (rest === "" && absolute !== null) ? `/${rest}` : rest;
  if (!target.startsWith("/") && target !== "*") {
    throw invalid(`${quoted(url)} is neither a path nor an http URL`, "give /a/path or http://host/a/path");
  }
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (absolute !== null && host === "") {
    throw invalid(`${quoted(url)} has no host`, "give /a/path or http://host/a/path");
  }
  return { host, target };
}

/** Checks and reads what to explain. A request without a Host gets the URL's, or an empty one. Throws invalid_request. */
export function readExplainRequest(asked: ExplainRequest): WrittenRequest {
  const { method, url, headers = {}, ip, body: text, operation } = asked;
  if (!isToken(method)) {
    throw invalid(`${quoted(method)} is not a method`, "give one such as GET");
  }
  if (ip !== undefined && parseIp(ip) === undefined) {
    throw invalid(`${quoted(ip)} is not an address`, "give an IPv4 or IPv6 address");
  }
  const { host, target } = readUrl(url);
  const raw: string[] = [];
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) raw.push(name, bytesOf(withoutBlanks(value)));
  }
  const has = (field: string) => Object.keys(headers).some((name) => name.toLowerCase() === field);
  if (!has("host")) raw.unshift("Host", bytesOf(host));
  const body = text === undefined ? undefined : bytesOf(text);
  if (body !== undefined && !has("content-type")) raw.push("Content-Type", "application/json");
  if (body !== undefined && !has("content-length") && !has("transfer-encoding"))
    raw.push("Content-Length", String(body.length));
  return { method, target, headers: raw, remoteAddress: ip ?? "", body, operation };
}

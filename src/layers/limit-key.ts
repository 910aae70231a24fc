import { hash } from "node:crypto";
import { CLIENT_COOKIE } from "../domain/client-cookie.ts";
import { headerLines } from "../domain/headers.ts";
import type { Identity } from "../domain/identity.ts";
import { networkOf } from "../domain/ip-address.ts";
import type { RawHeaders } from "../domain/message.ts";
import { type LimitSource, sourceText } from "../domain/policies/limit.ts";
import { printable } from "../domain/printable.ts";
import { firstCookie } from "../domain/sticky.ts";

/** A longer key is counted by its digest: keys of whatever length cost the same. */
const MAX_KEY_LENGTH = 64;
const ABSENT = "-";

/** Of whom a key is asked for. */
export interface LimitClient {
  readonly identity: Identity | undefined;
  /** "" when unknown. */
  clientAddress(): string;
}

/**
 * The key of a request: the values of all sources, each behind its length, so that no two lists of values are one key. A source that the
 * request does not have is a part of its own: all that lack it are counted together.
 */
export function limitKey(sources: readonly LimitSource[], headers: RawHeaders, client: LimitClient): string {
  // Of a single one, the value itself: text that was hashed before is found sooner.
  if (sources.length === 1) return bounded(valueIn(sources[0] as LimitSource, headers, client) ?? "");
  let key = "";
  for (let i = 0; i < sources.length; i++) {
    const value = valueIn(sources[i] as LimitSource, headers, client);
    key += value === undefined || value === "" ? ABSENT : `${value.length}:${value}`;
  }
  return bounded(key);
}

/** Longer values are cut. */
const MAX_SHOWN = 64;

/**
 * The same for people: `ip 192.0.2.7, header:x-team #5f0c12ab`. What clients send may be a credential: of a header or a cookie only a
 * digest of 32 bits is shown, which tells values apart and says none.
 */
export function shownKey(sources: readonly LimitSource[], headers: RawHeaders, client: LimitClient): string {
  return sources.map((source) => `${sourceText(source)} ${shownValue(source, headers, client)}`).join(", ");
}

function shownValue(source: LimitSource, headers: RawHeaders, client: LimitClient): string {
  const value = valueIn(source, headers, client);
  if (value === undefined || value === "") return "none";
  if (source.kind === "header" || source.kind === "cookie" || source.kind === "client")
    return `#${hash("sha256", value, "hex").slice(0, 8)}`;
  const text = printable(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function bounded(key: string): string {
  return key.length <= MAX_KEY_LENGTH ? key : hash("sha256", key, "base64url");
}

function valueIn(source: LimitSource, headers: RawHeaders, client: LimitClient): string | undefined {
  switch (source.kind) {
    case "apiKey":
      return client.identity?.apiKey?.id;
    case "claim":
      return claimText(client.identity?.claims?.[source.name]);
    case "header":
      return headerLines(headers, source.name).join(", ");
    case "cookie":
      return firstCookie(headers, source.name);
    case "client":
      return firstCookie(headers, CLIENT_COOKIE);
    case "ip":
      return addressKey(client.clientAddress());
  }
}

/** IPv4, and what is no address, is its own text. */
function addressKey(address: string): string {
  return address.includes(":") ? networkOf(address) : address;
}

function claimText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

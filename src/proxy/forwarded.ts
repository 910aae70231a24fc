import { parseIp } from "../domain/ip-address.ts";
import { isToken } from "../wire/grammar.ts";

function quoted(value: string): string {
  return isToken(value) ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/** A node's name (RFC 7239 §6): an address, IPv6 in brackets, with a port where it came with one; `unknown` for what is none. */
function node(element: string): string {
  const text = element.trim();
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? /^([^:]*)(?::\d{1,5})?$/.exec(text);
  const address = bare?.[1] ?? text;
  if (parseIp(address) === undefined) return "unknown";
  // A zone means nothing to another host, and the grammar has none.
  const named = text.replace(/%[^\]]*/, "");
  return quoted(bare === null ? `[${named}]` : named);
}

/**
 * The value of Forwarded (RFC 7239 §4). `theirs`: what a believed sender wrote, to which ours is added. Without it, `chain` is
 * what it wrote into X-Forwarded-For. Host and proto are those that the client asked with, so they stand with the first.
 */
export function forwardedElements(
  theirs: string | undefined,
  chain: string | undefined,
  peer: string,
  host: string,
  proto: string,
): string {
  const asked = `${host === "" ? "" : `;host=${quoted(host)}`};proto=${quoted(proto)}`;
  if (theirs !== undefined) return `${theirs}, for=${node(peer)}${asked}`;
  const [first = peer, ...others] = chain === undefined ? [peer] : [...chain.split(","), peer];
  return [`for=${node(first)}${asked}`, ...others.map((each) => `for=${node(each)}`)].join(", ");
}

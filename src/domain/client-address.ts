import { canonicalIp, contains, type IpNetwork, parseIp, parseNetwork } from "./ip-address.ts";
import { UNIX_ADDRESS } from "./message.ts";

/** The compiled `trustedProxies`. */
export interface TrustedNetworks {
  readonly networks: readonly IpNetwork[];
  /** True when the address lies in one of the networks; false for anything that is not an address. */
  has(address: string): boolean;
}

/** Compiles CIDR networks; throws a RangeError naming the first that is not one (config checks them before). */
export function compileNetworks(texts: readonly string[]): TrustedNetworks {
  const unix = texts.includes(UNIX_ADDRESS);
  const networks = texts
    .filter((text) => text !== UNIX_ADDRESS)
    .map((text) => {
      const network = parseNetwork(text);
      if (network === undefined)
        throw new RangeError(`${text} is not a network such as 10.0.0.0/8 or ::1/128`);
      return network;
    });
  return {
    networks,
    has(text) {
      if (unix && text === UNIX_ADDRESS) return true;
      if (networks.length === 0) return false;
      const address = parseIp(text);
      if (address === undefined) return false;
      for (let i = 0; i < networks.length; i++) {
        if (contains(networks[i] as IpNetwork, address)) return true;
      }
      return false;
    },
  };
}

/** An X-Forwarded-For element without brackets and port; "" when it holds no address. */
function addressOf(element: string): string {
  const text = element.trim();
  let address = text;
  if (text.startsWith("[")) {
    const close = text.indexOf("]");
    if (close < 0 || !/^(:\d{1,5})?$/.test(text.slice(close + 1))) return "";
    address = text.slice(1, close);
    if (!address.includes(":")) return "";
  } else {
    const colon = text.indexOf(":");
    // One colon is IPv4 with a port; more are IPv6, which has a port only in brackets.
    if (colon >= 0 && text.indexOf(":", colon + 1) < 0) {
      if (!/^\d{1,5}$/.test(text.slice(colon + 1))) return "";
      address = text.slice(0, colon);
    }
  }
  return parseIp(address) === undefined ? "" : address;
}

/**
 * Who the client is: the rightmost address of the chain (X-Forwarded-For, then the connection's peer) that lies outside the
 * trusted networks; the leftmost when all lie inside. An element that is no address ends the walk at the hop
 * that sent it: what a trusted hop could not vouch for is not believed. One address has one text (canonicalIp).
 */
export function clientAddress(
  remoteAddress: string,
  forwardedFor: readonly string[],
  trusted: TrustedNetworks,
): string {
  const client = forwardedFor.length === 0 ? remoteAddress : rightmost(remoteAddress, forwardedFor, trusted);
  return canonicalIp(client);
}

function rightmost(peer: string, forwardedFor: readonly string[], trusted: TrustedNetworks): string {
  let client = peer;
  if (!trusted.has(client)) return client;
  for (let i = forwardedFor.length - 1; i >= 0; i--) {
    const line = forwardedFor[i] as string;
    let end = line.length;
    while (end >= 0) {
      const comma = end === 0 ? -1 : line.lastIndexOf(",", end - 1);
      const address = addressOf(line.slice(comma + 1, end));
      if (address === "") return client;
      client = address;
      if (!trusted.has(client)) return client;
      end = comma;
    }
  }
  return client;
}

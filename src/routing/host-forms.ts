import { decodeFully } from "./bytes.ts";

/** A trailing dot, a percent-encoding, an address in brackets, a last label that may be a part of an IPv4 address. */
const ODD = /\.$|%|^\[|(?:^|\.)(?:0x[0-9a-f]*|\d+)$/;

function withoutLastDots(host: string): string {
  let end = host.length;
  while (host[end - 1] === ".") end--;
  return host.slice(0, end);
}

/**
 * How lenient servers might read a host (lower-case, without port): without the root's dot, percent-decoded, addresses as
 * WHATWG URL writes them. Undefined: as it was sent.
 */
export function lenientHost(host: string): string | undefined {
  if (!ODD.test(host)) return undefined;
  const plain = withoutLastDots(decodeFully(host).toLowerCase());
  const read = URL.parse(`http://${plain}/`)?.hostname ?? plain;
  return read === host ? undefined : read;
}

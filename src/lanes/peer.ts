import type { Socket } from "node:net";
import { UNIX_ADDRESS } from "../domain/message.ts";
import type { Peer } from "./contract.ts";
import { LastDigest } from "./last-digest.ts";

/** The peer's address, IPv4-mapped written as IPv4. */
function peerAddress(address: string | undefined): string {
  if (address === undefined) return "";
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

interface SocketInternals extends Socket {
  /** Of TCP, not of a Unix socket. */
  readonly _handle?: { readonly getpeername?: unknown } | null;
}

/** Who sends what comes on a connection that was just accepted, as its socket says. */
export function peerOf(socket: Socket): Peer {
  const { remoteAddress, _handle } = socket as SocketInternals;
  const unix = remoteAddress === undefined && _handle?.getpeername === undefined;
  return {
    remoteAddress: unix ? UNIX_ADDRESS : peerAddress(remoteAddress),
    encrypted: false,
    certificate: undefined,
    digests: new LastDigest(),
  };
}

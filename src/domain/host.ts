import type { ListenAddress } from "./config.ts";
import { contains, type IpNetwork, parseIp, parseNetwork } from "./ip-address.ts";

const LOOPBACK = ["127.0.0.0/8", "::1/128"].map(parseNetwork) as readonly IpNetwork[];
const WILDCARDS: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * Whether only this machine reaches what listens on `host`, an address without brackets or a name. Of names only
 * `localhost` is sure to mean that: for others, `x.localhost` among them, a resolver may know better (RFC 6761 §6.3).
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  const address = parseIp(host);
  return address !== undefined && LOOPBACK.some((network) => contains(network, address));
}

/** Host and port as they stand in a URL: `[::1]:8080`. */
export function authority(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** An address as people write and read it: `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/fig.sock`. */
export function addressText({ host, port, unix }: ListenAddress): string {
  return unix === undefined ? authority(host, port) : `unix:${unix.path}`;
}

/** Whether only this machine reaches it. */
export function isLocal({ host, unix }: ListenAddress): boolean {
  return unix !== undefined || isLoopback(host);
}

/** False: a port that only the process knows that listens on it. */
export function hasAddress({ port, unix }: ListenAddress): boolean {
  return unix !== undefined || port !== 0;
}

/** Where a program on this machine reaches what listens on `host`: a wildcard is no address to connect to. */
export function reachable(host: string): string {
  return WILDCARDS[host] ?? host;
}

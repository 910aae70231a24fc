import { isIP, type LookupFunction } from "node:net";
import type { UpstreamConnections } from "../../domain/config.ts";
import type { BackendOptions } from "../contract.ts";
import { addressesInTurn } from "./addresses.ts";
import { UpstreamConnection } from "./connection.ts";
import type { ConnectionHome, ConnectionUser } from "./connection-contract.ts";

/** Given up this much before the server would, so that a request does not meet a closing connection. */
const IDLE_MARGIN_MS = 1000;
const MAX_IDLE = 512;

/** Failures in a row until a URL is ejected, and for how long: doubled each time it fails again, up to the longest. */
const EJECT_AFTER = 5;
const EJECT_MS = 5_000;
const EJECT_LONGEST_MS = 60_000;

/** One URL of an upstream: its idle connections and its health. */
export class Endpoint implements ConnectionHome<UpstreamConnection> {
  readonly url: string;
  /** Host with port as a Host field says it. */
  readonly authority: string;
  private readonly host: string;
  private readonly port: number;
  private readonly options: BackendOptions;
  private readonly connections: UpstreamConnections;
  /** Of a name, whose addresses are used in turn. */
  private readonly lookup: LookupFunction | undefined;
  private readonly idle: UpstreamConnection[] = [];
  private closed = false;
  private failures = 0;
  private ejections = 0;
  private ejectedUntilMs = 0;

  constructor(url: string, connections: UpstreamConnections, options: BackendOptions) {
    const parsed = new URL(url);
    this.url = url;
    this.authority = parsed.host;
    this.host = parsed.hostname.startsWith("[") ? parsed.hostname.slice(1, -1) : parsed.hostname;
    this.port = parsed.port === "" ? 80 : Number(parsed.port);
    this.options = options;
    this.connections = connections;
    this.lookup = isIP(this.host) === 0 ? addressesInTurn() : undefined;
  }

  get ejected(): boolean {
    return this.ejectedUntilMs > this.options.deadlines.now;
  }

  /** An idle connection for `user`, newest first, or undefined. */
  reuse(user: ConnectionUser): UpstreamConnection | undefined {
    let connection = this.idle.pop();
    while (connection !== undefined && !(connection.usable && this.young(connection))) {
      connection.destroy();
      connection = this.idle.pop();
    }
    connection?.take(user);
    return connection;
  }

  connect(user: ConnectionUser): UpstreamConnection {
    return new UpstreamConnection(this.host, this.port, this.lookup, this.options, this, user);
  }

  onFree(connection: UpstreamConnection): void {
    const server = connection.serverIdleMs;
    const own = this.connections.idleMs;
    const idleMs = server === undefined ? own : Math.min(own, Math.max(0, server - IDLE_MARGIN_MS));
    if (this.closed || idleMs === 0 || !this.young(connection) || this.idle.length >= MAX_IDLE) {
      connection.destroy();
      return;
    }
    connection.park(idleMs);
    this.idle.push(connection);
  }

  onGone(connection: UpstreamConnection): void {
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
  }

  /** Its address may be yesterday's otherwise. */
  private young(connection: UpstreamConnection): boolean {
    const { maxAgeMs } = this.connections;
    return maxAgeMs === 0 || this.options.deadlines.now - connection.bornMs < maxAgeMs;
  }

  succeeded(): void {
    this.failures = 0;
    this.ejections = 0;
    this.ejectedUntilMs = 0;
  }

  failed(): void {
    this.failures++;
    if (this.failures < EJECT_AFTER) return;
    const ms = Math.min(EJECT_MS * 2 ** this.ejections, EJECT_LONGEST_MS);
    this.ejections++;
    this.failures = EJECT_AFTER - 1;
    this.ejectedUntilMs = this.options.deadlines.in(ms);
  }

  close(): void {
    this.closed = true;
    for (const connection of [...this.idle]) connection.destroy();
  }
}

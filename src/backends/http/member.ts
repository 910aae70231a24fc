import type { Socket } from "node:net";
import type { Timed } from "../../domain/deadlines.ts";
import { murmur2Latin1 } from "../../domain/split.ts";
import type { UpstreamConnections, UpstreamProtocol } from "../../domain/upstream.ts";
import type { ConnectionLimit, MemberCondition, MemberState } from "../../domain/upstream-state.ts";
import type { BackendOptions } from "../contract.ts";
import { UpstreamConnection } from "./connection.ts";
import type { Carrier, ConnectionHome, ConnectionUser } from "./connection-contract.ts";
import { type PoolHome, SessionPool } from "./h2-pool.ts";
import type { UpstreamSession } from "./h2-session.ts";
import { readFrom, type Way } from "./open-socket.ts";

/** Given up this much before the server would, so that a request does not meet a closing connection. */
const IDLE_MARGIN_MS = 1000;
const MAX_IDLE = 512;
/** An ejection is doubled each time up to this, or to its first time if that is longer. */
const EJECT_LONGEST_MS = 60_000;
/** Until an address of a family that could not be reached is tried again while the other family can be (RFC 8305 §4). */
const STANDBY_MS = 600_000;
/** Where a name has addresses of both families, one that has not taken a connection yet gets so long (RFC 8305 §5). */
const ATTEMPT_MS = 250;
/** A member that came back begins with this share of its weight. */
const SLOWEST = 0.1;

/** The upstream that members belong to. */
export interface MemberHome {
  readonly options: BackendOptions;
  readonly connections: UpstreamConnections;
  readonly ejectAfter: number;
  readonly ejectForMs: number;
  readonly slowStartMs: number;
  readonly protocol: UpstreamProtocol;
  readonly limited: Record<ConnectionLimit, number>;
  /** Requests that wait for a connection. */
  readonly waiting: { readonly queued: number };
  /** Connections open, of all members. */
  open: number;
  /** Ejections so far. */
  ejections: number;
  /** False: too many others are left out. Asked once for each ejection. */
  mayEject(member: Member): boolean;
  /** Whether an address of another family can take what this one does not. */
  hasOtherFamily(member: Member): boolean;
  /** What may be chosen has changed. */
  changed(): void;
  /** The member has an idle connection for a request that waits. */
  freed(member: Member): void;
  /** There is room for a connection. */
  roomier(): void;
}

interface MemberPlace {
  readonly url: string;
  /** Host with port as a Host field says it. */
  readonly authority: string;
  readonly address: string;
  /** 4 or 6 of a name's address; 0: the URL's own. */
  readonly family: number;
  readonly weight: number;
  readonly way: Way;
}

/** One address of one URL of an upstream: its idle connections, its health, its share. */
export class Member implements ConnectionHome<UpstreamConnection>, MemberPlace, PoolHome, Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  readonly url: string;
  readonly authority: string;
  readonly address: string;
  readonly family: number;
  readonly weight: number;
  readonly way: Way;
  /** Its HTTP/2 connections; undefined: it is spoken to in HTTP/1.1. */
  readonly pool: SessionPool | undefined;
  /** What a consistent hash knows it by. */
  readonly hash: number;
  /** Connections, idle ones included. */
  open = 0;
  /** What its health checks say. */
  healthy = true;
  /** Smooth weighted round robin's own. */
  current = 0;
  /** A request is under way that tells whether it is back. */
  onTrial = false;
  private state: Exclude<MemberCondition, "down"> = "up";
  private readonly home: MemberHome;
  private readonly idle: UpstreamConnection[] = [];
  private closed = false;
  /** HTTP/1.1 may be spoken too, and where the server chose it, it is until no connection is left. */
  private readonly http1: boolean;
  private choseHttp1 = false;
  /** It has taken a connection. */
  private proven = false;
  private failures = 0;
  /** In a row, and all. */
  private ejected = 0;
  private ejections = 0;
  private upSinceMs: number;

  constructor(place: MemberPlace, home: MemberHome, fresh: boolean) {
    this.url = place.url;
    this.authority = place.authority;
    this.address = place.address;
    this.family = place.family;
    this.weight = place.weight;
    this.way = place.way;
    this.hash = murmur2Latin1(place.address);
    this.home = home;
    const { protocol } = home;
    // Without TLS there is nothing to choose by.
    const http2 = protocol === "http2" || (protocol === "auto" && place.way.secure);
    this.http1 = protocol !== "http2";
    this.pool = http2 ? new SessionPool(this, protocol === "auto") : undefined;
    this.upSinceMs = fresh ? home.options.deadlines.now : Number.NEGATIVE_INFINITY;
  }

  get condition(): MemberCondition {
    return this.healthy ? this.state : "down";
  }

  /** Requests to it fail, whether or not it is left out. */
  get failing(): boolean {
    return this.failures >= this.home.ejectAfter;
  }

  /** Requests under way: over HTTP/1.1 each has a connection of its own. */
  get requests(): number {
    const { pool } = this;
    const connections = this.open - this.idle.length;
    return pool === undefined ? connections : connections - pool.open + pool.streams;
  }

  get hasIdle(): boolean {
    return this.idle.length > 0 || (this.pool?.idle ?? 0) > 0;
  }

  get idleMs(): number {
    return this.home.connections.idleMs;
  }

  /** Its share, against those of others. */
  share(now: number): number {
    const { slowStartMs } = this.home;
    const up = now - this.upSinceMs;
    return up >= slowStartMs ? this.weight : this.weight * Math.max(SLOWEST, up / slowStartMs);
  }

  /** An idle connection for `user`, newest first, or a stream of one; undefined: there is none. `upgrade`: HTTP/1.1 alone has one. */
  reuse(user: ConnectionUser, upgrade: boolean): Carrier | undefined {
    if (this.pool !== undefined && !(upgrade && this.http1)) {
      const stream = this.pool.reuse(user);
      if (stream !== undefined) return stream;
    }
    let connection = this.idle.pop();
    while (connection !== undefined && !(connection.usable && this.isYoung(connection))) {
      connection.destroy();
      connection = this.idle.pop();
    }
    connection?.take(user);
    return connection;
  }

  connect(user: ConnectionUser, upgrade: boolean): Carrier {
    const { home, pool } = this;
    if (pool !== undefined && !this.choseHttp1 && !(upgrade && this.http1)) return pool.connect(user);
    this.opened(1);
    return new UpstreamConnection(this.way.dial, this.connectMs(), home.options, this, user);
  }

  /** One idle connection fewer, for another member's. */
  giveUpIdle(): void {
    const [connection] = this.idle;
    if (connection === undefined) this.pool?.giveUpIdle();
    else connection.destroy();
  }

  sessionOptions() {
    return { way: this.way, connectMs: this.connectMs(), options: this.home.options };
  }

  opened(by: number): void {
    this.open += by;
    this.home.open += by;
    if (by < 0) this.noneOpen();
  }

  roomier(requests: number): void {
    const { home } = this;
    // Bounded: one that finds its own place taken waits again.
    for (let left = requests; left > 0 && home.waiting.queued > 0; left--) home.freed(this);
  }

  limited(limit: ConnectionLimit): void {
    this.home.limited[limit]++;
  }

  downgraded(socket: Socket, user: ConnectionUser | undefined): void {
    this.choseHttp1 = true;
    if (user === undefined) {
      socket.destroy();
      this.opened(-1);
      return;
    }
    const connection = new UpstreamConnection(
      (reader) => readFrom(socket, reader),
      0,
      this.home.options,
      this,
      user,
    );
    user.onMoved(connection);
    connection.onConnect();
  }

  onFree(connection: UpstreamConnection): void {
    const server = connection.serverIdleMs;
    const { idleMs: own } = this.home.connections;
    const idleMs = server === undefined ? own : Math.min(own, Math.max(0, server - IDLE_MARGIN_MS));
    if (this.closed || idleMs === 0 || !this.isYoung(connection) || this.idle.length >= MAX_IDLE) {
      connection.destroy();
      return;
    }
    connection.park(idleMs);
    this.idle.push(connection);
    if (this.home.waiting.queued > 0) this.home.freed(this);
  }

  onGone(connection: UpstreamConnection): void {
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
    this.opened(-1);
  }

  /** Its address may be yesterday's otherwise. */
  isYoung(connection: UpstreamConnection | UpstreamSession): boolean {
    const { maxAgeMs } = this.home.connections;
    return maxAgeMs === 0 || this.home.options.deadlines.now - connection.bornMs < maxAgeMs;
  }

  /** It takes connections. */
  connected(): void {
    this.proven = true;
  }

  succeeded(): void {
    this.failures = 0;
    if (this.state !== "up") this.comeBack();
  }

  /** It took no connection, and never has: its family may not be reachable from here. True: it leaves that to the other one. */
  standsBy(): boolean {
    if (this.proven || !this.home.hasOtherFamily(this)) return false;
    this.onTrial = false;
    this.leave("standby", STANDBY_MS);
    return true;
  }

  failed(): void {
    const { home } = this;
    if (this.standsBy()) return;
    this.onTrial = false;
    this.failures++;
    if (this.state === "ejected" || (this.failures < home.ejectAfter && this.state !== "trial")) return;
    if (!home.mayEject(this)) {
      if (this.state === "trial") this.comeBack();
      return;
    }
    const longest = Math.max(home.ejectForMs, EJECT_LONGEST_MS);
    const ms = Math.min(home.ejectForMs * 2 ** this.ejected, longest);
    this.ejected++;
    this.ejections++;
    home.ejections++;
    this.leave("ejected", ms);
  }

  /** The one request that was to tell whether it is back told nothing. */
  untried(): void {
    if (!this.onTrial) return;
    this.onTrial = false;
    this.home.changed();
  }

  /** By its health checks. */
  becomes(healthy: boolean): void {
    if (this.healthy === healthy) return;
    this.healthy = healthy;
    if (healthy) this.upSinceMs = this.home.options.deadlines.now;
    this.home.changed();
  }

  /** Its time is over: one request tells whether it is back. */
  onDeadline(): void {
    this.state = "trial";
    this.home.changed();
  }

  view(): MemberState {
    const { url, address, condition, weight, requests, ejections } = this;
    const idle = this.idle.length + (this.pool?.idle ?? 0);
    return { url, address, condition, weight, requests, idle, ejections };
  }

  /** Requests under way finish. */
  close(): void {
    this.closed = true;
    this.home.options.deadlines.remove(this);
    for (const connection of [...this.idle]) connection.destroy();
    this.pool?.close();
  }

  private connectMs(): number {
    const { home } = this;
    const { connectMs } = home.options;
    const hurried = !this.proven && home.hasOtherFamily(this) && (connectMs === 0 || connectMs > ATTEMPT_MS);
    return hurried ? ATTEMPT_MS : connectMs;
  }

  private noneOpen(): void {
    if (this.open === 0) this.choseHttp1 = false;
    if (this.home.waiting.queued > 0) this.home.roomier();
  }

  private leave(state: "ejected" | "standby", ms: number): void {
    const { deadlines } = this.home.options;
    this.state = state;
    this.deadlineMs = deadlines.in(ms);
    if (!this.closed) deadlines.add(this);
    this.home.changed();
  }

  private comeBack(): void {
    const { deadlines } = this.home.options;
    this.state = "up";
    this.onTrial = false;
    this.ejected = 0;
    this.upSinceMs = deadlines.now;
    deadlines.remove(this);
    this.home.changed();
  }
}

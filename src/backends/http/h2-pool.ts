import type { Socket } from "node:net";
import type { ConnectionLimit } from "../../domain/upstream-state.ts";
import type { ConnectionUser } from "./connection-contract.ts";
import { type SessionHome, type SessionOptions, UpstreamSession } from "./h2-session.ts";
import type { UpstreamStream } from "./h2-stream.ts";

/** The member that has a pool. */
export interface PoolHome {
  /** How a session is made, now. */
  sessionOptions(): Omit<SessionOptions, "home" | "http1">;
  /** It may carry further requests. */
  isYoung(session: UpstreamSession): boolean;
  readonly idleMs: number;
  /** A connection more, or less. */
  opened(by: number): void;
  /** So many requests that wait may be sent. */
  roomier(requests: number): void;
  limited(limit: ConnectionLimit): void;
  /** The server speaks HTTP/1.1: `user` goes on over the socket. */
  downgraded(socket: Socket, user: ConnectionUser | undefined): void;
}

/** The HTTP/2 connections to one member: a further one is made when all are full. */
export class SessionPool implements SessionHome {
  private readonly home: PoolHome;
  /** The server may choose HTTP/1.1 (ALPN). */
  readonly http1: boolean;
  private readonly sessions: UpstreamSession[] = [];
  private closed = false;

  constructor(home: PoolHome, http1: boolean) {
    this.home = home;
    this.http1 = http1;
  }

  get streams(): number {
    let sum = 0;
    for (const session of this.sessions) sum += session.streams;
    return sum;
  }

  get open(): number {
    return this.sessions.length;
  }

  /** Connections without a request. */
  get idle(): number {
    return this.sessions.filter((session) => session.idle).length;
  }

  /** A connection that is being made, or one that stands, takes one more request. */
  get hasRoom(): boolean {
    return this.sessions.some((session) => session.hasRoom && this.home.isYoung(session));
  }

  /** A stream that can be written to; undefined: no connection has room. */
  reuse(user: ConnectionUser): UpstreamStream | undefined {
    const { sessions, home } = this;
    for (let at = 0; at < sessions.length; at++) {
      const session = sessions[at] as UpstreamSession;
      if (session.connecting || !session.hasRoom) continue;
      if (home.isYoung(session)) return session.join(user);
      session.retire();
      // It may be gone from the list.
      if (sessions[at] !== session) at--;
    }
    return undefined;
  }

  /** A stream that is told when it can be. */
  connect(user: ConnectionUser): UpstreamStream {
    const under = this.sessions.find((session) => session.connecting && session.hasRoom);
    if (under !== undefined) return under.join(user);
    if (this.sessions.some((other) => other.isFull)) this.home.limited("streams");
    const session = new UpstreamSession({ ...this.home.sessionOptions(), http1: this.http1, home: this });
    session.keep(this.home.idleMs);
    this.sessions.push(session);
    this.home.opened(1);
    return session.join(user);
  }

  giveUpIdle(): void {
    this.sessions.find((session) => session.idle)?.destroy();
  }

  /** Requests under way finish. */
  close(): void {
    this.closed = true;
    for (const session of [...this.sessions]) if (!session.connecting) session.retire();
  }

  onRoom(session: UpstreamSession): void {
    if (this.closed || (session.idle && this.home.idleMs === 0)) session.retire();
    else this.home.roomier(session.room);
  }

  onLimit(limit: ConnectionLimit): void {
    this.home.limited(limit);
  }

  onGone(session: UpstreamSession): void {
    const at = this.sessions.indexOf(session);
    if (at < 0) return;
    this.sessions.splice(at, 1);
    this.home.opened(-1);
  }

  onHttp1(session: UpstreamSession, socket: Socket, streams: readonly UpstreamStream[]): boolean {
    if (!this.http1) return false;
    const at = this.sessions.indexOf(session);
    this.sessions.splice(at, 1);
    const [first, ...rest] = streams;
    this.home.downgraded(socket, first?.takeUser());
    for (const stream of rest) stream.moved(undefined);
    return true;
  }
}

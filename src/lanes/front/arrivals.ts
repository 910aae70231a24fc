import type { Socket } from "node:net";
import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import type { Peer } from "../contract.ts";

/** Why a connection went no further than its beginning. */
export type ArrivalEnd = "limit" | "timeout";

/** A connection that is not yet ready for requests. */
export class Arrival implements Timed {
  deadlineAt = -1;
  deadlineMs: number;
  peer: Peer;
  /** What of it was read with the PROXY header, and is not the header's. */
  rest: Buffer | undefined;
  /** Its PROXY header is read, if it has one. */
  known = false;
  /** How its TLS handshake ended is counted already. */
  told = false;
  readonly socket: Socket;
  private readonly onEnd: (arrival: Arrival, why: ArrivalEnd) => void;

  constructor(
    socket: Socket,
    peer: Peer,
    deadlineMs: number,
    onEnd: (arrival: Arrival, why: ArrivalEnd) => void,
  ) {
    this.socket = socket;
    this.peer = peer;
    this.deadlineMs = deadlineMs;
    this.onEnd = onEnd;
  }

  onDeadline(): void {
    this.end("timeout");
  }

  end(why: ArrivalEnd): void {
    this.onEnd(this, why);
  }
}

/**
 * The connections of one listener that are not yet ready for requests, bounded in number and time. At the bound the oldest goes: a
 * client that is in earnest is through in a few round trips, and those that only hold a place must not keep it out.
 */
export class Arrivals {
  private readonly all = new Set<Arrival>();
  private readonly deadlines: Deadlines;
  private readonly max: number;

  /** `max` 0: no limit. */
  constructor(deadlines: Deadlines, max: number) {
    this.deadlines = deadlines;
    this.max = max;
  }

  get size(): number {
    return this.all.size;
  }

  add(arrival: Arrival): void {
    if (this.max > 0 && this.all.size >= this.max) {
      const [oldest] = this.all;
      oldest?.end("limit");
    }
    this.all.add(arrival);
    this.deadlines.add(arrival);
  }

  /** Idempotent. */
  remove(arrival: Arrival): void {
    if (this.all.delete(arrival)) this.deadlines.remove(arrival);
  }

  close(): void {
    for (const { socket } of this.all) socket.destroy();
  }
}

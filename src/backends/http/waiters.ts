import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import type { BackendErrorCode } from "../contract.ts";
import type { Member } from "./member.ts";

/** A request that cannot be sent yet. */
export interface WaitingCall {
  /** What it waited for is there. `freed`: the member that has a connection for it; undefined: it chooses. */
  proceed(freed: Member | undefined): void;
  giveUp(code: BackendErrorCode, message: string): void;
}

/** One request's wait. */
class Wait implements Timed {
  deadlineMs: number;
  deadlineAt = -1;
  readonly call: WaitingCall;
  private readonly late: (wait: Wait) => void;

  constructor(call: WaitingCall, deadlineMs: number, late: (wait: Wait) => void) {
    this.call = call;
    this.deadlineMs = deadlineMs;
    this.late = late;
  }

  onDeadline(): void {
    this.late(this);
  }
}

interface WaiterBounds {
  readonly deadlines: Deadlines;
  /** How long one waits, ms; 0: as long as it takes. */
  readonly connectMs: number;
  /** How many may wait for a connection. */
  readonly queue: number;
}

/** Requests that wait for a connection, as many as may be, or for a name's addresses. */
export class Waiters {
  /** Those that wait for a connection. */
  queued = 0;
  /** Requests that found the queue full, and that waited too long in it. */
  turnedAway = 0;
  late = 0;
  private readonly bounds: WaiterBounds;
  private readonly waits = { name: [] as Wait[], connection: [] as Wait[] };

  constructor(bounds: WaiterBounds) {
    this.bounds = bounds;
  }

  get count(): number {
    return this.waits.name.length + this.waits.connection.length;
  }

  wait(call: WaitingCall, what: "name" | "connection"): void {
    const { deadlines, connectMs, queue } = this.bounds;
    if (what === "connection" && this.queued >= queue) {
      this.turnedAway++;
      call.giveUp("upstream_busy", `${queue} requests wait for a connection already`);
      return;
    }
    const deadlineMs = connectMs > 0 ? deadlines.in(connectMs) : Number.POSITIVE_INFINITY;
    const wait = new Wait(call, deadlineMs, (late) => {
      this.remove(late);
      if (what === "name")
        call.giveUp("upstream_connect_timeout", `its name was not looked up within ${connectMs} ms`);
      else {
        this.late++;
        call.giveUp("upstream_busy", `no connection was free within ${connectMs} ms`);
      }
    });
    deadlines.add(wait);
    this.waits[what].push(wait);
    this.queued = this.waits.connection.length;
  }

  leave(call: WaitingCall): void {
    const of = (wait: Wait) => wait.call === call;
    const wait = this.waits.name.find(of) ?? this.waits.connection.find(of);
    if (wait !== undefined) this.remove(wait);
  }

  /** Names were looked up. */
  named(): void {
    for (const wait of [...this.waits.name]) {
      this.remove(wait);
      wait.call.proceed(undefined);
    }
  }

  /** There is a connection for the one that has waited longest. */
  next(freed: Member | undefined): void {
    const [wait] = this.waits.connection;
    if (wait === undefined) return;
    this.remove(wait);
    wait.call.proceed(freed);
  }

  private remove(wait: Wait): void {
    this.bounds.deadlines.remove(wait);
    for (const waits of [this.waits.name, this.waits.connection]) {
      const at = waits.indexOf(wait);
      if (at >= 0) waits.splice(at, 1);
    }
    this.queued = this.waits.connection.length;
  }
}

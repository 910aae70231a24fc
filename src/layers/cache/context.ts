import type { Clock } from "../../domain/clock.ts";
import type { Deadlines } from "../../domain/deadlines.ts";
import type { CacheStore } from "../../domain/http-cache/cache-store.ts";
import type { CacheSpace } from "../../domain/http-cache/cached-answer.ts";
import type { CachePolicy } from "../../domain/policies/cache.ts";
import type { Open, SideRequest } from "../contract.ts";
import type { fieldsSetAnew } from "../headers.ts";
import type { Asked } from "./asked.ts";
import type { Flight } from "./flight.ts";

/** Paths whose answers are not kept, of one side of a route: those who ask for them do not wait for each other. */
const MAX_PASSES = 1024;
const PASS_MS = 10_000;

/** The cache of one side of one route. */
export class CacheContext {
  readonly settings: CachePolicy;
  readonly store: CacheStore;
  readonly space: CacheSpace;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Asks the side. */
  readonly open: Open<SideRequest>;
  /** Fields that layers below set anew for each request. */
  readonly setAnew: ReturnType<typeof fieldsSetAnew>;
  /** What is being asked for, that others may wait for. */
  readonly flights = new Map<string, Flight>();
  private readonly passes = new Map<string, number>();

  constructor(of: {
    readonly settings: CachePolicy;
    readonly store: CacheStore;
    readonly space: CacheSpace;
    readonly clock: Clock;
    readonly deadlines: Deadlines;
    readonly open: Open<SideRequest>;
    readonly setAnew: ReturnType<typeof fieldsSetAnew>;
  }) {
    this.settings = of.settings;
    this.store = of.store;
    this.space = of.space;
    this.clock = of.clock;
    this.deadlines = of.deadlines;
    this.open = of.open;
    this.setAnew = of.setAnew;
  }

  /** ms on a clock that never goes back. */
  now(): number {
    return this.clock.micros() / 1000;
  }

  /** Requests of one flight would choose the same answer, as far as is known, and may be given it. */
  flightOf({ key, credentials, fieldOf }: Asked): string {
    const vary = this.store.varyOf(key);
    const base = `${credentials}${key}`;
    return vary === undefined ? base : `${base}\n${vary.map((name) => fieldOf(name)).join("\n")}`;
  }

  /** The last answer was not kept. */
  isPassed(flight: string): boolean {
    const until = this.passes.get(flight);
    if (until === undefined) return false;
    if (this.now() < until) return true;
    this.passes.delete(flight);
    return false;
  }

  pass(flight: string): void {
    const { passes } = this;
    passes.delete(flight);
    passes.set(flight, this.now() + PASS_MS);
    if (passes.size <= MAX_PASSES) return;
    for (const oldest of passes.keys()) {
      passes.delete(oldest);
      break;
    }
  }

  invalidate(paths: readonly string[], host: string): void {
    for (const path of paths) {
      this.store.invalidate(path, host);
      this.store.voided.add(path, host);
    }
  }

  keeps(flight: string): void {
    this.passes.delete(flight);
  }
}

import type { ByteBudget } from "../../domain/byte-budget.ts";
import type { Clock } from "../../domain/clock.ts";
import { drained, fits, left, waitMicros, wholeMicros } from "../../domain/policies/gcra.ts";
import type { MeterDefinition } from "../../domain/policies/limit.ts";
import { type UtcWindow, windowOf } from "../../domain/policies/utc-window.ts";
import { KeyedSlots } from "./keyed-slots.ts";

/** A clock that goes back by less is the same clock, set right. */
const SET_BACK_MS = 60_000;

/**
 * Counts one thing for each of its keys. `see` looks at a key, and all others speak of the one that was seen last: no object is made for
 * a request.
 */
export interface LimitMeter {
  /** True: a request that counts for `share` of them fits. */
  see(key: string, share: number): boolean;
  /** It passes. */
  take(): void;
  readonly left: number;
  readonly wholeMs: number;
  readonly retryMs: number;
  /** A request that passed is over. */
  done(key: string): void;
  /** Files that are read again have another bound for it: what is used stays. */
  become(definition: MeterDefinition): void;
  /**
   * What is used of a key, as a store counts it: units, or requests of the present window. `counted`: one that passed there, which is
   * under way here.
   */
  note(key: string, used: number, counted: boolean): void;
  readonly slots: KeyedSlots | undefined;
}

interface MeterTools {
  readonly clock: Pick<Clock, "now" | "micros">;
  readonly budget: ByteBudget;
  readonly makeRoom: (but: KeyedSlots) => void;
}

export function createMeter(definition: MeterDefinition, tools: MeterTools): LimitMeter {
  if (definition.kind === "rate") return new RateMeter(definition, tools);
  if (definition.kind === "quota") return new QuotaMeter(definition, tools);
  return new ConcurrentMeter(definition);
}

class RateMeter implements LimitMeter {
  readonly slots: KeyedSlots;
  private pace;
  private readonly clock;
  private key = "";
  private slot = -1;
  private now = 0;
  private used = 0;
  private share = 1;

  constructor({ pace }: Extract<MeterDefinition, { kind: "rate" }>, { clock, budget, makeRoom }: MeterTools) {
    this.pace = pace;
    this.clock = clock;
    this.slots = new KeyedSlots(
      budget,
      (used, at) => drained(used, this.micros() - at, this.pace) === 0,
      makeRoom,
    );
  }

  see(key: string, share: number): boolean {
    this.key = key;
    this.share = share;
    this.now = this.micros();
    const slot = this.slots.find(key);
    this.slot = slot;
    this.used = drained(this.slots.value(key, slot), this.now - this.slots.time(key, slot), this.pace);
    return fits(this.used, this.pace, share);
  }

  take(): void {
    this.used += this.pace.cost * this.share;
    this.slots.put(this.key, this.slot, this.used, this.now);
  }

  get left(): number {
    return left(this.used, this.pace, this.share);
  }

  get wholeMs(): number {
    return wholeMicros(this.used, this.pace) / 1000;
  }

  get retryMs(): number {
    return waitMicros(this.used, this.pace, this.share) / 1000;
  }

  done(): void {}

  become(definition: MeterDefinition): void {
    if (definition.kind === "rate") this.pace = definition.pace;
  }

  note(key: string, used: number): void {
    this.slots.note(key, used, this.micros());
  }

  private micros(): number {
    return Math.floor(this.clock.micros());
  }
}

class QuotaMeter implements LimitMeter {
  readonly slots: KeyedSlots;
  private amount;
  private readonly period;
  private readonly clock;
  private window: UtcWindow = { start: 0, end: 0 };
  private key = "";
  private slot = -1;
  private now = 0;
  private used = 0;
  private share = 1;

  constructor(
    { amount, period }: Extract<MeterDefinition, { kind: "quota" }>,
    { clock, budget, makeRoom }: MeterTools,
  ) {
    this.amount = amount;
    this.period = period;
    this.clock = clock;
    this.slots = new KeyedSlots(budget, (_, start) => start !== this.windowNow().start, makeRoom);
  }

  see(key: string, share: number): boolean {
    this.key = key;
    this.share = share;
    const { start } = this.windowNow();
    const slot = this.slots.find(key);
    this.slot = slot;
    this.used = this.slots.time(key, slot) === start ? this.slots.value(key, slot) : 0;
    return this.used + Math.min(share, this.amount) <= this.amount;
  }

  take(): void {
    this.used += this.share;
    this.slots.put(this.key, this.slot, this.used, this.window.start);
  }

  get left(): number {
    return Math.max(0, Math.floor((this.amount - this.used) / this.share));
  }

  get wholeMs(): number {
    return this.window.end - this.now;
  }

  get retryMs(): number {
    return this.wholeMs;
  }

  done(): void {}

  become(definition: MeterDefinition): void {
    if (definition.kind === "quota") this.amount = definition.amount;
  }

  note(key: string, used: number): void {
    this.slots.note(key, used, this.windowNow().start);
  }

  private windowNow(): UtcWindow {
    this.now = this.clock.now();
    // A clock that is set back a little over midnight does not open the last window again.
    if (this.now < this.window.start - SET_BACK_MS || this.now >= this.window.end)
      this.window = windowOf(this.period, this.now);
    return this.window;
  }
}

/** Requests under way: as many keys as there are of those, and so bounded by connections. */
class ConcurrentMeter implements LimitMeter {
  readonly slots = undefined;
  readonly wholeMs = 0;
  readonly retryMs = 0;
  private most;
  private readonly counts = new Map<string, number>();
  private key = "";
  private used = 0;
  private share = 1;

  constructor({ most }: Extract<MeterDefinition, { kind: "concurrent" }>) {
    this.most = most;
  }

  see(key: string, share: number): boolean {
    this.key = key;
    this.share = share;
    this.used = this.counts.get(key) ?? 0;
    return this.used * share + Math.min(share, this.most) <= this.most;
  }

  take(): void {
    this.counts.set(this.key, ++this.used);
  }

  get left(): number {
    return Math.max(0, Math.floor(this.most / this.share) - this.used);
  }

  done(key: string): void {
    const count = (this.counts.get(key) ?? 0) - 1;
    if (count > 0) this.counts.set(key, count);
    else this.counts.delete(key);
  }

  become(definition: MeterDefinition): void {
    if (definition.kind === "concurrent") this.most = definition.most;
  }

  note(key: string, _used: number, counted: boolean): void {
    if (counted) this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

import { ByteBudget } from "../../domain/byte-budget.ts";
import type { Clock } from "../../domain/clock.ts";
import { FrequentKeys } from "../../domain/frequent-keys.ts";
import type { LimitDecision, MeterDefinition, Reading } from "../../domain/policies/limit.ts";
import type { LimitDesk, Limiter } from "../../layers/contract.ts";
import type { KeyedSlots } from "./keyed-slots.ts";
import { createMeter, type LimitMeter } from "./meters.ts";
import { MAX_REFUSED_KEYS } from "./refused-keys.ts";

/** Tables that are looked into for room. */
const TABLES_FOR_ROOM = 8;
const LOOKS_A_TABLE = 16;
/** Slots looked at in one tick: of a flood that is over nothing stays. */
const LOOKS_A_TICK = 4096;

interface Opened {
  readonly meter: LimitMeter;
  users: number;
}

/** Counts in this process. Meters live for as long as any route has them: files that are read again find what was used. */
export class LocalDesk implements LimitDesk {
  readonly refused = new FrequentKeys(MAX_REFUSED_KEYS);
  readonly budget: ByteBudget;
  private readonly clock: Pick<Clock, "now" | "micros">;
  private readonly meters = new Map<string, Opened>();
  private tables: KeyedSlots[] = [];
  private next = 0;
  private goneShared = 0;

  constructor(memoryBytes: number, clock: Pick<Clock, "now" | "micros">) {
    this.budget = new ByteBudget(memoryBytes);
    this.clock = clock;
  }

  open(definitions: readonly MeterDefinition[]): LocalLimiter {
    const meters = definitions.map((definition) => this.meter(definition));
    return new LocalLimiter(meters, () => {
      for (const { id } of definitions) this.release(id);
    });
  }

  /** Something is limited. */
  get used(): boolean {
    return this.meters.size > 0;
  }

  /** Keys that are remembered now. */
  get keys(): number {
    return this.tables.reduce((sum, { size }) => sum + size, 0);
  }

  /** How often a key shared a slot with others, for lack of room. */
  get shared(): number {
    return this.tables.reduce((sum, { shared }) => sum + shared, this.goneShared);
  }

  /** A few times a second. */
  tick(): void {
    for (let looks = 0, tables = this.tables.length; looks < LOOKS_A_TICK && tables > 0; tables--) {
      const table = this.turn();
      looks += Math.min(table.size, LOOKS_A_TICK);
      table.sweep(LOOKS_A_TICK);
    }
  }

  private meter(definition: MeterDefinition): LimitMeter {
    const known = this.meters.get(definition.id);
    if (known !== undefined) {
      known.users++;
      known.meter.become(definition);
      return known.meter;
    }
    const meter = createMeter(definition, {
      clock: this.clock,
      budget: this.budget,
      makeRoom: (but) => this.makeRoom(but),
    });
    this.meters.set(definition.id, { meter, users: 1 });
    if (meter.slots !== undefined) this.tables.push(meter.slots);
    return meter;
  }

  private release(id: string): void {
    const opened = this.meters.get(id);
    if (opened === undefined || --opened.users > 0) return;
    this.meters.delete(id);
    const { slots } = opened.meter;
    if (slots === undefined) return;
    slots.close();
    this.goneShared += slots.shared;
    this.tables = this.tables.filter((table) => table !== slots);
  }

  private makeRoom(but: KeyedSlots): void {
    for (let tables = Math.min(TABLES_FOR_ROOM, this.tables.length); tables > 0; tables--) {
      const table = this.turn();
      if (table !== but) table.sweep(LOOKS_A_TABLE);
    }
  }

  private turn(): KeyedSlots {
    this.next = this.next + 1 < this.tables.length ? this.next + 1 : 0;
    return this.tables[this.next] as KeyedSlots;
  }
}

export class LocalLimiter implements Limiter {
  readonly meters: readonly LimitMeter[];
  readonly close: () => void;

  constructor(meters: readonly LimitMeter[], close: () => void) {
    this.meters = meters;
    this.close = close;
  }

  take(keys: readonly string[]): LimitDecision {
    return this.decide(keys, 1, true);
  }

  peek(keys: readonly string[]): LimitDecision {
    return this.decide(keys, 1, false);
  }

  /** `share`: for how many requests this one counts. */
  decide(keys: readonly string[], share: number, counts: boolean): LimitDecision {
    const { meters } = this;
    let refusedBy = -1;
    let retryMs = 0;
    for (let i = 0; i < meters.length; i++) {
      const meter = meters[i] as LimitMeter;
      if (meter.see(keys[i] as string, share) || (refusedBy >= 0 && meter.retryMs <= retryMs)) continue;
      refusedBy = i;
      retryMs = meter.retryMs;
    }
    const readings = new Array<Reading>(meters.length);
    for (let i = 0; i < meters.length; i++) {
      const meter = meters[i] as LimitMeter;
      if (counts && refusedBy < 0) meter.take();
      readings[i] = { left: meter.left, wholeMs: meter.wholeMs };
    }
    return { refusedBy, retryMs, readings };
  }

  done(keys: readonly string[]): void {
    for (let i = 0; i < this.meters.length; i++) (this.meters[i] as LimitMeter).done(keys[i] as string);
  }
}

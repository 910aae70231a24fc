import { drained, type Pace } from "../domain/policies/gcra.ts";
import { type QuotaPeriod, windowOf } from "../domain/policies/utc-window.ts";
import type { FleetMeter } from "./contract.ts";

/** Keys of limits that requests were counted for here and not told of yet. */
const MAX_DEBTS = 50_000;
/** Of them are looked at for one that is nothing any more, where there is no room. */
const LOOKS = 16;

/** What passed here of one key of one limit. */
export type Debt =
  | {
      readonly kind: "rate";
      readonly name: string;
      requests: number;
      pace: Pace;
      /** Units that are used, each request for as many as there were front doors: so they run out here at this one's share of the pace. */
      used: number;
      share: number;
      /** In micros. */
      at: number;
    }
  | {
      readonly kind: "quota";
      readonly name: string;
      requests: number;
      readonly period: QuotaPeriod;
      /** The window's, ms since the epoch. */
      start: number;
    };

/** What a store is told at once. By its number it knows what it was told before. */
export interface DebtBatch {
  readonly number: number;
  readonly debts: readonly Debt[];
}

interface DebtClock {
  readonly now: () => number;
  readonly micros: () => number;
}

/**
 * Requests that passed while a store did not count, until it is told of them. Levels of several front doors add up to no less than one
 * bucket would have had, and to exactly that where their load was equal. Bounded: what finds no room is not told.
 */
export class LimitDebts {
  /** Requests that were told, and that were not for lack of room. */
  readonly counts = { told: 0, dropped: 0 };
  private readonly debts = new Map<string, Debt>();
  private readonly unsure: DebtBatch[] = [];
  private batches = 0;
  private readonly clock: DebtClock;
  private readonly most: number;

  constructor(clock: DebtClock, most = MAX_DEBTS) {
    this.clock = clock;
    this.most = most;
  }

  get size(): number {
    return this.unsure.reduce((sum, { debts }) => sum + debts.length, this.debts.size);
  }

  /** A request passed that counts for `share`. `name`: of the key in the store. */
  add(name: string, meter: Exclude<FleetMeter, { readonly kind: "concurrent" }>, share: number): void {
    const debt = this.debts.get(name) ?? this.begin(name, meter, share);
    if (debt === undefined) {
      this.counts.dropped++;
      return;
    }
    if (debt.kind === "rate" && meter.kind === "rate") {
      const now = this.micros();
      debt.used = drained(debt.used, now - debt.at, meter.pace) + meter.pace.cost * share;
      debt.at = now;
      debt.pace = meter.pace;
      debt.share = share;
    } else if (debt.kind === "quota") {
      const { start } = windowOf(debt.period, this.clock.now());
      if (debt.start !== start) debt.requests = 0;
      debt.start = start;
    }
    debt.requests++;
  }

  /** At most so many, which are no more among these; those that were given back go first. Undefined: there are none. */
  take(most: number): DebtBatch | undefined {
    const again = this.unsure.shift();
    if (again !== undefined) return again;
    const debts: Debt[] = [];
    for (const [name, debt] of this.debts) {
      if (debts.length === most) break;
      this.debts.delete(name);
      debts.push(debt);
    }
    return debts.length === 0 ? undefined : { number: ++this.batches, debts };
  }

  told({ debts }: DebtBatch): void {
    for (const { requests } of debts) this.counts.told += requests;
  }

  /** It is not known whether they were told: they stay together, so that they are told once. */
  giveBack(batch: DebtBatch): void {
    this.unsure.push(batch);
  }

  /** Units of a rate that this front door has used by now, in no case too few. */
  units(debt: Extract<Debt, { readonly kind: "rate" }>): number {
    return Math.ceil(drained(debt.used, this.micros() - debt.at, debt.pace) / debt.share);
  }

  private begin(
    name: string,
    meter: Exclude<FleetMeter, { readonly kind: "concurrent" }>,
    share: number,
  ): Debt | undefined {
    if (this.size >= this.most) this.sweep();
    if (this.size >= this.most) return undefined;
    const debt: Debt =
      meter.kind === "rate"
        ? { kind: "rate", name, requests: 0, pace: meter.pace, used: 0, share, at: this.micros() }
        : {
            kind: "quota",
            name,
            requests: 0,
            period: meter.period,
            start: windowOf(meter.period, this.clock.now()).start,
          };
    this.debts.set(name, debt);
    return debt;
  }

  private sweep(): void {
    let looks = LOOKS;
    for (const [name, debt] of this.debts) {
      if (looks-- === 0) return;
      this.debts.delete(name);
      const isNothing =
        debt.kind === "rate"
          ? this.units(debt) === 0
          : debt.start !== windowOf(debt.period, this.clock.now()).start;
      // Behind the others: the next look is at those that were not looked at.
      if (!isNothing) this.debts.set(name, debt);
    }
  }

  private micros(): number {
    return Math.floor(this.clock.micros());
  }
}

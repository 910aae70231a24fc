import type { Clock } from "../domain/clock.ts";
import { mergeCounts, NO_COUNTS, subtractCounts, type WindowCounts } from "../domain/counters.ts";
import { ALL_ROUTES, STEP_MS, stepStart } from "../domain/rollup.ts";
import type { Log } from "../observe/contract.ts";
import type { WindowTotal } from "../serving/contract.ts";
import type { Rollup, Store } from "../store/contract.ts";
import { nextTurn } from "./turns.ts";

interface MinuteRollupsOptions {
  readonly store: Store;
  readonly door: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Rollups up to this time (ms since the epoch) can be read; said every ten seconds at most. */
  readonly onWritten: (at: number) => void;
}

const WRITE_EVERY_MS = 10_000;
/** Writing may take this share of the time: with thousands of busy routes it happens less often. */
const WRITE_SHARE = 0.02;
/** Routes made up before clients get a turn. */
const ROUTES_A_TURN = 32;
/** In one write. After a failed write, the same rollups are written again. */
const ROLLUPS_A_WRITE = 256;
/** While the store is away, the oldest beyond this many are dropped: charts may have gaps, and memory has an end. */
const MAX_ROLLUPS_WAITING = 10_000;

/**
 * What each route counted in each minute, made of the absolute totals that a flush takes anyway. The request path does not
 * know of it, and a route without requests costs nothing.
 */
export class MinuteRollups {
  /** Given up while the store was away. */
  dropped = 0;
  private readonly options: MinuteRollupsOptions;
  private minute: number;
  /** A window's totals when the minute began, by its id; none: it began in this minute. */
  private readonly before = new Map<number, WindowCounts>();
  /** Forgotten windows, which may have counted in this minute. */
  private readonly forgotten = new Set<number>();
  /** This minute's newest totals, by route and window. */
  private readonly totals = new Map<string, Map<number, WindowCounts>>();
  private readonly dirty = new Set<string>();
  private readonly made = new Map<string, WindowCounts>();
  /** Not in the store yet, oldest first; of minutes that ended, and what changed in this one. */
  private readonly waiting = new Map<string, Rollup>();
  private making: Promise<void> = Promise.resolve();
  private nextWrite = 0;
  private nextTold = 0;
  private failing = false;

  constructor(options: MinuteRollupsOptions) {
    this.options = options;
    this.minute = stepStart(options.clock.now(), STEP_MS.minute);
  }

  /** Totals that grew, as the flush has them. */
  note(totals: readonly WindowTotal[]): void {
    for (const { id, window, counts } of totals) {
      const { route } = window;
      const windows = this.totals.get(route) ?? new Map<number, WindowCounts>();
      this.totals.set(route, windows);
      // Strata are what gates look at, not charts.
      windows.set(id, { ...counts, strata: NO_COUNTS.strata });
      this.dirty.add(route);
    }
  }

  /** Windows whose totals will not be noted again. */
  forget(ids: readonly number[]): void {
    for (const id of ids) this.forgotten.add(id);
  }

  /** Before a flush, which alone notes totals: ends the minute if it is over, so that what comes counts for the next. */
  turn(): Promise<void> {
    const minute = stepStart(this.options.clock.now(), STEP_MS.minute);
    // A clock that was put back goes on in the minute it had.
    if (minute <= this.minute) return this.making;
    return this.inTurn(async () => {
      await this.makeUp();
      for (const windows of this.totals.values()) {
        for (const [id, counts] of windows) this.before.set(id, counts);
      }
      for (const id of this.forgotten) this.before.delete(id);
      this.forgotten.clear();
      this.totals.clear();
      this.made.clear();
      this.minute = minute;
      this.nextWrite = 0;
    });
  }

  /** After a flush: writes what is due, or (`now`) everything. Never rejects: charts are not evidence. */
  async write(now = false): Promise<void> {
    const { clock, store, door, log } = this.options;
    const start = clock.micros() / 1000;
    if (!now && start < this.nextWrite) return;
    await this.inTurn(() => this.makeUp());
    let written: number | undefined;
    try {
      while (this.waiting.size > 0) {
        const page = [...this.waiting.entries().take(ROLLUPS_A_WRITE)];
        await store.putRollups(
          door,
          page.map(([, rollup]) => rollup),
        );
        for (const [key, rollup] of page) {
          // Made up anew meanwhile: the newer one still waits.
          if (this.waiting.get(key) === rollup) this.waiting.delete(key);
          written = rollup.at;
        }
      }
      if (this.failing) log.info({ dropped: this.dropped }, "the rollups are written to the store again");
      this.failing = false;
    } catch (error) {
      if (!this.failing) log.error({ err: error }, "the rollups could not be written to the store");
      this.failing = true;
    }
    const end = clock.micros() / 1000;
    this.nextWrite = end + Math.max(WRITE_EVERY_MS, (end - start) / WRITE_SHARE);
    // A page that asks has its rollups written. Telling every page each time would make all of them ask.
    if (written === undefined || end < this.nextTold) return;
    this.nextTold = end + WRITE_EVERY_MS;
    this.options.onWritten(written);
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.making = this.making.then(work);
    return this.making;
  }

  /** Puts what changed in this minute to what waits, a few routes at a time. */
  private async makeUp(): Promise<void> {
    if (this.dirty.size === 0) return;
    const at = this.minute;
    let routes = 0;
    for (const route of this.dirty) {
      // First, so that what is noted meanwhile makes the route due again.
      this.dirty.delete(route);
      const parts: WindowCounts[] = [];
      for (const [id, counts] of this.totals.get(route) ?? []) {
        parts.push(subtractCounts(counts, this.before.get(id) ?? NO_COUNTS));
      }
      this.wait({ route, at, counts: parts.length === 1 ? (parts[0] as WindowCounts) : mergeCounts(parts) });
      if (++routes % ROUTES_A_TURN === 0) await nextTurn();
    }
    this.wait({ route: ALL_ROUTES, at, counts: await this.sum() });
    for (const key of this.waiting.keys()) {
      if (this.waiting.size <= MAX_ROLLUPS_WAITING) break;
      this.waiting.delete(key);
      this.dropped++;
    }
  }

  private wait(rollup: Rollup): void {
    this.waiting.set(`${rollup.at} ${rollup.route}`, rollup);
    if (rollup.route !== ALL_ROUTES) this.made.set(rollup.route, rollup.counts);
  }

  private async sum(): Promise<WindowCounts> {
    let sum = NO_COUNTS;
    let some: WindowCounts[] = [];
    for (const counts of this.made.values()) {
      some.push(counts);
      if (some.length < ROUTES_A_TURN) continue;
      sum = mergeCounts([sum, ...some]);
      some = [];
      await nextTurn();
    }
    return mergeCounts([sum, ...some]);
  }
}

import { messageOf } from "../domain/errors.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import type { TallyBook } from "../domain/tally-book.ts";
import type { Log } from "../observe/contract.ts";
import type { Store } from "../store/contract.ts";
import type { MinuteRollups } from "./minute-rollups.ts";

/** Where a window's mismatches of this door are added up. */
export interface MismatchSource {
  /** Absolute rows of a window, bounded; empty when it has none. */
  rows(window: WindowKey): readonly MismatchRow[];
}

export interface CounterFlushOptions {
  readonly store: Store;
  readonly book: TallyBook;
  readonly door: string;
  readonly mismatches?: MismatchSource | undefined;
  /** What charts are drawn from, fed with the totals that are written. */
  readonly rollups: MinuteRollups;
  readonly log: Log;
}

/** Windows copied before clients get a turn. */
const WINDOWS_A_TURN = 32;

/** Writes what changed in the tallies to the store as absolute totals: doing so again after a failure is harmless. */
export class CounterFlush {
  /** Why the last flush failed; undefined: it did not. */
  problem: string | undefined;
  private readonly options: CounterFlushOptions;
  private running: Promise<void> | undefined;
  private queued: Promise<void> | undefined;

  constructor(options: CounterFlushOptions) {
    this.options = options;
  }

  /** Resolves when everything counted before the call is in the store. At most one flush runs and one waits. */
  flush(): Promise<void> {
    if (this.running === undefined) {
      this.running = this.write().finally(() => {
        this.running = undefined;
      });
      return this.running;
    }
    this.queued ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.queued = undefined;
        return this.flush();
      });
    return this.queued;
  }

  private async write(): Promise<void> {
    const { store, book, door, mismatches, rollups, log } = this.options;
    await rollups.turn();
    const touched = book.takeTouched();
    let written = 0;
    try {
      while (written < touched.length) {
        const slice = touched.slice(written, written + WINDOWS_A_TURN);
        const totals = slice.map((tally) => {
          const counts = tally.counts();
          rollups.note(tally, counts);
          return { window: tally.key, counts, mismatches: mismatches?.rows(tally.key) ?? [] };
        });
        await store.putCounts(door, totals);
        written += slice.length;
      }
      if (this.problem !== undefined) log.info({}, "the counters are written to the store again");
      this.problem = undefined;
    } catch (error) {
      for (const tally of touched.slice(written)) tally.touched = true;
      const why = messageOf(error);
      if (this.problem === undefined)
        log.error({ err: error }, "the counters could not be written to the store");
      this.problem = `the counters could not be written to the store, so evidence is incomplete: ${why}`;
      throw error;
    }
    book.sweep();
  }
}

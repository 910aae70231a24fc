import type { Clock } from "../domain/clock.ts";
import { messageOf } from "../domain/errors.ts";
import { momentText } from "../domain/wording.ts";
import type { Log } from "../observe/contract.ts";
import type { CountingMessages } from "../serving/contract.ts";
import type { Store } from "../store/contract.ts";
import type { Guards } from "./guards/guards.ts";
import type { MinuteRollups } from "./minute-rollups.ts";

interface CounterFlushOptions {
  readonly store: Store;
  readonly serving: Pick<CountingMessages, "counts">;
  readonly door: string;
  /** What charts are drawn from, fed with the totals that are written. */
  readonly rollups: MinuteRollups;
  /** What watches latencies. */
  readonly guards: Pick<Guards, "counted">;
  readonly clock: Clock;
  readonly log: Log;
}

/** The name that a round's totals have in the store: that of a door, for rounds follow each other as the runs of a process do. */
function doorOf(door: string, round: number): string {
  return round === 0 ? door : `${door}.${round}`;
}

/** Writes what was counted to the store as absolute totals: doing so again after a failure is harmless. */
export class CounterFlush {
  /** Why the last flush failed; undefined: it did not. */
  problem: string | undefined;
  /** When the first of the flushes that failed began, ms since the epoch; undefined: the last one did not. */
  failingSince: number | undefined;
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
    const { store, serving, door, rollups, guards, clock, log } = this.options;
    const began = clock.now();
    await rollups.turn();
    try {
      // Left on a failure, before the next part is asked for: this one and those behind it come again.
      for await (const { totals, forgotten, endedRounds } of serving.counts()) {
        rollups.forget(forgotten);
        rollups.note(totals);
        guards.counted(totals);
        for (const [round, some] of Map.groupBy(totals, (total) => total.round))
          await store.putCounts(doorOf(door, round), some);
        for (const round of endedRounds) await store.endDoor(doorOf(door, round));
      }
      if (this.problem !== undefined) log.info({}, "the counters are written to the store again");
      this.problem = undefined;
      this.failingSince = undefined;
    } catch (error) {
      const why = messageOf(error);
      if (this.problem === undefined)
        log.error({ err: error }, "the counters could not be written to the store");
      this.failingSince ??= began;
      this.problem = `the counters could not be written to the store since ${momentText(this.failingSince)}, so evidence is incomplete: ${why}`;
      throw error;
    }
  }
}

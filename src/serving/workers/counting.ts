import type { Clock } from "../../domain/clock.ts";
import type { WindowCounts } from "../../domain/counters.ts";
import type { CountingMessages, CountsPart } from "../contract.ts";
import { Books } from "./books.ts";
import { summedGauges, type WorkerGauges, whatStays } from "./gauges.ts";
import { WorkerEnded, type WorkerProcess } from "./worker-process.ts";

interface WorkersGauges extends WorkerGauges {
  readonly workerExits: Readonly<Record<string, number>>;
  readonly workerUncountedSeconds: number;
}

/** What workers counted, those that ended too. */
export class Counting implements CountingMessages {
  private readonly clock: Clock;
  private readonly live: () => readonly WorkerProcess[];
  private readonly books = new Books();
  private readonly exits: Record<string, number> = { signal: 0, error: 0, hung: 0 };
  private uncountedSeconds = 0;
  /** Of those that ended. */
  private gone = summedGauges([]);

  constructor(clock: Clock, live: () => readonly WorkerProcess[]) {
    this.clock = clock;
    this.live = live;
  }

  /** Takes over what was counted, whether or not the store can have it now: little is then lost of a worker that ends. */
  async take(): Promise<void> {
    await Promise.all(this.asked().flatMap((worker) => [this.pull(worker), this.look(worker)]));
  }

  async *counts(): AsyncGenerator<CountsPart> {
    await Promise.all(this.asked().map((worker) => this.pull(worker)));
    yield* this.books.parts();
  }

  async *totals(): ReturnType<CountingMessages["totals"]> & AsyncGenerator {
    const workers = this.asked();
    await Promise.all(workers.map((worker) => this.scrape(worker)));
    const serving = workers.filter(({ ended }) => ended === undefined);
    yield* this.books.totals(serving.map(({ book }) => book.scraped));
  }

  async gauges(): Promise<WorkersGauges> {
    const workers = this.asked();
    await Promise.all(workers.map((worker) => this.look(worker)));
    const serving = workers.filter(({ ended }) => ended === undefined);
    return {
      ...summedGauges([this.gone, ...serving.flatMap(({ gauges }) => gauges ?? [])]),
      workerExits: { ...this.exits },
      workerUncountedSeconds: this.uncountedSeconds,
    };
  }

  /** There is another in its place, or none: what it counted goes with it. */
  forgetUpstream(name: string): void {
    const upstreams = this.gone.upstreams.filter((upstream) => upstream.name !== name);
    this.gone = { ...this.gone, upstreams };
  }

  /** All that it counted, before it is let go. */
  async last(worker: WorkerProcess): Promise<void> {
    if (!worker.told) return;
    await this.pull(worker);
    await Promise.all([this.scrape(worker), this.look(worker)]);
  }

  /** The worker ended; gives for how many seconds it had not told what it counted. */
  ended(worker: WorkerProcess, asIntended: boolean): number {
    this.books.close(worker.book);
    if (worker.gauges !== undefined) this.gone = summedGauges([this.gone, whatStays(worker.gauges)]);
    if (asIntended) return 0;
    const why = worker.ended?.why ?? "error";
    this.exits[why] = (this.exits[why] ?? 0) + 1;
    const seconds = worker.countedAt === undefined ? 0 : (this.clock.micros() - worker.countedAt) / 1_000_000;
    this.uncountedSeconds += seconds;
    return seconds;
  }

  /** Before it is told to listen, it has nothing to say. */
  private asked(): readonly WorkerProcess[] {
    return this.live().filter(({ told }) => told);
  }

  private pull(worker: WorkerProcess): Promise<void> {
    worker.pulling = worker.pulling
      .catch(() => {})
      .then(async () => {
        const began = this.clock.micros();
        await heardOf(async () => {
          for await (const part of worker.near.counts()) this.books.note(worker.book, part);
          worker.countedAt = began;
        });
      });
    return worker.pulling;
  }

  private scrape(worker: WorkerProcess): Promise<void> {
    return heardOf(async () => {
      const totals = new Map<string, WindowCounts>();
      for await (const part of worker.near.totals())
        for (const [route, counts] of part) totals.set(route, counts);
      worker.book.scraped = totals;
    });
  }

  private look(worker: WorkerProcess): Promise<void> {
    return heardOf(async () => {
      worker.gauges = await worker.near.gauges();
    });
  }
}

/** A worker that ends meanwhile has said what it could. */
async function heardOf(ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof WorkerEnded)) throw error;
  }
}

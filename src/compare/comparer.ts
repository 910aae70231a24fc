import type { Comparer, ComparisonJob, SidedAnswer, Verdict } from "./contract.ts";
import { equalAnswers } from "./equal-answers.ts";
import { RulesInForce } from "./rules-in-force.ts";
import { UnlistedLook } from "./unlisted-headers.ts";
import { inconclusive, MATCH, verdictWithoutBodies } from "./verdict.ts";
import { bodyBytesOf, type NumberedJob, type VerdictBatch } from "./wire.ts";
import { WorkerHandle } from "./worker-handle.ts";

export interface ComparerOptions {
  /** Milliseconds since the epoch: rules end. */
  readonly now: () => number;
  /** A comparison that takes longer is given up together with its worker, ms. Default 5,000. */
  readonly maxJobMs?: number;
  /** Equal answers of up to so many bytes, all bodies together, never leave this thread. Default 64 KiB. */
  readonly quickBytes?: number;
  /** Gets one sentence each time a worker ended on its own or was given up. */
  readonly onProblem?: (sentence: string) => void;
  /** The worker's program. Default: the one beside this file. */
  readonly workerUrl?: URL;
}

interface Pending extends NumberedJob {
  readonly bytes: number;
  readonly done: (verdict: Verdict) => void;
  /** How many workers ended before it had a verdict. */
  tries: number;
}

/** Jobs gather for so long before they are sent together. */
const GATHER_MS = 2;
const MAX_BATCH_JOBS = 32;
const MAX_BATCH_BYTES = 1 << 20;
/** A worker is given jobs ahead, so that it need not wait. This bounds their copies, unless one job alone is larger. */
const MAX_AHEAD_JOBS = 2 * MAX_BATCH_JOBS;
const MAX_AHEAD_BYTES = 2 * MAX_BATCH_BYTES;
const MAX_TRIES = 2;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
const MAX_SERIAL = 2 ** 31 - 1;

const HERE = import.meta.url;
const WORKER = new URL(HERE.endsWith(".ts") ? "./compare-worker.ts" : "./compare-worker.js", HERE);

class ThreadComparer implements Comparer {
  private readonly now: () => number;
  private readonly rules = new RulesInForce();
  private readonly unlisted = new UnlistedLook();
  private readonly maxJobMs: number;
  private readonly quickBytes: number;
  private readonly onProblem: (sentence: string) => void;
  private readonly workerUrl: URL;
  private readonly queue: Pending[] = [];
  /** Jobs the worker has been given, by serial. */
  private readonly ahead = new Map<number, Pending>();
  private aheadBytes = 0;
  private lastSerial = 0;
  private worker: WorkerHandle | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private resting: NodeJS.Timeout | undefined;
  private backoffMs = FIRST_BACKOFF_MS;
  private closing: Promise<void> | undefined;
  private onIdle: (() => void) | undefined;

  constructor(options: ComparerOptions) {
    this.now = options.now;
    this.maxJobMs = options.maxJobMs ?? 5_000;
    this.quickBytes = options.quickBytes ?? 64 * 1024;
    this.onProblem = options.onProblem ?? (() => {});
    this.workerUrl = options.workerUrl ?? WORKER;
  }

  get pending(): number {
    return this.queue.length + this.ahead.size;
  }

  submit(given: ComparisonJob, done: (verdict: Verdict) => void): void {
    if (this.closing !== undefined) {
      done(inconclusive("comparator_error"));
      return;
    }
    const options = this.rules.of(given.options, this.now());
    const job = options === given.options ? given : { ...given, options };
    const bytes = bodyBytesOf(job);
    const verdict = job.whole === undefined ? this.quickVerdict(job, bytes) : undefined;
    if (verdict !== undefined) {
      done(this.unlisted.with(verdict, job));
      return;
    }
    this.lastSerial = this.lastSerial === MAX_SERIAL ? 1 : this.lastSerial + 1;
    this.queue.push({ serial: this.lastSerial, job, bytes, done, tries: 0 });
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.send();
    }, GATHER_MS).unref();
  }

  close(deadlineMs: number): Promise<void> {
    this.closing ??= this.finish(deadlineMs);
    return this.closing;
  }

  private quickVerdict(job: ComparisonJob, bytes: number): Verdict | undefined {
    const { serving, shadow, control } = job.answers;
    const isQuick = bytes <= this.quickBytes;
    const equals = ({ answer }: SidedAnswer) => equalAnswers(serving.answer, answer, job.options.headers);
    if (isQuick && equals(shadow) && (control === undefined || equals(control))) return MATCH;
    return control === undefined ? verdictWithoutBodies(job) : undefined;
  }

  private async finish(deadlineMs: number): Promise<void> {
    this.send();
    if (this.pending > 0) {
      await new Promise<void>((resolve) => {
        const deadline = setTimeout(resolve, deadlineMs);
        this.onIdle = () => {
          clearTimeout(deadline);
          resolve();
        };
      });
    }
    clearTimeout(this.gathering);
    clearTimeout(this.resting);
    const { worker } = this;
    this.worker = undefined;
    for (const pending of [...this.takeAhead(), ...this.queue.splice(0)]) this.settle(pending, undefined);
    await worker?.closed();
  }

  /** Gives the worker as much as it may hold. Starts a worker if there is none, unless the last one failed a moment ago. */
  private send(): void {
    if (this.queue.length === 0 || this.resting !== undefined) return;
    this.worker ??= this.start();
    const { worker } = this;
    if (worker === undefined || !worker.ready) return;
    while (this.queue.length > 0 && this.ahead.size < MAX_AHEAD_JOBS) {
      const batch = this.nextBatch();
      if (batch.length === 0) break;
      this.post(batch, worker);
    }
  }

  private post(batch: readonly Pending[], worker: WorkerHandle): void {
    try {
      worker.post(batch);
    } catch (error) {
      this.onProblem(`Comparisons could not be handed to the worker: ${String(error)}`);
      for (const pending of batch) this.settle(pending, undefined);
      return;
    }
    for (const pending of batch) {
      this.ahead.set(pending.serial, pending);
      this.aheadBytes += pending.bytes;
    }
  }

  private nextBatch(): Pending[] {
    let count = 0;
    let bytes = 0;
    for (const pending of this.queue) {
      if (count === MAX_BATCH_JOBS) break;
      const alone = count === 0 && this.ahead.size === 0;
      const fits = bytes + pending.bytes <= MAX_BATCH_BYTES;
      const room = this.aheadBytes + bytes + pending.bytes <= MAX_AHEAD_BYTES;
      if (!alone && !(fits && room)) break;
      count++;
      bytes += pending.bytes;
    }
    return this.queue.splice(0, count);
  }

  private start(): WorkerHandle | undefined {
    try {
      const worker: WorkerHandle = new WorkerHandle(this.workerUrl, this.maxJobMs, {
        onReady: () => {
          if (this.worker === worker) this.send();
        },
        onVerdicts: (verdicts) => {
          if (this.worker === worker) this.onVerdicts(verdicts);
        },
        onEnd: (why) => {
          if (this.worker === worker) this.onEnd(worker, why);
        },
      });
      return worker;
    } catch (error) {
      this.replace(this.queue.splice(0), 0, String(error));
      return undefined;
    }
  }

  private onVerdicts({ matches, others }: VerdictBatch): void {
    this.backoffMs = FIRST_BACKOFF_MS;
    for (const serial of matches) this.give(serial, MATCH);
    for (const [serial, verdict] of others) this.give(serial, verdict);
    this.send();
  }

  private give(serial: number, verdict: Verdict): void {
    const pending = this.ahead.get(serial);
    if (pending === undefined) return;
    this.ahead.delete(serial);
    this.aheadBytes -= pending.bytes;
    this.settle(pending, verdict);
  }

  /** The one place where a verdict is handed out; undefined: the comparison failed. */
  private settle(pending: Pending, verdict: Verdict | undefined): void {
    try {
      const given = verdict ?? inconclusive("comparator_error");
      pending.done(pending.job.whole === undefined ? this.unlisted.with(given, pending.job) : given);
    } catch (error) {
      // The callback's mistake must surface, and must not cost the other jobs their verdicts.
      queueMicrotask(() => {
        throw error;
      });
    }
    if (this.pending === 0) this.onIdle?.();
  }

  private takeAhead(): Pending[] {
    const taken = [...this.ahead.values()];
    this.ahead.clear();
    this.aheadBytes = 0;
    return taken;
  }

  private onEnd(worker: WorkerHandle, why: string): void {
    this.worker = undefined;
    // A worker that never was ready took no jobs. It counts as a try for all that wait, or they would wait for ever.
    const unfinished = worker.ready ? this.takeAhead() : this.queue.splice(0);
    this.replace(unfinished, worker.currentSerial, why);
  }

  /** The job the worker was at is given up. The others get one more try, with the next worker. */
  private replace(unfinished: readonly Pending[], culprit: number, why: string): void {
    this.onProblem(`The comparison worker ended and is replaced: ${why}`);
    const lost: Pending[] = [];
    const retried: Pending[] = [];
    for (const pending of unfinished) {
      pending.tries++;
      (pending.serial === culprit || pending.tries >= MAX_TRIES ? lost : retried).push(pending);
    }
    this.rest(retried);
    for (const pending of lost) this.settle(pending, undefined);
  }

  /** Puts `retried` back in front. The next worker starts after a while, which is longer each time. */
  private rest(retried: readonly Pending[]): void {
    this.queue.unshift(...retried);
    this.resting = setTimeout(() => {
      this.resting = undefined;
      this.send();
    }, this.backoffMs).unref();
    this.backoffMs = Math.min(this.backoffMs * 2, MAX_BACKOFF_MS);
  }
}

/**
 * A comparer with one worker thread, which starts when it is first needed. Answers that need no look inside get their verdict
 * during submit(). The rest go to the worker a few at a time, and what waits here is the caller's bytes, not a copy.
 * A worker that ends, or is at one job for `maxJobMs`, costs that job its verdict (`comparator_error`); the others are tried
 * once more in the next worker. Neither the thread nor its timers keep the process alive; close() does, until it is done.
 */
export function createComparer(options: ComparerOptions): Comparer {
  return new ThreadComparer(options);
}

import { Worker } from "node:worker_threads";
import type { Clock } from "../domain/clock.ts";
import { messageOf } from "../domain/errors.ts";
import type {
  BodyFailed,
  BodyFailure,
  BodyJob,
  BodyResult,
  BodyWork,
  Checked,
  CheckJob,
  JobBy,
  Transformed,
  TransformJob,
} from "./contract.ts";
import { Shares } from "./shares.ts";
import type { FromThread, ToThread } from "./wire.ts";

/** One job; then its thread is ended, and another takes the rest. */
const MAX_JOB_MS = 1_000;
const MAX_WAITING = 1_024;
/** Of one client on one route. */
const MAX_WAITING_OF_CLIENT = 256;
/** Whoever waits longer is told that too much is asked. */
const MAX_WAIT_MS = 10_000;
const LOOK_MS = 250;
/** Given to the thread at once, so that it does not wait for the next. What waits here can be taken back, and is copied once. */
const MAX_GIVEN = 2;
/** Documents that the thread keeps: of the files in force, and of those before them. */
const MAX_DOCUMENTS = 64;
/** Of the thread; a job that takes more ends it. Documents come on top: what is made of one takes so many times its text. */
const MAX_HEAP_MIB = 128;
const DOCUMENT_HEAP = 24;
/**
 * Where the engine ends the thread. An allocation that leaps past it ends the process instead: it is far above what one allocation
 * can be (a text of 2^29 characters), and the thread is ended long before it by who looks on.
 */
const LAST_HEAP_MIB = 1_024;
/** How often a job that goes on is looked at. */
const WATCH_MS = 20;
const MIB = 1024 * 1024;

interface Waiting {
  readonly serial: number;
  readonly job: BodyJob;
  readonly path: readonly string[];
  readonly sinceMs: number;
  /** The thread has it. */
  given: boolean;
  readonly done: (result: BodyResult) => void;
}

interface BodyThreadOptions {
  /** The bundle's entry of the thread. */
  readonly url: URL;
  readonly clock: Pick<Clock, "micros">;
  readonly maxJobMs?: number;
}

/** One thread, made for the first job and made anew where one ends it. It does not keep the process alive. */
export class BodyThread implements BodyWork {
  /** Since this process began. */
  readonly failed: Partial<Record<BodyFailure, number>> = {};
  private readonly url: URL;
  private readonly clock: Pick<Clock, "micros">;
  private readonly maxJobMs: number;
  /** The oldest first. */
  private readonly jobs = new Map<number, Waiting>();
  private readonly shares = new Shares<Waiting>(2);
  private given = 0;
  /** Documents that the present thread was told. */
  private readonly told = new Map<string, number>();
  private serial = 0;
  private worker: Worker | undefined;
  /** The job that the thread is at, and since when. */
  private current: number | undefined;
  private currentMs = 0;
  private looking: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor({ url, clock, maxJobMs = MAX_JOB_MS }: BodyThreadOptions) {
    this.url = url;
    this.clock = clock;
    this.maxJobMs = maxJobMs;
  }

  transform(job: TransformJob, by: JobBy): Promise<Transformed> {
    return this.run(job, by) as Promise<Transformed>;
  }

  check(job: CheckJob, by: JobBy): Promise<Checked> {
    return this.run(job, by) as Promise<Checked>;
  }

  private run(job: BodyJob, { route, client, signal }: JobBy): Promise<BodyResult> {
    const path = [route, client];
    if (this.closed || this.jobs.size >= MAX_WAITING || this.shares.waiting(path) >= MAX_WAITING_OF_CLIENT)
      return Promise.resolve(this.failure("busy", "too many bodies wait already"));
    const serial = ++this.serial;
    return new Promise((done) => {
      const waiting: Waiting = { serial, job, path, sinceMs: this.clock.micros() / 1000, given: false, done };
      this.jobs.set(serial, waiting);
      this.shares.add(path, waiting);
      signal?.addEventListener("abort", () => this.takeBack(serial), { once: true });
      this.looking ??= setInterval(() => this.look(), LOOK_MS).unref();
      this.give();
    });
  }

  /** What waits goes to the thread. */
  private give(): void {
    while (!this.closed && this.given < MAX_GIVEN) {
      const next = this.shares.take();
      if (next === undefined) return;
      next.given = true;
      this.given++;
      this.post(next);
    }
  }

  /** Nobody wants it any more. What the thread has comes to its end. */
  private takeBack(serial: number): void {
    const waiting = this.jobs.get(serial);
    if (waiting === undefined || waiting.given) return;
    this.settle(serial, { ok: false, why: "busy", message: "nobody waits for it" });
  }

  private look(): void {
    const before = this.clock.micros() / 1000 - MAX_WAIT_MS;
    for (const { serial, given, sinceMs } of this.jobs.values()) {
      if (sinceMs > before) break;
      if (!given) this.settle(serial, this.failure("busy", `it waited longer than ${MAX_WAIT_MS} ms`));
    }
    if (this.jobs.size > 0) return;
    clearInterval(this.looking);
    this.looking = undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    clearInterval(this.looking);
    await this.worker?.terminate();
    for (const serial of [...this.jobs.keys()])
      this.settle(serial, this.failure("busy", "the front door ends"));
  }

  private post({ serial, job }: Waiting): void {
    this.worker ??= this.started();
    try {
      for (const message of this.messages(serial, job)) this.worker.postMessage(message);
    } catch (error) {
      this.settle(serial, this.failure("failed", messageOf(error)));
    }
  }

  /** A document's text goes to each thread once. */
  private messages(serial: number, job: BodyJob): readonly ToThread[] {
    if (job.kind !== "check") return [{ kind: "job", serial, job }];
    const { document } = job;
    const named: ToThread = { kind: "job", serial, job: { ...job, document: { id: document.id, text: "" } } };
    const isTold = this.told.delete(document.id);
    const [oldest] = this.told.keys();
    const forget: readonly ToThread[] =
      isTold || oldest === undefined || this.told.size < MAX_DOCUMENTS
        ? []
        : [{ kind: "forget", document: oldest }];
    if (forget.length > 0) this.told.delete(oldest as string);
    // Last of them: it was used last.
    this.told.set(document.id, document.text.length);
    return isTold ? [named] : [...forget, { kind: "document", document }, named];
  }

  private started(): Worker {
    this.told.clear();
    const worker = new Worker(this.url, {
      name: "fig-bodies",
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: LAST_HEAP_MIB },
    });
    worker.unref();
    let why = "its thread ended";
    worker.on("message", (message: FromThread) => this.hear(message));
    worker.on("error", (error) => {
      why = messageOf(error);
    });
    worker.on("exit", () => {
      if (this.worker === worker) this.restart(this.failure("failed", why));
    });
    return worker;
  }

  private hear(message: FromThread): void {
    if (message.kind === "begun") {
      const { serial } = message;
      this.current = serial;
      this.currentMs = this.clock.micros() / 1000;
      this.timer = setInterval(() => void this.watch(serial), WATCH_MS).unref();
      return;
    }
    this.finished();
    const { serial, result } = message;
    if (!result.ok) this.count(result.why);
    this.settle(serial, result);
  }

  /** Ends the thread of a job that takes too long, or too much. */
  private async watch(serial: number): Promise<void> {
    const { worker, current, maxJobMs } = this;
    if (current !== serial || worker === undefined) return;
    if (this.clock.micros() / 1000 - this.currentMs >= maxJobMs) {
      this.restart(this.failure("slow", `it took longer than ${maxJobMs} ms`));
      void worker.terminate();
      return;
    }
    let texts = 0;
    for (const chars of this.told.values()) texts += chars;
    const most = MAX_HEAP_MIB * MIB + DOCUMENT_HEAP * texts;
    // A thread that ends meanwhile has none.
    const used = await worker.getHeapStatistics().then(
      (heap) => heap.used_heap_size,
      () => 0,
    );
    if (used <= most || this.current !== serial || this.worker !== worker) return;
    this.restart(this.failure("failed", `it took more than ${Math.round(most / MIB)} MiB`));
    void worker.terminate();
  }

  /** The job that the thread was at has this result; another thread takes the others. */
  private restart(result: BodyResult): void {
    const { current } = this;
    this.finished();
    this.worker = undefined;
    // A thread that does not start says so to each job once, so that nobody waits for ever.
    const given = [...this.jobs.values()].filter((waiting) => waiting.given);
    const lost = current ?? given[0]?.serial;
    if (!this.closed) for (const waiting of given) if (waiting.serial !== lost) this.post(waiting);
    if (lost !== undefined) this.settle(lost, result);
  }

  /** The thread is done with what it was at. */
  private finished(): void {
    clearInterval(this.timer);
    const waiting = this.current === undefined ? undefined : this.jobs.get(this.current);
    if (waiting !== undefined) this.shares.spent(waiting.path, this.clock.micros() / 1000 - this.currentMs);
    this.current = undefined;
  }

  private settle(serial: number, result: BodyResult): void {
    const waiting = this.jobs.get(serial);
    if (waiting === undefined) return;
    this.jobs.delete(serial);
    if (waiting.given) this.given--;
    else this.shares.remove(waiting.path, waiting);
    waiting.done(result);
    this.give();
  }

  private failure(why: BodyFailure, message: string): BodyFailed {
    this.count(why);
    return { ok: false, why, message };
  }

  private count(why: BodyFailure): void {
    this.failed[why] = (this.failed[why] ?? 0) + 1;
  }
}

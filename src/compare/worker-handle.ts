import { Worker } from "node:worker_threads";
import { messageOf } from "../domain/errors.ts";
import { threadLimits } from "./heap.ts";
import {
  type NumberedJob,
  OptionsBook,
  packBatch,
  READY,
  type VerdictBatch,
  type WorkerSetup,
} from "./wire.ts";

interface WorkerEvents {
  onReady(): void;
  onVerdicts(verdicts: VerdictBatch): void;
  /** The thread is gone. Called once, after which nothing comes. */
  onEnd(why: string): void;
}

/** A worker that is not ready after this time is given up. */
const START_TIMEOUT_MS = 30_000;
/** How often a busy worker is looked at in `maxJobMs`. */
const LOOKS = 4;
const END_TIMEOUT_MS = 2_000;

/** One worker thread, from its start to its end. Neither the thread nor its timers keep the process alive. */
export class WorkerHandle {
  ready = false;
  private readonly worker: Worker;
  private readonly current: Int32Array;
  private readonly maxJobMs: number;
  /** The options this worker has been told. */
  private options = new OptionsBook();
  private readonly startTimer: NodeJS.Timeout;
  private watching: NodeJS.Timeout | undefined;
  private batchesPosted = 0;
  private batchesAnswered = 0;
  private why = "it exited";

  constructor(url: URL, maxJobMs: number, events: WorkerEvents) {
    const setup: WorkerSetup = { current: new SharedArrayBuffer(4) };
    this.current = new Int32Array(setup.current);
    this.maxJobMs = maxJobMs;
    this.worker = new Worker(url, {
      name: "fig-compare",
      workerData: setup,
      execArgv: [],
      resourceLimits: threadLimits(),
    });
    this.worker.unref();
    this.startTimer = setTimeout(() => this.end("it did not start"), START_TIMEOUT_MS).unref();
    this.worker.on("message", (message: VerdictBatch | typeof READY) => {
      if (message === READY) {
        clearTimeout(this.startTimer);
        this.ready = true;
        events.onReady();
      } else {
        this.batchesAnswered++;
        if (this.batchesAnswered === this.batchesPosted) this.unwatch();
        events.onVerdicts(message);
      }
    });
    this.worker.on("error", (error) => {
      this.why = messageOf(error);
    });
    this.worker.on("exit", () => {
      clearTimeout(this.startTimer);
      this.unwatch();
      events.onEnd(this.why);
    });
  }

  /** Serial of the job the worker is at, or was at when it ended; 0: none. */
  get currentSerial(): number {
    return Atomics.load(this.current, 0);
  }

  /** Each batch of jobs is answered by one batch of verdicts. Throws what keeps the jobs from being sent. */
  post(jobs: readonly NumberedJob[]): void {
    try {
      const batch = packBatch(jobs, this.options);
      this.worker.postMessage(batch, [batch.bytes]);
    } catch (error) {
      // The worker has not got the options that were noted for this batch.
      this.options = new OptionsBook();
      throw error;
    }
    this.batchesPosted++;
    this.watch();
  }

  /** Waits for the thread's end, but not for ever, and keeps the process alive meanwhile. */
  async closed(): Promise<void> {
    this.unwatch();
    this.worker.ref();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_TIMEOUT_MS);
    });
    await Promise.race([this.worker.terminate(), late]);
    clearTimeout(timer);
    this.worker.unref();
  }

  /** Ends the thread even in the middle of a comparison; onEnd follows. */
  private end(why: string): void {
    this.why = why;
    void this.worker.terminate();
  }

  /** A worker that is at one job, or at none, and answers nothing for `maxJobMs` is ended. */
  private watch(): void {
    if (this.watching !== undefined) return;
    let seen = "";
    let sameLooks = 0;
    const look = () => {
      const now = `${this.currentSerial} ${this.batchesAnswered}`;
      sameLooks = now === seen ? sameLooks + 1 : 0;
      seen = now;
      if (sameLooks < LOOKS) return;
      this.unwatch();
      this.end(`a comparison took longer than ${this.maxJobMs} ms`);
    };
    this.watching = setInterval(look, Math.max(1, this.maxJobMs / LOOKS)).unref();
  }

  private unwatch(): void {
    clearInterval(this.watching);
    this.watching = undefined;
  }
}

import { Worker } from "node:worker_threads";
import { messageOf } from "../domain/errors.ts";
import type { JobBatch, VerdictBatch, WorkerSetup } from "./wire.ts";
import { OptionsBook } from "./wire.ts";
import { READY } from "./worker-loop.ts";

export interface WorkerEvents {
  onReady(): void;
  onVerdicts(verdicts: VerdictBatch): void;
  /** The thread is gone. Called once, after which nothing comes. */
  onEnd(why: string): void;
}

/** A worker that was not ready after so long will never be. */
const START_TIMEOUT_MS = 30_000;

const END_TIMEOUT_MS = 2_000;

/** One worker thread, from its start to its end. */
export class WorkerHandle {
  ready = false;
  /** What it has been told; a new worker knows nothing. */
  readonly options = new OptionsBook();
  private readonly worker: Worker;
  private readonly current: Int32Array;
  private readonly startTimer: NodeJS.Timeout;
  private why = "it exited";

  constructor(url: URL, maxHeapMb: number, events: WorkerEvents) {
    const setup: WorkerSetup = { current: new SharedArrayBuffer(4) };
    this.current = new Int32Array(setup.current);
    this.worker = new Worker(url, {
      name: "fig-compare",
      workerData: setup,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    });
    this.worker.unref();
    this.startTimer = setTimeout(() => this.end("it did not start"), START_TIMEOUT_MS).unref();
    this.worker.on("message", (message: VerdictBatch | typeof READY) => {
      if (message !== READY) {
        events.onVerdicts(message);
        return;
      }
      clearTimeout(this.startTimer);
      this.ready = true;
      events.onReady();
    });
    this.worker.on("error", (error) => {
      this.why = messageOf(error);
    });
    this.worker.on("exit", () => {
      clearTimeout(this.startTimer);
      events.onEnd(this.why);
    });
  }

  /** Serial of the job it is at, or was at when it ended; 0: none. */
  get currentSerial(): number {
    return Atomics.load(this.current, 0);
  }

  post(batch: JobBatch): void {
    this.worker.postMessage(batch, [batch.bytes]);
  }

  /** Ends the thread even in the middle of a comparison; onEnd follows. */
  end(why: string): void {
    this.why = why;
    void this.worker.terminate();
  }

  /** Ends the thread and waits for it, but not for ever, keeping the process alive for so long. */
  async closed(): Promise<void> {
    this.worker.ref();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_TIMEOUT_MS);
    });
    await Promise.race([this.worker.terminate(), late]);
    clearTimeout(timer);
    this.worker.unref();
  }
}

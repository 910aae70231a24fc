import type { Clock } from "../../domain/clock.ts";
import type { ServingProblem } from "../contract.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Who served for less than this had a short life. */
const SHORT_MICROS = 1_000_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** So many short lives in a row are said. */
export const LOOP = 3;
/** Seconds without a word while something is asked. A busy machine starts a process slowly. */
const SILENT_TICKS = 15;
const SILENT_START_TICKS = 60;

/** The place of one worker: who has it, and when the next comes. */
export class Slot {
  readonly number: number;
  worker: WorkerProcess | undefined;
  /** Short lives in a row. */
  short = 0;
  private readonly clock: Clock;
  private readonly spawn: (slot: Slot) => WorkerProcess;
  private timer: NodeJS.Timeout | undefined;
  private heard = 0;
  private silent = 0;
  private words = "";
  private waitMs = 0;

  constructor(number: number, clock: Clock, spawn: (slot: Slot) => WorkerProcess) {
    this.number = number;
    this.clock = clock;
    this.spawn = spawn;
  }

  get state(): "serving" | "starting" | "waiting" {
    if (this.worker === undefined) return "waiting";
    return this.worker.servingSince === undefined ? "starting" : "serving";
  }

  begin(): void {
    this.silent = 0;
    this.heard = 0;
    this.worker = this.spawn(this);
  }

  /** Its worker ended: another begins, at once after a life that was long enough. */
  endedWith({ servingSince, ended }: WorkerProcess): void {
    this.worker = undefined;
    this.words = ended?.words ?? "";
    const lived = servingSince === undefined ? 0 : this.clock.micros() - servingSince;
    this.short = lived < SHORT_MICROS ? this.short + 1 : 0;
    this.waitMs = this.short === 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (this.short - 1), LONGEST_WAIT_MS);
    this.timer = setTimeout(() => this.begin(), this.waitMs);
  }

  /** No worker comes any more. */
  close(): void {
    clearTimeout(this.timer);
  }

  /** Once a second: what does not answer is ended. Ticks, and no clock: a machine that stood still ends nobody. */
  tick(): void {
    const { worker } = this;
    if (worker === undefined || worker.near.unanswered === 0 || worker.heard !== this.heard) {
      this.silent = 0;
      this.heard = worker?.heard ?? 0;
      return;
    }
    this.silent++;
    const limit = worker.servingSince === undefined ? SILENT_START_TICKS : SILENT_TICKS;
    if (this.silent >= limit) worker.killHung();
  }

  problem(): readonly ServingProblem[] {
    // Over when one has served for long enough.
    const since = this.worker?.servingSince;
    if (this.short < LOOP || (since !== undefined && this.clock.micros() - since >= SHORT_MICROS)) return [];
    const message = `worker ${this.number} keeps ending (${this.words}, ${this.short} times in a row), and is started again after ${this.waitMs / 1000} s`;
    return [{ kind: "workers", message }];
  }
}

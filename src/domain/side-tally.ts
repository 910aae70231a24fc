import { ANSWERS, type SideCounts } from "./counter-shapes.ts";
import { bucketOf } from "./histogram.ts";

/** Histogram buckets are kept in pages: latencies of one side lie close together, and most pages are never made. */
const PAGE_BITS = 5;
const PAGE_BUCKETS = 1 << PAGE_BITS;

const NO_PAGE: number[] = [];
const NO_ANSWERS = ANSWERS.merge([]);

/** Counts what one side answers. */
export class SideTally {
  /** Clients that left before their answer was complete. */
  aborted = 0;
  private errors = 0;
  private sumMicros = 0;
  // What was counted last is mostly what comes next. With thousands of busy routes each object read is a miss of the cache.
  /** The last answer's status, and how often it came since another did; `codes` has what came before. */
  private lastCode = 0;
  private lastCount = 0;
  private lastIndex = -1;
  private lastPage: number[] = NO_PAGE;
  private pages: number[][] | undefined = undefined;
  private codes: Map<number, number> | undefined = undefined;

  /** `error`: a 5xx (or beyond) or a broken answer; a code that is no status is counted as none, 0. */
  answered(code: number, micros: number, error: boolean): void {
    if (error) this.errors++;
    this.sumMicros += Math.round(micros);
    const status = code > 0 && code < 1000 ? code : 0;
    if (this.lastCode !== status) this.noteCode(status);
    this.lastCount++;
    const bucket = bucketOf(micros);
    const index = bucket >> PAGE_BITS;
    if (this.lastIndex !== index) this.turnTo(index);
    (this.lastPage[bucket & (PAGE_BUCKETS - 1)] as number)++;
  }

  /** What was answered without an error was one after all. */
  erred(): void {
    this.errors++;
  }

  private noteCode(status: number): void {
    const { lastCode, lastCount } = this;
    if (lastCount > 0) {
      this.codes ??= new Map();
      this.codes.set(lastCode, (this.codes.get(lastCode) ?? 0) + lastCount);
    }
    this.lastCode = status;
    this.lastCount = 0;
  }

  private turnTo(index: number): void {
    this.pages ??= [];
    this.pages[index] ??= new Array<number>(PAGE_BUCKETS).fill(0);
    this.lastPage = this.pages[index];
    this.lastIndex = index;
  }

  isEmpty(): boolean {
    return this.lastCount === 0 && this.codes === undefined && this.aborted === 0;
  }

  counts(): SideCounts {
    if (this.isEmpty()) return NO_ANSWERS;
    this.noteCode(this.lastCode);
    const codes = this.codes ?? new Map<number, number>();
    const histogram: number[] = [];
    this.pages?.forEach((page, index) => {
      for (const [at, count] of page.entries())
        if (count !== 0) histogram.push(index * PAGE_BUCKETS + at, count);
    });
    return {
      requests: codes.values().reduce((sum, count) => sum + count, 0),
      errors: this.errors,
      aborted: this.aborted,
      sumMicros: this.sumMicros,
      histogram,
      codes: Object.fromEntries(codes),
    };
  }
}

import type { SideCounts } from "./counter-shapes.ts";
import { bucketOf } from "./histogram.ts";

/** Histogram buckets are kept in pages: latencies of one side lie close together, and most pages are never made. */
const PAGE_BITS = 5;
const PAGE_BUCKETS = 1 << PAGE_BITS;

interface CodeCount {
  readonly status: number;
  count: number;
}

/** No status is -1: it is never counted in. */
const NO_CODE: CodeCount = Object.freeze({ status: -1, count: 0 });

/** Counts what one side answers. */
export class SideTally {
  /** Clients that left before their answer was complete. */
  aborted = 0;
  private errors = 0;
  private sumMicros = 0;
  private readonly codes: CodeCount[] = [];
  private readonly pages: number[][] = [];
  // What was counted last is mostly what comes next. With thousands of busy routes each object read is a miss of the cache.
  private lastCode: CodeCount = NO_CODE;
  private lastIndex = -1;
  private lastPage: number[] = [];

  /** `error`: a 5xx or a broken answer; a code that is no status is counted as none, 0. */
  answered(code: number, micros: number, error: boolean): void {
    if (error) this.errors++;
    this.sumMicros += Math.round(micros);
    const status = code > 0 && code < 600 ? code : 0;
    if (this.lastCode.status !== status) this.lastCode = this.codeOf(status);
    this.lastCode.count++;
    const bucket = bucketOf(micros);
    const index = bucket >> PAGE_BITS;
    if (this.lastIndex !== index) this.turnTo(index);
    (this.lastPage[bucket & (PAGE_BUCKETS - 1)] as number)++;
  }

  private codeOf(status: number): CodeCount {
    const known = this.codes.find((one) => one.status === status);
    if (known !== undefined) return known;
    const added = { status, count: 0 };
    this.codes.push(added);
    return added;
  }

  private turnTo(index: number): void {
    this.pages[index] ??= new Array<number>(PAGE_BUCKETS).fill(0);
    this.lastPage = this.pages[index];
    this.lastIndex = index;
  }

  counts(): SideCounts {
    const histogram: number[] = [];
    this.pages.forEach((page, index) => {
      for (const [at, count] of page.entries())
        if (count !== 0) histogram.push(index * PAGE_BUCKETS + at, count);
    });
    return {
      requests: this.codes.reduce((sum, { count }) => sum + count, 0),
      errors: this.errors,
      aborted: this.aborted,
      sumMicros: this.sumMicros,
      histogram,
      codes: Object.fromEntries(this.codes.map(({ status, count }) => [status, count])),
    };
  }
}

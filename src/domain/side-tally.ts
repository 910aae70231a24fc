import type { SideCounts } from "./counter-shapes.ts";
import { bucketOf } from "./histogram.ts";

/** Histogram buckets are kept in pages: latencies of one side lie close together, and most pages are never made. */
const PAGE_BITS = 5;
const PAGE_BUCKETS = 1 << PAGE_BITS;

/** Counts what one side answers. */
export class SideTally {
  /** Clients that left before their answer was complete. */
  aborted = 0;
  private errors = 0;
  private sumMicros = 0;
  private readonly codes = new Map<number, number>();
  private readonly pages: number[][] = [];

  /** `error`: a 5xx or a broken answer; a code that is no status is counted as none, 0. */
  answered(code: number, micros: number, error: boolean): void {
    if (error) this.errors++;
    this.sumMicros += Math.round(micros);
    const status = code > 0 && code < 600 ? code : 0;
    this.codes.set(status, (this.codes.get(status) ?? 0) + 1);
    const bucket = bucketOf(micros);
    const index = bucket >> PAGE_BITS;
    const page = this.pages[index] ?? new Array<number>(PAGE_BUCKETS).fill(0);
    this.pages[index] = page;
    (page[bucket & (PAGE_BUCKETS - 1)] as number)++;
  }

  counts(): SideCounts {
    const histogram: number[] = [];
    this.pages.forEach((page, index) => {
      for (const [at, count] of page.entries())
        if (count !== 0) histogram.push(index * PAGE_BUCKETS + at, count);
    });
    return {
      requests: [...this.codes.values()].reduce((sum, count) => sum + count, 0),
      errors: this.errors,
      aborted: this.aborted,
      sumMicros: this.sumMicros,
      histogram,
      codes: Object.fromEntries(this.codes),
    };
  }
}

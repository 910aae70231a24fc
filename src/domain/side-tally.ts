import { bucketOf, type SparseHistogram } from "./histogram.ts";

/** What one side answered, in the form that is stored and merged. */
export interface SideCounts {
  readonly requests: number;
  /** 5xx and broken answers. */
  readonly errors: number;
  /** Clients that left before their answer was complete; not among requests. */
  readonly aborted: number;
  /** Sum of durations, µs. */
  readonly sumMicros: number;
  readonly histogram: SparseHistogram;
  /** Status code to count; 0 is a broken answer without one. */
  readonly codes: Readonly<Record<string, number>>;
}

/** Histogram buckets are kept in pages: latencies of one side lie close together, and most pages are never made. */
const PAGE_BITS = 5;
const PAGE_BUCKETS = 1 << PAGE_BITS;

/** A plain list: one object less to look up than a typed array. */
type Page = number[];
const NO_PAGE: Page = [];

/** Sums of µs are kept in two whole numbers that V8 holds in the object itself, where a large one would be another object. */
const MICROS_CARRY = 1_000_000_000;

/** Small whole numbers in fields of one object: with many busy routes each further object is a look-up in cold memory. */
export class SideTally {
  requests = 0;
  private micros = 0;
  /** The first code answered and how often; a side answers with few. */
  private firstCode = -1;
  private firstCount = 0;
  /** The page counted in last. */
  private pageIndex = -1;
  private page = NO_PAGE;
  errors = 0;
  aborted = 0;
  private carried = 0;
  /** Flat [code, count, ...] of the others. */
  private otherCodes: number[] | undefined = undefined;
  private readonly pages: { readonly index: number; readonly page: Page }[] = [];

  add(code: number, micros: number, error: boolean): void {
    this.requests++;
    if (error) this.errors++;
    const sum = this.micros + Math.round(micros);
    if (sum < MICROS_CARRY) {
      this.micros = sum;
    } else {
      this.micros = sum % MICROS_CARRY;
      this.carried += Math.floor(sum / MICROS_CARRY);
    }
    this.addCode(code > 0 && code < 600 ? code : 0);
    const bucket = bucketOf(micros);
    if (bucket >> PAGE_BITS !== this.pageIndex) this.turnTo(bucket >> PAGE_BITS);
    const cell = bucket & (PAGE_BUCKETS - 1);
    this.page[cell] = (this.page[cell] as number) + 1;
  }

  private addCode(code: number): void {
    if (this.firstCode < 0) this.firstCode = code;
    if (this.firstCode === code) {
      this.firstCount++;
      return;
    }
    this.otherCodes ??= [];
    const codes = this.otherCodes;
    let at = 0;
    while (at < codes.length && codes[at] !== code) at += 2;
    if (at === codes.length) codes.push(code, 1);
    else codes[at + 1] = (codes[at + 1] as number) + 1;
  }

  private turnTo(index: number): void {
    const { pages } = this;
    let at = 0;
    while (at < pages.length && pages[at]?.index !== index) at++;
    const known = pages[at] ?? { index, page: new Array<number>(PAGE_BUCKETS).fill(0) };
    if (at === pages.length) pages.push(known);
    this.pageIndex = index;
    this.page = known.page;
  }

  counts(): SideCounts {
    const histogram: number[] = [];
    for (const { index, page } of [...this.pages].sort((a, b) => a.index - b.index)) {
      for (let at = 0; at < PAGE_BUCKETS; at++) {
        const count = page[at] as number;
        if (count !== 0) histogram.push(index * PAGE_BUCKETS + at, count);
      }
    }
    const { requests, errors, aborted, otherCodes = [] } = this;
    const sumMicros = this.carried * MICROS_CARRY + this.micros;
    const codes: Record<string, number> = {};
    if (this.firstCount > 0) codes[this.firstCode] = this.firstCount;
    for (let at = 0; at < otherCodes.length; at += 2)
      codes[otherCodes[at] as number] = otherCodes[at + 1] as number;
    return { requests, errors, aborted, sumMicros, histogram, codes };
  }
}

export const NO_SIDE_COUNTS: SideCounts = {
  requests: 0,
  errors: 0,
  aborted: 0,
  sumMicros: 0,
  histogram: [],
  codes: {},
};

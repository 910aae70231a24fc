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

// A side's cells: sums, the first code answered and how often, and which page the first bucket counted in is in. That page
// is elsewhere.
const MICROS = 0;
const CODE = 1;
const CODE_COUNT = 2;
const PAGE = 3;
const ERRORS = 4;
const ABORTED = 5;
/** How many cells a side's sums take, and how many the page. */
export const SUM_CELLS = 6;
export const PAGE_CELLS = PAGE_BUCKETS;

/** What of an answer has no cell of its own: its code, its bucket, or both (their sum). */
const OTHER_CODE = 1;
const OTHER_BUCKET = 2;

/** Where a side's cells are in an array. */
export interface SidePlace {
  readonly sums: number;
  readonly page: number;
}

/**
 * Counts an answer in the side's cells, whose places are from `base` on. Gives what is left for `SideRest.add`: 0 for nearly every answer, as a
 * side answers with few codes and about as fast as before.
 */
export function addAnswer(
  cells: Float64Array,
  base: number,
  place: SidePlace,
  code: number,
  micros: number,
  error: boolean,
): number {
  let left = 0;
  const at = base + place.sums;
  (cells[at + MICROS] as number) += Math.round(micros);
  if (error) (cells[at + ERRORS] as number)++;
  const bucket = bucketOf(micros);
  if (cells[at + CODE_COUNT] === 0) {
    cells[at + CODE] = code;
    cells[at + PAGE] = bucket >> PAGE_BITS;
  }
  // The first answer's code and page are there from here on.
  if (cells[at + CODE] === code) (cells[at + CODE_COUNT] as number)++;
  else left = OTHER_CODE;
  if (cells[at + PAGE] === bucket >> PAGE_BITS)
    (cells[base + place.page + (bucket & (PAGE_BUCKETS - 1))] as number)++;
  else left += OTHER_BUCKET;
  return left;
}

export function addAborted(cells: Float64Array, base: number, place: SidePlace): void {
  (cells[base + place.sums + ABORTED] as number)++;
}

/** A side's less frequent codes and buckets. */
export class SideRest {
  /** Flat [code, count, ...]. */
  readonly codes: number[] = [];
  readonly pages: { readonly index: number; readonly page: Float64Array }[] = [];

  /** `left`: what addAnswer gave. */
  add(left: number, code: number, micros: number): void {
    if ((left & OTHER_CODE) !== 0) this.addCode(code);
    if ((left & OTHER_BUCKET) !== 0) this.addBucket(bucketOf(micros));
  }

  private addCode(code: number): void {
    const { codes } = this;
    let at = 0;
    while (at < codes.length && codes[at] !== code) at += 2;
    if (at === codes.length) codes.push(code, 1);
    else codes[at + 1] = (codes[at + 1] as number) + 1;
  }

  private addBucket(bucket: number): void {
    const { pages } = this;
    const index = bucket >> PAGE_BITS;
    let known = pages.find((one) => one.index === index);
    if (known === undefined) {
      known = { index, page: new Float64Array(PAGE_BUCKETS) };
      pages.push(known);
    }
    (known.page[bucket & (PAGE_BUCKETS - 1)] as number)++;
  }
}

/** What a side's cells and its rest come to. */
export function sideCounts(
  cells: Float64Array,
  base: number,
  place: SidePlace,
  rest: SideRest | undefined,
): SideCounts {
  const cell = (index: number): number => cells[base + place.sums + index] as number;
  const page = base + place.page;
  const codes: Record<string, number> = {};
  const histogram: number[] = [];
  let requests = cell(CODE_COUNT);
  if (requests > 0) {
    codes[cell(CODE)] = requests;
    const own = {
      index: cell(PAGE),
      page: cells.subarray(page, page + PAGE_CELLS),
    };
    for (const { index, page: counted } of [own, ...(rest?.pages ?? [])].sort((a, b) => a.index - b.index)) {
      for (const [bucket, count] of counted.entries()) {
        if (count !== 0) histogram.push(index * PAGE_BUCKETS + bucket, count);
      }
    }
    const others = rest?.codes ?? [];
    for (let i = 0; i < others.length; i += 2) {
      codes[others[i] as number] = others[i + 1] as number;
      requests += others[i + 1] as number;
    }
  }
  return {
    requests,
    errors: cell(ERRORS),
    aborted: cell(ABORTED),
    sumMicros: cell(MICROS),
    histogram,
    codes,
  };
}

export const NO_SIDE_COUNTS: SideCounts = {
  requests: 0,
  errors: 0,
  aborted: 0,
  sumMicros: 0,
  histogram: [],
  codes: {},
};

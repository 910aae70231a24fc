import { bucketFloor, type SparseHistogram } from "../histogram.ts";
import { lnAbove, lnBelow, UNIFORM } from "./rate-bound.ts";

/** Buckets that hold something, each with how many values lie below it and how many below its end. */
interface Ladder {
  readonly total: number;
  readonly steps: readonly { readonly bucket: number; readonly below: number; readonly through: number }[];
}

function ladderOf(histogram: SparseHistogram): Ladder {
  const steps: { bucket: number; below: number; through: number }[] = [];
  let total = 0;
  for (let i = 0; i + 1 < histogram.length; i += 2) {
    const below = total;
    total += histogram[i + 1] as number;
    steps.push({ bucket: histogram[i] as number, below, through: total });
  }
  return { total, steps };
}

/** How many values may lie below `edge` (µs), with the whole bucket that it cuts or without it. */
function countBelow({ steps }: Ladder, edge: number, whole: boolean, width: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { bucket } = steps[middle] as Ladder["steps"][number];
    const isBelow = whole ? bucketFloor(bucket * width) < edge : bucketFloor((bucket + 1) * width) <= edge;
    if (isBelow) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1]?.through ?? 0;
}

interface TwoHistograms {
  readonly modern: SparseHistogram;
  readonly legacy: SparseHistogram;
  /** 0..1 */
  readonly quantile: number;
  /** How many buckets of domain/histogram one of theirs takes. Undefined: 1. */
  readonly width?: number | undefined;
}

type Evidence = (below: number, total: number, quantile: number, prior: typeof UNIFORM) => number;

/** Counts come again and again while ratios are tried. */
function remembered(evidence: Evidence, { total }: Ladder, quantile: number): (below: number) => number {
  const known = new Map<number, number>();
  return (below) => {
    const found = known.get(below) ?? evidence(below, total, quantile, UNIFORM);
    known.set(below, found);
    return found;
  };
}

/**
 * What two histograms say of a quantile, by any ratio, as ln of e-values: wherever legacy's lies, too few of modern's answers
 * are that fast, or too many of legacy's faster still. They may be looked at after every answer.
 * S. Howard, A. Ramdas, Sequential estimation of quantiles, 2022, over the buckets of our histograms.
 */
export class QuantileTest {
  private readonly m: Ladder;
  private readonly l: Ladder;
  private readonly width: number;
  private readonly evidence: Readonly<
    Record<"slow" | "fast", Readonly<Record<"m" | "l", (below: number) => number>>>
  >;

  constructor({ modern, legacy, quantile, width = 1 }: TwoHistograms) {
    this.width = width;
    this.m = ladderOf(modern);
    this.l = ladderOf(legacy);
    const { m, l } = this;
    this.evidence = {
      slow: { m: remembered(lnBelow, m, quantile), l: remembered(lnAbove, l, quantile) },
      fast: { m: remembered(lnAbove, m, quantile), l: remembered(lnBelow, l, quantile) },
    };
  }

  private get empty(): boolean {
    return this.m.total === 0 || this.l.total === 0;
  }

  /** Against "modern's quantile is at most `ratio` times legacy's". */
  lnSlower(ratio: number): number {
    const { m, l, width, empty } = this;
    const { slow } = this.evidence;
    if (empty) return 0;
    const end = (bucket: number) => bucketFloor((bucket + 1) * width);
    return l.steps.reduce(
      (least, { bucket, below }) =>
        Math.min(least, slow.m(countBelow(m, end(bucket) * ratio, true, width)) + slow.l(below)),
      slow.m(m.total) + slow.l(l.total),
    );
  }

  /** Against "modern's quantile is at least `ratio` times legacy's". */
  lnWithin(ratio: number): number {
    const { m, l, width, empty } = this;
    const { fast } = this.evidence;
    if (empty) return 0;
    return l.steps.reduce(
      (least, { bucket, through }) =>
        Math.min(
          least,
          fast.m(countBelow(m, bucketFloor(bucket * width) * ratio, false, width)) + fast.l(through),
        ),
      fast.m(0) + fast.l(0),
    );
  }

  /** Between which ratios modern's quantile lies to legacy's: those that are ruled out neither from above nor below. */
  interval(alpha: number): readonly [low: number, high: number] {
    const enough = -Math.log(alpha);
    const low = search((ratio) => this.lnSlower(ratio) >= enough, false);
    const high = search((ratio) => this.lnWithin(ratio) < enough, true);
    return [low <= LEAST_RATIO ? 0 : low, high >= 1 / LEAST_RATIO ? Number.POSITIVE_INFINITY : high];
  }
}

/** Ratios are looked for between this and its inverse, and to a bucket's width. */
const LEAST_RATIO = 1 / 1024;
const HALVINGS = 11;

/** The greatest ratio for which it is so, or the least for which it is not. */
function search(isSo: (ratio: number) => boolean, fromAbove: boolean): number {
  let [low, high] = [Math.log(LEAST_RATIO), -Math.log(LEAST_RATIO)];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (isSo(Math.exp(middle))) low = middle;
    else high = middle;
  }
  return Math.exp(fromAbove ? high : low);
}

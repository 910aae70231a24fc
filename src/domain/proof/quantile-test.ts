import { bucketFloor, type SparseHistogram } from "../histogram.ts";
import { lnAbove, lnBelow } from "./rate-bound.ts";

/** One for every share: the quantile is asked for, not known. */
const UNIFORM = [1, 1] as const;

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
function countBelow({ steps }: Ladder, edge: number, whole: boolean): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { bucket } = steps[middle] as Ladder["steps"][number];
    if (whole ? bucketFloor(bucket) < edge : bucketFloor(bucket + 1) <= edge) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1]?.through ?? 0;
}

/** What is bounded by the other quantile, the ratio asked about, and the quantile (0..1). */
interface QuantileQuestion {
  readonly modern: SparseHistogram;
  readonly legacy: SparseHistogram;
  readonly quantile: number;
  readonly ratio: number;
}

/**
 * ln of the e-value against "modern's quantile is at most `ratio` times legacy's": wherever legacy's lies, too few of
 * modern's answers are that fast, or too many of legacy's faster still. It may be looked at after every answer.
 * S. Howard, A. Ramdas, Sequential estimation of quantiles, 2022, over the buckets of our histograms.
 */
export function lnSlower({ modern, legacy, quantile, ratio }: QuantileQuestion): number {
  const [m, l] = [ladderOf(modern), ladderOf(legacy)];
  if (m.total === 0 || l.total === 0) return 0;
  const evidence = (belowM: number, belowL: number) =>
    lnBelow(belowM, m.total, quantile, UNIFORM) + lnAbove(belowL, l.total, quantile, UNIFORM);
  return l.steps.reduce(
    (least, { bucket, below }) =>
      Math.min(least, evidence(countBelow(m, bucketFloor(bucket + 1) * ratio, true), below)),
    evidence(m.total, l.total),
  );
}

/** The same against "modern's quantile is at least `ratio` times legacy's". */
export function lnWithin({ modern, legacy, quantile, ratio }: QuantileQuestion): number {
  const [m, l] = [ladderOf(modern), ladderOf(legacy)];
  if (m.total === 0 || l.total === 0) return 0;
  const evidence = (belowM: number, belowL: number) =>
    lnAbove(belowM, m.total, quantile, UNIFORM) + lnBelow(belowL, l.total, quantile, UNIFORM);
  return l.steps.reduce(
    (least, { bucket, through }) =>
      Math.min(least, evidence(countBelow(m, bucketFloor(bucket) * ratio, false), through)),
    evidence(0, 0),
  );
}

/** Ratios are looked for between these, and to a bucket's width. */
const LEAST_RATIO = 1 / 1024;
const HALVINGS = 11;

/** Between which ratios modern's quantile lies to legacy's: those that the evidence rules out neither from above nor below. */
export function ratioInterval(
  question: Omit<QuantileQuestion, "ratio">,
  alpha: number,
): readonly [low: number, high: number] {
  const enough = -Math.log(alpha);
  const search = (under: (ratio: number) => boolean, fromAbove: boolean): number => {
    let [low, high] = [Math.log(LEAST_RATIO), -Math.log(LEAST_RATIO)];
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (under(Math.exp(middle))) low = middle;
      else high = middle;
    }
    return Math.exp(fromAbove ? high : low);
  };
  const low = search((ratio) => lnSlower({ ...question, ratio }) >= enough, false);
  const high = search((ratio) => lnWithin({ ...question, ratio }) < enough, true);
  return [low <= LEAST_RATIO ? 0 : low, high >= 1 / LEAST_RATIO ? Number.POSITIVE_INFINITY : high];
}

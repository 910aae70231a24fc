/**
 * A mergeable latency histogram in microseconds: exact below 32, then 32 buckets an octave, so a quantile is off by at
 * most 1.6 %. Values are clamped to 2^31 µs (36 minutes).
 * The layout is HdrHistogram's (sub-bucket) idea: http://hdrhistogram.org
 */
export const HISTOGRAM_BUCKETS = 32 + 32 * 26;
const MAX_MICROS = 2 ** 31 - 1;

export function bucketOf(micros: number): number {
  let v = micros | 0;
  if (micros >= MAX_MICROS) v = MAX_MICROS;
  if (v < 32) return Math.max(v, 0);
  const shift = 26 - Math.clz32(v);
  return (shift << 5) + (v >>> shift);
}

function floorOf(bucket: number): number {
  if (bucket < 64) return bucket;
  const shift = (bucket >>> 5) - 1;
  return ((bucket & 31) + 32) * 2 ** shift;
}

/** And where the last one ends. Tests of quantiles ask for them again and again. */
const FLOORS = Float64Array.from({ length: HISTOGRAM_BUCKETS + 1 }, (_, bucket) => floorOf(bucket));

/** Smallest value of a bucket, µs; of one after the last: where that ends. */
export function bucketFloor(bucket: number): number {
  return FLOORS[bucket] as number;
}

/** The middle of a bucket, µs: what a quantile reports. */
function bucketMiddle(bucket: number): number {
  if (bucket < 64) return bucket;
  return bucketFloor(bucket) + (bucketFloor(bucket + 1) - bucketFloor(bucket)) / 2;
}

/** Non-empty buckets as flat [bucket, count, ...]: the form that is stored and merged. */
export type SparseHistogram = readonly number[];

export function sparseOf(counts: ArrayLike<number>): SparseHistogram {
  const sparse: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count !== 0) sparse.push(i, count);
  }
  return sparse;
}

export function mergeHistograms(histograms: readonly SparseHistogram[]): SparseHistogram {
  const counts = new Float64Array(HISTOGRAM_BUCKETS);
  for (const histogram of histograms) {
    for (let i = 0; i + 1 < histogram.length; i += 2) {
      const bucket = histogram[i] as number;
      counts[bucket] = (counts[bucket] as number) + (histogram[i + 1] as number);
    }
  }
  return sparseOf(counts);
}

/** `before` is what `now` was earlier. */
export function subtractHistogram(now: SparseHistogram, before: SparseHistogram): SparseHistogram {
  const left: number[] = [];
  let at = 0;
  for (let i = 0; i + 1 < now.length; i += 2) {
    const bucket = now[i] as number;
    while (at + 1 < before.length && (before[at] as number) < bucket) at += 2;
    const was = before[at] === bucket ? (before[at + 1] as number) : 0;
    const more = (now[i + 1] as number) - was;
    if (more !== 0) left.push(bucket, more);
  }
  return left;
}

/** The `q` quantile (0..1) in milliseconds, or null when nothing was counted. */
export function quantileMs(histogram: SparseHistogram, q: number): number | null {
  return quantilesMs(histogram, [q])[0] ?? null;
}

/** Several quantiles, ascending, in milliseconds; empty when nothing was counted. */
export function quantilesMs(histogram: SparseHistogram, quantiles: readonly number[]): number[] {
  let total = 0;
  for (let i = 1; i < histogram.length; i += 2) total += histogram[i] as number;
  const found: number[] = [];
  let seen = 0;
  for (let i = 0; i + 1 < histogram.length && found.length < quantiles.length; i += 2) {
    seen += histogram[i + 1] as number;
    while (
      found.length < quantiles.length &&
      seen >= Math.max(1, Math.ceil((quantiles[found.length] as number) * total))
    )
      found.push(bucketMiddle(histogram[i] as number) / 1000);
  }
  return found;
}

import type { StratumAnswerCounts, StratumSide } from "../counter-shapes.ts";
import { bucketFloor, bucketOf, type SparseHistogram } from "../histogram.ts";
import { SIDES, type Side } from "../position.ts";

/** Buckets of a stratum's latencies are so many of a window's (histogram) wide: four an octave. Many strata are stored, each second. */
export const STRATUM_BUCKET = 8;

interface Answers {
  answers: number;
  errors: number;
  readonly buckets: Map<number, number>;
}

/** What each side answered to requests of one stratum. */
export class StratumAnswers {
  private readonly sides: Readonly<Record<Side, Answers>> = {
    legacy: { answers: 0, errors: 0, buckets: new Map() },
    modern: { answers: 0, errors: 0, buckets: new Map() },
  };

  get total(): number {
    return this.sides.legacy.answers + this.sides.modern.answers;
  }

  add(side: Side, micros: number, error: boolean): void {
    const into = this.sides[side];
    into.answers++;
    if (error) into.errors++;
    const bucket = Math.floor(bucketOf(micros) / STRATUM_BUCKET);
    into.buckets.set(bucket, (into.buckets.get(bucket) ?? 0) + 1);
  }

  /** Takes what another counted as its own. */
  take(more: StratumAnswers): void {
    for (const side of SIDES) {
      const [into, from] = [this.sides[side], more.sides[side]];
      into.answers += from.answers;
      into.errors += from.errors;
      for (const [bucket, count] of from.buckets)
        into.buckets.set(bucket, (into.buckets.get(bucket) ?? 0) + count);
    }
  }

  counts(): StratumAnswerCounts {
    const of = ({ answers, errors, buckets }: Answers): StratumSide => {
      const histogram: SparseHistogram = [...buckets].sort(([a], [b]) => a - b).flat();
      return [answers, errors, histogram];
    };
    return { legacy: of(this.sides.legacy), modern: of(this.sides.modern) };
  }
}

/** A quantile (0..1) of a stratum's latencies, ms: the middle of its bucket. Null: there are none. */
export function stratumQuantileMs(histogram: SparseHistogram, quantile: number): number | null {
  let total = 0;
  for (let i = 1; i < histogram.length; i += 2) total += histogram[i] as number;
  let seen = 0;
  for (let i = 0; i + 1 < histogram.length; i += 2) {
    seen += histogram[i + 1] as number;
    if (seen < Math.max(1, Math.ceil(quantile * total))) continue;
    const from = (histogram[i] as number) * STRATUM_BUCKET;
    return (bucketFloor(from) + bucketFloor(from + STRATUM_BUCKET)) / 2 / 1000;
  }
  return null;
}

export function addedAnswers(
  into: StratumAnswers | undefined,
  more: StratumAnswers | undefined,
): StratumAnswers | undefined {
  if (into === undefined || more === undefined) return into ?? more;
  into.take(more);
  return into;
}

import type { SparseHistogram } from "./histogram.ts";
import type { SideCounts, WindowCounts } from "./tally.ts";

type Numbers = Readonly<Record<string, number | undefined>>;

function lessNumbers(now: Numbers, before: Numbers): Record<string, number> {
  const left: Record<string, number> = {};
  for (const key in now) {
    const more = (now[key] ?? 0) - (before[key] ?? 0);
    if (more !== 0) left[key] = more;
  }
  return left;
}

function lessHistogram(now: SparseHistogram, before: SparseHistogram): SparseHistogram {
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

function lessSide(now: SideCounts, before: SideCounts): SideCounts {
  if (before.requests === 0 && before.aborted === 0) return now;
  return {
    requests: now.requests - before.requests,
    errors: now.errors - before.errors,
    aborted: now.aborted - before.aborted,
    sumMicros: now.sumMicros - before.sumMicros,
    histogram: lessHistogram(now.histogram, before.histogram),
    codes: lessNumbers(now.codes, before.codes),
  };
}

/** What was counted between two readings of the same counters: `now` is `before` and more. */
export function subtractCounts(now: WindowCounts, before: WindowCounts): WindowCounts {
  const { match, mismatch, inconclusive } = now.comparisons;
  return {
    legacy: lessSide(now.legacy, before.legacy),
    modern: lessSide(now.modern, before.modern),
    shadow: {
      legacy: lessSide(now.shadow.legacy, before.shadow.legacy),
      modern: lessSide(now.shadow.modern, before.shadow.modern),
    },
    shadowOutcomes: {
      legacy: lessNumbers(now.shadowOutcomes.legacy, before.shadowOutcomes.legacy),
      modern: lessNumbers(now.shadowOutcomes.modern, before.shadowOutcomes.modern),
    },
    comparisons: {
      match: match - before.comparisons.match,
      mismatch: mismatch - before.comparisons.mismatch,
      inconclusive: inconclusive - before.comparisons.inconclusive,
    },
    notCompared: lessNumbers(now.notCompared, before.notCompared),
    mismatches: lessNumbers(now.mismatches, before.mismatches),
    unsafeModern: now.unsafeModern - before.unsafeModern,
    keyed: now.keyed - before.keyed,
    // A lower bound that a change of the most frequent key may lower.
    topKey: Math.max(0, now.topKey - before.topKey),
  };
}

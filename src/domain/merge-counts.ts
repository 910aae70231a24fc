import { mergeHistograms } from "./histogram.ts";
import type { SideCounts, WindowCounts } from "./tally.ts";

type Numbers = Readonly<Record<string, number | undefined>>;

function addNumbers(records: readonly Numbers[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const record of records) {
    for (const key in record) sum[key] = (sum[key] ?? 0) + (record[key] ?? 0);
  }
  return sum;
}

function mergeSides(sides: readonly SideCounts[]): SideCounts {
  let requests = 0;
  let errors = 0;
  let aborted = 0;
  let sumMicros = 0;
  for (const side of sides) {
    requests += side.requests;
    errors += side.errors;
    aborted += side.aborted;
    sumMicros += side.sumMicros;
  }
  const histogram = mergeHistograms(sides.map((side) => side.histogram));
  return {
    requests,
    errors,
    aborted,
    sumMicros,
    histogram,
    codes: addNumbers(sides.map((side) => side.codes)),
  };
}

/** Adds counts of several doors or windows; order does not matter. */
export function mergeCounts(all: readonly WindowCounts[]): WindowCounts {
  const sum = (pick: (counts: WindowCounts) => number) =>
    all.reduce((total, counts) => total + pick(counts), 0);
  return {
    legacy: mergeSides(all.map((counts) => counts.legacy)),
    modern: mergeSides(all.map((counts) => counts.modern)),
    shadow: {
      legacy: mergeSides(all.map((counts) => counts.shadow.legacy)),
      modern: mergeSides(all.map((counts) => counts.shadow.modern)),
    },
    shadowOutcomes: {
      legacy: addNumbers(all.map((counts) => counts.shadowOutcomes.legacy)),
      modern: addNumbers(all.map((counts) => counts.shadowOutcomes.modern)),
    },
    comparisons: {
      match: sum((counts) => counts.comparisons.match),
      mismatch: sum((counts) => counts.comparisons.mismatch),
      inconclusive: sum((counts) => counts.comparisons.inconclusive),
    },
    notCompared: addNumbers(all.map((counts) => counts.notCompared)),
    mismatches: addNumbers(all.map((counts) => counts.mismatches)),
    unsafeModern: sum((counts) => counts.unsafeModern),
    keyed: sum((counts) => counts.keyed),
    topKey: sum((counts) => counts.topKey),
  };
}

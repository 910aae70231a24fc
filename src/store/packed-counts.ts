import type { SideCounts, WindowCounts } from "../domain/tally.ts";

/**
 * Rollups are many and mostly empty: as JSON text without names and with 0 for a part nothing was counted in, a quiet
 * minute takes 60 bytes instead of 700.
 */
type PackedSide = 0 | readonly [number, number, number, number, SideCounts["histogram"], SideCounts["codes"]];
type PackedRecord = 0 | Readonly<Record<string, number>>;
type Packed = readonly [
  sides: readonly [PackedSide, PackedSide, PackedSide, PackedSide],
  outcomes: readonly [PackedRecord, PackedRecord],
  comparisons: readonly [number, number, number],
  notCompared: PackedRecord,
  mismatches: PackedRecord,
  rest: readonly [unsafeModern: number, keyed: number, topKey: number],
];

function packSide({ requests, errors, aborted, sumMicros, histogram, codes }: SideCounts): PackedSide {
  if (requests === 0 && aborted === 0) return 0;
  return [requests, errors, aborted, sumMicros, histogram, codes];
}

function unpackSide(packed: PackedSide): SideCounts {
  const [requests, errors, aborted, sumMicros, histogram, codes] =
    packed === 0 ? ([0, 0, 0, 0, [], {}] as const) : packed;
  return { requests, errors, aborted, sumMicros, histogram, codes };
}

function packRecord(record: Readonly<Record<string, number | undefined>>): PackedRecord {
  for (const _ in record) return record as Record<string, number>;
  return 0;
}

function unpackRecord(packed: PackedRecord): Record<string, number> {
  return packed === 0 ? {} : packed;
}

export function packCounts(counts: WindowCounts): string {
  const { legacy, modern, shadow, shadowOutcomes, comparisons } = counts;
  const packed: Packed = [
    [packSide(legacy), packSide(modern), packSide(shadow.legacy), packSide(shadow.modern)],
    [packRecord(shadowOutcomes.legacy), packRecord(shadowOutcomes.modern)],
    [comparisons.match, comparisons.mismatch, comparisons.inconclusive],
    packRecord(counts.notCompared),
    packRecord(counts.mismatches),
    [counts.unsafeModern, counts.keyed, counts.topKey],
  ];
  return JSON.stringify(packed);
}

export function unpackCounts(text: string): WindowCounts {
  const [sides, outcomes, [match, mismatch, inconclusive], notCompared, mismatches, rest] = JSON.parse(
    text,
  ) as Packed;
  const [unsafeModern, keyed, topKey] = rest;
  return {
    legacy: unpackSide(sides[0]),
    modern: unpackSide(sides[1]),
    shadow: { legacy: unpackSide(sides[2]), modern: unpackSide(sides[3]) },
    shadowOutcomes: { legacy: unpackRecord(outcomes[0]), modern: unpackRecord(outcomes[1]) },
    comparisons: { match, mismatch, inconclusive },
    notCompared: unpackRecord(notCompared),
    mismatches: unpackRecord(mismatches),
    unsafeModern,
    keyed,
    topKey,
  };
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_COUNTS } from "../../src/domain/counters.ts";
import { packCounts, unpackCounts } from "../../src/store/packed-counts.ts";
import { anyCounts, oneCounter } from "../support/any-counts.ts";

test("what is packed comes out as it was, every counter by itself and all together", () => {
  fc.assert(
    fc.property(fc.oneof(anyCounts, oneCounter), (counts) => {
      // Strata are a gate's evidence, and in no rollup.
      expect(unpackCounts(packCounts(counts))).toEqual({ ...counts, strata: {} });
    }),
    { numRuns: 500 },
  );
});

/** A row as 0.1.0 wrote it. */
const ROW =
  '[[[3,1,2,700,[20,1,35,2],{"200":2,"503":1}],0,0,[1,0,0,9,[9,1],{"0":1}]],[0,{"sent":1,"shed":4}],[7,8,9],{"shed":4},0,[5,6,2]]';

test("rows lie as they lay before there was a table of counters: later counters only follow", () => {
  const counts = {
    ...NO_COUNTS,
    legacy: {
      requests: 3,
      errors: 1,
      aborted: 2,
      sumMicros: 700,
      histogram: [20, 1, 35, 2],
      codes: { 200: 2, 503: 1 },
    },
    shadow: {
      legacy: NO_COUNTS.legacy,
      modern: { requests: 1, errors: 0, aborted: 0, sumMicros: 9, histogram: [9, 1], codes: { 0: 1 } },
    },
    shadowOutcomes: { legacy: {}, modern: { sent: 1, shed: 4 } },
    comparisons: { ...NO_COUNTS.comparisons, match: 7, mismatch: 8, inconclusive: 9 },
    notCompared: { shed: 4 },
    unsafeModern: 5,
    keyed: 6,
    topKey: 2,
  };
  expect(unpackCounts(ROW)).toEqual(counts);
  expect(packCounts(counts).startsWith(ROW.slice(0, -1))).toBe(true);
});

test("a row of a fig with more counters, and with more names, is read as far as they are known", () => {
  const newer = ROW.replace("[7,8,9]", "[7,8,9,1]").replace(/\]$/, ',3,{"a":1},[1,2],[1,2]]');
  expect(unpackCounts(newer)).toMatchObject({ comparisons: { match: 7 }, keyed: 6, topKey: 2 });
  expect(Object.keys(unpackCounts(newer))).toEqual(Object.keys(NO_COUNTS));
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketFloor, bucketOf, HISTOGRAM_BUCKETS, sparseOf } from "../../src/domain/histogram.ts";
import { foldLatencies, LATENCY_EDGES_SECONDS } from "../../src/observe/latency-buckets.ts";

test("every edge is the floor of a bucket of the tallies' histogram", () => {
  expect(LATENCY_EDGES_SECONDS[0]).toBe(0.000512);
  expect(LATENCY_EDGES_SECONDS.at(-1)).toBe(33.554432);
  for (const edge of LATENCY_EDGES_SECONDS) {
    const micros = Math.round(edge * 1e6);
    expect(bucketFloor(bucketOf(micros))).toBe(micros);
  }
});

test("folding counts exactly the values below each edge", () => {
  const micros = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
  fc.assert(
    fc.property(fc.array(micros, { maxLength: 50 }), (values) => {
      const counts = new Float64Array(HISTOGRAM_BUCKETS);
      for (const value of values) counts[bucketOf(value)] = (counts[bucketOf(value)] as number) + 1;
      const folded = foldLatencies(sparseOf(counts));
      expect(folded).toEqual(
        LATENCY_EDGES_SECONDS.map((edge) => values.filter((value) => value < edge * 1e6).length),
      );
    }),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketOf, HISTOGRAM_BUCKETS, sparseOf } from "../../../src/domain/histogram.ts";
import { QuantileTest } from "../../../src/domain/proof/quantile-test.ts";
import { lnBeta } from "../../../src/domain/proof/special.ts";

function histogramOf(values: readonly number[]) {
  const counts = new Float64Array(HISTOGRAM_BUCKETS);
  for (const value of values) counts[bucketOf(value)] = (counts[bucketOf(value)] as number) + 1;
  return sparseOf(counts);
}

/** Latencies of an exponential tail over 20 ms, in µs, spread evenly so that no seed decides. */
function latencies(count: number, factor = 1): readonly number[] {
  return Array.from(
    { length: count },
    (_, i) => factor * 20_000 * (1 - 0.25 * Math.log(1 - (i + 0.5) / count)),
  );
}

const lnSlower = ({ ratio, ...both }: ReturnType<typeof question>) => new QuantileTest(both).lnSlower(ratio);
const lnWithin = ({ ratio, ...both }: ReturnType<typeof question>) => new QuantileTest(both).lnWithin(ratio);

const question = (modern: readonly number[], legacy: readonly number[], quantile: number, ratio: number) => ({
  modern: histogramOf(modern),
  legacy: histogramOf(legacy),
  quantile,
  ratio,
});

describe("the quantile test", () => {
  test("finds modern slower, and not the other way round", () => {
    const slower = question(latencies(2000, 1.5), latencies(2000), 0.95, 1.2);
    expect(lnSlower(slower)).toBeGreaterThan(10);
    expect(lnWithin(slower)).toBeLessThan(0);
    const same = question(latencies(2000), latencies(2000), 0.95, 1.5);
    expect(lnWithin(same)).toBeGreaterThan(10);
    expect(lnSlower(same)).toBeLessThan(0);
  });

  test("says nothing with nothing, and little with little", () => {
    expect(lnSlower(question([], latencies(50), 0.5, 1))).toBe(0);
    expect(lnWithin(question(latencies(50), [], 0.5, 1))).toBe(0);
    expect(lnSlower(question(latencies(3, 9), latencies(3), 0.99, 1.2))).toBeLessThan(3);
    expect(lnWithin(question(latencies(20), latencies(20), 0.99, 1.2))).toBeLessThan(3);
  });

  test("at equal latencies nothing is proven against a ratio of 1, whatever the counts", () => {
    for (const count of [10, 1000, 100_000]) {
      const same = question(latencies(count), latencies(count), 0.9, 1);
      expect(lnSlower(same)).toBeLessThan(1);
      expect(lnWithin(same)).toBeLessThan(1);
    }
  });

  test("the interval holds the ratio", () => {
    const { modern, legacy } = question(latencies(5000, 1.3), latencies(5000), 0.5, 1);
    const [low, high] = new QuantileTest({ modern, legacy, quantile: 0.5 }).interval(0.05);
    expect(low).toBeGreaterThan(1.15);
    expect(low).toBeLessThan(1.3);
    expect(high).toBeGreaterThan(1.3);
    expect(high).toBeLessThan(1.45);
    const open = new QuantileTest({
      modern: histogramOf([9]),
      legacy: histogramOf([9]),
      quantile: 0.5,
    }).interval(0.05);
    expect(open).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  test("of equal distributions is rarely above 1/α however often it is looked at", () => {
    const wrong = 30;
    let rejected = 0;
    let state = 7;
    const draw = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return 1000 * (1 - Math.log(1 - state / 2 ** 32));
    };
    for (let run = 0; run < wrong; run++) {
      const [modern, legacy]: [number[], number[]] = [[], []];
      let passed = false;
      for (let i = 0; i < 300 && !passed; i++) {
        modern.push(draw());
        legacy.push(draw());
        if (i % 20 === 19) passed = lnSlower(question(modern, legacy, 0.5, 1)) >= Math.log(20);
      }
      if (passed) rejected++;
    }
    expect(rejected).toBeLessThanOrEqual(wrong * 0.05);
  });

  test("more of modern's answers beyond the quantile never weaken the evidence that it is slower", () => {
    const values = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(values, values, (modern, legacy) => {
        const before = lnSlower(question(modern, legacy, 0.5, 1.1));
        const after = lnSlower(
          question(
            modern.map((value) => value * 4),
            legacy,
            0.5,
            1.1,
          ),
        );
        expect(after).toBeGreaterThanOrEqual(before - 1e-9);
      }),
      { numRuns: 100 },
    );
  });
});

/** confseq's QuantileABTest, two-sided and unbucketed: 1..1000 against the same shifted, tuned for 100. */
describe("ln B is that of confseq's test of two quantiles", () => {
  const pValue = (p: number, shift: number) => {
    const enough = Math.log(20);
    const variance = 100 * p * (1 - p);
    const spread = Math.max(
      variance / (2 * enough + Math.log(1 + 2 * enough)) - p * (1 - p),
      1e-3 * p * (1 - p),
    );
    const [a, b] = [spread / (1 - p), spread / p];
    const evidence = (below: number) =>
      lnBeta(a + below, b + 1000 - below) -
      lnBeta(a, b) -
      below * Math.log(p) -
      (1000 - below) * Math.log(1 - p);
    const within = (below: number) => Math.min(1000, Math.max(0, below));
    let least = Number.POSITIVE_INFINITY;
    // Just below each value, so that either arm counts it or not, whichever proves less.
    for (let x = 0; x <= 1000 + shift; x++) {
      for (const [one, other] of [
        [x, x - shift],
        [x, x - shift - 1],
        [x - 1, x - shift],
      ] as const)
        least = Math.min(least, evidence(within(one)) + evidence(within(other)));
    }
    return Math.min(1, Math.exp(-least));
  };

  test.each([
    [0.5, 70, 0.814704],
    [0.5, 85, 0.0838055],
    [0.5, 100, 0.0054947],
    [0.9, 55, 0.0340463],
  ])("at the quantile %f, shifted by %i", (p, shift, value) => {
    expect(Math.abs(pValue(p, shift) - value)).toBeLessThan(1e-5);
  });
});

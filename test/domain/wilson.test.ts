import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanTrialsNeeded, wilsonInterval, wilsonUpper, Z_95 } from "../../src/domain/wilson.ts";

describe("wilsonUpper", () => {
  test.each([
    // Hits, trials, upper bound: R's prop.test(correct = FALSE) and Newcombe 1998, table I.
    [0, 10, 0.2775],
    [1, 10, 0.4042],
    [0, 1000, 0.00383],
    [81, 263, 0.3662],
    [15, 148, 0.1605],
    [0, 20, 0.1611],
    [1, 29, 0.1718],
    [10, 10, 1],
  ])("%i in %i trials is below %f", (hits, trials, upper) => {
    expect(wilsonUpper(hits, trials)).toBeCloseTo(upper, 4);
  });

  test("without trials anything is possible", () => {
    expect(wilsonUpper(0, 0)).toBe(1);
  });

  test("none of many is exactly nothing at the least, all of them exactly everything at the most", () => {
    for (let trials = 1; trials <= 2000; trials++) {
      expect(wilsonInterval(0, trials)[0]).toBe(0);
      expect(wilsonInterval(trials, trials)[1]).toBe(1);
    }
  });

  test("is the larger root of the score equation |p̂ - p| = z √(p(1-p)/n)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const hits = Math.floor(n * share);
          const p = wilsonUpper(hits, n);
          expect(p).toBeGreaterThan(hits / n - 1e-9);
          expect(Math.abs(p - hits / n - Z_95 * Math.sqrt((p * (1 - p)) / n))).toBeLessThan(1e-6);
        },
      ),
    );
  });
});

describe("cleanTrialsNeeded", () => {
  test("without a mismatch 765 comparisons bring a rate under 0.5 %", () => {
    expect(cleanTrialsNeeded(0, 0, 0.005)).toBe(765);
    expect(cleanTrialsNeeded(0, 764, 0.005)).toBe(1);
    expect(cleanTrialsNeeded(0, 765, 0.005)).toBe(0);
  });

  test("is exactly enough", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 5000 }),
        fc.double({ min: 0.0001, max: 0.9, noNaN: true }),
        (hits, clean, bound) => {
          const trials = hits + clean;
          const more = cleanTrialsNeeded(hits, trials, bound);
          expect(wilsonUpper(hits, trials + more)).toBeLessThan(bound);
          if (more > 0) expect(wilsonUpper(hits, trials + more - 1)).toBeGreaterThanOrEqual(bound);
        },
      ),
    );
  });

  test("a bound of 0 is never reached", () => {
    expect(cleanTrialsNeeded(0, 10, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});

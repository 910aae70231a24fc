import { describe, expect, test } from "vitest";
import {
  cleanTrialsMissing,
  lnAbove,
  lnBelow,
  lnRateEvidence,
  rateLower,
  rateUpper,
} from "../../../src/domain/proof/rate-bound.ts";
import { lnBeta } from "../../../src/domain/proof/special.ts";

const ALPHA = 0.05;
const ENOUGH = Math.log(1 / ALPHA);

describe("the bound of a rate", () => {
  test.each([
    // Trials that rule out 1 %, by an independent computation in Python.
    [0, 328],
    [1, 751],
    [3, 1179],
  ])("with %i hits needs %i trials to be under 1 %%", (hits, trials) => {
    expect(hits + cleanTrialsMissing(hits, hits, 0.01, ALPHA)).toBe(trials);
    expect(rateUpper(hits, trials, ALPHA)).toBeLessThanOrEqual(0.01);
    expect(rateUpper(hits, trials - 1, ALPHA)).toBeGreaterThan(0.01);
  });

  test("is where the evidence is exactly enough, with any counts", () => {
    for (const [hits, trials] of [
      [0, 20],
      [7, 300],
      [500, 1000],
      [99, 100],
      [3, 2_000_000],
    ] as const) {
      expect(lnRateEvidence(hits, trials, rateUpper(hits, trials, ALPHA))).toBeCloseTo(ENOUGH, 5);
    }
  });

  test("from below is the bound from above of what missed", () => {
    expect(rateLower(700, 1000, ALPHA)).toBeCloseTo(1 - rateUpper(300, 1000, ALPHA), 12);
    expect(rateLower(0, 1000, ALPHA)).toBe(0);
    expect(rateLower(30, 30, ALPHA)).toBeGreaterThan(0.8);
  });

  test("is 1 where nothing but hits was seen, or nothing", () => {
    expect(rateUpper(0, 0, ALPHA)).toBe(1);
    expect(rateUpper(20, 20, ALPHA)).toBe(1);
    expect(rateLower(0, 0, ALPHA)).toBe(0);
  });

  test("is an e-value: at the rate itself its mean over n trials is 1", () => {
    for (const [n, rate] of [
      [10, 0.3],
      [40, 0.05],
    ] as const) {
      let choose = 1;
      let [below, above, both] = [0, 0, 0];
      for (let k = 0; k <= n; k++) {
        const chance = choose * rate ** k * (1 - rate) ** (n - k);
        below += chance * Math.exp(lnBelow(k, n, rate));
        above += chance * Math.exp(lnAbove(k, n, rate));
        both += chance * Math.exp(lnRateEvidence(k, n, rate));
        choose = (choose * (n - k)) / (k + 1);
      }
      expect([below, above, both].map((mean) => mean.toFixed(9))).toEqual(Array(3).fill("1.000000000"));
    }
  });

  test("at the ends of the scale", () => {
    expect(lnRateEvidence(0, 5, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(lnRateEvidence(0, 5, 0)).toBeLessThanOrEqual(0);
    expect(cleanTrialsMissing(0, 0, 0, ALPHA)).toBe(Number.POSITIVE_INFINITY);
    expect(cleanTrialsMissing(0, 0, 1, ALPHA)).toBe(1);
  });
});

/**
 * confseq's bernoulli_confidence_interval(700, 1000, .05, 100): a two-sided mixture around each rate p, its prior
 * Beta(r / (1 - p), r / p) tuned for 100 trials.
 */
test("ln B is that of confseq's interval of 700 in 1000", () => {
  const twice = 2 * ENOUGH;
  const evidence = (p: number) => {
    const variance = 100 * p * (1 - p);
    const spread = Math.max(variance / (twice + Math.log(1 + twice)) - p * (1 - p), 1e-3 * p * (1 - p));
    const [a, b] = [spread / (1 - p), spread / p];
    return lnBeta(a + 700, b + 300) - lnBeta(a, b) - 700 * Math.log(p) - 300 * Math.log(1 - p) - ENOUGH;
  };
  expect(Math.abs(evidence(0.651629))).toBeLessThan(1e-3);
  expect(Math.abs(evidence(0.745949))).toBeLessThan(1e-3);
});

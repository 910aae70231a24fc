import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  differenceBounds,
  lnDifferenceAbove,
  lnDifferenceBelow,
} from "../../../src/domain/proof/difference-test.ts";

const rates = (hits: number, trials: number, otherHits: number, otherTrials: number, paired = false) => ({
  one: { hits, trials },
  other: { hits: otherHits, trials: otherTrials },
  paired,
});

function chances(trials: number, rate: number): readonly number[] {
  let choose = 1;
  return Array.from({ length: trials + 1 }, (_, k) => {
    const chance = choose * rate ** k * (1 - rate) ** (trials - k);
    choose = (choose * (trials - k)) / (k + 1);
    return chance;
  });
}

describe("the test of a difference", () => {
  test.each([
    [0.3, 0.2, 0.1],
    [0.05, 0.05, 0],
    [0.5, 0.6, -0.1],
    [0.01, 0, 0.01],
  ])(
    "is an e-value: with rates of %f and %f its mean is at most 1 at their difference",
    (p, r, difference) => {
      const [ofOne, ofOther] = [chances(25, p), chances(30, r)];
      let [above, below] = [0, 0];
      ofOne.forEach((one, hits) => {
        ofOther.forEach((other, otherHits) => {
          const seen = rates(hits, 25, otherHits, 30);
          above += one * other * Math.exp(lnDifferenceAbove(seen, difference));
          below += one * other * Math.exp(lnDifferenceBelow(seen, difference));
        });
      });
      expect(above).toBeLessThanOrEqual(1);
      expect(below).toBeLessThanOrEqual(1);
    },
  );

  test("finds a difference with few errors, and none where there is none", () => {
    expect(lnDifferenceAbove(rates(8, 40, 1, 360), 0.01)).toBeGreaterThan(Math.log(20));
    expect(lnDifferenceAbove(rates(10, 1000, 90, 9000), 0)).toBeLessThanOrEqual(0);
    expect(lnDifferenceBelow(rates(0, 600, 0, 600), 0.01)).toBeGreaterThan(Math.log(20));
    expect(lnDifferenceBelow(rates(0, 0, 0, 5), 0.01)).toBe(0);
  });

  test("lies between the bounds", () => {
    const [low, high] = differenceBounds(rates(300, 10_000, 100, 10_000), 0.05);
    expect(low).toBeGreaterThan(0.01);
    expect(low).toBeLessThan(0.02);
    expect(high).toBeGreaterThan(0.02);
    expect(high).toBeLessThan(0.03);
    expect(differenceBounds(rates(1, 1, 0, 1), 0.05)[1]).toBe(1);
    expect(differenceBounds(rates(0, 1, 1, 1), 0.05)[0]).toBe(-1);
  });

  test("is the mirror of itself with the sides changed", () => {
    const count = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(
        count,
        count,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (n, m, share, paired) => {
          const seen = rates(Math.round(n * share), n, Math.round(m * share * 0.5), m, paired);
          const mirrored = { one: seen.other, other: seen.one, paired };
          expect(lnDifferenceBelow(mirrored, -0.02)).toBe(lnDifferenceAbove(seen, 0.02));
        },
      ),
      { numRuns: 200 },
    );
  });
});

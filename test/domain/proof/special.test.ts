import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lnBeta, lnBetaTails, lnGamma, lnSum } from "../../../src/domain/proof/special.ts";
import { counterpart } from "../../support/counterparts.ts";

type Betainc = (x: number, a: number, b: number, regularized?: boolean, upper?: boolean) => number;
const betainc = counterpart("@stdlib/math-base-special-betainc") as Betainc;
const betaln = counterpart("@stdlib/math-base-special-betaln") as (a: number, b: number) => number;

function expectRelative(value: number, oracle: number, tolerance = 1e-9): void {
  expect(Math.abs(value - oracle)).toBeLessThanOrEqual(tolerance * Math.abs(oracle));
}

/** From a half to a million, as many small as large. */
const argument = fc.double({ min: Math.log(0.5), max: Math.log(1e6), noNaN: true }).map(Math.exp);
const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });

describe("against @stdlib", () => {
  test("ln B(a, b)", () => {
    fc.assert(
      fc.property(argument, argument, (a, b) => {
        const oracle = betaln(a, b);
        // Where B is about 1, its logarithm is exact to the last digits of 1.
        expect(Math.abs(lnBeta(a, b) - oracle)).toBeLessThanOrEqual(1e-9 * Math.abs(oracle) + 1e-14);
      }),
      { numRuns: 2000 },
    );
  });

  test("both tails of the incomplete beta function, at shares anywhere", () => {
    fc.assert(
      fc.property(argument, argument, share, (a, b, x) => {
        const { lower, upper } = lnBetaTails(x, a, b);
        const [low, high] = [betainc(x, a, b, true, false), betainc(x, a, b, true, true)];
        if (low > 1e-290) expectRelative(Math.exp(lower), low);
        if (high > 1e-290) expectRelative(Math.exp(upper), high);
      }),
      { numRuns: 2000 },
    );
  });

  test("both tails around the mean, where neither is small", () => {
    const offset = fc.double({ min: -6, max: 6, noNaN: true });
    fc.assert(
      fc.property(argument, argument, offset, (a, b, deviations) => {
        const mean = a / (a + b);
        const x = mean + deviations * Math.sqrt((mean * (1 - mean)) / (a + b + 1));
        fc.pre(x > 1e-9 && x < 1 - 1e-9);
        const { lower, upper } = lnBetaTails(x, a, b);
        expectRelative(Math.exp(lower), betainc(x, a, b, true, false));
        expectRelative(Math.exp(upper), betainc(x, a, b, true, true));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("far beyond what a number holds", () => {
  test("a tail is what its formula says: I_x(a, 1) = x^a, 1 - I_x(1, b) = (1 - x)^b", () => {
    expectRelative(lnBetaTails(0.01, 1e6, 1).lower, 1e6 * Math.log(0.01), 1e-12);
    expectRelative(lnBetaTails(0.5, 1, 1e7).upper, 1e7 * Math.log(0.5), 1e-12);
  });

  test("the tails of one side are those of the other, swapped", () => {
    const one = lnBetaTails(0.3, 40_000, 50_000);
    const other = lnBetaTails(0.7, 50_000, 40_000);
    expectRelative(one.lower, other.upper);
    expect(one.lower).toBeLessThan(-1000);
  });

  test("nothing lies below 0 and everything below 1", () => {
    expect(lnBetaTails(0, 2, 3)).toEqual({ lower: Number.NEGATIVE_INFINITY, upper: 0 });
    expect(lnBetaTails(1, 2, 3)).toEqual({ lower: 0, upper: Number.NEGATIVE_INFINITY });
  });
});

test("ln Γ is that of factorials and of a half", () => {
  expectRelative(lnGamma(0.5), Math.log(Math.PI) / 2, 1e-14);
  let factorial = 1;
  for (let n = 2; n <= 100; n++) {
    factorial *= n;
    expectRelative(lnGamma(n + 1), Math.log(factorial), 1e-14);
  }
});

test("sums of what no number holds", () => {
  expectRelative(lnSum(2000, 2000), 2000 + Math.LN2, 1e-15);
  expect(lnSum(Number.NEGATIVE_INFINITY, 3)).toBe(3);
  expect(lnSum(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
});

import { describe, expect, test } from "vitest";
import { eBenjaminiHochberg, lnMeanEvidence } from "../../../src/domain/proof/e-bh.ts";

const ln = (values: readonly number[]) => values.map(Math.log);

describe("e-BH", () => {
  test("rejects the k strongest, for the largest k whose k-th is at least K / (k alpha)", () => {
    // K = 4, alpha = 0.1: 40, 20, 13.3, 10.
    expect(eBenjaminiHochberg(ln([41, 1, 19, 0.5]), 0.1)).toEqual([0]);
    expect(eBenjaminiHochberg(ln([39, 1, 19, 0.5]), 0.1)).toEqual([]);
    expect(eBenjaminiHochberg(ln([1, 21, 25, 14]), 0.1)).toEqual([2, 1, 3]);
    expect(eBenjaminiHochberg(ln([11, 11, 11, 11]), 0.1)).toEqual([0, 1, 2, 3]);
  });

  test("of nothing rejects nothing, and takes any size of evidence", () => {
    expect(eBenjaminiHochberg([], 0.05)).toEqual([]);
    expect(
      eBenjaminiHochberg([Number.POSITIVE_INFINITY, -5000, 5000, Number.POSITIVE_INFINITY], 0.05),
    ).toEqual([0, 3, 2]);
  });
});

describe("the mean of e-values", () => {
  test("is the logarithm of their mean", () => {
    expect(lnMeanEvidence(ln([1, 2, 3, 10]))).toBeCloseTo(Math.log(4), 12);
    expect(lnMeanEvidence([2000, 0])).toBeCloseTo(2000 - Math.LN2, 9);
    expect(lnMeanEvidence([0, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(lnMeanEvidence([])).toBe(0);
  });
});

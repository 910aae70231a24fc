import { describe, expect, test } from "vitest";
import { eValueOf, lnSignEvidence } from "../../../src/domain/proof/sign-test.ts";

describe("the sign test", () => {
  test.each([
    // By an independent computation in Python.
    [8, 0, 0.5, 56.7778],
    [20, 5, 0.5, 48.5205],
    [12, 30, 0.1, 55.1118],
    [10, 90, 0.1, 0.0475507],
    [5, 0, 0.1, 18_518.5],
  ])("of %i events against %i at a share of %f has the e-value %f", (b, c, q, e) => {
    const value = eValueOf(lnSignEvidence(b, c, q));
    expect(Math.abs(value / e - 1)).toBeLessThan(5e-6);
  });

  test("is an e-value: where the share is q, its mean over n events is 1", () => {
    for (const [n, q] of [
      [12, 0.5],
      [20, 0.1],
      [30, 0.73],
    ] as const) {
      let choose = 1;
      let mean = 0;
      for (let b = 0; b <= n; b++) {
        mean += choose * q ** b * (1 - q) ** (n - b) * eValueOf(lnSignEvidence(b, n - b, q));
        choose = (choose * (n - b)) / (b + 1);
      }
      expect(mean).toBeCloseTo(1, 10);
    }
  });

  test("of nothing says nothing, and of events of no chance everything", () => {
    expect(lnSignEvidence(0, 0, 0.3)).toBeCloseTo(0, 12);
    expect(lnSignEvidence(9, 0, 1)).toBe(0);
    expect(lnSignEvidence(1, 5, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(eValueOf(Number.POSITIVE_INFINITY)).toBe(Number.MAX_VALUE);
  });

  test("of a million events is a number", () => {
    expect(lnSignEvidence(600_000, 400_000)).toBeGreaterThan(20_000);
    expect(lnSignEvidence(400_000, 600_000)).toBeLessThan(-10);
  });
});

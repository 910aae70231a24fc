import { describe, expect, test } from "vitest";
import { differenceInterval, sequentialHalfWidth } from "../../../src/domain/proof/difference-interval.ts";

/** GrowthBook's unit test of its equation 9: a lift, with its variance by the delta method. */
test("the half width is GrowthBook's for the lift of 2422 in 3461 over 1396 in 3000", () => {
  const [a, b] = [1396 / 3000, 2422 / 3461];
  const trials = 3000 + 3461;
  const variance = (b * (1 - b)) / (3461 * a * a) + (a * (1 - a) * b * b) / (3000 * a ** 4);
  const half = sequentialHalfWidth(variance * trials, trials, 0.05);
  const lift = b / a - 1;
  expect(lift).toBeCloseTo(0.50386, 5);
  expect(lift - half).toBeCloseTo(0.40098, 5);
  expect(lift + half).toBeCloseTo(0.60675, 5);
});

describe("the interval of a difference", () => {
  test("lies around the difference, and narrows with more", () => {
    const few = differenceInterval({ hits: 30, trials: 1000 }, { hits: 10, trials: 1000 }, 0.05);
    const many = differenceInterval({ hits: 3000, trials: 100_000 }, { hits: 1000, trials: 100_000 }, 0.05);
    const [low, high] = few ?? [];
    expect(((low ?? 0) + (high ?? 0)) / 2).toBeCloseTo(0.02, 12);
    expect(low).toBeLessThan(0.005);
    expect(many?.[0]).toBeGreaterThan(0.015);
    expect(many?.[1]).toBeLessThan(0.025);
  });

  test("has a width where no hit was seen at all", () => {
    const [low, high] = differenceInterval({ hits: 0, trials: 50 }, { hits: 0, trials: 50 }, 0.05) ?? [0, 0];
    expect(high).toBeGreaterThan(0.02);
    expect(low).toBeLessThan(-0.02);
  });

  test("is none where a side has not answered", () => {
    expect(differenceInterval({ hits: 0, trials: 0 }, { hits: 0, trials: 5 }, 0.05)).toBeUndefined();
    expect(differenceInterval({ hits: 0, trials: 5 }, { hits: 0, trials: 0 }, 0.05)).toBeUndefined();
  });
});

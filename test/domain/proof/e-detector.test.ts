import fc from "fast-check";
import { expect, test } from "vitest";
import { falseTrips, median, toDetection } from "../../../bench/simulations/guard-streams.ts";
import { randomOf } from "../../../bench/simulations/random.ts";
import { ALARM, RATIOS, RateDetector, ShareDetector } from "../../../src/domain/proof/e-detector.ts";

test("a bet's factor has mean 1 while both sides fail alike, at every share: nothing is gained by waiting", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-4, max: 1 - 1e-4, noNaN: true }), (share) => {
      // After one event of each kind, from the beginning: the mean over both, weighted by how likely they are.
      const [ours, theirs] = [true, false].map((modern) => {
        const detector = new ShareDetector();
        detector.saw(modern, share);
        return detector.value;
      }) as [number, number];
      expect(share * ours + (1 - share) * theirs).toBeCloseTo(1, 9);
    }),
  );
});

test("the value is what the formula says", () => {
  const detector = new ShareDetector();
  const events = [true, true, false, true, false, false, true];
  const bets = RATIOS.map(() => 1);
  for (const modern of events) {
    detector.saw(modern, 0.1);
    for (const [i, ratio] of RATIOS.entries())
      bets[i] = (Math.max(bets[i] as number, 1) * (modern ? ratio : 1)) / (0.9 + 0.1 * ratio);
  }
  expect(detector.value).toBeCloseTo(bets.reduce((sum, bet) => sum + bet, 0) / bets.length, 9);
});

test("a healthy route trips at most once in a million error events", () => {
  const trips = [0.05, 0.25, 0.5].map((share) => falseTrips(share, 100_000, 7));
  expect(trips).toEqual([0, 0, 0]);
});

test("a tenfold regression at 10 % is found in a median of 25 error events, however long it was good before", () => {
  const found = (good: number) =>
    median(Array.from({ length: 301 }, (_, seed) => toDetection(0.1, 10, good, seed)));
  expect(found(5_000)).toBeLessThanOrEqual(25);
  expect(found(0)).toBeLessThanOrEqual(25);
});

test("a share that nobody or everybody has says nothing", () => {
  const detector = new ShareDetector();
  for (let i = 0; i < 1_000; i++) detector.saw(true, i % 2);
  expect(detector.value).toBe(1);
});

test("evidence stays a number, however much there is", () => {
  const detector = new ShareDetector();
  for (let i = 0; i < 10_000; i++) detector.saw(true, 0.01);
  expect(Number.isFinite(detector.value)).toBe(true);
  expect(detector.alarmed).toBe(true);
});

test("a rate below its limit gives no alarm, and one ten times above it soon does", () => {
  const cases = (rate: number, most: number, seed: number) => {
    const random = randomOf(seed).next;
    const detector = new RateDetector(0.001);
    for (let i = 1; i <= most; i++) {
      detector.saw(random() < rate);
      if (detector.alarmed) return i;
    }
    return Number.POSITIVE_INFINITY;
  };
  expect(cases(0.001, 300_000, 3)).toBe(Number.POSITIVE_INFINITY);
  expect(median([1, 2, 3, 4, 5].map((seed) => cases(0.01, 100_000, seed)))).toBeLessThan(2_500);
  expect(new RateDetector(0.9).alarmed).toBe(false);
  expect(ALARM).toBe(1e6);
});

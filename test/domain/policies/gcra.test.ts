import fc from "fast-check";
import { expect, test } from "vitest";
import {
  drained,
  fits,
  left,
  type Pace,
  paceOf,
  waitMicros,
  wholeMicros,
} from "../../../src/domain/policies/gcra.ts";
import { ExactBucket } from "../../support/exact-bucket.ts";

/** Rate, burst and the gaps between requests, from floods to days of silence. */
const rates = fc.tuple(
  fc.oneof(
    fc.integer({ min: 1, max: 100_000 }).map(String),
    fc.integer({ min: 1, max: 99_999 }).map((n) => String(n / 1000)),
  ),
  fc.constantFrom(1e6, 60e6, 3600e6),
  fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 500 })),
);
const gaps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 50 }) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 2_000_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 * 86_400_000_000 }) },
  ),
  { minLength: 50, maxLength: 400 },
);

test("over random rates, bursts and arrivals exactly the requests of the exact model pass, however long a bucket lives", () => {
  fc.assert(
    fc.property(
      rates,
      gaps,
      fc.integer({ min: 0, max: 2 ** 45 }),
      ([amount, period, burst], waits, start) => {
        const pace = paceOf(amount, period, burst) as Pace;
        const exact = new ExactBucket(amount, period, burst);
        let [used, at, now] = [0, 0, start];
        for (const wait of waits) {
          now += wait;
          used = drained(used, now - at, pace);
          at = now;
          const passes = fits(used, pace, 1);
          expect(passes).toBe(exact.take(now));
          expect(left(used, pace, 1) > 0).toBe(passes);
          expect(waitMicros(used, pace, 1) === 0).toBe(passes);
          if (passes) used += pace.cost;
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("a refused request passes after just the time that is said, and not a microsecond sooner", () => {
  fc.assert(
    fc.property(rates, fc.double({ min: 0, max: 1, noNaN: true }), ([amount, period, burst], part) => {
      const pace = paceOf(amount, period, burst) as Pace;
      const used = Math.ceil(pace.room - pace.cost * part) + (part === 0 ? 0 : 1);
      const wait = waitMicros(used, pace, 1);
      expect(fits(drained(used, wait, pace), pace, 1)).toBe(true);
      if (wait > 0) expect(fits(drained(used, wait - 1, pace), pace, 1)).toBe(false);
      expect(drained(used, wholeMicros(used, pace), pace)).toBe(0);
    }),
  );
});

test("in any time t at most burst + rate × t pass", () => {
  const pace = paceOf("100", 1e6, 20) as Pace;
  let [used, at] = [0, 0];
  const passed: number[] = [];
  for (let now = 0; now < 2e6; now += 137) {
    used = drained(used, now - at, pace);
    at = now;
    if (!fits(used, pace, 1)) continue;
    used += pace.cost;
    passed.push(now);
  }
  for (const [i, from] of passed.entries())
    for (let j = i; j < passed.length; j += 7)
      expect(j - i + 1).toBeLessThanOrEqual(20 + (100 * ((passed[j] as number) - from)) / 1e6 + 1);
  expect(passed.length).toBeGreaterThanOrEqual(20 + 199);
});

test("a clock that goes back gives nothing", () => {
  const pace = paceOf("1", 1e6, 1) as Pace;
  expect(drained(pace.cost, -5e6, pace)).toBe(pace.cost);
});

test("a request that counts for more than a burst passes where nothing is used, and is paid off in full", () => {
  const pace = paceOf("10", 1e6, 2) as Pace;
  expect(fits(0, pace, 5)).toBe(true);
  const used = 5 * pace.cost;
  expect(fits(used, pace, 5)).toBe(false);
  expect(waitMicros(used, pace, 5)).toBe(500_000);
});

test("numbers that cannot be counted exactly are no pace", () => {
  expect(paceOf("0", 1e6, 1)).toBeUndefined();
  expect(paceOf("999999937", 3600e6, 1_000_000_000)).toBeUndefined();
  expect(paceOf("999999937", 3600e6, 1_000_000)).toBeDefined();
});

import { expect, test } from "vitest";
import { systemClock } from "../src/clock.ts";

test("hex gives twice as many lower-case digits as bytes, also past the pool's size", () => {
  for (const bytes of [0, 1, 8, 16, 16_384, 16_385, 40_000]) {
    expect(systemClock.hex(bytes)).toMatch(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
  }
});

test("hex never repeats, across refills of its pool", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 5_000; i++) seen.add(systemClock.hex(8));
  expect(seen.size).toBe(5_000);
});

test("micros never goes back and counts microseconds", () => {
  const startNs = process.hrtime.bigint();
  const start = systemClock.micros();
  let last = start;
  for (let i = 0; i < 10_000; i++) {
    const next = systemClock.micros();
    expect(next).toBeGreaterThanOrEqual(last);
    last = next;
  }
  const outerMicros = Number(process.hrtime.bigint() - startNs) / 1000;
  expect(last - start).toBeLessThanOrEqual(outerMicros);
  expect(last - start).toBeGreaterThan(0);
});

test("now is the wall clock in milliseconds", () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

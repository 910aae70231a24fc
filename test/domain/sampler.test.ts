import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { Sampler } from "../../src/domain/sampler.ts";
import { thresholdOf } from "../../src/domain/split.ts";

test("draws fall evenly, another secret draws others, and the same secret the same", () => {
  const sampler = new Sampler("00000000000000000000000000000000");
  const below = thresholdOf(10);
  let sampled = 0;
  for (let i = 0; i < 100_000; i++) if (sampler.next() < below) sampled++;
  expect(sampled).toBeGreaterThan(9_500);
  expect(sampled).toBeLessThan(10_500);
  const first = (secret: string) => {
    const draws = new Sampler(secret);
    return Array.from({ length: 8 }, () => draws.next());
  };
  const secret = systemClock.hex(16);
  expect(first(secret)).toEqual(first(secret));
  expect(first(secret)).not.toEqual(first(systemClock.hex(16)));
});

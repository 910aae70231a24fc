import { expect, test } from "vitest";
import { FrequentKeys } from "../../src/domain/frequent-keys.ts";

test("a few keys are counted exactly", () => {
  const keys = new FrequentKeys(3);
  for (const key of ["a", "b", "a", "c", "a"]) keys.add(key);
  expect(keys.counts()).toEqual({ a: 3, b: 1, c: 1 });
});

test("a key that makes up more than its part is there whatever else comes, counted at most too high", () => {
  const keys = new FrequentKeys(10);
  const rounds = 5_000;
  for (let i = 0; i < rounds; i++) {
    keys.add(`flood ${i}`);
    if (i % 5 === 0) keys.add("often");
  }
  const counts = keys.counts();
  expect(Object.keys(counts)).toHaveLength(10);
  const often = counts.often ?? 0;
  expect(often).toBeGreaterThanOrEqual(rounds / 5);
  expect(often).toBeLessThanOrEqual(rounds / 5 + (rounds * 1.2) / 10);
});

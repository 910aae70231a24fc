import { expect, test } from "vitest";
import { manyPaths } from "./support/cache/many-paths.ts";

// A million paths at the default bound: node scripts/cache-memory.mjs.
test("bytes are bounded under many distinct paths, and so is the process", async () => {
  const found = await manyPaths(8_000, "4MiB", 64);
  expect(found.mostHeld).toBeLessThanOrEqual(found.limit);
  expect(found.mostHeld).toBeGreaterThan(found.limit / 2);
  expect(found.entries + found.evicted).toBe(found.asked + 1);
  expect(found.entries).toBeGreaterThan(1_000);
  expect(found.rssMost - found.rssBefore).toBeLessThan(256);
}, 240_000);

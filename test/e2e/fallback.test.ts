import { expect, test } from "vitest";
import { brokenRules, fallbackStorm } from "./support/fallback-storm.ts";

test("while modern is killed, hung, resetting and unavailable in turn, no safe request fails, and all is counted once", {
  timeout: 90_000,
}, async () => {
  const report = await fallbackStorm({ rate: 200, moodMs: 1500 });
  expect(brokenRules(report)).toEqual([]);
  for (const mood of ["killed", "hung", "resetting", "unavailable"])
    expect(report.byMood[mood]).toBeGreaterThan(0);
  expect(report.servingErrors).toBeGreaterThan(0);
});

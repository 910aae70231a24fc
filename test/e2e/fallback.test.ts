import { expect, test } from "vitest";
import { runFallbackStorm } from "./support/fallback-storm.ts";

test("modern killed, hung, resetting and answering 503 in turn: no safe request fails, none is answered twice, all is counted", {
  timeout: 90_000,
}, async () => {
  const summary = await runFallbackStorm({ seconds: 9, rate: 300, turnMs: 1_500 });
  expect(summary.violations).toEqual([]);
  expect(summary.failedSafe).toBe(0);
});

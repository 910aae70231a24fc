import { expect, test } from "vitest";
import { runSuccessors } from "./support/successor.ts";

// `npm run successor` does it a hundred times.
test.each([
  ["node", 1],
  ["auto", 1],
  ["auto", 2],
] as const)(
  "SIGTERM under load with a successor on the same port, lane %s, workers: %i: no request fails, and each door drains with exit 0",
  { timeout: 90_000 },
  async (lane, workers) => {
    const result = await runSuccessors({ turns: 3, keepAlive: 8, fresh: 8, lane, workers });
    expect(result.failures).toEqual([]);
    expect(result.exitCodes).toEqual([0, 0, 0]);
  },
);

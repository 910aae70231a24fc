import { defaultExclude, defineConfig } from "vitest/config";

/** What the issue gives a time to is measured while no other test runs: after all of them. */
const TIMED = [
  "test/browser/full-store.test.ts",
  "test/browser/live.test.ts",
  "test/e2e/latency-accuracy.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: ["test/setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          include: ["test/**/*.test.ts"],
          exclude: [...defaultExclude, ...TIMED],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "timed", include: TIMED, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});

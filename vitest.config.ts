import { defaultExclude, defineConfig } from "vitest/config";
import { TIMED, WITH_PROCESSES } from "./test/groups.ts";

const whole = WITH_PROCESSES.map((folder) => `test/**/${folder}/**/*.test.ts`);

/** `npm test` runs all projects, `npm run test:quick` the first. */
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: [...defaultExclude, ...whole],
          // No test replaces a module: loading them once for all files is half of the work.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "whole",
          globalSetup: ["test/setup.ts"],
          include: whole,
          exclude: [...defaultExclude, ...TIMED],
          // Much of it waits for servers and browsers: one more than there are cores.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "timed",
          globalSetup: ["test/setup.ts"],
          include: TIMED,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

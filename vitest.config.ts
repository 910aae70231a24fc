import { defaultExclude, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { LONG, LONGEST, TIMED, WITH_PROCESSES } from "./test/groups.ts";

const whole = WITH_PROCESSES.map((folder) => `test/**/${folder}/**/*.test.ts`);

/** What starts processes takes seconds, and several times that on a machine with more to do: what hangs is found out all the same. */
const PROCESSES_MS = 90_000;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
      return at < 0 ? LONGEST.length : at;
    };
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}

/** `npm run test:quick` runs the first project, `npm test` the first three, `npm run test:long` the last. */
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What is polled for comes soon, but a machine with more to do takes longer than the usual second.
    expect: { poll: { timeout: 10_000 } },
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: [...defaultExclude, ...whole],
          // No test replaces a module: loading them once for all files is half of the work.
          isolate: false,
          // They wait for sockets and workers now and then.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "whole",
          testTimeout: PROCESSES_MS,
          hookTimeout: PROCESSES_MS,
          globalSetup: ["test/setup.ts"],
          include: whole,
          exclude: [...defaultExclude, ...TIMED, ...LONG],
          isolate: false,
          // Much of it waits for servers and browsers: one more than there are cores.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "timed",
          testTimeout: PROCESSES_MS,
          hookTimeout: PROCESSES_MS,
          globalSetup: ["test/setup.ts"],
          include: TIMED,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "long",
          testTimeout: PROCESSES_MS,
          hookTimeout: PROCESSES_MS,
          globalSetup: ["test/setup.ts"],
          include: LONG,
          isolate: false,
          maxWorkers: 3,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});

import { expect, test } from "vitest";
import { complaints } from "./folder.ts";
import { WRONG_FIG_FILES } from "./wrong-fig-files.ts";
import { WRONG_MIGRATION_FILES } from "./wrong-migration-files.ts";
import { WRONG_POLICIES_AND_LOGS } from "./wrong-policies-and-logs.ts";
import { WRONG_ROUTE_FILES } from "./wrong-route-files.ts";
import { WRONG_STORAGE_FILES } from "./wrong-storage-files.ts";

const WRONG = [
  ...WRONG_FIG_FILES,
  ...WRONG_POLICIES_AND_LOGS,
  ...WRONG_ROUTE_FILES,
  ...WRONG_MIGRATION_FILES,
  ...WRONG_STORAGE_FILES,
];

test.each(WRONG)(
  "$name: every problem is told with its place and remedy",
  async ({ files, environment, says }) => {
    expect((await complaints(files, environment)).split("\n")).toEqual(says);
  },
);

test("no fig.yaml is a problem that says how to get one", async () => {
  expect(await complaints({})).toBe(
    "fig.yaml: the file does not exist — write it with fig init, or name it with -c",
  );
});

test("the table holds at least forty wrong files", () => {
  expect(WRONG.flatMap(({ files }) => Object.keys(files)).length).toBeGreaterThanOrEqual(40);
  expect(WRONG.flatMap(({ says }) => says).length).toBeGreaterThanOrEqual(80);
});

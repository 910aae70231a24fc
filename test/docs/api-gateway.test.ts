import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Feature, Run } from "../../scripts/api-gateway/feature.ts";
import { SUBJECTS } from "../../scripts/api-gateway/features/index.ts";
import { pageOf } from "../../scripts/api-gateway/page.ts";
import { isIn, keyOf, outcomeOf } from "../../scripts/api-gateway/proofs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const FEATURES: readonly Feature[] = SUBJECTS.flatMap(({ features }) => features);
const run = JSON.parse(read("scripts/api-gateway/last-run.json")) as Run;

/** Proofs that should be here: a pending one need not. */
const proofs = FEATURES.flatMap(({ proof, pending }) =>
  proof === undefined || (pending && !existsSync(join(ROOT, proof.file))) ? [] : [{ proof, pending }],
);

describe("the table of API Gateway's features", () => {
  test("names a test that there is in every row that claims one", () => {
    expect(proofs.length).toBeGreaterThan(50);
    const gone = proofs.filter(
      ({ proof: { file, name } }) => !existsSync(join(ROOT, file)) || !isIn(read(file), name),
    );
    expect(gone.map(({ proof }) => keyOf(proof))).toEqual([]);
  });

  test("says nothing of a row without a test but that it is not built, or why there is none", () => {
    const WITHOUT = ["not built", "a front door for each environment", "`limits.connections`"];
    const claimed = FEATURES.filter(
      ({ proof, ours }) => proof === undefined && !WITHOUT.some((words) => ours.startsWith(words)),
    );
    expect(claimed.map(({ feature }) => feature)).toEqual([]);
    for (const kind of ["REST", "HTTP", "WebSocket"] as const)
      expect(FEATURES.filter(({ kinds }) => kinds.includes(kind)).length).toBeGreaterThan(5);
  });

  test("has no feature twice", () => {
    expect(new Set(FEATURES.map(({ feature }) => feature)).size).toBe(FEATURES.length);
  });

  test("stands on tests that passed in the last run, and the page is of that run: `npm run api-gateway-table`", () => {
    const others = proofs
      .filter(({ pending }) => !pending)
      .map(({ proof }) => [keyOf(proof), run.results[keyOf(proof)]])
      .filter(([, result]) => result !== "passed");
    expect(others).toEqual([]);
    expect(read("docs/api-gateway.md")).toBe(pageOf(run));
  });
});

describe("what a run says of a row", () => {
  const proof = { file: "a.test.ts", name: `lane %s takes \`\${what}\`, $name` };
  const reportOf = (
    ...tests: readonly { title: string; status: string; ancestors?: readonly string[] }[]
  ) => [
    { file: "a.test.ts", tests: tests.map((each) => ({ ancestors: [], ...each })) },
    { file: "b.test.ts", tests: [{ title: "lane node takes `x`, y", status: "failed", ancestors: [] }] },
  ];

  test("is passed only if every test of that name passed, in that file", () => {
    const good = { title: "lane node takes `x`, y", status: "passed" };
    expect(outcomeOf(proof, reportOf(good))).toBe("passed");
    expect(outcomeOf(proof, reportOf(good, { ...good, status: "failed" }))).toBe("failed");
    expect(outcomeOf(proof, reportOf({ ...good, status: "skipped" }))).toBe("skipped");
    expect(outcomeOf(proof, reportOf({ ...good, title: "lane node takes" }))).toBe("missing");
    expect(outcomeOf(proof, reportOf({ ...good, title: "x", ancestors: [good.title] }))).toBe("passed");
  });

  test("a name has to stand in the file whole", () => {
    expect(isIn('test("a whole name", () => {})', "a whole name")).toBe(true);
    expect(isIn('test("a whole name", () => {})', "a whole")).toBe(false);
    expect(isIn('test("a \\"quoted\\" name", () => {})', 'a "quoted" name')).toBe(true);
  });
});

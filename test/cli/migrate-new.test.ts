import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { MigrationStatus } from "../../src/control/contract.ts";
import { run, shop } from "./support.ts";

const known: MigrationStatus = {
  number: 4,
  name: "gone",
  description: "",
  state: "archived",
  revision: 3,
  at: null,
  by: null,
  drifted: [],
  edited: false,
  late: false,
  changes: {},
};

test("fig migrate new writes steps that pass, one after the other: a shadow, then the next stages", async () => {
  const cwd = await shop();
  const control = { migrations: () => Promise.resolve([]) };
  for (const [name, text] of [
    ["look", /^description: "look"\nchanges:\n {2}"orders.read": \{ shadow: 100 \}\n$/],
    ["first-users", /^description: "first users"\nchanges:\n {2}"orders.read": \{ modern: 1 \}\ngate:\n/],
    ["tenth", /\{ modern: 10 \}/],
  ] as const) {
    const number = { look: "0001", "first-users": "0002", tenth: "0003" }[name];
    const { code, out } = await run(["migrate", "new", name], { cwd, control });
    expect([code, out]).toEqual([
      0,
      `wrote migrations/${number}-${name}.yaml; \`fig migrate plan\` says what it would do\n`,
    ]);
    expect(await readFile(join(cwd, "migrations", `${number}-${name}.yaml`), "utf8")).toMatch(text);
    expect((await run(["check"], { cwd })).code).toBe(0);
  }
});

test("its gate asks that of each method something was compared, and names those of which nothing is", async () => {
  const any = "routes:\n  - id: any\n    match: { path: /any }\n    modern: orders\n";
  const cwd = await shop({ "routes/any.yaml": any });
  const control = { migrations: () => Promise.resolve([]) };
  const gateOf = async (name: string, route: string) => {
    await run(["migrate", "new", name, "--route", route, "--modern", "1"], { cwd, control });
    const number = { first: 1, second: 2 }[name];
    return parse(await readFile(join(cwd, `migrations/000${number}-${name}.yaml`), "utf8")).gate;
  };
  const gate = { minComparisons: 1000, maxMismatchRate: 0.5, minCoverage: 5, minDuration: "10m" };
  expect(await gateOf("first", "orders.read")).toEqual(gate);
  const uncovered = ["POST", "PUT", "PATCH", "DELETE", "other"];
  expect(await gateOf("second", "any")).toEqual({ ...gate, uncovered });
  expect((await run(["check"], { cwd })).code).toBe(0);
});

test("fig migrate new takes no number that the ledger knows, and says what is wrong before it writes", async () => {
  const cwd = await shop();
  const control = { migrations: () => Promise.resolve([known]) };
  const asked = ["--route", "orders.read", "--modern", "50", "--shadow", "20", "--json"];
  const { out } = await run(["migrate", "new", "half", ...asked], { cwd, control });
  expect(JSON.parse(out)).toEqual({
    file: join(cwd, "migrations/0005-half.yaml"),
    number: 5,
    name: "half",
    changes: { "orders.read": { modern: 50, shadow: 20 } },
  });
  expect((await run(["migrate", "new", "a/b"], { cwd, control })).code).toBe(2);
  const nobody = await run(["migrate", "new", "x", "--route", "nope"], { cwd, control });
  expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining("the routes are: orders.read")]);
  await writeFile(join(cwd, "migrations/0006-x.yaml"), "changes: 7\n");
  expect((await run(["migrate", "new", "x"], { cwd, control })).code).toBe(2);
});

test("fig migrate squash passes on what was typed, and says what may leave", async () => {
  const asked: unknown[] = [];
  const entry = {
    revision: 9,
    at: "",
    kind: "baseline",
    by: "",
    reason: "",
    migration: null,
    changes: [],
    evidence: {},
  } as const;
  const control = {
    migrate: (request: unknown) => {
      asked.push(request);
      return Promise.resolve({
        written: true,
        dryRun: false,
        entries: [entry],
        changes: [],
        effects: [],
        gates: [],
        warnings: [],
        unsafeServed: {},
      });
    },
  };
  const { code, out } = await run(["migrate", "squash", "--to", "2", "--by", "ana"], {
    cwd: await shop(),
    control,
  });
  expect(code).toBe(0);
  expect(asked).toMatchObject([{ action: "squash", to: 2, by: "ana", expectedRevision: 7 }]);
  expect(out).toContain("steps up to 0002 are archived: their files may leave, and so may retired routes");
  expect((await run(["migrate", "squash"], { cwd: await shop(), control })).code).toBe(2);
});

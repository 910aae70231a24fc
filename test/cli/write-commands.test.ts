import { describe, expect, test } from "vitest";
import type { Control, MigrationStatus, ShiftResult } from "../../src/control/contract.ts";
import { FigError } from "../../src/domain/errors.ts";
import { entry, run, shop, statusOf } from "./support.ts";

const WRITTEN: ShiftResult = {
  written: true,
  dryRun: false,
  entries: [entry({})],
  changes: [
    { route: "orders.read", from: { modern: 0, shadow: 100 }, to: { modern: 10, shadow: 100 }, hash: "0" },
  ],
  gates: [],
  warnings: [],
  effects: [],
  unsafeServed: {},
};

const STEPS = [
  { number: 1, state: "applied", revision: 6 },
  { number: 2, state: "applied", revision: 5 },
  { number: 3, state: "pending", revision: null },
  { number: 4, state: "pending", revision: null },
] as unknown as readonly MigrationStatus[];

/** A control that notes what it is asked and answers `result`. */
function noting(result: ShiftResult | Error = WRITTEN): {
  readonly control: Partial<Control>;
  readonly asked: unknown[];
} {
  const asked: unknown[] = [];
  const answer = (request: unknown): Promise<ShiftResult> => {
    asked.push(request);
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  const status = () => Promise.resolve(statusOf([]));
  const migrations = () => Promise.resolve(STEPS);
  return { control: { shift: answer, rollback: answer, migrate: answer, status, migrations }, asked };
}

describe("fig shift", () => {
  test("sends what was typed, who types it, and the revision it has seen", async () => {
    const { control, asked } = noting();
    const argv = ["shift", "orders.read", "--modern", "12.5%", "--reason", "first users"];
    const { code, out, err } = await run(argv, { cwd: await shop(), control });
    expect(asked).toEqual([
      {
        target: { route: "orders.read" },
        modern: 12.5,
        shadow: undefined,
        reason: "first users",
        by: "tester",
        expectedRevision: 7,
        force: undefined,
        dryRun: undefined,
        fresh: undefined,
      },
    ]);
    expect(out).toMatch(
      /^ROUTE +MODERN +SHADOW\norders\.read +0 → 10 % +100 %\nrevision 8 written \(state sqlite:/,
    );
    expect(err).toBe("");
    expect(code).toBe(0);
  });

  test("takes every flag, and FIG_BY for who", async () => {
    const { control, asked } = noting();
    const flags = ["--shadow", "0", "--dry-run", "--force", "--fresh", "--expect-revision", "3"];
    await run(["shift", "--cohort", "orders", ...flags], {
      cwd: await shop(),
      control,
      env: { FIG_BY: "ci" },
    });
    expect(asked).toMatchObject([
      {
        target: { cohort: "orders" },
        modern: undefined,
        shadow: 0,
        reason: "dry run",
        by: "ci",
        expectedRevision: 3,
        force: true,
        dryRun: true,
        fresh: true,
      },
    ]);
    await run(["shift", "a", "--fresh", "--reason", "x", "--by", "me"], { cwd: await shop(), control });
    expect(asked[1]).toMatchObject({ by: "me", fresh: true });
  });

  test("a position it already has is exit 0 and says that nothing was written; warnings are on stderr", async () => {
    const { control } = noting({
      ...WRITTEN,
      written: false,
      entries: [],
      changes: [],
      warnings: ["half a cohort"],
    });
    const argv = ["shift", "orders.read", "--modern", "10", "--reason", "x"];
    const { code, out, err } = await run(argv, { cwd: await shop(), control });
    expect(out).toMatch(/^nothing was written \(/);
    expect(err).toBe("warning: half a cohort\n");
    expect(code).toBe(0);
  });

  test("the gate of a step that waits for the same is printed, condition by condition", async () => {
    const unknown = { state: "unknown", holds: false } as const;
    const condition = { name: "minComparisons", value: 0, bound: 10, ...unknown, missing: "needs 10 more" };
    const gate = { route: "orders.read", ...unknown, confidence: 95, conditions: [condition] };
    const { control } = noting({
      ...WRITTEN,
      stepGates: [{ number: 5, name: "half", gate }],
      warnings: ["step 5"],
    });
    const argv = ["shift", "orders.read", "--modern", "10", "--reason", "x"];
    const { out, err } = await run(argv, { cwd: await shop(), control });
    expect(out).toContain(`step 0005-half, which waits for this:
gate of orders.read: not known yet
  ?    minComparisons is 0, must be at least 10
         needs 10 more
`);
    expect(err).toBe("warning: step 5\n");
  });

  test("--json prints the result alone on stdout", async () => {
    const { control } = noting();
    const argv = ["shift", "orders.read", "--modern", "10", "--reason", "x", "--json"];
    const { out } = await run(argv, { cwd: await shop(), control });
    expect(JSON.parse(out)).toEqual(WRITTEN);
  });
});

describe("Refusals", () => {
  const argv = ["shift", "orders.read", "--modern", "10", "--reason", "x"];

  test("a gate: exit 3, and each condition's value, bound and what is missing on stderr", async () => {
    const condition = {
      name: "minComparisons",
      value: 620,
      bound: 1000,
      state: "unknown",
      holds: false,
      missing: "needs 380 more",
    };
    const gates = [{ route: "orders.read", state: "fails", holds: false, conditions: [condition] }];
    const refusal = new FigError("gate_refused", "the gate does not hold", {
      remedy: "wait, or --force",
      details: { gates },
    });
    const { code, out, err } = await run(argv, { cwd: await shop(), control: noting(refusal).control });
    expect(err).toBe(`fig: gate_refused: the gate does not hold
  gate of orders.read: does not hold
    ?    minComparisons is 620, must be at least 1000
           needs 380 more
remedy: wait, or --force
`);
    expect(out).toBe("");
    expect(code).toBe(3);
  });

  test.each([
    ["conflict", 3],
    ["drift", 3],
    ["late_step", 3],
    ["nothing_to_undo", 3],
    ["refused", 3],
    ["gate_refused", 3],
    ["unknown_route", 2],
    ["unknown_cohort", 2],
    ["unknown_revision", 2],
    ["invalid_request", 2],
    ["store_unavailable", 1],
    ["something_new", 1],
  ])("%s is exit code %i, with or without JSON", async (code, exit) => {
    const { control } = noting(new FigError(code, "no", { remedy: "yes", details: { expectedRevision: 4 } }));
    const cwd = await shop();
    const text = await run(argv, { cwd, control });
    expect([text.code, text.err]).toEqual([exit, `fig: ${code}: no\n  expectedRevision: 4\nremedy: yes\n`]);
    const json = await run([...argv, "--json"], { cwd, control });
    expect(json.code).toBe(exit);
    expect(JSON.parse(json.err)).toEqual({
      error: { code, message: "no", remedy: "yes", details: { expectedRevision: 4 } },
    });
  });
});

describe("fig rollback", () => {
  test("one route, every route, or back to a revision", async () => {
    const { control, asked } = noting();
    const cwd = await shop();
    await run(["rollback", "a", "--reason", "x"], { cwd, control });
    await run(["rollback", "--all", "--to", "4", "--reason", "y", "--by", "b"], { cwd, control });
    expect(asked).toEqual([
      { route: "a", to: undefined, reason: "x", by: "tester", expectedRevision: 7, dryRun: undefined },
      { route: undefined, to: 4, reason: "y", by: "b", expectedRevision: 7, dryRun: undefined },
    ]);
  });

  test("prints how many unsafe requests modern has served since", async () => {
    const { control } = noting({ ...WRITTEN, unsafeServed: { "orders.write": 1234 } });
    const { out } = await run(["rollback", "a", "--reason", "x"], { cwd: await shop(), control });
    expect(out).toContain(
      "orders.write: modern has served 1,234 unsafe requests since the shift that this undoes\n",
    );
  });
});

describe("fig migrate", () => {
  test("up, down and to N pass their flags on, with the step and revision they have seen", async () => {
    const { control, asked } = noting();
    const cwd = await shop();
    await run(["migrate", "up", "--force", "--by", "b", "--reason", "r"], { cwd, control });
    await run(["migrate", "down", "--dry-run"], { cwd, control });
    await run(["migrate", "to", "0"], { cwd, control });
    await run(["migrate", "up", "--expect-step", "4", "--expect-revision", "2"], { cwd, control });
    expect(asked).toEqual([
      { action: "up", expectedStep: 3, expectedRevision: 7, reason: "r", by: "b", force: true },
      { action: "down", expectedStep: 1, expectedRevision: 7, by: "tester", dryRun: true },
      { action: "to", to: 0, expectedRevision: 7, by: "tester" },
      { action: "up", expectedStep: 4, expectedRevision: 2, by: "tester" },
    ]);
  });

  test("several steps name every revision they wrote", async () => {
    const { control } = noting({ ...WRITTEN, entries: [entry({ revision: 8 }), entry({ revision: 9 })] });
    const { out } = await run(["migrate", "to", "2"], { cwd: await shop(), control });
    expect(out).toContain("\nrevisions 8, 9 written (");
  });
});

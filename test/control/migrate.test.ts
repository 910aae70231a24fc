import { describe, expect, test } from "vitest";
import type { GateDefinition } from "../../src/domain/gate/contract.ts";
import type { MigrationDefinition } from "../../src/domain/migration.ts";
import { aRoute, aStep, at } from "../domain/definitions.ts";
import { aConfig, aDoor, errorOf, onStore, times, WHO } from "./harness.ts";

const by = "ana";
const gate: GateDefinition = {
  minComparisons: 10,
  maxMismatchRate: undefined,
  maxErrorRateIncrease: undefined,
  maxLatencyRatio: undefined,
  minDurationMs: undefined,
};
const routes = [aRoute("a"), aRoute("b")];
const steps = [
  aStep(1, { a: { shadow: 100 }, b: { shadow: 100 } }, { name: "shadow", description: "Shadow both" }),
  aStep(2, { a: { modern: 10 } }, { name: "ten" }),
  aStep(3, { a: { modern: 50 }, b: { modern: 50 } }, { name: "half" }),
];
const config = aConfig({ routes, migrations: steps });
const modernOf = async (door: Awaited<ReturnType<typeof aDoor>>) =>
  (await door.control.status()).routes.slice(0, 2).map((route) => route.position.modern);

describe("migrate", () => {
  test("up applies the next pending step in one revision for all its routes", async () => {
    const door = await aDoor(config);
    const result = await door.control.migrate({ action: "up", by });
    expect(result.entries).toMatchObject([
      {
        revision: 1,
        kind: "migration",
        reason: "Shadow both",
        migration: { number: 1, name: "shadow", hash: "step-1" },
        changes: [
          { route: "a", to: at(0, 100) },
          { route: "b", to: at(0, 100) },
        ],
      },
    ]);
    const second = await door.control.migrate({ action: "up", by, reason: "Tuesday" });
    expect(second.entries).toMatchObject([{ reason: "Tuesday", migration: { number: 2 } }]);
    expect(second.changes).toMatchObject([{ route: "a", to: at(10, 100) }]);
    await door.control.migrate({ action: "up", by });
    const done = await door.control.migrate({ action: "up", by });
    expect(done).toMatchObject({ written: false, entries: [], warnings: ["no step is pending"] });
  });

  test("down restores what held when the step was applied, newest first", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "to", to: 3, by });
    const down = await door.control.migrate({ action: "down", by });
    expect(down.entries).toMatchObject([{ kind: "revert", migration: { number: 3 } }]);
    expect(await modernOf(door)).toEqual([10, 0]);
    await door.control.migrate({ action: "down", by });
    await door.control.migrate({ action: "down", by });
    expect((await door.control.status()).routes[0]?.position).toEqual(at(0, 0));
    expect((await errorOf(door.control.migrate({ action: "down", by }))).code).toBe("nothing_to_undo");
  });

  test("to walks up and down, and stands still where it is", async () => {
    const door = await aDoor(config);
    const up = await door.control.migrate({ action: "to", to: 2, by });
    expect(up.entries.map((entry) => entry.migration?.number)).toEqual([1, 2]);
    const same = await door.control.migrate({ action: "to", to: 2, by });
    expect(same).toMatchObject({ written: false, warnings: ["the steps already stand at 2"] });
    const down = await door.control.migrate({ action: "to", to: 0, by });
    expect(down.entries.map((entry) => entry.migration?.number)).toEqual([2, 1]);
    const unknown = await errorOf(door.control.migrate({ action: "to", to: 9, by }));
    expect(unknown).toMatchObject({ code: "invalid_request", message: "there is no step 9 to go to" });
    expect((await errorOf(door.control.migrate({ action: "to", by }))).code).toBe("invalid_request");
  });

  test("to stops at the first refusal and says what it wrote", async () => {
    const gated = steps.map((step) => (step.number === 2 ? { ...step, gate } : step));
    const door = await aDoor(aConfig({ routes, migrations: gated }));
    const error = await errorOf(door.control.migrate({ action: "to", to: 3, by }));
    expect(error.code).toBe("gate_refused");
    expect(error.message).toMatch(
      /^stopped at step 0002-ten, after writing revision 1: the gate does not hold/,
    );
    expect(error.details).toMatchObject({ written: [1], gates: [{ route: "a", holds: false }] });
    expect((await door.control.status()).migrations).toEqual({ applied: 1, pending: 2 });
  });

  test("a step's gate is its own, not that of fig shift", async () => {
    const never = { ...gate, minComparisons: 1_000_000 };
    const gated = [steps[0], { ...steps[1], gate }].filter((step) => step !== undefined) as typeof steps;
    const door = await aDoor(aConfig({ routes, migrations: gated, gate: never }));
    await door.control.migrate({ action: "up", by });
    expect((await errorOf(door.control.migrate({ action: "up", by }))).code).toBe("gate_refused");
    times(10, () => door.tally("a").compared("match"));
    const up = await door.control.migrate({ action: "up", by });
    expect(up.gates).toMatchObject([{ route: "a", holds: true }]);
  });

  test("a route that can never hold a step's gate does not force the step: it may have a gate of its own, or none", async () => {
    const write = aRoute("w", { match: { ...aRoute("w").match, methods: ["POST"] } });
    const both = { a: { modern: 10 }, w: { modern: 10 } };
    const open = async (gates: MigrationDefinition["gates"]) => {
      const start = { start: at(0, 100) };
      const door = await aDoor(
        aConfig({
          routes: [aRoute("a", start), { ...write, ...start }],
          migrations: [aStep(1, both, { gate, gates })],
        }),
      );
      return door;
    };
    const stuck = await open(undefined);
    times(10, () => stuck.tally("a").compared("match"));
    const error = await errorOf(stuck.control.migrate({ action: "up", by }));
    expect(error.message).toBe("the gate does not hold for w (minComparisons is 0, must be at least 10)");
    expect(error.remedy).toBe(
      "waiting does not help w: give it a gate of its own, `changes: { w: { gate: ... } }` in migrations/0001-step.yaml (`none`: it has none), or override all with --force",
    );

    const none = await open({ w: null });
    expect((await errorOf(none.control.migrate({ action: "up", by }))).message).toContain("for a (");
    times(10, () => none.tally("a").compared("match"));
    expect(await none.control.plan()).toMatchObject({ allowed: true, gates: [{ route: "a", holds: true }] });
    const up = await none.control.migrate({ action: "up", by });
    expect(up.entries[0]?.evidence).toMatchObject({ forced: false });

    const hour = { ...gate, minComparisons: undefined, minDurationMs: 3_600_000 };
    const own = await open({ w: hour });
    times(10, () => own.tally("a").compared("match"));
    expect((await errorOf(own.control.migrate({ action: "up", by }))).message).toContain(
      "for w (minDuration",
    );
    own.clock.pass(3_600_000);
    expect((await own.control.migrate({ action: "up", by })).gates).toMatchObject([
      { route: "a", holds: true },
      { route: "w", holds: true, conditions: [{ name: "minDuration" }] },
    ]);
  });

  test("up refuses while any route has drifted, unless forced", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "up", by });
    await door.control.shift({ target: { route: "b" }, shadow: 50, ...WHO });
    const error = await errorOf(door.control.migrate({ action: "up", by }));
    expect(error.code).toBe("drift");
    expect(error.message).toBe(
      "b has drifted: it stands at modern 0 %, shadow 50 %, step 0001-shadow left it at modern 0 %, shadow 100 %",
    );
    expect(error.details).toEqual({ drifted: ["b"] });
    const forced = await door.control.migrate({ action: "up", by, force: true });
    expect(forced.written).toBe(true);
    expect(forced.entries[0]?.evidence).toMatchObject({ forced: true });
  });

  test("a step that was rolled back for every route is pending again, and up applies it without force", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "to", to: 2, by });
    await door.control.rollback({ route: undefined, ...WHO });
    expect((await door.control.status()).migrations).toEqual({ applied: 1, pending: 2 });
    expect(await door.control.plan()).toMatchObject({
      next: { number: 2 },
      changes: [{ route: "a", from: at(0, 100), to: at(10, 100) }],
      allowed: false,
      reasons: [expect.stringContaining("b has drifted")],
    });
    await door.control.rollback({ route: "a", ...WHO });
    expect((await door.control.status()).migrations).toEqual({ applied: 0, pending: 3 });
    const again = await door.control.migrate({ action: "to", to: 2, by });
    expect(again.entries.map((entry) => entry.migration?.number)).toEqual([1, 2]);
  });

  test("a step that was rolled back for one of its routes stays applied, and that route has drifted", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "to", to: 3, by });
    await door.control.rollback({ route: "a", ...WHO });
    const status = await door.control.status();
    expect(status.migrations).toEqual({ applied: 3, pending: 0 });
    expect(status.routes[0]).toMatchObject({ drifted: true, position: at(10, 100) });
    expect(status.problems.join()).toContain("a has drifted");
    expect((await door.control.migrations())[2]).toMatchObject({
      state: "applied",
      drifted: ["a"],
      revision: 3,
      by,
    });
    await door.control.migrate({ action: "down", by });
    expect(await modernOf(door)).toEqual([10, 0]);
  });

  test("10, 50, down: rollback goes on to 0", async () => {
    const both = [aStep(1, { a: { modern: 10 } }), aStep(2, { a: { modern: 50 } })];
    const door = await aDoor(aConfig({ routes, migrations: both }));
    await door.control.migrate({ action: "to", to: 2, by });
    await door.control.migrate({ action: "down", by });
    const result = await door.control.rollback({ route: undefined, ...WHO });
    expect(result.changes).toMatchObject([{ route: "a", from: at(10), to: at(0), undone: [1] }]);
    expect((await door.control.status()).migrations).toEqual({ applied: 0, pending: 2 });
  });

  test("down says how many unsafe requests modern has served since the step, as rollback does", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "to", to: 2, by });
    times(3, () => door.tally("a").answered("modern", 201, 1000, false, true));
    await door.control.migrate({ action: "up", by });
    times(4, () => door.tally("a").answered("modern", 201, 1000, false, true));
    const dry = await door.control.rollback({ route: "a", dryRun: true, ...WHO });
    expect(dry.unsafeServed).toEqual({ a: 4 });
    const down = await door.control.migrate({ action: "down", by, dryRun: true });
    expect(down.unsafeServed).toEqual({ a: 4 });
    const all = await door.control.migrate({ action: "to", to: 0, by });
    expect(all.unsafeServed).toEqual({ a: 7 });
    expect(all.entries.map(({ evidence }) => evidence.unsafeServed)).toEqual([{ a: 4 }, { a: 7 }, { a: 7 }]);
  });

  test("down does not wait for counters that cannot be written", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "up", by });
    door.store.putCounts = async () => {
      throw new Error("disk full");
    };
    door.tally("a").answered("modern", 200, 1000, false, false);
    expect((await door.control.migrate({ action: "down", by })).written).toBe(true);
  });

  test("down is free where it raises modern nowhere, drifted or not, else it needs force", async () => {
    const lowering = aConfig({
      routes,
      migrations: [steps[0], aStep(2, { a: { modern: 0 } })] as typeof steps,
    });
    const door = await aDoor(lowering);
    await door.control.migrate({ action: "up", by });
    await door.control.shift({ target: { route: "a" }, modern: 30, ...WHO });
    await door.control.migrate({ action: "up", by, force: true });
    const error = await errorOf(door.control.migrate({ action: "down", by }));
    expect(error).toMatchObject({
      code: "raises_modern",
      details: { changes: [{ route: "a", from: { modern: 0 }, to: { modern: 30 } }] },
    });
    expect(error.message).toContain("would raise modern of a from 0 to 30");
    await door.control.migrate({ action: "down", by, force: true });
    expect(await modernOf(door)).toEqual([30, 0]);
    await door.control.migrate({ action: "down", by });
    expect(await modernOf(door)).toEqual([0, 0]);
  });

  test("an applied file that was edited stops up and names the file; down still restores", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "up", by });
    const edited = steps.map((step) => (step.number === 1 ? { ...step, hash: "other" } : step));
    await door.live.reload(aConfig({ routes, migrations: edited }));
    const error = await errorOf(door.control.migrate({ action: "up", by, force: true }));
    expect(error.code).toBe("invalid_request");
    expect(error.message).toContain(
      "migrations/0001-shadow.yaml was edited after it was applied (revision 1",
    );
    expect((await door.control.migrations())[0]).toMatchObject({ edited: true });
    expect((await door.control.status()).problems.join()).toContain("migrations/0001-shadow.yaml was edited");
    const down = await door.control.migrate({ action: "down", by });
    expect(down.warnings.join()).toContain("was edited");
  });

  test("an applied step whose file is gone can be taken back, and is listed", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "to", to: 2, by });
    await door.live.reload(aConfig({ routes, migrations: steps.slice(0, 1) }));
    expect((await door.control.migrations())[1]).toMatchObject({
      number: 2,
      name: "ten",
      state: "applied",
      changes: { a: at(10, 100) },
    });
    expect((await door.control.status()).problems.join()).toContain("step 0002-ten was applied");
    await door.control.migrate({ action: "down", by });
    expect(await modernOf(door)).toEqual([0, 0]);
  });

  test("a step of a renamed route is still its step", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "up", by });
    const renamed = [aRoute("z", { formerly: ["a"] }), aRoute("b")];
    await door.live.reload(aConfig({ routes: renamed, migrations: steps }));
    await door.control.migrate({ action: "up", by });
    expect(await modernOf(door)).toEqual([10, 0]);
    await door.control.migrate({ action: "to", to: 0, by });
    expect(await modernOf(door)).toEqual([0, 0]);
  });

  test("a step that names a route nobody has is refused with the file's name", async () => {
    const door = await aDoor(aConfig({ routes, migrations: [aStep(1, { nope: { modern: 1 } })] }));
    const error = await errorOf(door.control.migrate({ action: "up", by }));
    expect(error).toMatchObject({ code: "unknown_route" });
    expect(error.message).toContain("migrations/0001-step.yaml changes nope");
  });

  test("of two who go up at once one wins, whatever routes they touch", async () => {
    const door = await aDoor(config);
    const other = onStore(door.store, door.clock, config);
    for (let round = 0; round < 3; round++) {
      const both = await Promise.allSettled([
        door.control.migrate({ action: "up", by }),
        other.migrate({ action: "up", by }),
      ]);
      expect(both.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected"]);
      const lost = both.find((each) => each.status === "rejected");
      expect(lost?.reason).toMatchObject({ code: "conflict" });
    }
    expect(await door.store.read(0)).toHaveLength(3);
  });

  test("a route of an earlier step that moves meanwhile is a conflict: the step was judged without its drift", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "up", by });
    const other = onStore(door.store, door.clock, config);
    const append = door.store.append.bind(door.store);
    door.store.append = async (draft, guard) => {
      door.store.append = append;
      await other.shift({ target: { route: "b" }, shadow: 1, ...WHO });
      return append(draft, guard);
    };
    const error = await errorOf(door.control.migrate({ action: "up", by }));
    expect(error).toMatchObject({ code: "conflict", details: { conflict: { revision: 2 } } });
    expect((await errorOf(door.control.migrate({ action: "up", by }))).code).toBe("drift");
  });

  test("a step that is not the one the caller means is a conflict, and so is a newer entry than it saw", async () => {
    const door = await aDoor(config);
    const first = { action: "up", by, expectedStep: 1, expectedRevision: 0 } as const;
    await door.control.migrate(first);
    for (const dryRun of [false, true]) {
      const late = await errorOf(door.control.migrate({ ...first, expectedRevision: 1, dryRun }));
      expect(late).toMatchObject({
        code: "conflict",
        message: "the next step is 0002-ten; step 1 was expected",
        details: { expectedStep: 1, step: 2 },
      });
    }
    const newer = await errorOf(door.control.migrate({ ...first, expectedStep: 2 }));
    expect(newer).toMatchObject({ code: "conflict", details: { expectedRevision: 0 } });
    await door.control.migrate({ action: "up", by, expectedStep: 2, expectedRevision: 1 });
    const down = { action: "down", by, expectedStep: 2, expectedRevision: 2 } as const;
    await door.control.migrate(down);
    expect((await errorOf(door.control.migrate({ ...down, expectedRevision: 3 }))).message).toBe(
      "the last applied step is 0001-shadow; step 2 was expected",
    );
    const walk = { action: "to", to: 3, by } as const;
    expect((await errorOf(door.control.migrate({ ...walk, expectedRevision: 2 }))).code).toBe("conflict");
    await door.control.migrate({ ...walk, expectedRevision: 3 });
    const none = await errorOf(door.control.migrate({ action: "up", by, expectedStep: 3 }));
    expect(none.message).toBe("no step is pending; step 3 was expected");
    expect(await door.store.read(0)).toHaveLength(5);
  });

  test("a dry run walks on what each step would leave, and writes nothing", async () => {
    const door = await aDoor(config);
    const dry = await door.control.migrate({ action: "to", to: 3, by, dryRun: true });
    expect(dry).toMatchObject({ written: false, dryRun: true, entries: [] });
    expect(dry.changes.at(-2)).toMatchObject({ route: "a", from: at(10, 100), to: at(50, 100) });
    expect(await door.store.read(0)).toEqual([]);
  });
});

describe("a late step", () => {
  const three = [
    aStep(1, { a: { modern: 10 } }, { name: "ten" }),
    aStep(3, { a: { modern: 50 } }, { name: "half" }),
  ];
  const late = aStep(2, { a: { modern: 1 } }, { name: "one" });
  const last = aStep(4, { a: { modern: 100 } });

  async function arrived() {
    const door = await aDoor(aConfig({ routes, migrations: three }));
    await door.control.migrate({ action: "to", to: 3, by });
    await door.live.reload(aConfig({ routes, migrations: [...three, late, last] }));
    return door;
  }

  test("stops up and to, without a move, and status, attention and plan say so", async () => {
    const door = await arrived();
    for (const request of [{ action: "up" }, { action: "to", to: 3 }, { action: "to", to: 4 }] as const) {
      const error = await errorOf(door.control.migrate({ ...request, by }));
      expect(error).toMatchObject({ code: "late_step", details: { step: 2 } });
      expect(error.message).toMatch(
        /^step 0002-one is late: step 0003-half was applied before it \(revision 2, .*, by ana\); it would move a to modern 1 %$/,
      );
      expect(error.remedy).toBe(
        "give its file the next free number, 0005, or apply it now with `fig migrate up --force`",
      );
    }
    expect(await modernOf(door)).toEqual([50, 0]);
    expect((await door.control.status()).problems.join()).toContain("step 0002-one is late");
    const { attention } = await door.board.overview();
    expect(attention.filter(({ kind }) => kind === "late_step")).toHaveLength(1);
    expect((await door.control.migrations()).map((step) => step.late)).toEqual([false, true, false, false]);
    const plan = await door.control.plan();
    expect(plan).toMatchObject({ next: { number: 2, late: true }, allowed: false });
    expect(plan.reasons).toEqual([expect.stringContaining("step 0002-one is late")]);
  });

  test("goes on with force, which the ledger keeps, and is late again once it was undone", async () => {
    const door = await arrived();
    const forced = await door.control.migrate({ action: "up", by, force: true });
    expect(forced.warnings.join()).toContain("forced: step 0002-one is late");
    expect(forced.entries[0]?.evidence).toMatchObject({ forced: true });
    expect(await modernOf(door)).toEqual([1, 0]);
    await door.control.migrate({ action: "down", by, force: true });
    expect(await modernOf(door)).toEqual([50, 0]);
    expect((await errorOf(door.control.migrate({ action: "up", by }))).code).toBe("late_step");
  });

  test("is none that was applied in its order and rolled back since, unless its file is another now", async () => {
    const [one, two] = [aStep(1, { a: { modern: 10 } }), aStep(2, { b: { modern: 10 } })];
    const door = await aDoor(aConfig({ routes, migrations: [one, two] }));
    await door.control.migrate({ action: "to", to: 2, by });
    await door.control.rollback({ route: "a", ...WHO });
    expect((await door.control.migrations()).map((step) => [step.state, step.late])).toEqual([
      ["pending", false],
      ["applied", false],
    ]);
    await door.live.reload(aConfig({ routes, migrations: [{ ...one, hash: "other" }, two] }));
    expect((await door.control.migrations())[0]).toMatchObject({ state: "pending", late: true });
    await door.live.reload(aConfig({ routes, migrations: [one, two] }));
    await door.control.migrate({ action: "up", by });
    expect(await modernOf(door)).toEqual([10, 10]);
  });
});

describe("plan", () => {
  test("shows the gates of the other routes where one may not move", async () => {
    const sandboxed = aRoute("b", { shadow: { ...aRoute("b").shadow, writes: "sandboxed" } });
    const retired = aRoute("c", { retired: true });
    const step = aStep(1, { a: { modern: 10 }, b: { modern: 10 }, c: { modern: 10 } }, { gate });
    const door = await aDoor(aConfig({ routes: [aRoute("a"), sandboxed, retired], migrations: [step] }));
    const plan = await door.control.plan();
    expect(plan.gates.map(({ route }) => route)).toEqual(["a", "b"]);
    expect(plan.changes.map(({ route, to }) => [route, to.modern])).toEqual([
      ["a", 10],
      ["b", 10],
      ["c", 10],
    ]);
    expect(plan.allowed).toBe(false);
    expect(plan.reasons).toEqual([
      expect.stringContaining("b declares shadow.writes: sandboxed"),
      expect.stringContaining("c is retired"),
      expect.stringContaining("the gate does not hold for a"),
    ]);
    expect((await errorOf(door.control.migrate({ action: "up", by }))).code).toBe("refused");
  });

  test("says what up would do and everything that stands in its way", async () => {
    const gated = steps.map((step) => ({ ...step, gate }));
    const door = await aDoor(aConfig({ routes, migrations: gated }));
    const first = await door.control.plan();
    expect(first).toMatchObject({
      next: { number: 1, state: "pending" },
      allowed: true,
      reasons: [],
      gates: [],
    });
    await door.control.migrate({ action: "up", by });
    await door.control.shift({ target: { route: "b" }, shadow: 0, ...WHO });
    const second = await door.control.plan();
    expect(second).toMatchObject({
      next: { number: 2 },
      allowed: false,
      changes: [{ route: "a", to: at(10, 100) }],
    });
    expect(second.reasons).toEqual([
      expect.stringContaining("b has drifted"),
      expect.stringContaining("the gate does not hold for a"),
    ]);
    await door.control.migrate({ action: "to", to: 3, by, force: true });
    expect(await door.control.plan()).toMatchObject({
      next: null,
      allowed: false,
      reasons: ["no step is pending"],
    });
  });
});

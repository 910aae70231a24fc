import fc from "fast-check";
import { expect, test } from "vitest";
import type { ShiftResult } from "../../src/control/contract.ts";
import { figErrorOf } from "../../src/domain/errors.ts";
import { aRoute, aStep } from "../domain/definitions.ts";
import { aConfig, HandClock, onStore, openMemory, WHO } from "./harness.ts";
import { type Move, UndoingModel } from "./undoing-model.ts";

const routes = [aRoute("a"), aRoute("b")];
const migrations = [
  aStep(1, { a: { modern: 10 } }),
  aStep(2, { a: { modern: 50 }, b: { modern: 10 } }),
  // Leaves a where it is.
  aStep(3, { a: { modern: 50 }, b: { modern: 50 } }),
  // Lowers b.
  aStep(4, { a: { modern: 100 }, b: { modern: 30 } }),
];
const config = aConfig({ routes, migrations });

type Control = ReturnType<typeof onStore>;

function act(control: Control, move: Move, dryRun: boolean): Promise<ShiftResult> {
  switch (move.kind) {
    case "up":
    case "down":
      return control.migrate({ action: move.kind, by: WHO.by, dryRun });
    case "shift":
      return control.shift({ target: { route: move.route }, modern: move.modern, ...WHO, dryRun });
    case "rollback":
      return control.rollback({ route: move.route, ...WHO, dryRun });
    case "rollbackAll":
      return control.rollback({ route: undefined, ...WHO, dryRun });
    case "rollbackTo":
      return control.rollback({ route: move.route, to: move.to, ...WHO, dryRun });
  }
}

/** What became of a move, and the changes it made or would make. */
async function outcomeOf(work: Promise<ShiftResult>) {
  try {
    const { written, dryRun, changes } = await work;
    const done = written || (dryRun && changes.length > 0);
    return { became: done ? "written" : "nothing", changes };
  } catch (error) {
    return { became: figErrorOf(error)?.code ?? String(error), changes: [] };
  }
}

/** Makes the moves on a store and in the model, and holds one against the other after each. */
async function walk(moves: readonly Move[]): Promise<void> {
  const clock = new HandClock();
  const control = onStore(await openMemory(clock), clock, config);
  const model = new UndoingModel(["a", "b"], migrations);
  for (const move of moves) {
    const dry = await outcomeOf(act(control, move, true));
    const real = await outcomeOf(act(control, move, false));
    expect(dry).toEqual(real);
    expect(real.became).toBe(model.make(move));
    const status = await control.status();
    expect(status.revision).toBe(model.revision);
    const rows = status.routes.filter(({ id }) => id !== "(default)");
    expect(Object.fromEntries(rows.map((row) => [row.id, row.position.modern]))).toEqual(model.modern());
    expect(rows.filter((row) => row.drifted).map((row) => row.id)).toEqual(model.drifted());
    const applied = (await control.migrations()).filter((step) => step.state === "applied");
    const order = applied.toSorted((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
    expect(order.map((step) => step.number)).toEqual(model.applied());
    const plan = await control.plan();
    expect(plan.next?.number).toBe(model.next()?.number);
    expect(plan.allowed).toBe(model.next() !== undefined && model.drifted().length === 0);
    for (const change of plan.changes) expect(change.from.modern).toBe(model.modern()[change.route]);
  }
}

/** Thousands of moves, on a machine that may have other things to do. */
const PATIENT = { timeout: 120_000 };

const MOVES: readonly Move[] = [
  { kind: "up" },
  { kind: "down" },
  { kind: "shift", route: "a", modern: 30 },
  { kind: "shift", route: "b", modern: 0 },
  { kind: "rollback", route: "a" },
  { kind: "rollback", route: "b" },
  { kind: "rollbackAll" },
];

test("every order of three moves after two steps does what the model of undoing says", PATIENT, async () => {
  const ups: readonly Move[] = [{ kind: "up" }, { kind: "up" }];
  for (const first of MOVES) {
    for (const second of MOVES) {
      for (const third of MOVES) await walk([...ups, first, second, third]);
    }
  }
});

test("any order of six moves does what the model of undoing says", PATIENT, async () => {
  const route = fc.constantFrom("a", "b");
  const move: fc.Arbitrary<Move> = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Move>({ kind: "up" }) },
    { weight: 2, arbitrary: fc.constant<Move>({ kind: "down" }) },
    { weight: 2, arbitrary: fc.constant<Move>({ kind: "rollbackAll" }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("shift" as const),
        route,
        modern: fc.constantFrom(0, 10, 30, 50, 100),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("rollback" as const), route }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("rollbackTo" as const),
        route: fc.option(route, { nil: undefined }),
        to: fc.nat({ max: 5 }),
      }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 6, maxLength: 6 }), (moves) => walk(moves)),
    { numRuns: 250 },
  );
});

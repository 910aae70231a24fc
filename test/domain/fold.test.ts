import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aliasesOf,
  emptyLedger,
  fold,
  goneRoutes,
  hasDrifted,
  lastStepOf,
  positionOf,
  trailAt,
} from "../../src/domain/fold.ts";
import { appliesStep } from "../../src/domain/ledger.ts";
import { anEntry, aRoute, at } from "./definitions.ts";

const mark = (number: number) => ({ number, name: "step", hash: `step-${number}` });

describe("fold", () => {
  test("a route without entries stands at its start, with entries where the last one left it", () => {
    const route = aRoute("a", { start: at(5, 10) });
    expect(positionOf(emptyLedger(), route)).toEqual(at(5, 10));
    const state = fold(emptyLedger(), [anEntry(1, [{ route: "a", from: at(5, 10), to: at(20) }])]);
    expect(positionOf(state, route)).toEqual(at(20));
    expect(state.routes.get("a")?.last.revision).toBe(1);
  });

  test("a retired route is all modern, whatever the ledger says", () => {
    const state = fold(emptyLedger(), [anEntry(1, [{ route: "a", from: at(0), to: at(20) }])]);
    expect(positionOf(state, aRoute("a", { retired: true }))).toEqual(at(100));
  });

  test("the ledger of a former id goes on under the new one", () => {
    const route = aRoute("orders.read", { formerly: ["orders.get"] });
    const state = fold(emptyLedger(aliasesOf([route])), [
      anEntry(1, [{ route: "orders.get", from: at(0), to: at(10) }]),
      anEntry(2, [{ route: "orders.read", from: at(10), to: at(50) }]),
    ]);
    expect(positionOf(state, route)).toEqual(at(50));
    expect(state.routes.get("orders.read")?.top?.below?.revision).toBe(1);
    expect(goneRoutes(state, [route])).toEqual([]);
  });

  test("an id that a definition has today is nobody's former id", () => {
    expect(aliasesOf([aRoute("a", { formerly: ["b"] }), aRoute("b")]).size).toBe(0);
  });

  test("a route gone from the files is told as long as its modern is above 0", () => {
    const up = fold(emptyLedger(), [anEntry(1, [{ route: "a", from: at(0), to: at(10) }])]);
    expect(goneRoutes(up, [aRoute("b")]).map((route) => route.route)).toEqual(["a"]);
    const down = fold(up, [anEntry(2, [{ route: "a", from: at(10), to: at(0, 100) }])]);
    expect(goneRoutes(down, [aRoute("b")])).toEqual([]);
  });

  test("a ledger that went on under another id is not missed when formerly leaves the files", () => {
    const before = fold(emptyLedger(), [anEntry(1, [{ route: "a", from: at(0), to: at(10) }])]);
    const after = fold(before, [anEntry(2, [{ route: "z", from: at(10), to: at(0), formerly: ["a"] }])]);
    expect(goneRoutes(after, [])).toEqual([]);
    expect(positionOf(after, aRoute("a"))).toEqual(at(10));
    const again = fold(after, [anEntry(3, [{ route: "a", from: at(10), to: at(20) }])]);
    expect(goneRoutes(again, []).map((route) => route.route)).toEqual(["a"]);
  });

  test("an entry that moves nothing opens a window but leaves nothing to undo", () => {
    const state = fold(emptyLedger(), [
      anEntry(1, [{ route: "a", from: at(0), to: at(10) }]),
      anEntry(2, [{ route: "a", from: at(10), to: at(10) }]),
    ]);
    expect(state.routes.get("a")?.last.revision).toBe(2);
    expect(state.routes.get("a")?.top?.revision).toBe(1);
  });

  test("steps are applied in order and leave on revert; drift is held against the last one that is left", () => {
    const route = aRoute("a");
    const one = anEntry(1, [{ route: "a", from: at(0), to: at(10) }], {
      kind: "migration",
      migration: mark(1),
    });
    const two = anEntry(2, [{ route: "a", from: at(10), to: at(50) }], {
      kind: "migration",
      migration: mark(2),
    });
    const applied = fold(emptyLedger(), [one, two]);
    expect(applied.applied.map((step) => step.mark.number)).toEqual([1, 2]);
    expect(lastStepOf(applied, "a")?.left).toEqual(at(50));
    const moved = fold(applied, [anEntry(3, [{ route: "a", from: at(50), to: at(40) }])]);
    expect(hasDrifted(applied, route)).toBe(false);
    expect(hasDrifted(moved, route)).toBe(true);
    const reverted = fold(moved, [
      anEntry(4, [{ route: "a", from: at(40), to: at(10) }], { kind: "revert", migration: mark(2) }),
    ]);
    expect(reverted.applied.map((step) => step.mark.number)).toEqual([1]);
    expect(hasDrifted(reverted, route)).toBe(false);
  });

  test("tells what held after any revision", () => {
    const state = fold(emptyLedger(), [
      anEntry(1, [{ route: "b", from: at(0), to: at(1) }]),
      anEntry(2, [{ route: "a", from: at(3), to: at(10) }]),
      anEntry(3, [{ route: "b", from: at(1), to: at(2) }]),
      anEntry(4, [{ route: "a", from: at(10), to: at(20) }]),
    ]);
    const a = state.routes.get("a");
    const held = [0, 1, 2, 3, 4].map((revision) => a && trailAt(a, revision).position.modern);
    expect(held).toEqual([3, 3, 10, 10, 20]);
  });

  test("reading on is reading all: fold(a ++ b) is fold(fold(a), b), and twice is once", () => {
    const change = fc.record({
      route: fc.constantFrom("a", "b", "old"),
      from: fc.constantFrom(at(0), at(10), at(50)),
      to: fc.constantFrom(at(0), at(10), at(50)),
    });
    const step = fc.record({
      kind: fc.constantFrom(...(["shift", "migration", "autopilot", "revert", "rollback"] as const)),
      number: fc.integer({ min: 1, max: 3 }),
      undo: fc.nat(),
      changes: fc.uniqueArray(change, { selector: (each) => each.route, minLength: 1, maxLength: 3 }),
    });
    const aliases = aliasesOf([aRoute("a", { formerly: ["old"] }), aRoute("b")]);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.nat(), fc.nat(), (steps, cut, overlap) => {
        const entries = steps.map(({ kind, number, undo, changes }, index) => {
          const migration = appliesStep(kind) || kind === "revert" ? mark(number) : null;
          const undone = kind === "rollback" && index > 0 ? [1 + (undo % index)] : undefined;
          const full = changes.map((each) => (undone === undefined ? each : { ...each, undone }));
          return anEntry(index + 1, full, { kind, migration });
        });
        const middle = cut % (entries.length + 1);
        const from = Math.max(0, middle - (overlap % 3));
        const whole = fold(emptyLedger(aliases), entries);
        const parts = fold(fold(emptyLedger(aliases), entries.slice(0, middle)), entries.slice(from));
        expect(parts).toEqual(whole);
        expect(fold(whole, entries)).toBe(whole);
      }),
    );
  });

  test("a step that the autopilot applies is applied, and goes back as one of a person's does", () => {
    const changes = [{ route: "a", from: at(0), to: at(10) }];
    const states = (["migration", "autopilot"] as const).map((kind) => {
      const up = fold(emptyLedger(), [anEntry(1, changes, { kind, migration: mark(1) })]);
      const back = [{ route: "a", from: at(10), to: at(0), undone: [1] }];
      return [up, fold(up, [anEntry(2, back, { kind: "revert", migration: mark(1) })])];
    });
    const [person, autopilot] = states.map((pair) => pair.map(({ applied, held }) => ({ applied, held })));
    expect(autopilot).toEqual(person);
    expect(states[1]?.map(({ applied }) => applied.length)).toEqual([1, 0]);
  });

  test("a state handed out never changes", () => {
    const one = fold(emptyLedger(), [anEntry(1, [{ route: "a", from: at(0), to: at(10) }])]);
    const before = structuredClone(one);
    fold(one, [
      anEntry(2, [
        { route: "a", from: at(10), to: at(50) },
        { route: "b", from: at(0), to: at(1) },
      ]),
    ]);
    expect(one).toEqual(before);
  });

  test("a long ledger is read once and then followed without reading it again", () => {
    const entries = Array.from({ length: 100_000 }, (_, i) =>
      anEntry(i + 1, [{ route: `r${i % 50}`, from: at(i % 2), to: at((i + 1) % 2) }]),
    );
    let state = fold(emptyLedger(), entries);
    expect(state.revision).toBe(100_000);
    for (let i = 100_001; i <= 100_100; i++)
      state = fold(state, [anEntry(i, [{ route: "r0", from: at(1), to: at(2) }])]);
    expect(state.routes.get("r0")?.last.revision).toBe(100_100);
  });
});

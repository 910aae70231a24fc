import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { figErrorOf } from "../../src/domain/errors.ts";
import { emptyLedger, fold, type LedgerState, positionOf } from "../../src/domain/fold.ts";
import type { EntryKind, LedgerChange } from "../../src/domain/ledger.ts";
import { planDown, planUp } from "../../src/domain/migration-plan.ts";
import { planShift } from "../../src/domain/plan.ts";
import { type Position, samePosition } from "../../src/domain/position.ts";
import { oldestUndone, planRollback, planRollbackAll } from "../../src/domain/rollback.ts";
import { anEntry, aRoute, aStep, at } from "./definitions.ts";

const a = aRoute("a");
const b = aRoute("b");
const routes = [a, b];

function write(state: LedgerState, changes: readonly LedgerChange[], kind: EntryKind = "shift"): LedgerState {
  return fold(state, [anEntry(state.revision + 1, changes, { kind })]);
}

const shifted = (state: LedgerState, route: typeof a, to: Position) =>
  write(state, planShift(state, routes, [route], to).changes);
const rolledBack = (state: LedgerState, route: typeof a, to?: number) =>
  write(state, planRollback(state, routes, route, to).changes, "rollback");

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return figErrorOf(error)?.code;
  }
  return undefined;
}

describe("rollback", () => {
  test("undoes the newest shift not yet undone, one after the other, and is not undone itself", () => {
    let state = shifted(shifted(shifted(emptyLedger(), a, at(0, 100)), a, at(10, 100)), a, at(50, 100));
    const plan = planRollback(state, routes, a, undefined);
    expect(plan.changes[0]).toMatchObject({ from: at(50, 100), to: at(10, 100), undone: [3] });
    state = rolledBack(state, a);
    state = rolledBack(state, a);
    expect(positionOf(state, a)).toEqual(at(0, 100));
    state = rolledBack(state, a);
    expect(positionOf(state, a)).toEqual(at(0));
    expect(codeOf(() => planRollback(state, routes, a, undefined))).toBe("nothing_to_undo");
  });

  test("is refused where it would raise modern, unless a revision is named", () => {
    const state = shifted(shifted(emptyLedger(), a, at(50)), a, at(0));
    expect(codeOf(() => planRollback(state, routes, a, undefined))).toBe("refused");
    expect(() => planRollback(state, routes, a, undefined)).toThrow(
      "undoing revision 2 would raise modern of a from 0 to 50",
    );
    expect(planRollback(state, routes, a, 1).changes[0]).toMatchObject({ to: at(50), undone: [2] });
  });

  test("what --to brought back can be undone again", () => {
    let state = shifted(shifted(emptyLedger(), a, at(10)), a, at(50));
    state = rolledBack(state, a);
    state = rolledBack(state, a, 2);
    expect(positionOf(state, a)).toEqual(at(50));
    expect(state.routes.get("a")?.lastChange.undone).toEqual([3]);
    state = rolledBack(state, a);
    expect(positionOf(state, a)).toEqual(at(10));
  });

  test("--to brings back what was undone before something else was shifted", () => {
    let state = rolledBack(shifted(emptyLedger(), a, at(10)), a);
    state = rolledBack(shifted(state, a, at(20)), a, 1);
    expect(positionOf(state, a)).toEqual(at(10));
    expect(state.routes.get("a")?.top?.revision).toBe(1);
    expect(positionOf(rolledBack(state, a), a)).toEqual(at(0));
  });

  test("--to a revision the route stands at already is nothing to undo, one beyond the ledger is unknown", () => {
    const state = shifted(shifted(emptyLedger(), a, at(10)), b, at(10));
    expect(codeOf(() => planRollback(state, routes, a, 1))).toBe("nothing_to_undo");
    expect(codeOf(() => planRollback(state, routes, a, 3))).toBe("unknown_revision");
    expect(codeOf(() => planRollback(state, routes, a, -1))).toBe("unknown_revision");
    expect(codeOf(() => planRollback(state, routes, a, 0.5))).toBe("unknown_revision");
    expect(planRollback(state, routes, a, 0).changes[0]?.to).toEqual(at(0));
  });

  test("--all takes each route's newest shift, and leaves those it would raise with a warning", () => {
    let state = shifted(shifted(emptyLedger(), a, at(10)), b, at(50));
    state = shifted(state, b, at(20));
    const plan = planRollbackAll(state, routes, undefined);
    expect(plan.changes.map((change) => change.route)).toEqual(["a"]);
    expect(plan.warnings.join()).toContain("undoing revision 3 would raise modern of b");
    expect(planRollbackAll(state, routes, 1).changes).toMatchObject([
      { route: "b", to: at(0), undone: [3, 2] },
    ]);
    const onlyRaise = shifted(shifted(emptyLedger(), b, at(50)), b, at(20));
    expect(codeOf(() => planRollbackAll(onlyRaise, routes, undefined))).toBe("refused");
    expect(codeOf(() => planRollbackAll(emptyLedger(), routes, undefined))).toBe("nothing_to_undo");
  });

  test("a retired route cannot be rolled back, and --all leaves it out", () => {
    const state = shifted(emptyLedger(), a, at(10));
    const retired = { ...a, retired: true };
    expect(codeOf(() => planRollback(state, [retired], retired, undefined))).toBe("refused");
    expect(codeOf(() => planRollbackAll(state, [retired], undefined))).toBe("nothing_to_undo");
  });

  test("a sandboxed route is not brought above 0 again by --to", () => {
    const state = shifted(shifted(emptyLedger(), a, at(50)), a, at(0));
    const sandboxed = { ...a, shadow: { ...a.shadow, writes: "sandboxed" as const } };
    expect(codeOf(() => planRollback(state, [sandboxed], sandboxed, 1))).toBe("refused");
  });

  test("what down undid is not undone by rollback, and --to brings the step back as applied", () => {
    const step = aStep(1, { a: { modern: 10 } });
    const up = planUp(emptyLedger(), routes, step);
    let state = fold(emptyLedger(), [anEntry(1, up.changes, { kind: "migration", migration: up.mark })]);
    const applied = state.applied[0];
    if (applied === undefined) throw new Error("not applied");
    const down = planDown(state, routes, applied, false);
    state = fold(state, [anEntry(2, down.changes, { kind: "revert", migration: down.mark })]);
    expect(positionOf(state, a)).toEqual(at(0));
    expect(codeOf(() => planRollback(state, routes, a, undefined))).toBe("nothing_to_undo");
    expect(planRollback(state, routes, a, 1).changes[0]?.to).toEqual(at(10));
    expect(state.applied).toEqual([]);
    state = rolledBack(state, a, 1);
    expect(state.applied).toMatchObject([{ mark: { number: 1 }, revision: 1 }]);
  });

  test("a down that an older fig wrote, which does not name what it undid, undoes the step too", () => {
    const step = aStep(1, { a: { modern: 10 } });
    const up = planUp(emptyLedger(), routes, step);
    const state = fold(emptyLedger(), [
      anEntry(1, [{ route: "a", from: at(0), to: at(5) }]),
      anEntry(2, [{ route: "a", from: at(5), to: at(10) }], { kind: "migration", migration: up.mark }),
      anEntry(3, [{ route: "a", from: at(10), to: at(5) }], { kind: "revert", migration: up.mark }),
    ]);
    expect(planRollback(state, routes, a, undefined).changes[0]).toMatchObject({ to: at(0), undone: [1] });
  });
});

interface Held {
  readonly position: Position;
  /** Positions before each shift not undone, oldest first. */
  readonly undo: readonly Position[];
}

type Operation =
  | { readonly kind: "shift"; readonly route: "a" | "b"; readonly to: Position }
  | { readonly kind: "fresh"; readonly route: "a" | "b" }
  | { readonly kind: "rollback"; readonly route: "a" | "b" }
  | { readonly kind: "rollbackTo"; readonly route: "a" | "b"; readonly to: number };

describe("any sequence of shifts and rollbacks", () => {
  const route = fc.constantFrom("a" as const, "b" as const);
  const part = fc.constantFrom(0, 10, 50);
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({
      kind: fc.constant("shift" as const),
      route,
      to: fc.record({ modern: part, shadow: part }),
    }),
    fc.record({ kind: fc.constant("fresh" as const), route }),
    fc.record({ kind: fc.constant("rollback" as const), route }),
    fc.record({ kind: fc.constant("rollbackTo" as const), route, to: fc.nat({ max: 8 }) }),
  );

  test("stands where a plain stack of undo positions stands", () => {
    const byId = { a, b };
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
        let state = emptyLedger();
        /** The model: what held after each revision, whole. */
        const history: Record<"a" | "b", Held>[] = [
          { a: { position: at(0), undo: [] }, b: { position: at(0), undo: [] } },
        ];
        for (const op of operations) {
          const target = byId[op.route];
          const now = history[history.length - 1] as Record<"a" | "b", Held>;
          const held = now[op.route];
          let next: Held | undefined;
          let changes: readonly LedgerChange[] = [];
          if (op.kind === "shift" || op.kind === "fresh") {
            const wish = op.kind === "shift" ? op.to : { fresh: true };
            ({ changes } = planShift(state, routes, [target], wish));
            if (op.kind === "fresh") next = held;
            else if (!samePosition(op.to, held.position)) {
              next = { position: op.to, undo: [...held.undo, held.position] };
            }
          } else {
            const then = op.kind === "rollbackTo" ? history[op.to]?.[op.route] : undefined;
            if (op.kind === "rollbackTo") {
              next = then !== undefined && !samePosition(then.position, held.position) ? then : undefined;
            } else {
              const back = held.undo[held.undo.length - 1];
              if (back !== undefined && back.modern <= held.position.modern) {
                next = { position: back, undo: held.undo.slice(0, -1) };
              }
            }
            try {
              ({ changes } = planRollback(
                state,
                routes,
                target,
                op.kind === "rollbackTo" ? op.to : undefined,
              ));
            } catch (error) {
              expect(figErrorOf(error)?.code).toMatch(/^(nothing_to_undo|refused|unknown_revision)$/);
            }
            for (const change of changes) expect(oldestUndone(change)).toBeGreaterThan(0);
          }
          expect(changes.length).toBe(next === undefined ? 0 : 1);
          if (next === undefined) continue;
          const kind = op.kind === "shift" || op.kind === "fresh" ? "shift" : "rollback";
          state = write(state, changes, kind);
          history.push({ ...now, [op.route]: next });
          for (const id of ["a", "b"] as const) {
            const expected = (history[history.length - 1] as Record<"a" | "b", Held>)[id];
            expect(positionOf(state, byId[id])).toEqual(expected.position);
            const stack: Position[] = [];
            for (let mark = state.routes.get(id)?.top; mark !== undefined; mark = mark.below)
              stack.unshift(mark.from);
            expect(stack).toEqual(expected.undo);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("down after up restores what held, wherever it was", () => {
    fc.assert(
      fc.property(
        fc.record({ modern: part, shadow: part }),
        fc.record({ modern: part, shadow: part }),
        (start, to) => {
          const before = shifted(emptyLedger(), a, start);
          const up = planUp(before, routes, aStep(7, { a: to, b: { shadow: 5 } }));
          const applied = fold(before, [
            anEntry(before.revision + 1, up.changes, { kind: "migration", migration: up.mark }),
          ]);
          const step = applied.applied[0];
          if (step === undefined) throw new Error("not applied");
          const down = planDown(applied, routes, step, true);
          const after = fold(applied, [
            anEntry(applied.revision + 1, down.changes, { kind: "revert", migration: down.mark }),
          ]);
          for (const each of routes) expect(positionOf(after, each)).toEqual(positionOf(before, each));
          expect(after.applied).toEqual([]);
        },
      ),
    );
  });
});

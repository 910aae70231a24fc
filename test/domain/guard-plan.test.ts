import { expect, test } from "vitest";
import { aliasesOf, emptyLedger, fold, type LedgerState } from "../../src/domain/fold.ts";
import {
  checkHeld,
  heldSince,
  loweredBy,
  lowest,
  planResume,
  tripDraft,
  tripsToday,
} from "../../src/domain/guard-plan.ts";
import type { GuardEvidence } from "../../src/domain/guards.ts";
import type { LedgerDraft, LedgerEntry } from "../../src/domain/ledger.ts";
import { planShift } from "../../src/domain/plan.ts";
import { planRollback } from "../../src/domain/rollback.ts";
import type { RouteDefinition } from "../../src/domain/route.ts";
import { aRoute, at } from "./definitions.ts";

const a = aRoute("a", { cohort: "shop" });
const b = aRoute("b", { cohort: "shop" });
const c = aRoute("c", { start: at(40, 10) });
const ALL = [a, b, c];
const AT = "2026-11-30T10:00:00.000Z";
const EVIDENCE: GuardEvidence = {
  ...{ guard: "errors", route: "a", value: 2e6, alarm: 1e6, seen: "12 of 12", counts: {}, percent: 50 },
  samples: [],
};

class Ledger {
  state: LedgerState = emptyLedger(aliasesOf(ALL));

  add(draft: LedgerDraft | undefined): LedgerEntry {
    if (draft === undefined) throw new Error("there is nothing to write");
    const entry = { ...draft, revision: this.state.revision + 1, at: AT };
    this.state = fold(this.state, [entry]);
    return entry;
  }

  shift(routes: readonly RouteDefinition[], modern: number): void {
    const { changes } = planShift(this.state, ALL, routes, { modern });
    this.add({ kind: "shift", by: "t", reason: "r", migration: null, changes, evidence: {} });
  }

  trip(route: RouteDefinition, percent: number): LedgerDraft | undefined {
    const lowered = loweredBy(this.state, ALL, route, percent);
    const { revision } = this.state;
    return tripDraft(this.state, ALL, { id: "x", at: AT, revision, evidence: EVIDENCE, lowered }, "door");
  }
}

const changesOf = (draft: LedgerDraft | undefined) =>
  draft?.changes.map(({ route, from, to, undone }) => [route, from.modern, to.modern, undone]);

test("a trip goes back to the last position with less of modern, and undoes what came since", () => {
  const ledger = new Ledger();
  ledger.shift([a], 10);
  ledger.shift([a], 50);
  ledger.shift([a], 40);
  expect(changesOf(ledger.trip(a, 40))).toEqual([["a", 40, 10, [3, 2]]]);
  ledger.add(ledger.trip(a, 40));
  expect(changesOf(ledger.trip(a, 10))).toEqual([["a", 10, 0, [1]]]);
});

test("the routes of the cohort go with it, those that stand higher", () => {
  const ledger = new Ledger();
  ledger.shift([a, b], 10);
  ledger.shift([b], 30);
  ledger.shift([a], 50);
  expect(changesOf(ledger.trip(a, 50))).toEqual([
    ["a", 50, 10, [3]],
    ["b", 30, 10, [2]],
  ]);
});

test("a route that began above 0 goes to 0, and keeps its shadow", () => {
  const ledger = new Ledger();
  expect(loweredBy(ledger.state, ALL, c, 40)).toEqual([{ route: "c", to: at(0, 10) }]);
  expect(changesOf(ledger.trip(c, 40))).toEqual([["c", 40, 0, []]]);
});

test("what stands as low already is not written again, and nothing is ever raised", () => {
  const ledger = new Ledger();
  ledger.shift([a], 10);
  ledger.shift([a], 50);
  const lowered = loweredBy(ledger.state, ALL, a, 50);
  const trip = { id: "x", at: AT, revision: ledger.state.revision, evidence: EVIDENCE, lowered };
  ledger.shift([a], 5);
  expect(tripDraft(ledger.state, ALL, trip, "door")).toBeUndefined();
});

test("it holds the route: lower and back it may go, higher only when it is resumed", () => {
  const ledger = new Ledger();
  ledger.shift([a, b], 10);
  ledger.shift([a, b], 50);
  ledger.add(ledger.trip(a, 50));
  const rise = () => checkHeld(ledger.state, planShift(ledger.state, ALL, [b], { modern: 20 }).changes);
  expect(rise).toThrow(/a guard took b back \(revision 3: errors: 12 of 12\)/);
  expect(() =>
    checkHeld(ledger.state, planShift(ledger.state, ALL, [a], { modern: 5 }).changes),
  ).not.toThrow();
  expect(() => checkHeld(ledger.state, planRollback(ledger.state, ALL, a, undefined).changes)).not.toThrow();
  expect(() => checkHeld(ledger.state, planRollback(ledger.state, ALL, a, 2).changes)).toThrow(/held|back/);
  const changes = planResume(ledger.state, ALL, a);
  expect(changes.map(({ route, to }) => [route, to.modern])).toEqual([
    ["a", 10],
    ["b", 10],
  ]);
  ledger.add({ kind: "resume", by: "t", reason: "r", migration: null, changes, evidence: {} });
  expect(rise).not.toThrow();
  expect(heldSince(ledger.state, "a")).toBeUndefined();
  expect(() => planResume(ledger.state, ALL, a)).toThrow("no guard holds a");
  // The way back is as it was.
  expect(planRollback(ledger.state, ALL, a, undefined).changes[0]?.to.modern).toBe(0);
});

test("trips are counted by the day", () => {
  const ledger = new Ledger();
  ledger.shift([a], 50);
  ledger.add(ledger.trip(a, 50));
  const then = Date.parse(AT);
  expect(tripsToday(ledger.state, "a", then + 1_000)).toBe(1);
  expect(tripsToday(ledger.state, "a", then + 25 * 3_600_000)).toBe(0);
  expect(tripsToday(ledger.state, "never", then)).toBe(0);
});

test("of several trips the lowest counts", () => {
  const lowered = [
    { route: "a", to: at(10) },
    { route: "a", to: at(5) },
    { route: "a", to: at(7) },
  ];
  expect(lowest(lowered).get("a")).toEqual(at(5));
});

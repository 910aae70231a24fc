import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AUTOPILOT_TIMES,
  type AutopilotOrder,
  decideAutopilot,
  type GateSaid,
  gatePaceMs,
  isOverdue,
  type NextMove,
  NO_ORDER,
  type RisingRoute,
  type Situation,
  setbackSince,
} from "../../src/domain/autopilot.ts";
import { emptyLedger, fold } from "../../src/domain/fold.ts";
import { anEntry, at } from "./definitions.ts";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const HOUR = 3_600_000;

const runs: AutopilotOrder = {
  ...NO_ORDER,
  mode: "running",
  by: "ana",
  reason: "ready",
  at: "2026-11-30T00:00:00Z",
};
const condition = (name: string, value: number | null, bound: number, holds: boolean, missing?: string) => ({
  ...{ name, value, bound, holds, missing },
});
const holding: GateSaid = {
  state: "holds",
  holds: true,
  conditions: [condition("minComparisons", 10, 10, true)],
};
const rising: RisingRoute = { route: "a", gate: holding, asked: true, windowMs: HOUR, guard: 0 };
const next: NextMove = {
  ...{ number: 2, name: "ten", times: AUTOPILOT_TIMES, refusals: [], gateText: "" },
  ...{ rising: [rising], sinceMoveMs: undefined },
};
const situation: Situation = { order: runs, away: false, setback: undefined, next, now: NOW };
const decide = (over: Partial<Situation>, move: Partial<NextMove> = {}) =>
  decideAutopilot({ ...situation, next: { ...next, ...move }, ...over });
const waitsFor = (...given: Parameters<typeof decide>) => decide(...given).waitsFor;

describe("whether the next step is applied", () => {
  test("it is where it runs, its gate holds, requests come, and nothing is declared", () => {
    expect(decide({})).toEqual({
      ...{ state: "running", waitsFor: undefined, says: "step 2 (ten) is applied now" },
      ...{ expectedAt: NOW, stuck: false },
    });
  });

  test("it is not while off, paused, without a store, without a step, or past the last step it is to go", () => {
    expect(decide({ order: NO_ORDER })).toMatchObject({ state: "off", waitsFor: "order", says: "it is off" });
    const paused = { ...runs, mode: "paused" as const };
    expect(decide({ order: paused })).toMatchObject({ state: "paused", says: "paused by ana: ready" });
    expect(waitsFor({ away: true })).toBe("store");
    expect(waitsFor({ next: undefined })).toBe("steps");
    expect(waitsFor({ order: { ...runs, to: 1 } })).toBe("steps");
    expect(waitsFor({ order: { ...runs, to: 2 } })).toBeUndefined();
  });

  test("a step without a gate is a person's; one whose author wrote none is not", () => {
    expect(waitsFor({}, { rising: [{ ...rising, gate: "missing" }] })).toBe("person");
    expect(waitsFor({}, { rising: [{ ...rising, gate: undefined, asked: false }] })).toBeUndefined();
  });

  test("a guard that is near holds it up", () => {
    expect(waitsFor({}, { rising: [{ ...rising, guard: 0.8 }] })).toBe("guard");
    expect(waitsFor({}, { rising: [{ ...rising, guard: 0.5 }] })).toBeUndefined();
  });

  test("silence never advances", () => {
    expect(waitsFor({}, { rising: [{ ...rising, asked: false }] })).toBe("traffic");
  });

  test("what was taken back pauses it, with the revision that did", () => {
    const setback = { revision: 7, route: "a", from: at(50, 100), to: at(10, 100) };
    expect(decide({ setback })).toMatchObject({
      state: "paused",
      waitsFor: "person",
      stuck: true,
      says: "paused, since revision 7 took a back from modern 50 %, shadow 100 % to modern 10 %, shadow 100 %: look why, then resume it",
    });
  });

  test("it expects to move when wait, gate and hours are all over", () => {
    const gate: GateSaid = {
      state: "unknown",
      holds: false,
      conditions: [
        condition("minComparisons", 250, 1000, false),
        condition("minDuration", HOUR, 2 * HOUR, false),
      ],
    };
    const unheld = { rising: [{ ...rising, gate }], gateText: "the gate does not hold for a" };
    // 250 in an hour: three more for the other 750.
    expect(decide({}, unheld).expectedAt).toBe(NOW + 3 * HOUR);
    const times = { ...AUTOPILOT_TIMES, hours: { from: 9 * 60, to: 14 * 60 }, waitMs: 5 * HOUR };
    expect(decide({}, { ...unheld, times }).expectedAt).toBe(Date.parse("2026-12-01T09:00:00Z"));
    expect(waitsFor({}, { times, sinceMoveMs: 4 * HOUR })).toBe("wait");
    expect(waitsFor({ now: NOW + 3 * HOUR }, { times, sinceMoveMs: 5 * HOUR })).toBe("hours");
    expect(waitsFor({}, { times, sinceMoveMs: 5 * HOUR })).toBeUndefined();
  });

  test("a pace is said only where every condition that is missing has one", () => {
    const of = (...conditions: GateSaid["conditions"]) =>
      gatePaceMs({ state: "unknown", holds: false, conditions }, HOUR);
    expect(of(condition("maxErrorRateIncrease", 3, 1, false))).toBeUndefined();
    expect(of(condition("minComparisons", 0, 10, false))).toBeUndefined();
    expect(of(condition("minDuration", null, 10, false))).toBeUndefined();
    expect(of(condition("minComparisons", 12, 10, true))).toBe(0);
  });

  test("whatever else is said, it moves only where everything holds", () => {
    const boolean = fc.boolean();
    const times = fc.record({
      days: fc.option(fc.constant(["mon"] as const), { nil: undefined }),
      hours: fc.option(fc.constant({ from: 0, to: 13 * 60 }), { nil: undefined }),
      zone: fc.constantFrom("UTC", "Europe/Berlin"),
      waitMs: fc.integer({ min: 0, max: 1000 }),
      patienceMs: fc.constant(1),
    });
    fc.assert(
      fc.property(
        fc.record({
          mode: fc.constantFrom("off", "running", "paused"),
          to: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
          away: boolean,
          back: boolean,
          refused: boolean,
          holds: boolean,
          asked: boolean,
          times,
          since: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
          now: fc.integer({ min: NOW, max: NOW + 14 * 24 * HOUR }),
        }),
        (given) => {
          const { mode, to, away, back, refused, holds, asked, since, now } = given;
          const order = { ...runs, mode: mode as AutopilotOrder["mode"], to };
          const setback = back ? { revision: 3, route: "a", from: at(9), to: at(1) } : undefined;
          const move = {
            refusals: refused ? ["drift"] : [],
            gateText: holds ? "" : "no",
            rising: [{ ...rising, gate: { ...holding, holds }, asked }],
            times: given.times,
            sinceMoveMs: since,
          };
          const made = decide({ order, away, setback, now }, move);
          const waited = since === undefined || since >= given.times.waitMs;
          const may = mode === "running" && !away && !back && (to ?? 2) >= 2;
          if (made.waitsFor === undefined) return may && !refused && holds && asked && waited;
          return !(may && !refused && holds && asked && waited) || made.waitsFor === "hours";
        },
      ),
    );
  });

  test("it is overdue once it waits for longer than declared, never while it waits for its hours", () => {
    const times = { waitMs: 10, patienceMs: 100 };
    const of = (wait: "gate" | "hours", waited: number) =>
      isOverdue({ state: "running", waitsFor: wait }, times, waited);
    expect([of("gate", 110), of("gate", 111), of("hours", 999)]).toEqual([false, true, false]);
  });
});

describe("what was taken back", () => {
  const up = { kind: "autopilot" as const, migration: { number: 1, name: "s", hash: "1" } };
  const first = anEntry(1, [{ route: "a", from: at(0), to: at(50) }], up);

  test("is a modern that fell by no step, after it was told to run", () => {
    const lowers = anEntry(2, [{ route: "b", from: at(20), to: at(10) }], {
      ...up,
      migration: { number: 2, name: "t", hash: "2" },
    });
    const forward = fold(emptyLedger(), [first, lowers]);
    expect(setbackSince(forward, 0)).toBeUndefined();
    for (const kind of ["rollback", "guard", "shift", "revert"] as const) {
      const back = anEntry(3, [{ route: "a", from: at(50), to: at(0) }], { kind });
      const state = fold(forward, [back]);
      expect(setbackSince(state, 0)).toEqual({ revision: 3, route: "a", from: at(50), to: at(0) });
      expect(setbackSince(state, 3)).toBeUndefined();
      // What comes after it does not hide it.
      const again = anEntry(4, [{ route: "a", from: at(0), to: at(50) }]);
      expect(setbackSince(fold(state, [again]), 2)?.revision).toBe(3);
    }
  });
});

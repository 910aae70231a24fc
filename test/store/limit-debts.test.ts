import fc from "fast-check";
import { expect, test } from "vitest";
import { drained, type Pace, paceOf } from "../../src/domain/policies/gcra.ts";
import type { FleetMeter } from "../../src/store/contract.ts";
import { type Debt, type DebtBatch, LimitDebts } from "../../src/store/limit-debts.ts";

type Rated = Extract<FleetMeter, { readonly kind: "rate" }>;
type Quota = Extract<FleetMeter, { readonly kind: "quota" }>;

const rate = (amount: string, burst: number): Rated => ({
  kind: "rate",
  id: "r",
  pace: paceOf(amount, 1e6, burst) as Pace,
});
const DAILY: Quota = { kind: "quota", id: "q", amount: 10, period: "day" };
const DAY_MS = 86_400_000;

function clockOf(began = 0) {
  const clock = { micros: () => clock.at, now: () => Math.floor(clock.at / 1000), at: began };
  return clock;
}

const units = (debts: LimitDebts) =>
  (debts.take(1)?.debts ?? [])
    .map((debt) => debts.units(debt as Extract<Debt, { kind: "rate" }>))
    .reduce((sum, one) => sum + one, 0);

test("what several front doors tell of a rate is no less than one bucket would have, and no more than what they let pass", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.array(fc.tuple(fc.nat(3), fc.nat(200_000)), { minLength: 1, maxLength: 60 }),
      (doors, perSecond, arrivals) => {
        const meter = rate(String(perSecond), 100);
        const clock = clockOf();
        const all = Array.from({ length: doors }, () => new LimitDebts(clock));
        let one = 0;
        for (const [door, gap] of arrivals) {
          clock.at += gap;
          one = drained(one, gap, meter.pace) + meter.pace.cost;
          all[door % doors]?.add("a", meter, doors);
        }
        const told = all.map(units).reduce((sum, each) => sum + each, 0);
        expect(told).toBeGreaterThanOrEqual(one);
        expect(told).toBeLessThanOrEqual(arrivals.length * meter.pace.cost);
      },
    ),
  );
});

test("what front doors of equal load tell is what one bucket has", () => {
  const meter = rate("10", 100);
  const clock = clockOf();
  const all = Array.from({ length: 4 }, () => new LimitDebts(clock));
  let one = 0;
  for (let round = 0; round < 20; round++) {
    clock.at += 130_000;
    one = drained(one, 130_000, meter.pace);
    for (const debts of all) {
      debts.add("a", meter, 4);
      one += meter.pace.cost;
    }
  }
  expect(all.map(units).reduce((sum, each) => sum + each, 0)).toBe(one);
});

test("of a quota only the present window is told", () => {
  const clock = clockOf(DAY_MS * 1000 - 1);
  const debts = new LimitDebts(clock);
  debts.add("a", DAILY, 2);
  debts.add("a", DAILY, 2);
  expect(debts.take(1)?.debts).toMatchObject([{ requests: 2, start: 0 }]);
  debts.add("a", DAILY, 2);
  clock.at += 10;
  debts.add("a", DAILY, 2);
  expect(debts.take(9)?.debts).toMatchObject([{ requests: 1, start: DAY_MS }]);
  expect(debts.take(9)).toBeUndefined();
  expect(debts.size).toBe(0);
});

test("what may have been told stays together, under its number, beside what came meanwhile", () => {
  const debts = new LimitDebts(clockOf());
  const meter = rate("0.001", 10);
  for (const name of ["a", "b"]) debts.add(name, meter, 1);
  const taken = debts.take(4) as DebtBatch;
  debts.add("a", meter, 1);
  debts.giveBack(taken);
  expect(debts.size).toBe(3);
  expect(debts.take(9)).toBe(taken);
  const later = debts.take(9) as DebtBatch;
  expect(later.debts).toMatchObject([{ name: "a", requests: 1 }]);
  expect(later.number).not.toBe(taken.number);
  debts.told(later);
  expect(debts.counts).toEqual({ told: 1, dropped: 0 });
});

test("keys are bounded: those that owe nothing make room, and what finds none is counted", () => {
  const clock = clockOf();
  const debts = new LimitDebts(clock, 3);
  const meter = rate("10", 5);
  for (const name of ["a", "b", "c", "d"]) debts.add(name, meter, 1);
  expect([debts.size, debts.counts.dropped]).toEqual([3, 1]);
  debts.add("a", meter, 1);
  expect(debts.counts.dropped).toBe(1);
  clock.at += 10_000_000;
  debts.add("e", meter, 1);
  expect([debts.size, debts.counts.dropped]).toEqual([1, 1]);
  debts.giveBack(debts.take(1) as DebtBatch);
  for (const name of ["f", "g", "h"]) debts.add(name, meter, 1);
  expect([debts.size, debts.counts.dropped]).toEqual([3, 2]);
});

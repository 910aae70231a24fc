import { expect, test } from "vitest";
import { type Pace, paceOf } from "../../../src/domain/policies/gcra.ts";
import type { MeterDefinition } from "../../../src/domain/policies/limit.ts";
import { FleetDesk } from "../../../src/serving/limits/fleet-desk.ts";
import { LocalDesk } from "../../../src/serving/limits/local-desk.ts";
import type { FleetDecision, FleetLimits } from "../../../src/store/contract.ts";

const RATE: MeterDefinition = { kind: "rate", id: "r", pace: paceOf("1", 3600e6, 100) as Pace };
const CONCURRENT: MeterDefinition = { kind: "concurrent", id: "c", most: 6 };

/** A store that says what it is told to, and notes what it hears. */
class Told implements FleetLimits {
  away: string | undefined = undefined;
  doors = 1;
  readonly told = { told: 0, dropped: 0 };
  says: FleetDecision | undefined = undefined;
  readonly heard: string[] = [];

  take(_meters: readonly MeterDefinition[], keys: readonly string[], peek: boolean) {
    this.heard.push(`${peek ? "peek" : "take"} ${keys}`);
    return Promise.resolve(this.says);
  }
  passed(_meters: readonly MeterDefinition[], keys: readonly string[]) {
    this.heard.push(`passed ${keys}`);
  }
  done(_meters: readonly MeterDefinition[], keys: readonly string[]) {
    this.heard.push(`done ${keys}`);
  }
  async start() {}
  async close() {}
}

function deskOf() {
  const store = new Told();
  const desk = new FleetDesk(new LocalDesk(1024 * 1024, { now: () => 0, micros: () => 0 }), store);
  return { store, limiter: desk.open([RATE, CONCURRENT]), desk };
}

test("requests under way are the fleet's: it is asked, and told when one is over", async () => {
  const { store, limiter } = deskOf();
  store.says = { passes: true, used: [1, 4], endsMs: [0, 0] };
  expect(await limiter.take(["a", "a"])).toMatchObject({
    refusedBy: -1,
    readings: [{ left: 99 }, { left: 2 }],
  });
  limiter.done(["a", "a"]);
  store.says = { passes: false, used: [1, 6], endsMs: [0, 0] };
  // Nobody knows when one of them ends.
  expect(await limiter.take(["a", "a"])).toMatchObject({ refusedBy: 1, retryMs: 0 });
  expect(store.heard).toEqual(["take a,a", "done a,a", "take a,a"]);
});

test("while the store is away each front door has its share, less what is under way by it already, and says what passed", async () => {
  const { store, limiter, desk } = deskOf();
  store.says = { passes: true, used: [1, 1], endsMs: [0, 0] };
  await limiter.take(["a", "a"]);
  store.away = "gone";
  store.doors = 2;
  const passes = async () => ((await limiter.take(["a", "a"])).refusedBy < 0 ? 1 : 0);
  // Of 6 for two this one has 3, and one is under way.
  expect([await passes(), await passes(), await passes(), await passes()]).toEqual([1, 1, 0, 0]);
  expect(await limiter.peek(["a", "a"])).toMatchObject({ refusedBy: 1, retryMs: 0 });
  limiter.done(["a", "a"]);
  expect(await passes()).toBe(1);
  // What was refused is not told, and a look neither.
  expect(store.heard).toEqual(["take a,a", "passed a,a", "passed a,a", "done a,a", "passed a,a"]);
  expect(desk.decidedHere).toBe(5);
  // More front doors than places: each lets one pass.
  store.doors = 60;
  for (let i = 0; i < 3; i++) limiter.done(["a", "a"]);
  expect([await passes(), await passes()]).toEqual([1, 0]);
});

test("a store that gives no answer in time leaves the decision here", async () => {
  const { store, limiter } = deskOf();
  expect(await limiter.take(["a", "a"])).toMatchObject({ refusedBy: -1 });
  expect(store.heard).toEqual(["take a,a", "passed a,a"]);
});

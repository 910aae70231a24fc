import { describe, expect, test } from "vitest";
import { MinuteRollups } from "../../src/control/minute-rollups.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import type { Rollup, Store } from "../../src/store/contract.ts";
import { definitionOf } from "../support/exchange-world.ts";
import { aConfig, aDoor, HandClock, openMemory } from "./harness.ts";

const MINUTE = 60_000;

function config(...ids: string[]) {
  return aConfig({
    routes: ids.map((id) => definitionOf({ id, match: { ...definitionOf({}).match, path: `/${id}` } })),
  });
}

async function minutes(store: Store, clock: HandClock, route: string) {
  const range = { from: clock.now() - 60 * MINUTE, to: clock.now() + MINUTE };
  return store.readRollups({ route, step: "minute", ...range });
}

const served = ({ counts }: Rollup) => [counts.legacy.requests, counts.modern.requests];

describe("what a door counts", () => {
  test("is rolled up minute by minute, each route by itself and all together", async () => {
    const door = await aDoor(config("a", "b"));
    const { clock, store, live } = door;
    const first = clock.now();
    for (let i = 0; i < 3; i++) door.tally("a").answered("legacy", 200, 1_000, false, false);
    door.tally("b").answered("modern", 503, 2_000, true, false);
    await live.rollUp();
    clock.pass(MINUTE);
    door.tally("a").answered("legacy", 200, 9_000, false, false);
    await live.rollUp();
    const ofA = await minutes(store, clock, "a");
    expect(ofA.map(served)).toEqual([
      [3, 0],
      [1, 0],
    ]);
    expect(ofA.map(({ at }) => at)).toEqual([first, first + MINUTE]);
    expect((await minutes(store, clock, "b")).map(served)).toEqual([[0, 1]]);
    expect((await minutes(store, clock, "(all)")).map(served)).toEqual([
      [3, 1],
      [1, 0],
    ]);
    // What a second minute counted is its own: not the first's latencies again.
    expect(ofA[1]?.counts.legacy.histogram.length).toBe(2);
    await live.close();
  });

  test("is rolled up once however often it is written, and through a shift in the middle of a minute", async () => {
    const door = await aDoor(config("a"));
    const { clock, store, live, control } = door;
    for (let i = 0; i < 4; i++) {
      door.tally("a").answered("legacy", 200, 1_000, false, false);
      await live.rollUp();
      await live.rollUp();
    }
    await control.shift({ target: { route: "a" }, modern: 10, reason: "on", by: "ann" });
    for (let i = 0; i < 2; i++) door.tally("a").answered("modern", 200, 1_000, false, false);
    await live.rollUp();
    expect((await minutes(store, clock, "a")).map(served)).toEqual([[4, 2]]);
    expect((await minutes(store, clock, "(all)")).map(served)).toEqual([[4, 2]]);
    await live.close();
  });

  test("adds up over front doors and over a restart", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    for (let run = 0; run < 3; run++) {
      const door = await aDoor(config("a"), { store, clock });
      for (let i = 0; i <= run; i++) door.tally("a").answered("legacy", 200, 1_000, false, false);
      // Closing writes what was counted last.
      await door.live.close();
    }
    expect((await minutes(store, clock, "a")).map(served)).toEqual([[6, 0]]);
  });

  test("waits while the store is away, minute by minute, and is written once it is back", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    let away = false;
    const flaky: Store = Object.create(store, {
      putRollups: {
        value: (door: string, rollups: readonly Rollup[]) =>
          away ? Promise.reject(new Error("away")) : store.putRollups(door, rollups),
      },
    }) as Store;
    const door = await aDoor(config("a"), { store: flaky, clock });
    away = true;
    for (let i = 1; i <= 3; i++) {
      for (let n = 0; n < i; n++) door.tally("a").answered("legacy", 200, 1_000, false, false);
      await door.live.rollUp();
      clock.pass(MINUTE);
    }
    expect(await minutes(store, clock, "a")).toEqual([]);
    away = false;
    await door.live.rollUp();
    expect((await minutes(store, clock, "a")).map(served)).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    const said = door.lines.filter(({ message }) => message.includes("rollups"));
    expect(said.map(({ level }) => level)).toEqual(["error", "info"]);
    await door.live.close();
  });

  test("tells pages that there are new figures, and not each time one of them asked", async () => {
    const door = await aDoor(config("a"));
    for (let i = 0; i < 3; i++) {
      door.tally("a").answered("legacy", 200, 1_000, false, false);
      await door.live.rollUp();
    }
    expect(door.events.filter(({ type }) => type === "rollup").map(({ data }) => data)).toEqual([
      { at: door.clock.now() },
    ]);
    await door.live.close();
  });
});

test("a window that was forgotten and opens again counts from nothing, whenever that is", async () => {
  const clock = new HandClock();
  const store = await openMemory(clock);
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const rollups = new MinuteRollups({ store, door: "d", clock, log, onWritten: () => {} });
  const window = { route: "a", revision: 1, epoch: 1 };
  const total = (id: number, requests: number) => {
    const tally = new WindowTally(window);
    for (let i = 0; i < requests; i++) tally.answered("legacy", 200, 1_000, false, false);
    return { id, window, round: 0, counts: tally.counts(), mismatches: [] };
  };
  const flush = async (totals: ReturnType<typeof total>[], forgotten: number[] = []) => {
    await rollups.turn();
    rollups.forget(forgotten);
    rollups.note(totals);
    await rollups.write(true);
  };
  await flush([total(1, 5)]);
  clock.pass(MINUTE);
  await flush([total(1, 8)]);
  clock.pass(MINUTE);
  await flush([total(1, 9)]);
  // In the minute in which it last counted.
  await flush([total(2, 2)], [1]);
  clock.pass(MINUTE);
  await flush([total(2, 3)]);
  expect((await minutes(store, clock, "a")).map(served)).toEqual([
    [5, 0],
    [3, 0],
    [3, 0],
    [1, 0],
  ]);
});

import { describe, expect, test } from "vitest";
import { mergeCounts } from "../../src/domain/counters.ts";
import type { RollupStep, Store } from "../../src/store/contract.ts";
import { HOURS_KEPT_MS, MINUTES_KEPT_MS } from "../../src/store/retention.ts";
import type { StoreBench } from "./store.ts";
import { countsOf } from "./store-values.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The part of the store contract that charts are drawn from. */
export function rollupsConformance(name: string, shared: boolean, bench: StoreBench): void {
  const read = (store: Store, step: RollupStep, from = bench.now - MINUTES_KEPT_MS, to = bench.now + HOUR) =>
    store.readRollups({ route: "a", step, from, to });

  /** The tests share a clock that only goes forward. */
  const fullHour = () => {
    bench.now = Math.ceil(bench.now / HOUR) * HOUR;
    return bench.now;
  };

  describe(`${name}: rollups`, () => {
    test("a minute put again is replaced, and its hour follows", async () => {
      const store = await bench.open();
      const at = fullHour();
      const put = (legacy: number, minute = at) =>
        store.putRollups("door-1", [
          { route: "a", at: minute, counts: countsOf({ legacy, matches: legacy }) },
        ]);
      await put(3);
      await put(5);
      await put(5);
      await put(2, at + MINUTE);
      expect(await read(store, "minute")).toEqual([
        { route: "a", at, counts: countsOf({ legacy: 5, matches: 5 }) },
        { route: "a", at: at + MINUTE, counts: countsOf({ legacy: 2, matches: 2 }) },
      ]);
      const both = mergeCounts([countsOf({ legacy: 5, matches: 5 }), countsOf({ legacy: 2, matches: 2 })]);
      expect(await read(store, "hour")).toEqual([{ route: "a", at, counts: both }]);
    });

    test("doors add up, in minutes and in hours", async () => {
      const store = await bench.open();
      const at = fullHour();
      await store.putRollups("door-1", [{ route: "a", at, counts: countsOf({ legacy: 3, modern: 2 }) }]);
      await store.putRollups("door-2", [{ route: "a", at, counts: countsOf({ legacy: 4, unsafe: 1 }) }]);
      await store.putRollups("door-2", [{ route: "a", at, counts: countsOf({ legacy: 6, unsafe: 1 }) }]);
      const sum = mergeCounts([countsOf({ legacy: 3, modern: 2 }), countsOf({ legacy: 6, unsafe: 1 })]);
      for (const step of ["minute", "hour"] as const) {
        expect(await read(store, step)).toEqual([{ route: "a", at, counts: sum }]);
      }
    });

    test("routes are apart, whatever they are called, and a range has its start but not its end", async () => {
      const store = await bench.open();
      const at = fullHour();
      const counts = countsOf({ legacy: 1 });
      const minutes = [0, 1, 2, 3].map((n) => ({ route: "a", at: at + n * MINUTE, counts }));
      await store.putRollups("door-1", [
        ...minutes,
        { route: "(all)", at, counts },
        { route: "a\0b' größe", at, counts },
      ]);
      const starts = (await read(store, "minute", at + MINUTE, at + 3 * MINUTE)).map((each) => each.at);
      expect(starts).toEqual([at + MINUTE, at + 2 * MINUTE]);
      const odd = { route: "a\0b' größe", step: "minute" as const, from: at, to: at + 1 };
      expect(await store.readRollups(odd)).toEqual([{ route: "a\0b' größe", at, counts }]);
      expect(await store.readRollups({ ...odd, route: "nobody" })).toEqual([]);
    });

    test("more than fits one message comes back whole and in order", async () => {
      const store = await bench.open();
      const first = fullHour();
      const counts = countsOf({ legacy: 1, matches: 1 });
      const minutes = Array.from({ length: 700 }, (_, n) => ({ route: "a", at: first + n * MINUTE, counts }));
      bench.now += 700 * MINUTE;
      await store.putRollups("door-1", minutes.toReversed());
      expect((await read(store, "minute")).map(({ at }) => at)).toEqual(minutes.map(({ at }) => at));
      const hours = await read(store, "hour");
      expect(hours.map((each) => each.counts.legacy.requests)).toEqual([...Array(11).fill(60), 40]);
    });

    test("minutes go after two days, hours after ninety", async () => {
      const store = await bench.open();
      const at = fullHour();
      const counts = countsOf({ legacy: 1 });
      await store.putRollups("door-1", [{ route: "a", at, counts }]);
      bench.now = at + MINUTES_KEPT_MS + MINUTE;
      await store.putRollups("door-1", [{ route: "b", at: bench.now, counts }]);
      // A minute that is no more is not begun anew: its hour has it already.
      await store.putRollups("door-1", [{ route: "a", at, counts }]);
      expect(await read(store, "minute", 0)).toEqual([]);
      expect(await read(store, "hour", 0)).toEqual([{ route: "a", at, counts }]);
      bench.now = at + HOURS_KEPT_MS + MINUTE;
      await store.putRollups("door-1", [{ route: "b", at: bench.now, counts }]);
      expect(await read(store, "hour", 0)).toEqual([]);
    });

    if (!shared) return;
    test("they are there for who opens the state later", async () => {
      const at = fullHour();
      const counts = countsOf({ legacy: 2, modern: 1 });
      const store = await bench.open();
      await store.putRollups("door-1", [{ route: "a", at, counts }]);
      await store.close();
      const later = await bench.open();
      expect(await read(later, "minute")).toEqual([{ route: "a", at, counts }]);
      await later.putRollups("door-2", [{ route: "a", at: at + MINUTE, counts }]);
      expect(await read(later, "hour")).toEqual([{ route: "a", at, counts: mergeCounts([counts, counts]) }]);
    });
  });
}

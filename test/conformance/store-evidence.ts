import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeCounts } from "../../src/domain/counters.ts";
import type { StratumOutcome } from "../../src/domain/strata/strata-tally.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { DOORS_KEPT, WINDOWS_KEPT } from "../../src/store/retention.ts";
import type { StoreBench } from "./store.ts";
import { countsOf, rowOf, upTo, windowOf } from "./store-values.ts";

/** The part of the store contract that is about definitions, counters and mismatch rows. */
export function evidenceConformance(name: string, shared: boolean, bench: StoreBench): void {
  describe(`${name}: definitions`, () => {
    test("the first hash of a route opens epoch 1, another hash the next, the same hash none", async () => {
      const store = await bench.open();
      const first = await store.noteDefinitions([
        { route: "a", hash: "h1" },
        { route: "b", hash: "h1" },
      ]);
      const since = bench.now;
      expect(Object.fromEntries(first)).toEqual({ a: { epoch: 1, since }, b: { epoch: 1, since } });
      bench.now += 5_000;
      const second = await store.noteDefinitions([
        { route: "a", hash: "h2" },
        { route: "b", hash: "h1" },
      ]);
      expect(Object.fromEntries(second)).toEqual({
        a: { epoch: 2, since: since + 5_000 },
        b: { epoch: 1, since },
      });
      expect(Object.fromEntries(await store.readDefinitions())).toEqual({
        a: { epoch: 2, since: since + 5_000, hash: "h2" },
        b: { epoch: 1, since, hash: "h1" },
      });
    });

    test("going back to an earlier hash is a change too", async () => {
      const store = await bench.open();
      for (const hash of ["h1", "h2", "h1"]) await store.noteDefinitions([{ route: "a", hash }]);
      expect((await store.readDefinitions()).get("a")).toMatchObject({ epoch: 3, hash: "h1" });
    });

    test("only the routes that were named come back", async () => {
      const store = await bench.open();
      await store.noteDefinitions([{ route: "a", hash: "h1" }]);
      expect([...(await store.noteDefinitions([{ route: "b", hash: "h1" }])).keys()]).toEqual(["b"]);
      expect([...(await store.noteDefinitions([])).keys()]).toEqual([]);
    });
  });

  describe(`${name}: counters`, () => {
    test("putting a door's totals again replaces them, other doors' are added", async () => {
      const store = await bench.open();
      const window = windowOf("a", 3, 2);
      const put = (door: string, legacy: number) =>
        store.putCounts(door, [{ window, counts: countsOf({ legacy }), mismatches: [] }]);
      await put("door-1", 5);
      await put("door-1", 7);
      await put("door-1", 7);
      await put("door-2", 3);
      const [evidence] = await store.readCounts([window]);
      expect(evidence).toEqual({
        window,
        counts: mergeCounts([countsOf({ legacy: 7 }), countsOf({ legacy: 3 })]),
      });
      expect(evidence?.counts.legacy.requests).toBe(10);
    });

    test("strata are added up over doors by name, with their reasons, and survive doors that end", async () => {
      const store = await bench.open();
      const window = windowOf("a", 1, 1);
      const counted = (requests: readonly (readonly [path: string, outcome: StratumOutcome])[]) => {
        const tally = new WindowTally(window);
        for (const [path, outcome] of requests)
          tally.stratum({ method: "GET", path: "/api/{rest+}", captures: [path] }, outcome);
        return tally.counts();
      };
      const put = (door: string, counts: ReturnType<typeof counted>) =>
        store.putCounts(door, [{ window, counts, mismatches: [] }]);
      const first = counted([
        ["orders/1", "match"],
        ["orders/2", "raced"],
      ]);
      const second = counted([
        ["orders/3", "mismatch"],
        ["users/me", "match"],
      ]);
      for (const i of upTo(DOORS_KEPT + 3)) {
        await put(`ended.${i}`, first);
        await store.endDoor(`ended.${i}`);
      }
      await put("door-2", second);
      await put("door-2", second);
      const [evidence] = await store.readCounts([window]);
      expect(evidence?.counts.strata).toEqual({
        "GET /api/orders/{number}": [DOORS_KEPT + 4, 1, { raced: DOORS_KEPT + 3 }],
        "GET /api/users/me": [1, 0],
      });
    });

    test("comparisons that are no further witness are added up over doors, also with those of a fig that counted none, and survive doors that end", async () => {
      const store = await bench.open();
      const window = windowOf("a", 1, 1);
      const counted = (again: boolean) => {
        const tally = new WindowTally(window);
        for (const outcome of ["match", "match", "mismatch"] as const) {
          tally.compared(outcome, "GET", again);
          tally.stratum({ method: "GET", path: "/api/{rest+}", captures: ["orders/1"] }, outcome, again);
        }
        tally.unremembered();
        return tally.counts();
      };
      const { sameRequests: _, unrememberedRequests: __, ...older } = counted(false);
      const put = (door: string, counts: ReturnType<typeof counted>) =>
        store.putCounts(door, [{ window, counts, mismatches: [] }]);
      await put("older", older as ReturnType<typeof counted>);
      const read = async () => (await store.readCounts([window]))[0]?.counts;
      const none = { match: {}, mismatch: {} };
      expect(await read()).toMatchObject({ sameRequests: none, unrememberedRequests: 0 });
      for (const i of upTo(DOORS_KEPT + 3)) {
        await put(`ended.${i}`, counted(true));
        await store.endDoor(`ended.${i}`);
      }
      const times = DOORS_KEPT + 3;
      expect(await read()).toMatchObject({
        comparisons: { match: 2 * (times + 1), mismatch: times + 1 },
        sameRequests: { match: { GET: 2 * times }, mismatch: { GET: times } },
        unrememberedRequests: times,
      });
      const [compared, mismatched, , , same] = (await read())?.strata["GET /api/orders/{number}"] ?? [];
      expect([compared, mismatched, same]).toEqual([3 * (times + 1), times + 1, [3 * times, times]]);
    });

    test("a window is told from another by route, revision and epoch; one nobody counted in is left out", async () => {
      const store = await bench.open();
      const windows = [windowOf("a", 1, 1), windowOf("a", 1, 2), windowOf("a", 2, 1), windowOf("b", 1, 1)];
      await store.putCounts(
        "door",
        windows.map((window, i) => ({ window, counts: countsOf({ modern: i + 1 }), mismatches: [] })),
      );
      const found = await store.readCounts([...windows, windowOf("c", 1, 1), windowOf("a", 9, 9)]);
      expect(found.map(({ window, counts }) => [window, counts.modern.requests])).toEqual(
        windows.map((window, i) => [window, i + 1]),
      );
      expect(await store.readCounts([])).toEqual([]);
    });

    test("sums over doors equal what all doors counted, in any order and however often they flush", async () => {
      const traffic = fc.record({ legacy: fc.nat(5), modern: fc.nat(5), matches: fc.nat(5) });
      const flush = fc.record({
        door: fc.constantFrom("d1", "d2", "d3"),
        route: fc.constantFrom("a", "b"),
        traffic,
      });
      const store = await bench.open();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(flush, { maxLength: 12 }), async (flushes) => {
          run++;
          const last = new Map<string, ReturnType<typeof countsOf>>();
          for (const { door, route, traffic: total } of flushes) {
            const counts = countsOf(total);
            last.set(`${door} ${route}`, counts);
            await store.putCounts(door, [
              { window: windowOf(`${route}${run}`, 1, 1), counts, mismatches: [] },
            ]);
          }
          for (const route of ["a", "b"]) {
            const counted = [...last]
              .filter(([key]) => key.endsWith(` ${route}`))
              .map(([, counts]) => counts);
            const [evidence] = await store.readCounts([windowOf(`${route}${run}`, 1, 1)]);
            expect(evidence?.counts).toEqual(counted.length === 0 ? undefined : mergeCounts(counted));
          }
        }),
        { numRuns: 25 },
      );
    });

    test("counts of 2,000 windows go in and come out", async () => {
      const store = await bench.open();
      const windows = upTo(2_000).map((i) => windowOf(`route ${i}`));
      const counts = countsOf({ legacy: 2, modern: 1, matches: 1 });
      await store.putCounts(
        "door",
        windows.map((window) => ({ window, counts, mismatches: [] })),
      );
      const found = await store.readCounts(windows);
      expect(found.map(({ window }) => window.route)).toEqual(windows.map((window) => window.route));
      expect(found.every((evidence) => evidence.counts.legacy.requests === 2)).toBe(true);
    });

    test("a door that ended keeps what it counted, and ending it again, or one that never counted, changes nothing", async () => {
      const store = await bench.open();
      const window = windowOf("a", 1, 1);
      const put = (door: string, legacy: number) =>
        store.putCounts(door, [
          { window, counts: countsOf({ legacy }), mismatches: [rowOf("$.x", legacy, 0, 0)] },
        ]);
      for (const i of upTo(DOORS_KEPT + 10)) {
        await put(`run.${i}`, 1);
        await store.endDoor(`run.${i}`);
        await store.endDoor(`run.${i}`);
      }
      await put("run", 5);
      await store.endDoor("never");
      expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe(DOORS_KEPT + 15);
      expect((await store.readMismatches(window))[0]?.count).toBe(DOORS_KEPT + 15);
    });

    test("unsafe requests modern answered are summed over windows and doors from a revision on", async () => {
      const store = await bench.open();
      const put = (door: string, revision: number, epoch: number, unsafe: number) =>
        store.putCounts(door, [
          { window: windowOf("a", revision, epoch), counts: countsOf({ modern: 9, unsafe }), mismatches: [] },
        ]);
      await put("d1", 1, 1, 1);
      await put("d1", 3, 1, 2);
      await put("d2", 3, 2, 3);
      await put("d1", 5, 2, 4);
      await put("d1", 5, 2, 5);
      const since = (revision: number) => store.unsafeModernSince("a", revision);
      expect([await since(0), await since(3), await since(4), await since(6)]).toEqual([11, 10, 5, 0]);
      expect(await store.unsafeModernSince("other", 0)).toBe(0);
    });

    test("a route keeps its newest windows; what modern did unsafely is kept for all", async () => {
      const store = await bench.open();
      const last = WINDOWS_KEPT + 5;
      for (const revision of upTo(last)) {
        await store.putCounts("door", [
          {
            window: windowOf("a", revision),
            counts: countsOf({ modern: 2, unsafe: revision % 2 }),
            mismatches: [rowOf("$.x", 1, 0, 0)],
          },
        ]);
      }
      const found = await store.readCounts(upTo(last).map((revision) => windowOf("a", revision)));
      expect(found.map(({ window }) => window.revision)).toEqual(upTo(last, 6));
      expect(await store.readMismatches(windowOf("a", 5))).toEqual([]);
      expect(await store.readMismatches(windowOf("a", 6))).toHaveLength(1);
      expect(await store.unsafeModernSince("a", 0)).toBe(Math.ceil(last / 2));
      // A late answer to a window that is gone neither brings it back nor counts twice.
      await store.putCounts("door", [
        { window: windowOf("a", 1), counts: countsOf({ modern: 3, unsafe: 2 }), mismatches: [] },
      ]);
      expect(await store.unsafeModernSince("a", 0)).toBe(Math.ceil(last / 2) + 1);
    });

    if (!shared) return;
    test("doors that count through different stores are added", async () => {
      const [one, two] = [await bench.open(), await bench.open()];
      const window = windowOf("a", 1, 1);
      await one.putCounts("d1", [{ window, counts: countsOf({ legacy: 4 }), mismatches: [] }]);
      await two.putCounts("d2", [{ window, counts: countsOf({ legacy: 6 }), mismatches: [] }]);
      for (const store of [one, two])
        expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe(10);
    });
  });

  describe(`${name}: mismatches`, () => {
    test("rows are added up over doors by path and kind, most frequent first", async () => {
      const store = await bench.open();
      const window = windowOf("a", 1, 1);
      const put = (door: string, mismatches: ReturnType<typeof rowOf>[]) =>
        store.putCounts(door, [{ window, counts: countsOf({}), mismatches }]);
      await put("d1", [rowOf("$.total", 9, 1_000, 2_000)]);
      await put("d1", [rowOf("$.total", 2, 1_000, 3_000), rowOf("status", 4, 5_000, 6_000)]);
      await put("d2", [rowOf("$.total", 5, 500, 2_500, 3), { ...rowOf("$.total", 4, 1, 1), kind: "type" }]);
      const rows = await store.readMismatches(window);
      expect(rows.map(({ path, kind, count }) => [path, kind, count])).toEqual([
        ["$.total", "value", 7],
        ["$.total", "type", 4],
        ["status", "value", 4],
      ]);
      expect(rows[0]).toMatchObject({
        firstSeen: new Date(500).toISOString(),
        lastSeen: new Date(3_000).toISOString(),
      });
      expect(rows[0]?.samples).toHaveLength(3);
      expect(await store.readMismatches(windowOf("a", 2, 1))).toEqual([]);
    });

    test("samples read back as they were, a value missing on one side included", async () => {
      const store = await bench.open();
      const row = rowOf("$.x", 1, 1_000, 1_000);
      await store.putCounts("d", [{ window: windowOf("a"), counts: countsOf({}), mismatches: [row] }]);
      expect(await store.readMismatches(windowOf("a"))).toEqual([row]);
    });
  });
}

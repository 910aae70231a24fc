import { describe, expect, test } from "vitest";
import { acceptResplits } from "../../src/control/index.ts";
import { FigError } from "../../src/domain/errors.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import type { Store } from "../../src/store/contract.ts";
import { aRoute, at } from "../domain/definitions.ts";
import {
  aConfig,
  aDoor,
  errorOf,
  HandClock,
  HandKeeper,
  onStore,
  openMemory,
  times,
  WHO,
} from "./harness.ts";

const a = aRoute("a");
const b = aRoute("b");
const config = aConfig({ routes: [a, b] });
const shiftOf = (route: string, modern: number) => ({ target: { route }, modern, ...WHO });

async function twoDoors() {
  const clock = new HandClock();
  const store = await openMemory(clock);
  return [await aDoor(config, { store, clock }), await aDoor(config, { store, clock })] as const;
}

describe("a running front door", () => {
  test("begins where the ledger stands", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    await onStore(store, clock, config).shift(shiftOf("a", 10));
    const door = await aDoor(config, { store, clock });
    expect(door.tableRef.current.byId("a")).toMatchObject({
      position: at(10),
      revision: 1,
      threshold: 429_496_729,
      cohortPrefix: "a:",
      tally: { key: { route: "a", revision: 1, epoch: 1 } },
    });
    expect(door.tableRef.current.byId("b")).toMatchObject({ position: at(0), revision: 0 });
    expect(door.tableRef.current.fallback?.definition.legacy?.upstream).toBe("monolith");
    expect(door.events).toEqual([]);
  });

  test("a retired route is all modern and a missing default has no fallback", async () => {
    const door = await aDoor(
      aConfig({ routes: [aRoute("old", { retired: true })], defaultUpstream: undefined }),
    );
    expect(door.tableRef.current.byId("old")).toMatchObject({
      threshold: 2 ** 32,
      position: at(100),
    });
    expect(door.tableRef.current.fallback).toBeUndefined();
  });

  test("writes counters less often where that takes long, and says how often", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const door = await aDoor(config, { store, clock });
    expect(door.live.counterPauseMs()).toBe(1000);
    let takesMs = 100;
    const write = store.putCounts.bind(store);
    store.putCounts = async (...counts) => {
      clock.pass(takesMs);
      await write(...counts);
    };
    const paused = async (ms: number) => {
      door.tableRef.current.byId("a")?.tally.erred("legacy");
      clock.pass(20_000);
      await expect.poll(() => door.live.counterPauseMs(), { timeout: 5000 }).toBe(ms);
    };
    await paused(5000);
    takesMs = 400;
    await paused(10_000);
    takesMs = 0;
    await paused(1000);
  });

  test("follows entries that others write, once each", async () => {
    const [one, two] = await twoDoors();
    await one.control.shift(shiftOf("a", 10));
    await one.control.shift(shiftOf("a", 20));
    await expect.poll(() => two.live.revision()).toBe(2);
    expect(two.tableRef.current.byId("a")?.position).toEqual(at(20));
    expect(two.events.map((event) => event.type)).toEqual(["shift", "shift"]);
    expect(one.events.map((event) => event.type)).toEqual(["shift", "shift"]);
  });

  test("a shift replaces only the routes it moves", async () => {
    const door = await aDoor(config);
    const before = door.tableRef.current.byId("b");
    await door.control.shift(shiftOf("a", 10));
    expect(door.tableRef.current.byId("b")).toBe(before);
  });

  test("entries come in force in the order of revisions: one that is ahead waits for those before it", async () => {
    const door = await aDoor(config);
    const other = onStore(door.store, door.clock, config);
    const seen: number[] = [];
    const swap = door.tableRef.swap.bind(door.tableRef);
    door.tableRef.swap = (next) => {
      seen.push(next.byId("a")?.revision ?? -1);
      swap(next);
    };
    const [first] = (await other.shift(shiftOf("a", 10))).entries;
    const [second] = (await other.shift(shiftOf("a", 20))).entries;
    if (first === undefined || second === undefined) throw new Error("not written");
    await door.live.apply(second);
    expect(door.live.revision()).toBe(2);
    expect(door.tableRef.current.byId("a")?.position).toEqual(at(20));
    await door.live.apply(first);
    await door.live.apply(second);
    expect(door.tableRef.current.byId("a")?.position).toEqual(at(20));
    expect(seen.at(-1)).toBe(2);
  });

  test("a late answer counts in the window its request began in", async () => {
    const door = await aDoor(config);
    const began = door.tally("a");
    const { requests } = door.tableRef.current;
    requests.active++;
    await door.control.shift(shiftOf("a", 10));
    await door.live.flush();
    began.answered("legacy", 200, 1000, false, false);
    requests.active--;
    await door.live.flush();
    const [old, now] = await Promise.all([
      door.store.readCounts([{ route: "a", revision: 0, epoch: 1 }]),
      door.store.readCounts([{ route: "a", revision: 1, epoch: 1 }]),
    ]);
    expect(old[0]?.counts.legacy.requests).toBe(1);
    expect(now).toEqual([]);
  });

  test("counters reach the store by themselves", async () => {
    const door = await aDoor(config);
    times(3, () => door.tally("a").answered("legacy", 200, 1000, false, false));
    const counted = () => door.store.readCounts([{ route: "a", revision: 0, epoch: 1 }]);
    await expect.poll(async () => (await counted())[0]?.counts.legacy.requests, { timeout: 5000 }).toBe(3);
    await door.live.close();
  });

  test("closing writes the last counters, and follows nothing any more", async () => {
    const [one, two] = await twoDoors();
    one.tally("a").answered("legacy", 200, 1000, false, false);
    await one.live.close();
    await one.live.close();
    const [row] = await two.store.readCounts([{ route: "a", revision: 0, epoch: 1 }]);
    expect(row?.counts.legacy.requests).toBe(1);
    await two.control.shift(shiftOf("a", 10));
    expect(one.live.revision()).toBe(0);
  });

  test("counters that could not be written are written later, whole", async () => {
    const door = await aDoor(config);
    const put = door.store.putCounts.bind(door.store);
    door.store.putCounts = async () => {
      throw new FigError("store_unavailable", "the disk is full");
    };
    door.tally("a").answered("legacy", 200, 1000, false, false);
    expect((await errorOf(door.live.flush())).code).toBe("store_unavailable");
    expect(door.live.problems()).toEqual([
      "the counters could not be written to the store since 2026-11-22 00:00:00Z, so evidence is incomplete: the disk is full",
    ]);
    door.store.putCounts = put;
    await door.live.flush();
    const [first] = await door.store.readCounts([{ route: "a", revision: 0, epoch: 1 }]);
    expect(first?.counts.legacy.requests).toBe(1);
    door.tally("a").answered("legacy", 200, 1000, false, false);
    await Promise.all([door.live.flush(), door.live.flush(), door.live.flush()]);
    expect(door.live.problems()).toEqual([]);
    const [row] = await door.store.readCounts([{ route: "a", revision: 0, epoch: 1 }]);
    expect(row?.counts.legacy.requests).toBe(2);
  });

  test("a shift that is written but cannot be brought in force says so", async () => {
    const door = await aDoor(config);
    const other = onStore(door.store, door.clock, config);
    const read = door.store.read.bind(door.store);
    await other.shift(shiftOf("b", 10));
    const append = door.store.append.bind(door.store);
    door.store.append = async (...args) => {
      const result = await append(...args);
      door.store.read = async () => {
        throw new FigError("store_unavailable", "gone");
      };
      return result;
    };
    // The watch may already have brought revision 1 in force; then nothing is missing and the shift succeeds.
    const ahead = door.live.revision() === 0;
    const outcome = await door.control.shift(shiftOf("a", 10)).then(
      () => "done",
      (error: unknown) => (error instanceof FigError ? error.message : String(error)),
    );
    door.store.read = read;
    if (ahead && outcome !== "done") expect(outcome).toMatch(/^revision 2 is written, but is not in force/);
    await expect.poll(() => door.live.revision()).toBe(2);
  });
});

describe("reload", () => {
  test("takes new files in one swap and opens a window where a definition changed", async () => {
    const door = await aDoor(config);
    const swaps: number[] = [];
    const swap = door.tableRef.swap.bind(door.tableRef);
    door.tableRef.swap = (next) => {
      swaps.push(next.routes.length);
      swap(next);
    };
    await door.live.reload(aConfig({ routes: [{ ...a, hash: "edited" }, b, aRoute("c")] }));
    expect(swaps).toEqual([3]);
    expect(door.tally("a").key.epoch).toBe(2);
    expect(door.tally("b").key.epoch).toBe(1);
    expect(door.events.map((event) => event.type)).toEqual(["reload"]);
  });

  test("keeps the last good table when the new one does not compile, and notes nothing", async () => {
    const door = await aDoor(config);
    const before = door.tableRef.current;
    const bad = { ...a, hash: "edited", match: { ...a.match, path: "/{" } };
    expect((await errorOf(door.live.reload(aConfig({ routes: [bad, b] })))).code).toBe("invalid_route");
    expect(door.tableRef.current).toBe(before);
    expect(door.live.config()).toBe(config);
    expect((await door.store.readDefinitions()).get("a")?.epoch).toBe(1);
  });

  test("keeps it too when the store is away", async () => {
    const door = await aDoor(config);
    const before = door.tableRef.current;
    door.store.noteDefinitions = async () => {
      throw new FigError("store_unavailable", "gone");
    };
    expect((await errorOf(door.live.reload(aConfig({ routes: [a] })))).code).toBe("store_unavailable");
    expect(door.tableRef.current).toBe(before);
    expect(door.live.config()).toBe(config);
  });

  test("refuses files without a route that modern serves, unless another is formerly it", async () => {
    const door = await aDoor(config);
    await door.control.shift(shiftOf("a", 10));
    const error = await errorOf(door.live.reload(aConfig({ routes: [b] })));
    expect(error.code).toBe("invalid_files");
    expect(error.details).toMatchObject({
      problems: [{ message: "route a is gone from the files while its modern stands at 10" }],
    });
    await door.live.reload(aConfig({ routes: [aRoute("z", { formerly: ["a"], cohort: "a" }), b] }));
    expect(door.tableRef.current.byId("z")).toMatchObject({ position: at(10), revision: 1 });
    await door.control.shift(shiftOf("z", 0));
    await door.live.reload(aConfig({ routes: [b] }));
    expect(door.tableRef.current.routes).toHaveLength(1);
  });

  describe("with another cohort or sticky for a route that is splitting", () => {
    const was = "cohort a, sticky ip";
    const byCookie = { ...a, sticky: [{ kind: "cookie", name: "sid" }] as const, hash: "00000000000000c0" };
    const changes = [
      ["cohort", { ...a, cohort: "all" }, "cohort all, sticky ip"],
      ["sticky", byCookie, "cohort a, sticky cookie:sid"],
      ["id, and so its cohort", aRoute("z", { formerly: ["a"] }), "cohort z, sticky ip"],
    ] as const;

    test.each(changes)("is refused at reload and at start: %s", async (_what, changed, is) => {
      const clock = new HandClock();
      const store = await openMemory(clock);
      const door = await aDoor(config, { store, clock });
      const files = aConfig({ routes: [changed, b] });
      await door.control.shift(shiftOf("a", 10));
      for (const attempt of [() => door.live.reload(files), () => aDoor(files, { store, clock })]) {
        const error = await errorOf(attempt());
        expect(error.code).toBe("invalid_files");
        expect(error.details).toMatchObject({
          problems: [
            {
              message: `route ${changed.id} is splitting (modern 10), and its split changed from ${was} to ${is}: clients would change sides`,
              remedy: `put it back to ${was}, or write resplit: accepted in the route`,
            },
          ],
        });
      }
      expect(door.live.config()).toBe(config);
      // What moves nobody is free.
      for (const modern of [0, 100]) {
        await door.control.shift(shiftOf("a", modern));
        await door.live.reload(files);
        await door.live.reload(config);
      }
    });

    test.each(changes)(
      "is in force where the route accepts it, and in the ledger once: %s",
      async (_what, changed, is) => {
        const clock = new HandClock();
        const store = await openMemory(clock);
        const doors = [await aDoor(config, { store, clock }), await aDoor(config, { store, clock })] as const;
        await doors[0].control.shift(shiftOf("a", 10));
        const files = aConfig({ routes: [{ ...changed, resplit: "accepted" }, b] });
        for (const { live, control } of doors) {
          await live.reload(files);
          await acceptResplits(control, live.resplits());
          expect(live.resplits()).toEqual([]);
        }
        const [, entry, ...more] = await doors[1].control.history(undefined);
        expect(more).toEqual([]);
        expect(entry).toMatchObject({
          kind: "shift",
          reason: `split changed from ${was} to ${is} (resplit: accepted)`,
          changes: [{ route: changed.id, from: at(10), to: at(10) }],
          evidence: { split: { [changed.id]: is } },
        });
        // The word may go again.
        await doors[0].live.reload(aConfig({ routes: [changed, b] }));
        expect((await doors[0].control.status()).problems).toEqual([]);
      },
    );

    test("is noted of a route that has no entry yet, and refused there too", async () => {
      const start = { start: at(50) };
      const door = await aDoor(aConfig({ routes: [aRoute("a", start), b] }));
      const moved = aRoute("a", { ...start, cohort: "all" });
      expect((await errorOf(door.live.reload(aConfig({ routes: [moved, b] })))).code).toBe("invalid_files");
      await door.live.reload(aConfig({ routes: [{ ...moved, resplit: "accepted" }, b] }));
      await acceptResplits(door.control, door.live.resplits());
      expect(await door.control.history("a")).toMatchObject([
        { evidence: { split: { a: "cohort all, sticky ip" } } },
      ]);
    });

    test("is not accepted by a shift on the store, past the front doors", async () => {
      const clock = new HandClock();
      const store = await openMemory(clock);
      await onStore(store, clock, config).shift(shiftOf("a", 10));
      const files = aConfig({ routes: [{ ...a, cohort: "all" }, b] });
      await onStore(store, clock, files).shift(shiftOf("a", 20));
      expect((await errorOf(aDoor(files, { store, clock }))).code).toBe("invalid_files");
      expect((await onStore(store, clock, files).status()).problems[0]).toContain(
        "a is splitting and its split changed (from cohort a, sticky ip to cohort all, sticky ip)",
      );
    });
  });

  test("an entry that comes while files are reloaded is in force after it", async () => {
    const door = await aDoor(config);
    const note = door.store.noteDefinitions.bind(door.store);
    door.store.noteDefinitions = async (routes) => {
      const epochs = await note(routes);
      await door.control.shift(shiftOf("a", 10));
      return epochs;
    };
    await door.live.reload(
      aConfig({ routes: [{ ...a, cohort: "all", resplit: "accepted" }, aRoute("z", { formerly: ["b"] })] }),
    );
    expect(door.tableRef.current.byId("a")).toMatchObject({ position: at(10), cohortPrefix: "all:" });
    expect(door.live.revision()).toBe(1);
    await door.control.shift(shiftOf("z", 5));
    expect(door.tableRef.current.byId("z")?.position).toEqual(at(5));
  });

  test("nor is one lost that comes while the ledger is read for the last time", async () => {
    const door = await aDoor(config);
    const read = door.store.read.bind(door.store);
    let reads = 0;
    door.store.read = async (after) => {
      const entries = await read(after);
      if (++reads === 2) {
        door.store.read = read;
        await door.control.shift(shiftOf("a", 10));
      }
      return entries;
    };
    await door.live.reload(aConfig({ routes: [{ ...a, cohort: "all", resplit: "accepted" }, b] }));
    expect(reads).toBe(2);
    expect(door.tableRef.current.byId("a")).toMatchObject({ position: at(10), cohortPrefix: "all:" });
  });

  test("a route taken out and put back unchanged goes on with what it counted", async () => {
    const door = await aDoor(config);
    times(3, () => door.tally("a").answered("legacy", 200, 1000, false, false));
    door.tally("a").compared("mismatch");
    await door.live.flush();
    await door.live.reload(aConfig({ routes: [b] }));
    await door.live.flush();
    await door.live.reload(config);
    door.tally("a").answered("legacy", 200, 1000, false, false);
    await door.live.flush();
    const [row] = await door.store.readCounts([{ route: "a", revision: 0, epoch: 1 }]);
    expect(row?.counts).toMatchObject({ legacy: { requests: 4 }, comparisons: { mismatch: 1 } });
    const total = [...door.book.totals()].find(([route]) => route === "a");
    expect(total?.[1]).toMatchObject({ legacy: { requests: 4 }, comparisons: { mismatch: 1 } });
  });

  test("counters of windows that closed are kept in the process totals and leave the book", async () => {
    const door = await aDoor(config);
    for (let modern = 1; modern <= 30; modern++) {
      door.tally("a").answered("legacy", 200, 1000, false, false);
      await door.control.shift(shiftOf("a", modern));
      await door.live.flush();
    }
    const total = [...door.book.totals()].find(([route]) => route === "a");
    expect(total?.[1].legacy.requests).toBe(30);
    door.tally("a").answered("legacy", 200, 1000, false, false);
    expect(door.book.takeTouched()).toHaveLength(1);
  });
});

describe("a store that goes away or back", () => {
  test("leaves the last position in force and says so, until it is back", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    let health: ((reachable: boolean) => void) | undefined;
    const watch = store.watch.bind(store);
    store.watch = (after, listener, onHealth) => {
      health = onHealth;
      return watch(after, listener, onHealth);
    };
    const door = await aDoor(config, { store, clock });
    await door.control.shift(shiftOf("a", 10));
    health?.(false);
    expect(door.live.problems().join()).toContain("cannot be reached");
    expect(door.tableRef.current.byId("a")?.position).toEqual(at(10));
    health?.(true);
    expect(door.live.problems()).toEqual([]);
    expect(door.events.filter((event) => event.type === "health").map((event) => event.data)).toEqual([
      { store: false },
      { store: true },
    ]);
  });

  test("older than what is in force, it is not followed, said, and no shift through it is called in force", async () => {
    const clock = new HandClock();
    const newer = await openMemory(clock);
    const older = await openMemory(clock);
    const door = await aDoor(config, { store: newer, clock });
    await door.control.shift(shiftOf("a", 10));
    await door.control.shift(shiftOf("a", 20));
    clock.pass(1000);
    // The state file was put back: the same door now talks to a store that has not seen revision 1.
    newer.read = older.read.bind(older);
    newer.append = older.append.bind(older);
    await expect
      .poll(() => door.live.problems().join(), { timeout: 5000 })
      .toContain("is older than revision 2");
    const error = await errorOf(door.control.shift(shiftOf("b", 30)));
    expect(error).toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(/is older than revision 2/),
    });
    expect(await older.read(0)).toEqual([]);
    const other = onStore(older, clock, config);
    await other.shift({ ...shiftOf("b", 40), by: "bob" });
    await other.shift({ ...shiftOf("b", 50), by: "bob" });
    await expect
      .poll(() => door.live.problems().join(), { timeout: 5000 })
      .toContain("has another revision 1");
    expect(door.tableRef.current.byId("a")?.position).toEqual(at(20));
    expect(door.tableRef.current.byId("b")?.position).toEqual(at(0));
    await door.live.close();
  });

  test("a revision of it that has the number of one in force is not passed over by the next", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const older = await openMemory(clock);
    const original = { read: store.read.bind(store), append: store.append.bind(store) };
    const door = await aDoor(config, { store, clock });
    await door.control.shift(shiftOf("a", 10));
    clock.pass(1000);
    store.read = older.read.bind(older);
    store.append = older.append.bind(older);
    // Both at once, before anybody looked back.
    const bob = onStore(older, clock, config);
    await bob.shift({ ...shiftOf("b", 40), by: "bob" });
    const { entries } = await bob.shift({ ...shiftOf("b", 50), by: "bob" });
    for (const entry of entries) await door.live.apply(entry);
    await expect
      .poll(() => door.live.problems().join(), { timeout: 5000 })
      .toContain("has another revision 1");
    const [third] = (await bob.shift({ ...shiftOf("b", 60), by: "bob" })).entries;
    if (third === undefined) throw new Error("not written");
    await expect(door.live.apply(third)).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(door.control.shift(shiftOf("a", 20))).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(door.live.reload(config)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await older.read(0)).toHaveLength(3);
    expect(door.tableRef.current.byId("b")?.position).toEqual(at(50));
    expect(door.events.filter((event) => event.type === "shift")).toHaveLength(2);
    Object.assign(store, original);
    await door.live.close();
  });

  test("that has again what is in force, and more, is followed on", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const older = await openMemory(clock);
    const read = store.read.bind(store);
    const door = await aDoor(config, { store, clock });
    await door.control.shift(shiftOf("a", 10));
    store.read = older.read.bind(older);
    await expect
      .poll(() => door.live.problems().join(), { timeout: 5000 })
      .toContain("is older than revision 1");
    store.read = read;
    const other = onStore(store, clock, config);
    await other.shift(shiftOf("b", 30));
    await expect.poll(() => door.live.revision(), { timeout: 5000 }).toBe(2);
    expect(door.live.problems()).toEqual([]);
    await door.control.shift(shiftOf("b", 40));
    expect(door.live.revision()).toBe(3);
    await door.live.close();
  });
});

describe("a front door that starts while its store is away", () => {
  const gone = async (): Promise<never> => {
    throw new FigError("store_unavailable", "gone");
  };

  test("serves the positions kept last, of a route whose former name is in the files no more too", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const copy = new HandKeeper();
    const door = await aDoor(config, { store, clock, copy });
    await door.control.shift(shiftOf("a", 10));
    await door.live.reload(aConfig({ routes: [aRoute("z", { formerly: ["a"], cohort: "a" }), b] }));
    await door.control.shift(shiftOf("z", 20));
    const now = aConfig({ routes: [aRoute("z", { cohort: "a" }), b] });
    await door.live.reload(now);
    await door.control.shift(shiftOf("z", 30));
    await door.live.close();
    const away: Store = Object.assign(Object.create(store) as Store, { read: gone, noteDefinitions: gone });
    const again = await aDoor(now, { store: away, clock, copy: copy.restarted() });
    expect(again.tableRef.current.byId("z")).toMatchObject({ position: at(30), revision: 3 });
    expect(again.live.problems().join()).toContain("the positions last known here (revision 3) are in force");
    await again.live.close();
  });

  test("that has other revisions than it acknowledged when it comes back says so, restarted or not", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const copy = new HandKeeper();
    const door = await aDoor(config, { store, clock, copy });
    await door.control.shift(shiftOf("a", 10));
    await door.control.shift(shiftOf("b", 20));
    await door.live.close();
    const entries = await store.read(0);
    // The other half of the fleet wrote revision 2, and its store is the one that stayed.
    const [first, second] = entries as [LedgerEntry, LedgerEntry];
    const split = [first, { ...second, by: "somebody else" }];
    const other: Store = Object.assign(Object.create(store) as Store, {
      read: async (after: number) => split.filter(({ revision }) => revision > after),
    });
    const gone = "revisions that were in force here are gone from the state store: it decides";
    const again = await aDoor(config, { store: other, clock, copy: copy.restarted() });
    expect(again.lines.filter(({ message }) => message === gone)).toMatchObject([
      { level: "warn", fields: { gone: [{ revision: 2, by: "ana" }] } },
    ]);
    await again.live.close();
    const same = await aDoor(config, { store, clock, copy: copy.restarted() });
    expect(same.lines.map(({ message }) => message)).not.toContain(gone);
    await same.live.close();
    let away = true;
    const back: Store = Object.assign(Object.create(other) as Store, {
      read: (after: number) =>
        away ? Promise.reject(new FigError("store_unavailable", "gone")) : other.read(after),
    });
    const late = await aDoor(config, { store: back, clock, copy: copy.restarted() });
    expect(late.lines.map(({ message }) => message)).not.toContain(gone);
    away = false;
    await expect.poll(() => late.lines.map(({ message }) => message), { timeout: 5000 }).toContain(gone);
    await late.live.close();
  });

  test.each(["noteDefinitions", "read"] as const)(
    "starts where the store gives its ledger and then refuses %s, and catches up by itself",
    async (refused) => {
      const clock = new HandClock();
      const store = await openMemory(clock);
      await onStore(store, clock, config).shift(shiftOf("a", 10));
      let down = true;
      let calls = 0;
      const flaky = Object.assign(Object.create(store) as Store, {
        [refused]: async (...args: readonly never[]) => {
          if (down && (refused !== "read" || ++calls > 1)) return gone();
          return (store[refused] as (...args: readonly never[]) => Promise<never>).apply(store, [...args]);
        },
      });
      await expect(aDoor(config, { store: flaky, clock })).rejects.toMatchObject({
        code: "store_unavailable",
      });
      calls = 0;
      const door = await aDoor(config, { store: flaky, clock, copy: new HandKeeper() });
      expect(door.tableRef.current.byId("a")).toMatchObject({ position: at(10), revision: 1 });
      expect(door.live.problems().join()).toContain("no route can be shifted");
      await expect.poll(() => door.live.problems().join(), { timeout: 5000 }).toContain("(gone)");
      down = false;
      await expect.poll(() => door.live.problems(), { timeout: 5000 }).toEqual([]);
      await door.control.shift(shiftOf("a", 20));
      await door.live.close();
    },
  );
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Store } from "../../src/store/contract.ts";
import { apiKeysConformance } from "./store-api-keys.ts";
import { evidenceConformance } from "./store-evidence.ts";
import { filesConformance } from "./store-files.ts";
import { recordsConformance } from "./store-records.ts";
import { rollupsConformance } from "./store-rollups.ts";
import { ANY, draftOf, Follower, upTo } from "./store-values.ts";
import { wholesConformance } from "./store-wholes.ts";

/** One state, opened as often as a test asks. */
export interface StateUnderTest {
  open(options: { readonly now: () => number }): Promise<Store>;
  /** Removes what is left after every store was closed. */
  remove(): Promise<void>;
}

export interface StoreFactory {
  make(): Promise<StateUnderTest>;
  /** True when two stores opened on one state see each other: every store but the one of a process's memory. */
  readonly shared: boolean;
}

/** Opens stores for a test and closes them after it. */
export class StoreBench {
  now = Date.parse("2026-11-02T08:00:00.000Z");
  private state: StateUnderTest | undefined;
  private stores: Store[] = [];

  async begin(factory: StoreFactory): Promise<void> {
    this.state = await factory.make();
  }

  async open(): Promise<Store> {
    if (this.state === undefined) throw new Error("not begun");
    const store = await this.state.open({ now: () => this.now });
    this.stores.push(store);
    return store;
  }

  async end(): Promise<void> {
    for (const store of this.stores.splice(0)) await store.close();
    await this.state?.remove();
  }
}

/** What every state store must do: run it for yours with `storeConformance("redis", factory)`. */
export function storeConformance(name: string, factory: StoreFactory): void {
  const bench = new StoreBench();
  beforeEach(() => bench.begin(factory));
  afterEach(() => bench.end());

  describe(`${name}: the ledger`, () => {
    test("an empty store reads as no entries and has an id of its own", async () => {
      const store = await bench.open();
      expect(await store.read(0)).toEqual([]);
      expect(store.stateId).toMatch(/^[0-9a-f]{32}$/);
      const other = await factory.make();
      const elsewhere = await other.open({ now: () => 0 });
      expect(elsewhere.stateId).not.toBe(store.stateId);
      await elsewhere.close();
      await other.remove();
    });

    test("a reading with a limit ends there", async () => {
      const store = await bench.open();
      for (const route of ["a", "b", "c", "d"])
        await store.append(draftOf([route]), { revision: ANY, routes: [] });
      const revisions = async (after: number, limit: number) =>
        (await store.read(after, limit)).map(({ revision }) => revision);
      expect(await revisions(1, 2)).toEqual([2, 3]);
      expect(await revisions(3, 5)).toEqual([4]);
      expect(await revisions(0, 1)).toEqual([1]);
    });

    test("an entry that changes no route is one more revision, and is guarded as any other", async () => {
      const store = await bench.open();
      await store.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
      const baseline = { ...draftOf([]), kind: "baseline" as const };
      expect(await store.append(baseline, { revision: 1, routes: ["a"] })).toMatchObject({
        ok: true,
        entry: { revision: 2, kind: "baseline", changes: [] },
      });
      expect((await store.read(1))[0]).toMatchObject({ revision: 2, changes: [] });
      expect(await store.append(baseline, { revision: 0, routes: ["a"] })).toMatchObject({ ok: false });
    });

    test("an append gives the entry its revision and time, and reads back the same", async () => {
      const store = await bench.open();
      const draft = draftOf(["orders.read", "orders.write"]);
      const result = await store.append(draft, { revision: 0, routes: ["orders.read", "orders.write"] });
      const entry = { ...draft, revision: 1, at: "2026-11-02T08:00:00.000Z" };
      expect(result).toEqual({ ok: true, entry });
      expect(await store.read(0)).toEqual([entry]);
    });

    test("every part of a draft survives: marks, undone revisions, evidence, names of any script", async () => {
      const store = await bench.open();
      const draft = {
        ...draftOf(["bestellungen.größe", "'; DROP TABLE ledger; --", "__proto__"]),
        kind: "migration" as const,
        migration: { number: 12, name: "orders-10", hash: "ff00" },
        evidence: { windows: [{ a: [1, 2.5, null, "x"] }], verdict: { ok: true } },
      };
      await store.append(draft, { revision: 0, routes: [] });
      expect(await store.read(0)).toEqual([{ ...draft, revision: 1, at: "2026-11-02T08:00:00.000Z" }]);
      const refused = await store.append(draftOf(["__proto__"]), { revision: 0, routes: ["__proto__"] });
      expect(refused.ok).toBe(false);
    });

    test("revisions are 1, 2, 3 … and read gives those after the one named", async () => {
      const store = await bench.open();
      for (const modern of [1, 2, 3, 4])
        await store.append(draftOf(["a"], modern), { revision: ANY, routes: [] });
      expect((await store.read(0)).map((entry) => entry.revision)).toEqual([1, 2, 3, 4]);
      expect((await store.read(2)).map((entry) => entry.changes[0]?.to.modern)).toEqual([3, 4]);
      expect(await store.read(4)).toEqual([]);
      expect(await store.read(99)).toEqual([]);
    });

    test("what the caller does to a draft after the append changes nothing", async () => {
      const store = await bench.open();
      const evidence: Record<string, unknown> = { value: 1 };
      const appended = await store.append({ ...draftOf(["a"]), evidence }, { revision: 0, routes: ["a"] });
      evidence.value = 2;
      expect(appended.ok && appended.entry.evidence).toEqual({ value: 1 });
      expect((await store.read(0))[0]?.evidence).toEqual({ value: 1 });
    });

    test("a guarded route with a newer entry refuses the append and names the newest such entry", async () => {
      const store = await bench.open();
      await store.append(draftOf(["a", "b"], 1), { revision: 0, routes: ["a", "b"] });
      await store.append(draftOf(["b"], 2), { revision: 1, routes: ["b"] });
      await store.append(draftOf(["c"], 3), { revision: 0, routes: ["c"] });
      const refused = await store.append(draftOf(["a"], 4), { revision: 0, routes: ["c", "a", "b"] });
      expect(refused).toMatchObject({ ok: false, conflict: { revision: 3 } });
      const older = await store.append(draftOf(["b"], 4), { revision: 1, routes: ["a", "b"] });
      expect(older).toMatchObject({ ok: false, conflict: { revision: 2 } });
      expect(await store.read(0)).toHaveLength(3);
    });

    test("another route's newer entry is no conflict", async () => {
      const store = await bench.open();
      await store.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
      const result = await store.append(draftOf(["b"]), { revision: 0, routes: ["b"] });
      expect(result).toMatchObject({ ok: true, entry: { revision: 2 } });
    });

    test("of 100 parallel appends that expect the same revision one wins, the others see it", async () => {
      const store = await bench.open();
      const results = await Promise.all(
        upTo(100).map((i) => store.append(draftOf(["a"], 1, `writer ${i}`), { revision: 0, routes: ["a"] })),
      );
      expect(results.filter((result) => result.ok)).toHaveLength(1);
      const entries = await store.read(0);
      expect(entries).toHaveLength(1);
      for (const result of results) expect(result.ok ? result.entry : result.conflict).toEqual(entries[0]);
    });

    test("100 parallel appends over 10 routes: one winner a route, revisions without a gap", async () => {
      const store = await bench.open();
      const results = await Promise.all(
        upTo(100).map((i) =>
          store.append(draftOf([`route ${i % 10}`]), { revision: 0, routes: [`route ${i % 10}`] }),
        ),
      );
      const won = results.flatMap((result) => (result.ok ? result.entry : []));
      expect(won.map((entry) => entry.changes[0]?.route).sort()).toEqual(upTo(9, 0).map((i) => `route ${i}`));
      expect((await store.read(0)).map((entry) => entry.revision)).toEqual(upTo(10));
      expect(won.map((entry) => entry.revision).sort((a, b) => a - b)).toEqual(upTo(10));
    });

    test("1,100 entries, more than two pages of any store, read back whole and in order", async () => {
      const store = await bench.open();
      // A hundred at once: a slow disk may sync every one before it answers the last.
      for (const _wave of upTo(11))
        await Promise.all(upTo(100).map(() => store.append(draftOf(["a"]), { revision: ANY, routes: [] })));
      expect((await store.read(0)).map((entry) => entry.revision)).toEqual(upTo(1_100));
      const follower = new Follower(store, 0);
      await follower.untilRevision(1_100);
      expect(follower.revisions).toEqual(upTo(1_100));
    });

    test("a closed store refuses every call with store_unavailable, and may be closed again", async () => {
      const store = await bench.open();
      await store.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
      await store.close();
      await store.close();
      const refused = { code: "store_unavailable" };
      await expect(store.append(draftOf(["a"]), { revision: 0, routes: [] })).rejects.toMatchObject(refused);
      await expect(store.read(0)).rejects.toMatchObject(refused);
      await expect(store.readDefinitions()).rejects.toMatchObject(refused);
      await expect(store.readCounts([{ route: "a", revision: 0, epoch: 1 }])).rejects.toMatchObject(refused);
      expect(() => store.watch(0, () => undefined)).toThrow(expect.objectContaining(refused));
    });

    test("closing waits for what was asked before", async () => {
      const store = await bench.open();
      const appends = upTo(20).map(() => store.append(draftOf(["a"]), { revision: ANY, routes: [] }));
      const [results] = await Promise.all([Promise.all(appends), store.close()]);
      expect(results.every((result) => result.ok)).toBe(true);
    });
  });

  describe(`${name}: watching`, () => {
    test("a watcher hears what was there and what comes, each once and in order", async () => {
      const store = await bench.open();
      for (let i = 0; i < 3; i++) await store.append(draftOf(["a"], i), { revision: ANY, routes: [] });
      const follower = new Follower(store, 1);
      await follower.untilRevision(3);
      await Promise.all(upTo(50).map(() => store.append(draftOf(["a"]), { revision: ANY, routes: [] })));
      await follower.untilRevision(53);
      expect(follower.revisions).toEqual(upTo(53, 2));
      expect(follower.entries).toEqual(await store.read(1));
    });

    test("a watcher that stopped hears nothing more; the others go on", async () => {
      const store = await bench.open();
      const stopped = new Follower(store, 0);
      const going = new Follower(store, 0);
      await store.append(draftOf(["a"]), { revision: ANY, routes: [] });
      await Promise.all([stopped.untilRevision(1), going.untilRevision(1)]);
      stopped.stop();
      stopped.stop();
      await store.append(draftOf(["a"]), { revision: ANY, routes: [] });
      await going.untilRevision(2);
      expect(stopped.revisions).toEqual([1]);
    });

    test("a watcher that starts behind the newest revision it knows waits for newer ones", async () => {
      const store = await bench.open();
      await store.append(draftOf(["a"]), { revision: ANY, routes: [] });
      const follower = new Follower(store, 1);
      await store.append(draftOf(["a"]), { revision: ANY, routes: [] });
      await follower.untilRevision(2);
      expect(follower.revisions).toEqual([2]);
      expect(follower.health).toEqual([]);
    });
  });

  const describeIfShared = factory.shared ? describe : () => {};
  describeIfShared(`${name}: two openers of one state`, () => {
    test("an append that is refused hides nothing from who watches: the entry that it met comes", async () => {
      const [store, other] = [await bench.open(), await bench.open()];
      let seen = 0;
      other.watch(0, (entries) => {
        seen = entries.at(-1)?.revision ?? seen;
      });
      for (let n = 1; n <= 20; n++) {
        await store.append(draftOf(["a"], n), { revision: n - 1, routes: ["a"] });
        const refused = await other.append(draftOf(["a"], n), { revision: n - 1, routes: ["a"] });
        expect(refused.ok).toBe(false);
        await vi.waitFor(() => expect(seen).toBe(n), 10_000);
      }
    });

    test("both have the same id, and each hears the other's entries in order", async () => {
      const [one, two] = [await bench.open(), await bench.open()];
      expect(two.stateId).toBe(one.stateId);
      const [first, second] = [new Follower(one, 0), new Follower(two, 0)];
      for (let i = 0; i < 10; i++) {
        await (i % 2 === 0 ? one : two).append(draftOf(["a"], i), { revision: ANY, routes: [] });
      }
      await Promise.all([first.untilRevision(10), second.untilRevision(10)]);
      expect(first.revisions).toEqual(upTo(10));
      expect(second.entries).toEqual(first.entries);
    });

    test("100 parallel appends from both with one guard: one wins, whichever it is", async () => {
      const stores = [await bench.open(), await bench.open()];
      const results = await Promise.all(
        upTo(100).map((i) => stores[i % 2]?.append(draftOf(["a"]), { revision: 0, routes: ["a"] })),
      );
      expect(results.filter((result) => result?.ok)).toHaveLength(1);
      expect(await stores[0]?.read(0)).toHaveLength(1);
    });

    test("a store opened again has everything: entries, definitions, counts, mismatches, its id", async () => {
      const before = await bench.open();
      await before.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
      await before.noteDefinitions([{ route: "a", hash: "h1" }]);
      const entries = await before.read(0);
      await before.close();
      const after = await bench.open();
      expect(after.stateId).toBe(before.stateId);
      expect(await after.read(0)).toEqual(entries);
      expect((await after.readDefinitions()).get("a")).toMatchObject({ hash: "h1", epoch: 1 });
      expect(await after.append(draftOf(["a"]), { revision: 0, routes: ["a"] })).toMatchObject({ ok: false });
    });
  });

  evidenceConformance(name, factory.shared, bench);
  filesConformance(name, factory.shared, bench);
  rollupsConformance(name, factory.shared, bench);
  recordsConformance(name, factory.shared, bench);
  wholesConformance(name, factory.shared, bench);
  apiKeysConformance(name, factory.shared, bench);
}

import { describe, expect, test } from "vitest";
import type { Store, StoredWhole } from "../../src/store/contract.ts";

function whole(id: string, at: number, more: Partial<StoredWhole> = {}): StoredWhole {
  const window = { route: "orders read", revision: 3, epoch: 1 };
  return {
    id,
    ...window,
    at,
    until: at + 60_000,
    bytes: 20,
    head: `head of ${id}`,
    text: `text of\n${id} é`,
    ...more,
  };
}

/** Whole answers: kept until their time, and never given past it. */
export function wholesConformance(
  name: string,
  shared: boolean,
  bench: { open(): Promise<Store>; now: number },
): void {
  describe(`${name}: whole answers`, () => {
    test("one is read as it was written, and listed by its route without its text", async () => {
      const store = await bench.open();
      const { now } = bench;
      const [a, b, other] = [whole("a", now), whole("b", now - 1), whole("c", now, { route: "cart" })];
      await store.putWholes([a, b, other]);
      await store.putWholes([a]);
      expect(await store.readWhole("a")).toEqual(a);
      expect(await store.readWhole("z")).toBeUndefined();
      const { text: _, ...head } = b;
      expect(await store.listWholes("orders read")).toEqual([head, expect.objectContaining({ id: "a" })]);
      expect(await store.listWholes("nobody's")).toEqual([]);
      const { id, route, at, until, bytes } = other;
      expect(await store.wholeSizes()).toContainEqual({ id, route, at, until, bytes });
      expect((await store.wholeSizes()).map((size) => size.id)).toEqual(["b", "a", "c"]);
    });

    test("one is removed by its id", async () => {
      const store = await bench.open();
      await store.putWholes([whole("a", bench.now), whole("b", bench.now)]);
      await store.dropWholes(["a", "z"]);
      await store.dropWholes([]);
      expect(await store.readWhole("a")).toBeUndefined();
      expect((await store.wholeSizes()).map(({ id }) => id)).toEqual(["b"]);
    });

    test("past its time it is gone though nobody wrote, and one that comes too late is not taken", async () => {
      const store = await bench.open();
      await store.putWholes([
        whole("a", bench.now),
        whole("b", bench.now + 30_000),
        whole("late", bench.now - 60_000),
      ]);
      expect((await store.wholeSizes()).map(({ id }) => id)).toEqual(["a", "b"]);
      bench.now += 60_000;
      expect(await store.readWhole("a")).toBeUndefined();
      expect((await store.listWholes("orders read")).map(({ id }) => id)).toEqual(["b"]);
      bench.now += 30_000;
      expect(await store.wholeSizes()).toEqual([]);
      expect(await store.readWhole("b")).toBeUndefined();
    });

    if (shared)
      test("front doors of one state see each other's", async () => {
        const [one, other] = [await bench.open(), await bench.open()];
        await one.putWholes([whole("a", bench.now)]);
        await other.putWholes([whole("b", bench.now + 1)]);
        expect((await one.wholeSizes()).map(({ id }) => id)).toEqual(["a", "b"]);
        expect(await other.readWhole("a")).toEqual(whole("a", bench.now));
      });
  });
}

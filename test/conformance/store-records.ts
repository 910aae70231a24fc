import { describe, expect, test } from "vitest";
import { MAX_RECORD_BYTES, type Store } from "../../src/store/contract.ts";

/** Records: named texts under compare-and-set. */
export function recordsConformance(name: string, shared: boolean, bench: { open(): Promise<Store> }): void {
  describe(`${name}: records`, () => {
    test("one is written where there is none, and replaced by who knows its version", async () => {
      const store = await bench.open();
      expect(await store.readRecords(["a", "b"])).toEqual(new Map());
      expect(await store.swapRecord("a", 0, "first\nand more")).toBe(true);
      expect(await store.swapRecord("a", 0, "late")).toBe(false);
      expect(await store.swapRecord("a", 1, "second")).toBe(true);
      expect(await store.swapRecord("a", 1, "late")).toBe(false);
      expect(await store.swapRecord("b", 3, "never there")).toBe(false);
      expect(await store.swapRecord("__proto__", 0, "")).toBe(true);
      expect(await store.readRecords(["a", "b", "__proto__"])).toEqual(
        new Map([
          ["a", { version: 2, text: "second" }],
          ["__proto__", { version: 1, text: "" }],
        ]),
      );
      expect(await store.readRecords([])).toEqual(new Map());
    });

    test("of many that replace one version at once, one does", async () => {
      const stores = [await bench.open(), shared ? await bench.open() : undefined];
      const store = stores[0] as Store;
      const done = await Promise.all(
        Array.from({ length: 40 }, (_, i) => (stores[i % 2] ?? store).swapRecord("a", 0, String(i))),
      );
      expect(done.filter(Boolean)).toHaveLength(1);
      const { version, text } = (await store.readRecords(["a"])).get("a") ?? {};
      expect([version, text]).toEqual([1, String(done.indexOf(true))]);
    });

    test("one that is too large is refused", async () => {
      const store = await bench.open();
      await expect(store.swapRecord("a", 0, "x".repeat(MAX_RECORD_BYTES + 1))).rejects.toMatchObject({
        code: "store_invalid",
      });
      expect(await store.swapRecord("a", 0, "x".repeat(MAX_RECORD_BYTES))).toBe(true);
    });

    if (shared)
      test("it is there for who opens the store again", async () => {
        const before = await bench.open();
        await before.swapRecord("a", 0, "kept");
        await before.close();
        const after = await bench.open();
        expect((await after.readRecords(["a"])).get("a")).toEqual({ version: 1, text: "kept" });
      });
  });
}

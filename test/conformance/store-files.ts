import { describe, expect, test } from "vitest";
import { FILES_NAME, type LedgerDraft } from "../../src/domain/ledger.ts";
import { MAX_FILES_TEXT, type Store } from "../../src/store/contract.ts";
import { draftOf } from "./store-values.ts";

const set = (id: string, at: number, text = `packed ${id}==`) => ({ id, at, text });

/** Sets of files, beside the entries that name them. */
export function filesConformance(name: string, shared: boolean, bench: { open(): Promise<Store> }): void {
  describe(`${name}: sets of files`, () => {
    test("one is read as it was put, listed by its size, and dropped by its id", async () => {
      const store = await bench.open();
      expect(await store.filesSizes()).toEqual([]);
      await store.putFiles(set("b", 20));
      await store.putFiles(set("a", 10));
      await store.putFiles(set("b", 30));
      expect(await store.readFiles("b")).toEqual(set("b", 30));
      expect(await store.readFiles("z")).toBeUndefined();
      expect(await store.filesSizes()).toEqual([
        { id: "a", at: 10, bytes: 10 },
        { id: "b", at: 30, bytes: 10 },
      ]);
      await store.dropFiles(["b", "z"]);
      await store.dropFiles([]);
      expect(await store.readFiles("b")).toBeUndefined();
      expect((await store.filesSizes()).map(({ id }) => id)).toEqual(["a"]);
    });

    test("one of megabytes comes back whole, one that is too large is refused", async () => {
      const store = await bench.open();
      const text = "0123456789abcdef".repeat(128 * 1024);
      await store.putFiles(set("large", 1, text));
      expect((await store.readFiles("large"))?.text === text).toBe(true);
      await expect(store.putFiles(set("more", 1, "x".repeat(MAX_FILES_TEXT + 1)))).rejects.toMatchObject({
        code: "store_invalid",
      });
    });

    test("of entries that say which files are in force, one wins; shifts are not in their way", async () => {
      const store = await bench.open();
      const draft: LedgerDraft = { ...draftOf([]), kind: "files", evidence: { files: { id: "a" } } };
      const guard = { revision: 0, routes: [FILES_NAME] };
      const results = await Promise.all(Array.from({ length: 20 }, () => store.append(draft, guard)));
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      await store.append(draftOf(["a"]), { revision: 0, routes: ["a"] });
      expect(await store.append(draft, { revision: 1, routes: [FILES_NAME] })).toMatchObject({ ok: true });
      expect(await store.append(draft, { revision: 2, routes: [FILES_NAME] })).toMatchObject({ ok: false });
    });

    if (shared)
      test("they are there for who opens the store again", async () => {
        const before = await bench.open();
        await before.putFiles(set("a", 1));
        await before.close();
        expect(await (await bench.open()).readFiles("a")).toEqual(set("a", 1));
      });
  });
}

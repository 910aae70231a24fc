import { describe, expect, test } from "vitest";
import type { ApiKey } from "../../src/domain/api-key.ts";
import { API_KEYS_AT_ONCE, type Store } from "../../src/store/contract.ts";

export function apiKeyOf(id: string, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    ...{ id, hash: `hash of ${id}`.replaceAll(" ", "."), last: "beef", name: `Key ${id}`, owner: "Ännä ☃" },
    ...{ description: "a b  c\n", plan: "gold", expiresAt: null, enabled: true, revoked: false },
    acts: [{ at: "2026-11-02T08:00:00.000Z", act: "created", by: "anna", reason: "" }],
    ...changes,
  };
}

const fresh = (id: string, changes: Partial<ApiKey> = {}) => ({
  id,
  revision: 0,
  key: apiKeyOf(id, changes),
});

async function every(store: Store, after = 0) {
  const found = [];
  for (;;) {
    const { revision, keys } = await store.readApiKeys(found.at(-1)?.revision ?? after);
    found.push(...keys);
    if (keys.length === 0 || found.at(-1)?.revision === revision) return found;
  }
}

/** API keys: records under compare-and-set that are read by what changed. */
export function apiKeysConformance(name: string, shared: boolean, bench: { open(): Promise<Store> }): void {
  describe(`${name}: API keys`, () => {
    test("where there is none, none is read", async () => {
      const store = await bench.open();
      expect(await store.readApiKeys(0)).toEqual({ revision: 0, token: "", keys: [] });
      expect(await store.findApiKeys(["a"])).toEqual([]);
      expect(await store.findApiKeys([])).toEqual([]);
    });

    test("what is written is read as it was, by what changed after a revision", async () => {
      const store = await bench.open();
      expect(await store.putApiKeys([fresh("a"), fresh("b")])).toEqual({ ok: true, revision: 2 });
      const before = await store.readApiKeys(0);
      expect(before.keys).toEqual([
        { id: "a", revision: 1, key: apiKeyOf("a") },
        { id: "b", revision: 2, key: apiKeyOf("b") },
      ]);
      const revoked = apiKeyOf("a", { revoked: true });
      expect(await store.putApiKeys([{ id: "a", revision: 1, key: revoked }])).toEqual({
        ok: true,
        revision: 3,
      });
      const after = await store.readApiKeys(2);
      expect(after).toMatchObject({ revision: 3, keys: [{ id: "a", revision: 3, key: revoked }] });
      expect(after.token).not.toBe(before.token);
      expect((await store.readApiKeys(3)).keys).toEqual([]);
      expect(await store.findApiKeys(["b", "none", "a"])).toEqual([
        { id: "b", revision: 2, key: apiKeyOf("b") },
        { id: "a", revision: 3, key: revoked },
      ]);
    });

    test("of several writes all are written or none, and the first that cannot be is named", async () => {
      const store = await bench.open();
      await store.putApiKeys([fresh("a"), fresh("b")]);
      const changed = { ok: false, id: "a", why: "changed" };
      expect(await store.putApiKeys([fresh("c"), fresh("a")])).toEqual(changed);
      expect(await store.putApiKeys([{ id: "a", revision: 2, key: apiKeyOf("a") }])).toEqual(changed);
      const twin = fresh("c", { hash: apiKeyOf("b").hash });
      expect(await store.putApiKeys([twin])).toEqual({ ok: false, id: "c", why: "same_hash" });
      const twins = [fresh("d", { hash: "same" }), fresh("e", { hash: "same" })];
      expect(await store.putApiKeys(twins)).toEqual({ ok: false, id: "e", why: "same_hash" });
      expect((await every(store)).map(({ id }) => id)).toEqual(["a", "b"]);
    });

    test("a removed key is read as removed, and its hash and id may be used again", async () => {
      const store = await bench.open();
      await store.putApiKeys([fresh("a")]);
      expect(await store.putApiKeys([{ id: "a", revision: 1, key: null }])).toEqual({
        ok: true,
        revision: 2,
      });
      expect((await store.readApiKeys(1)).keys).toEqual([{ id: "a", revision: 2, key: null }]);
      expect(await store.putApiKeys([fresh("b", { hash: apiKeyOf("a").hash })])).toMatchObject({ ok: true });
      const again = { id: "a", revision: 2, key: apiKeyOf("a", { hash: "another" }) };
      expect(await store.putApiKeys([again])).toMatchObject({ ok: true, revision: 4 });
    });

    test("pages end where all are read", async () => {
      const store = await bench.open();
      const ids = Array.from({ length: 2 * API_KEYS_AT_ONCE + 5 }, (_, n) => `key${n}`);
      for (let i = 0; i < ids.length; i += API_KEYS_AT_ONCE)
        await store.putApiKeys(ids.slice(i, i + API_KEYS_AT_ONCE).map((id) => fresh(id)));
      const all = await every(store);
      expect(all.map(({ id }) => id)).toEqual(ids);
      expect(all.map(({ revision }) => revision)).toEqual(ids.map((_, index) => index + 1));
      await expect(
        store.putApiKeys(ids.slice(0, API_KEYS_AT_ONCE + 1).map((id) => fresh(id))),
      ).rejects.toThrow("at once");
    });

    test("of many that change one record at once, one does", async () => {
      const stores = [await bench.open(), shared ? await bench.open() : undefined];
      const store = stores[0] as Store;
      await store.putApiKeys([fresh("a")]);
      const done = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          (stores[i % 2] ?? store).putApiKeys([
            { id: "a", revision: 1, key: apiKeyOf("a", { name: `writer ${i}` }) },
          ]),
        ),
      );
      expect(done.filter(({ ok }) => ok)).toHaveLength(1);
      const name = `writer ${done.findIndex(({ ok }) => ok)}`;
      expect(await store.findApiKeys(["a"])).toMatchObject([{ revision: 2, key: { name } }]);
    });

    test("a closed store refuses", async () => {
      const store = await bench.open();
      await store.close();
      const refused = { code: "store_unavailable" };
      await expect(store.readApiKeys(0)).rejects.toMatchObject(refused);
      await expect(store.putApiKeys([fresh("a")])).rejects.toMatchObject(refused);
    });

    if (shared)
      test("another that has the state open reads them, and who opens it again", async () => {
        const [one, other] = [await bench.open(), await bench.open()];
        await one.putApiKeys([fresh("a")]);
        expect(await other.readApiKeys(0)).toEqual(await one.readApiKeys(0));
        await one.close();
        const again = await bench.open();
        expect((await again.readApiKeys(0)).keys).toEqual([{ id: "a", revision: 1, key: apiKeyOf("a") }]);
      });
  });
}

import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ApiKeyControl } from "../../../src/control/api-keys/contract.ts";
import { createApiKeys } from "../../../src/control/api-keys/control.ts";
import { MAX_ACTS, MAX_API_KEYS } from "../../../src/domain/api-key.ts";
import { shapeSpans } from "../../../src/domain/secret-shapes.ts";
import type { Store } from "../../../src/store/contract.ts";
import { openStore } from "../../../src/store/index.ts";
import { apiKeyOf } from "../../conformance/store-api-keys.ts";
import { hex } from "../../store/folder.ts";

const DAY = 86_400_000;
const PAGE = { query: undefined, state: undefined, plan: undefined, limit: 100, offset: 0 };
let store: Store;
let keys: ApiKeyControl;
let now = Date.parse("2026-11-29T12:00:00Z");
let refreshed = 0;

beforeEach(async () => {
  store = await openStore("memory:", { now: () => now, hex });
  refreshed = 0;
  keys = createApiKeys({
    store,
    clock: { now: () => now, micros: () => 0, hex },
    here: {
      refresh: async () => void refreshed++,
      uses: async (ids) => ids.slice(0, 1).map((id) => ({ id, passed: 2, refused: 1, lastAt: now })),
    },
  });
});
afterEach(() => store.close());

function add(name: string, more: object = {}) {
  const said = { name, owner: "", description: "", plan: null, expiresAt: null, reason: "", by: "anna" };
  return keys.add({ ...said, ...more });
}

test("a key is made of 256 random bits, found by redaction, and kept as its hash alone", async () => {
  const { key, apiKey } = await add("mobile", { plan: "gold", reason: "their app" });
  expect(key).toMatch(/^fig_[0-9a-f]{12}_[0-9a-f]{64}$/);
  expect(key).toContain(apiKey.id);
  expect(shapeSpans(`x ${key} y`)).toEqual([[2, 2 + key.length]]);
  expect(apiKey).toMatchObject({
    ...{ name: "mobile", plan: "gold", state: "active", last: key.slice(-4), createdBy: "anna" },
    acts: [{ act: "created", by: "anna", reason: "their app", at: "2026-11-29T12:00:00.000Z" }],
    use: { passed: 2, refused: 1, lastAt: "2026-11-29T12:00:00.000Z" },
  });
  const [stored] = await store.findApiKeys([apiKey.id]);
  expect(stored?.key?.hash).toBe(createHash("sha256").update(key).digest("hex"));
  expect(JSON.stringify([stored, await keys.list(PAGE)])).not.toContain(key.slice(20, 60));
  expect(refreshed).toBe(1);
  expect((await add("another")).key.slice(17)).not.toBe(key.slice(17));
});

test("revoking is for good, and says by whom and why", async () => {
  const { apiKey } = await add("mobile");
  const revoked = await keys.revoke(apiKey.id, { by: "ben", reason: "leaked" });
  expect(revoked).toMatchObject({
    state: "revoked",
    acts: [{}, { act: "revoked", by: "ben", reason: "leaked" }],
  });
  for (const again of [
    keys.revoke(apiKey.id, { by: "ben", reason: "leaked" }),
    keys.change(apiKey.id, { enabled: true, by: "ben", reason: "" }),
  ])
    await expect(again).rejects.toMatchObject({ code: "api_key_refused" });
  await expect(keys.revoke("0123456789ab", { by: "b", reason: "r" })).rejects.toMatchObject({
    code: "unknown_api_key",
  });
});

test("a key is changed by what is given; what changes nothing writes nothing", async () => {
  const { apiKey } = await add("mobile", { plan: "gold", owner: "anna" });
  const change = (what: object) => keys.change(apiKey.id, { by: "ben", reason: "r", ...what });
  expect(await change({ plan: null, name: "app" })).toMatchObject({ plan: null, name: "app", owner: "anna" });
  expect(await change({ plan: null })).toMatchObject({ acts: [{ act: "created" }, { act: "changed" }] });
  expect(await change({ enabled: false })).toMatchObject({ state: "disabled" });
  expect(await change({ enabled: true })).toMatchObject({ state: "active" });
  const expiresAt = new Date(now + DAY).toISOString();
  expect(await change({ expiresAt })).toMatchObject({ state: "active", expiresAt });
  now += DAY;
  expect(await keys.show(apiKey.id)).toMatchObject({ state: "expired" });
  for (let i = 0; i < MAX_ACTS + 5; i++) await change({ name: `app ${i}` });
  const { acts } = await keys.show(apiKey.id);
  expect(acts).toHaveLength(MAX_ACTS);
  expect(acts[0]?.act).toBe("created");
});

test("of two that change a key at once both are kept", async () => {
  const { apiKey } = await add("mobile");
  const by = { by: "ben", reason: "" };
  await Promise.all([
    keys.change(apiKey.id, { name: "a", ...by }),
    keys.change(apiKey.id, { owner: "b", ...by }),
  ]);
  expect(await keys.show(apiKey.id)).toMatchObject({ name: "a", owner: "b" });
});

test("only what no client can use is removed, and it is then unknown", async () => {
  const { apiKey } = await add("mobile");
  await expect(keys.remove(apiKey.id)).rejects.toMatchObject({ code: "api_key_refused" });
  await keys.revoke(apiKey.id, { by: "b", reason: "r" });
  await keys.remove(apiKey.id);
  await expect(keys.show(apiKey.id)).rejects.toMatchObject({ code: "unknown_api_key" });
  expect((await keys.list(PAGE)).rows).toEqual([]);
});

test("the list has the newest first, pages, and what is looked for", async () => {
  for (let i = 0; i < 5; i++) {
    now += 1000;
    await add(`app ${i}`, { plan: i % 2 === 0 ? "gold" : null, owner: i === 3 ? "Zoë" : "" });
  }
  const names = async (query: object) => {
    const { rows, total } = await keys.list({ ...PAGE, ...query });
    return [rows.map(({ name }) => name.slice(4)).join(""), total];
  };
  expect(await names({})).toEqual(["43210", 5]);
  expect(await names({ limit: 2, offset: 3 })).toEqual(["10", 5]);
  expect(await names({ plan: "gold" })).toEqual(["420", 3]);
  expect(await names({ query: "ZOË" })).toEqual(["3", 1]);
  expect(await names({ state: "revoked" })).toEqual(["", 0]);
});

test("imported keys are written by their hashes, those that are there passed over", async () => {
  const given = (name: string, hash: string) => ({
    ...{ name, description: "", owner: "", plan: null, enabled: true, last: "1234" },
    hash: createHash("sha256").update(hash).digest("hex"),
  });
  const first = await keys.import({ keys: [given("a", "1"), given("b", "2")], by: "anna", reason: "" });
  expect(first).toMatchObject({
    known: 0,
    imported: [{ name: "a" }, { name: "b", acts: [{ act: "imported" }] }],
  });
  const twice = [given("c", "3"), given("a", "1"), given("c again", "3"), given("d", "4")];
  expect(await keys.import({ keys: twice, by: "anna", reason: "" })).toMatchObject({
    known: 2,
    imported: [{ name: "c" }, { name: "d" }],
  });
  expect((await keys.list(PAGE)).total).toBe(4);
});

test("of as many keys as there may be, any page is found, and no more are taken", {
  timeout: 60_000,
}, async () => {
  const many = MAX_API_KEYS;
  for (let i = 0; i < many; i += 200)
    await store.putApiKeys(
      Array.from({ length: 200 }, (_, n) => {
        const id = (i + n).toString(16).padStart(12, "0");
        const at = new Date(now + (((i + n) * 7919) % many)).toISOString();
        const acts = [{ at, act: "created" as const, by: "anna", reason: "" }];
        return { id, revision: 0, key: { ...apiKeyOf(id), acts } };
      }),
    );
  const page = async (offset: number, limit: number) => {
    const { rows, total } = await keys.list({ ...PAGE, offset, limit });
    return [rows.map(({ createdAt }) => Date.parse(createdAt) - now), total];
  };
  expect(await page(0, 3)).toEqual([[many - 1, many - 2, many - 3], many]);
  expect(await page(many - 2, 5)).toEqual([[1, 0], many]);
  await expect(add("one more")).rejects.toMatchObject({ code: "api_keys_full" });
  await keys.revoke("000000000000", { by: "b", reason: "r" });
  await expect(add("one more")).rejects.toMatchObject({ code: "api_keys_full" });
  await keys.remove("000000000000");
  expect(await add("one more")).toMatchObject({ apiKey: { name: "one more" } });
});

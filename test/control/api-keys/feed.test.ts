import { afterEach, expect, test, vi } from "vitest";
import { ApiKeyFeed } from "../../../src/control/api-keys/feed.ts";
import type { FrontDoorConfig } from "../../../src/domain/config.ts";
import { FigError } from "../../../src/domain/errors.ts";
import { ApiKeyRing } from "../../../src/serving/api-key-ring.ts";
import type { ApiKeysMessage } from "../../../src/serving/contract.ts";
import type { ApiKeysPage, Store } from "../../../src/store/contract.ts";
import { openStore } from "../../../src/store/index.ts";
import { apiKeyOf } from "../../conformance/store-api-keys.ts";
import { hex } from "../../store/folder.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const ASKED = { policies: { apiKeys: {} }, routes: [] } as unknown as FrontDoorConfig;
const NOT_ASKED = { policies: undefined, routes: [] } as unknown as FrontDoorConfig;

async function worldOf() {
  const store = await openStore("memory:", { now: () => 0, hex });
  const clock = { now: () => Date.now(), micros: () => performance.now() * 1000, hex };
  const ring = new ApiKeyRing(clock);
  const told: ApiKeysMessage[] = [];
  const logged: string[] = [];
  const note = (_fields: object, message: string) => void logged.push(message);
  const world = {
    ...{ store, ring, told, logged, clock },
    /** What the feed reads in place of the store's own answer. */
    read: (after: number): Promise<ApiKeysPage> => store.readApiKeys(after),
    deaf: false,
    feed: undefined as unknown as ApiKeyFeed,
  };
  world.feed = new ApiKeyFeed({
    store: { readApiKeys: (after) => world.read(after) },
    serving: {
      async keepApiKeys(message) {
        told.push(message);
        ring.take(message);
        if (world.deaf) await new Promise(() => {});
      },
    },
    clock,
    log: { info: note, warn: note, error: note },
  });
  ends.push(
    () => store.close(),
    () => world.feed.close(),
  );
  return world;
}

const put = (store: Store, id: string, revision = 0, changes = {}) =>
  store.putApiKeys([{ id, revision, key: apiKeyOf(id, changes) }]);
const hashOf = (id: string) => apiKeyOf(id).hash;

test("nothing is asked of the store until files ask for keys", async () => {
  const { feed, told, store } = await worldOf();
  await put(store, "a");
  await feed.use(NOT_ASKED);
  await feed.refresh();
  expect([told, feed.problems(), feed.ageSeconds()]).toEqual([[], [], undefined]);
});

test("all keys are in force when files that ask for them are, and changes within a second", async () => {
  const { feed, ring, store } = await worldOf();
  for (let i = 0; i < 3; i++)
    await store.putApiKeys(
      Array.from({ length: 150 }, (_, n) => ({
        id: `${i}-${n}`,
        revision: 0,
        key: apiKeyOf(`${i}-${n}`),
      })),
    );
  await feed.use(ASKED);
  expect(ring.find(hashOf("2-149"))).toMatchObject({ id: "2-149", state: "active", plan: "gold" });
  expect(ring.ageMs()).toBeLessThan(1000);
  await put(store, "0-7", 8, { revoked: true });
  await vi.waitFor(() => expect(ring.find(hashOf("0-7"))?.state).toBe("revoked"), 1000);
  await store.putApiKeys([{ id: "0-7", revision: 451, key: null }]);
  await vi.waitFor(() => expect(ring.find(hashOf("0-7"))).toBeUndefined(), 1000);
  expect(feed.problems()).toEqual([]);
});

test("a function that may name keys asks for them too", async () => {
  const { feed, ring, store } = await worldOf();
  await put(store, "a");
  const policies = { authorizer: { function: "shop-auth" } };
  await feed.use({ policies: {}, routes: [{ policies }] } as unknown as FrontDoorConfig);
  expect(ring.find(hashOf("a"))?.id).toBe("a");
});

test("what was written here is in force when refresh resolves", async () => {
  const { feed, ring, store } = await worldOf();
  await feed.use(ASKED);
  await put(store, "a");
  await feed.refresh();
  expect(ring.find(hashOf("a"))?.id).toBe("a");
});

test("a process that serves and hangs holds up no other's keys", async () => {
  const world = await worldOf();
  await world.feed.use(ASKED);
  world.deaf = true;
  await put(world.store, "a");
  await vi.waitFor(() => expect(world.ring.find(hashOf("a"))).toBeDefined(), 1000);
  await put(world.store, "b");
  await vi.waitFor(() => expect(world.ring.find(hashOf("b"))).toBeDefined(), 1000);
});

test("a store that fails, hangs or is back confirms nothing meanwhile, and that is said", async () => {
  const world = await worldOf();
  await put(world.store, "a");
  await world.feed.use(ASKED);
  const own = world.read;
  world.read = async () => {
    throw new FigError("store_unavailable", "it is away");
  };
  await vi.waitFor(() => expect(world.feed.problems()).toHaveLength(1), 6000);
  expect(world.feed.problems()[0]?.message).toMatch(/it is away/);
  expect(world.ring.ageMs()).toBeGreaterThan(3000);
  expect(world.ring.find(hashOf("a"))?.state).toBe("active");
  await expect(world.feed.refresh()).rejects.toMatchObject({ code: "store_unavailable" });
  world.read = own;
  await vi.waitFor(() => expect(world.ring.ageMs()).toBeLessThan(1000), 3000);
  expect(world.feed.problems()).toEqual([]);
  expect(world.logged).toEqual(["API keys could not be read", "API keys can be read again"]);
  const held = Promise.withResolvers<void>();
  world.read = async (after) => {
    await held.promise;
    return own(after);
  };
  await vi.waitFor(() => expect(world.feed.problems()).toHaveLength(1), 6000);
  world.read = own;
  held.resolve();
  // What it says late held when it was asked: the next answer counts.
  await vi.waitFor(() => expect(world.feed.problems()).toEqual([]), 3000);
}, 20_000);

test("a store that went back is not believed: a revoked key stays revoked, and nothing is confirmed", async () => {
  const world = await worldOf();
  await put(world.store, "a");
  await put(world.store, "a", 1, { revoked: true });
  await world.feed.use(ASKED);
  const own = world.read;
  const old = { id: "a", revision: 1, key: apiKeyOf("a") };
  world.read = async () => ({ revision: 1, token: "before", keys: [old] });
  await vi.waitFor(
    () => expect(world.feed.problems()[0]?.message).toMatch(/went back behind change 2/),
    2000,
  );
  // Another history that is as long, and then longer.
  world.read = async () => ({ revision: 2, token: "other", keys: [{ ...old, revision: 2 }] });
  await vi.waitFor(() => expect(world.feed.problems()[0]?.message).toMatch(/another change 2/), 2000);
  world.read = async () => ({ revision: 3, token: "other", keys: [{ ...old, revision: 3 }] });
  const { length } = world.told;
  await vi.waitFor(() => expect(world.ring.ageMs()).toBeGreaterThan(1500), 4000);
  expect(world.told).toHaveLength(length);
  expect(world.ring.find(hashOf("a"))?.state).toBe("revoked");
  world.read = own;
  await vi.waitFor(() => expect(world.feed.problems()).toEqual([]), 2000);
  expect(world.ring.ageMs()).toBeLessThan(1500);
}, 15_000);

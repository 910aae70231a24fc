import { existsSync, readdirSync, statSync } from "node:fs";
import { createClient } from "@redis/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../../src/store/contract.ts";
import { copyState } from "../../../src/store/copy-state.ts";
import { kindOf, openStore } from "../../../src/store/index.ts";
import { WINDOWS_KEPT } from "../../../src/store/retention.ts";
import { apiKeyOf } from "../../conformance/store-api-keys.ts";
import { ANY, countsOf, draftOf, rowOf, upTo, windowOf } from "../../conformance/store-values.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";
import { hex, StoreFolder } from "../folder.ts";

const MINUTE = 60_000;
const ROUTES = ["a", "ü – 漢:x", "𝒳", "__proto__"];

async function fill(store: Store, now: number): Promise<void> {
  for (const route of ROUTES) await store.swapRecord(route, 0, `a certificate\nof ${route}`);
  await store.swapRecord("a", 1, "another");
  for (const ids of [upTo(150), upTo(300, 151)])
    await store.putApiKeys(ids.map((id) => ({ id: `key${id}`, revision: 0, key: apiKeyOf(`key${id}`) })));
  await store.putApiKeys([
    { id: "key7", revision: 7, key: null },
    { id: "key8", revision: 8, key: apiKeyOf("key8", { revoked: true }) },
  ]);
  for (const modern of upTo(5))
    await store.append(draftOf(ROUTES.slice(0, modern), modern), { revision: ANY, routes: [] });
  for (const id of ["b", "a"]) await store.putFiles({ id, at: now, text: `packed ${id}` });
  await store.noteDefinitions(ROUTES.map((route) => ({ route, hash: `hash of ${route}` })));
  await store.noteDefinitions([{ route: "a", hash: "another" }]);
  for (const door of ["d1", "d2"]) {
    for (const revision of upTo(WINDOWS_KEPT + 3))
      await store.putCounts(door, [
        {
          window: windowOf("a", revision),
          counts: countsOf({ legacy: 3, modern: 2, unsafe: 1 }),
          mismatches: [],
        },
      ]);
    for (const route of ROUTES)
      await store.putCounts(door, [
        {
          window: windowOf(route, 90, 2),
          counts: countsOf({ modern: 7, matches: 2 }),
          mismatches: [rowOf("$.x", 2, 5, 6)],
        },
      ]);
    await store.putRollups(
      door,
      upTo(300).map((n) => ({
        route: ROUTES[n % 4] ?? "a",
        at: Math.floor(now / MINUTE) * MINUTE - n * MINUTE,
        counts: countsOf({ legacy: n % 3 }),
      })),
    );
  }
}

/** Everything a front door or a command can read. */
async function contentOf(store: Store, now: number) {
  const windows = ROUTES.flatMap((route) => [
    windowOf(route, 90, 2),
    ...upTo(WINDOWS_KEPT + 3).map((n) => windowOf(route, n)),
  ]);
  return {
    stateId: store.stateId,
    entries: await store.read(0),
    definitions: [...(await store.readDefinitions())].sort(),
    records: await store.readRecords(ROUTES),
    files: await Promise.all((await store.filesSizes()).map(({ id }) => store.readFiles(id))),
    apiKeys: [await store.readApiKeys(0), await store.readApiKeys(200)],
    counts: await store.readCounts(windows),
    mismatches: await Promise.all(windows.map((window) => store.readMismatches(window))),
    unsafe: await Promise.all(ROUTES.map((route) => store.unsafeModernSince(route, 2))),
    rollups: await Promise.all(
      ROUTES.flatMap((route) =>
        (["minute", "hour"] as const).map((step) =>
          store.readRollups({ route, step, from: 0, to: now + MINUTE }),
        ),
      ),
    ),
  };
}

async function emptied(url: string, state: string): Promise<void> {
  const client = createClient({ url });
  await client.connect();
  const prefix = new URL(state).searchParams.get("prefix") ?? "";
  await client.sendCommand(["DEL", `${prefix}{state}:id`]);
  client.destroy();
}

withRedis("copies between stores", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.remove());
  const folder = new StoreFolder();
  let prefixes = 0;
  const now = Date.now();
  const options = { now: () => now, hex };
  const url = {
    sqlite: () => `sqlite:${folder.file(`${hex(4)}.db`)}`,
    redis: () => `${redis.url}?prefix=copy${prefixes++}:`,
  };

  async function withStore<T>(state: string, use: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore(state, options);
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  }

  describe.each([
    ["sqlite", "redis"],
    ["redis", "sqlite"],
    ["redis", "redis"],
    ["sqlite", "sqlite"],
  ] as const)("from %s to %s", (source, target) => {
    test("everything is there and goes on: revisions, times, id, definitions, windows, rollups", async () => {
      const [from, to] = [url[source](), url[target]()];
      const before = await withStore(from, async (store) => {
        await fill(store, now);
        return contentOf(store, now);
      });
      const report = await copyState(from, to, options);
      expect(report).toMatchObject({ stateId: before.stateId, revision: 5, definitions: 4 });
      expect(report.windows).toBeGreaterThan(WINDOWS_KEPT);
      expect(report.rollups).toBeGreaterThan(300);
      await withStore(to, async (store) => {
        expect(await contentOf(store, now)).toEqual(before);
        expect(await store.append(draftOf(["a"]), { revision: 4, routes: ["a"] })).toMatchObject({
          ok: false,
        });
        expect(await store.append(draftOf(["a"]), { revision: 5, routes: ["a"] })).toMatchObject({
          ok: true,
        });
        const window = windowOf("a", 90, 2);
        await store.putCounts("d3", [{ window, counts: countsOf({ modern: 1 }), mismatches: [] }]);
        expect((await store.readCounts([window]))[0]?.counts.modern.requests).toBe(15);
      });
    });

    test("a target that holds a state is refused and left as it is; one that was only opened is not", async () => {
      const [from, to] = [url[source](), url[target]()];
      await withStore(from, (store) => store.append(draftOf(["a"]), { revision: ANY, routes: [] }));
      await withStore(to, async () => undefined);
      await copyState(from, to, options);
      await withStore(to, (store) => store.append(draftOf(["b"]), { revision: ANY, routes: [] }));
      await expect(copyState(from, to, options)).rejects.toMatchObject({ code: "store_not_empty" });
      expect(await withStore(to, (store) => store.read(0))).toHaveLength(2);
    });

    test("a target that holds nothing but a certificate is refused", async () => {
      const [from, to] = [url[source](), url[target]()];
      await withStore(from, (store) => store.append(draftOf(["a"]), { revision: ANY, routes: [] }));
      await withStore(to, (store) => store.swapRecord("a", 0, "a certificate"));
      await expect(copyState(from, to, options)).rejects.toMatchObject({ code: "store_not_empty" });
    });

    test("a target that somebody began to use while it was copied to is left as it is", async () => {
      const to = url[target]();
      const { transfer } = kindOf(to);
      if (transfer === undefined) throw new Error("cannot be copied to");
      const copy = await transfer.to(to, hex(16), now, hex);
      if (target === "redis") {
        await expect(openStore(to, options)).rejects.toMatchObject({
          code: "store_invalid",
          message: expect.stringMatching(/a copy to it is running/),
        });
        await expect(copyState(to, url.sqlite(), options)).rejects.toMatchObject({ code: "store_invalid" });
        await expect(transfer.to(to, hex(16), now, hex)).rejects.toMatchObject({ code: "store_not_empty" });
        // As the remedy says: deleted, and used.
        await emptied(redis.url, to);
      }
      await withStore(to, (store) => store.append(draftOf(["b"]), { revision: ANY, routes: [] }));
      await expect(copy.commit()).rejects.toMatchObject({ code: "store_not_empty" });
      await copy.discard();
      expect(await withStore(to, (store) => store.read(0))).toHaveLength(1);
    });

    test("a copy that is given up leaves its target as it was", async () => {
      const to = url[target]();
      const { stateId } = await withStore(to, async (store) => store);
      const { transfer } = kindOf(to);
      const copy = await transfer?.to(to, hex(16), now, hex);
      await copy?.add([{ kind: "definition", route: "a", hash: "h", epoch: 1, since: now }]);
      await copy?.discard();
      await withStore(to, async (store) => {
        expect(store.stateId).toBe(stateId);
        expect(await store.readDefinitions()).toEqual(new Map());
      });
    });

    test("a source that is none is said, and nothing is made", async () => {
      const [from, to] = [url[source](), url[target]()];
      await expect(copyState(from, to, options)).rejects.toMatchObject({ code: "no_state" });
      if (target === "sqlite") expect(existsSync(to.slice("sqlite:".length))).toBe(false);
    });
  });

  test("a file that was copied to is its owner's alone, and nothing lies beside it", async () => {
    const [from, to] = [url.redis(), url.sqlite()];
    await withStore(from, (store) => fill(store, now));
    await copyState(from, to, options);
    const [name = "", ...others] = readdirSync(folder.path);
    expect(others).toEqual([]);
    expect(statSync(folder.file(name)).mode & 0o777).toBe(0o600);
  });

  test("a memory state cannot be copied, whichever way", async () => {
    const from = url.sqlite();
    await withStore(from, (store) => fill(store, now));
    await expect(copyState("memory:", from, options)).rejects.toMatchObject({ code: "store_invalid" });
    await expect(copyState(from, "memory:", options)).rejects.toMatchObject({ code: "store_invalid" });
  });
});

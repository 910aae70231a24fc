import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { appendPurge, readPurges } from "../../../src/control/cache-purges.ts";
import { PurgeFollower } from "../../../src/control/follow-purges.ts";
import type { FrontDoorConfig } from "../../../src/domain/config.ts";
import type { Purge } from "../../../src/domain/http-cache/purge.ts";
import type { Store } from "../../../src/store/contract.ts";
import { openStore } from "../../../src/store/index.ts";
import { until } from "../../e2e/until.ts";
import { CACHE } from "../../support/layers-under-test.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";

const WRITTEN = { at: "2026-11-29T17:00:00.000Z", by: "test" };
const CONFIG = { policies: { cache: CACHE }, routes: [] } as unknown as FrontDoorConfig;
const log = { info: () => {}, warn: () => {}, error: () => {} };

function follower(store: Pick<Store, "readRecords">) {
  const purged: Purge[] = [];
  const made = new PurgeFollower({
    store,
    config: () => CONFIG,
    log,
    purge: async (purges) => {
      purged.push(...purges);
      return purges.map(() => 7);
    },
  });
  onTestFinished(() => made.close());
  return { made, purged };
}

function conformance(open: () => Promise<Store>): void {
  test("purges have rising numbers whoever writes them, and every follower hears of each once, in order", async () => {
    const store = await open();
    const doors = [follower(store), follower(store)];
    for (const { made } of doors) await made.start();
    const written = await Promise.all(
      ["a", "b", "c", "d"].map((tag) => appendPurge(store, { tag, ...WRITTEN })),
    );
    expect(written.map(({ number }) => number).toSorted()).toEqual([1, 2, 3, 4]);
    const order = written.toSorted((a, b) => a.number - b.number).map(({ tag }) => tag);
    const began = performance.now();
    for (const { purged } of doors)
      await until(
        () => purged.map(({ tag }) => tag),
        (tags) => tags.length === 4,
      );
    expect(performance.now() - began).toBeLessThan(5_000);
    for (const { purged } of doors) expect(purged.map(({ tag }) => tag)).toEqual(order);
    expect((await readPurges(store)).newest).toBe(4);
  });

  test("who asks for one has it in force, with its count", async () => {
    const store = await open();
    const { made, purged } = follower(store);
    await made.start();
    const { number } = await appendPurge(store, { path: "/a", ...WRITTEN });
    expect(await made.follow(number)).toBe(7);
    expect(purged).toMatchObject([{ path: "/a" }]);
  });

  test("who missed more than is kept throws everything away, and one who begins nothing", async () => {
    const store = await open();
    const { made, purged } = follower(store);
    await made.start();
    made.close();
    for (let i = 0; i < 70; i++) await appendPurge(store, { tag: String(i), ...WRITTEN });
    await made.follow(70);
    expect(purged).toHaveLength(65);
    expect(purged.at(-1)).toEqual({});
    const late = follower(store);
    await late.made.start();
    expect(late.purged).toEqual([]);
    expect(await late.made.follow(70)).toBe(0);
  });
}

describe("purges over memory", () => {
  conformance(async () => {
    const store = await openStore("memory:", systemClock);
    onTestFinished(() => store.close());
    return store;
  });
});

describe("purges over SQLite", () => {
  conformance(async () => {
    const folder = mkdtempSync(join(tmpdir(), "fig-purges-"));
    const store = await openStore(`sqlite:${join(folder, "state.db")}`, systemClock);
    onTestFinished(async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });
    return store;
  });
});

withRedis("purges over Redis", () => {
  describe("purges over Redis", () => {
    conformance(async () => {
      const server = await RedisServer.start();
      const store = await openStore(server.url, systemClock);
      onTestFinished(async () => {
        await store.close();
        await server.remove();
      });
      return store;
    });
  });
});

test("while the store is away nothing is purged, and when it is back what came meanwhile is", async () => {
  const store = await openStore("memory:", systemClock);
  onTestFinished(() => store.close());
  let away = false;
  const { made, purged } = follower({
    readRecords: (names) => (away ? Promise.reject(new Error("away")) : store.readRecords(names)),
  });
  await made.start();
  away = true;
  await appendPurge(store, { tag: "x", ...WRITTEN });
  await expect(made.follow(1)).rejects.toThrow("away");
  expect(purged).toEqual([]);
  away = false;
  await until(
    () => purged,
    (all) => all.length === 1,
  );
  expect(purged).toMatchObject([{ tag: "x" }]);
});

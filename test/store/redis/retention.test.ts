import { createClient } from "@redis/client";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Store } from "../../../src/store/contract.ts";
import { openStore } from "../../../src/store/index.ts";
import { DOOR_ENDED_MS, DOORS_KEPT, FOLDED_KEPT_MS } from "../../../src/store/retention.ts";
import { countsOf, rowOf, upTo, windowOf } from "../../conformance/store-values.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";
import { hex } from "../folder.ts";

const window = windowOf("a", 1, 1);
const doors = DOORS_KEPT + 10;

withRedis("ended doors in Redis", () => {
  let server: RedisServer;
  let now: number;
  let prefixes = 0;
  const stores: Store[] = [];
  const warned: string[] = [];
  const warn = (sentence: string) => {
    if (!sentence.startsWith("Redis has")) warned.push(sentence);
  };
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await server.remove();
  });
  beforeEach(() => {
    now = Date.parse("2026-11-02T08:00:00.000Z");
  });
  async function open(): Promise<Store> {
    const store = await openStore(`${server.url}?prefix=p${prefixes++}`, { now: () => now, hex, warn });
    stores.push(store);
    return store;
  }
  /** Another process on the state opened last. */
  async function openSame(): Promise<Store> {
    const store = await openStore(`${server.url}?prefix=p${prefixes - 1}`, { now: () => now, hex });
    stores.push(store);
    return store;
  }
  function put(store: Store, door: string, legacy: number): Promise<void> {
    const mismatches = [rowOf("$.total", legacy, 1_000, 2_000)];
    return store.putCounts(door, [
      { window, counts: countsOf({ legacy, modern: 1, unsafe: 1 }), mismatches },
    ]);
  }

  test("doors that ended a day ago are added up, every sum stays, and one that writes again counts once", async () => {
    const before = await open();
    for (const i of upTo(doors)) await put(before, `door ${i}`, i);
    now += DOOR_ENDED_MS + 1;
    const [one, two] = [await openSame(), await openSame()];
    await Promise.all([put(one, "door today", 1), put(two, "door tonight", 1)]);
    await put(before, "door 1", 1);
    await put(before, "door 1", 1);
    expect(warned).toEqual([expect.stringMatching(/its newer counts \(a, and maybe others\) are not taken/)]);
    const sum = (doors * (doors + 1)) / 2 + 2;
    for (const store of [one, two, before]) {
      expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe(sum);
      expect((await store.readMismatches(window))[0]?.count).toBe(sum);
      expect(await store.unsafeModernSince("a", 0)).toBe(doors + 2);
    }
  });

  test("who was added up is remembered for a week, not for as long as the window", async () => {
    const store = await open();
    for (const i of upTo(doors)) await put(store, `door ${i}`, 1);
    now += DOOR_ENDED_MS + 1;
    await put(await openSame(), "door today", 1);
    const fields = () => fieldsOf(`${server.url}?prefix=p${prefixes - 1}`);
    expect(await fields()).toBe(doors + 2);
    now += FOLDED_KEPT_MS + 1;
    await put(await openSame(), "door next week", 1);
    expect(await fields()).toBe(3);
    expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe(doors + 2);
    async function fieldsOf(state: string): Promise<unknown> {
      const client = createClient({ url: server.url });
      await client.connect();
      const prefix = new URL(state).searchParams.get("prefix");
      const count = await client.sendCommand([
        "HLEN",
        `${prefix}:{state}:counts:000000000001.000000000001:a`,
      ]);
      client.destroy();
      return count;
    }
  });

  test("a minute that Redis has forgotten the door of is not added a second time", async () => {
    const store = await open();
    const at = Math.floor(now / 60_000) * 60_000;
    const minuteOf = (route: string, at: number) => ({ route, at, counts: countsOf({ legacy: 2 }) });
    await store.putRollups("d", [minuteOf("a", at)]);
    now += 3 * 60 * 60_000;
    const client = createClient({ url: server.url });
    await client.connect();
    const names = (await client.sendCommand(["KEYS", `p${prefixes - 1}:{state}:minutes-of:*`])) as string[];
    expect(await client.sendCommand(["DEL", ...names])).toBe(1);
    client.destroy();
    await store.putRollups("d", [minuteOf("a", at), minuteOf("b", at), minuteOf("a", at + 60_000)]);
    const read = (route: string) => store.readRollups({ route, step: "minute", from: at, to: now });
    const requests = async (route: string) => (await read(route)).map(({ counts }) => counts.legacy.requests);
    expect(await requests("a")).toEqual([2, 2]);
    expect(await requests("b")).toEqual([2]);
  });

  test("doors that ended less than a day ago keep their own counts", async () => {
    const store = await open();
    for (const i of upTo(doors)) await put(store, `door ${i}`, 1);
    now += DOOR_ENDED_MS - 1;
    await put(store, "door later", 1);
    await put(store, "door 1", 5);
    expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe(doors + 5);
  });
});

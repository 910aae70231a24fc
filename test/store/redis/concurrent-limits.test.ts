import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { type Pace, paceOf } from "../../../src/domain/policies/gcra.ts";
import { readRedisUrl } from "../../../src/domain/state-url.ts";
import type { FleetLimits, FleetMeter } from "../../../src/store/contract.ts";
import { type DebtBatch, LimitDebts } from "../../../src/store/limit-debts.ts";
import { createConnection } from "../../../src/store/redis-connection.ts";
import { redisKeys } from "../../../src/store/redis-keys.ts";
import { LimitCommands } from "../../../src/store/redis-limit-commands.ts";
import { openRedisLimits } from "../../../src/store/redis-limits.ts";
import { until } from "../../e2e/until.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** As a busy machine needs it; front doors that are silent are over soon. */
async function open(url: string, times: { readonly answerMs?: number; readonly staleMs?: number } = {}) {
  const limits = openRedisLimits(url, { ...systemClock, answerMs: 20_000, ...times });
  ends.push(() => limits.close());
  await limits.start();
  return limits;
}

async function redisServer(): Promise<RedisServer> {
  const server = await RedisServer.start({});
  ends.push(() => server.remove());
  return server;
}

async function connected(url: string) {
  const client = createConnection(readRedisUrl(url) as never);
  client.on("error", () => {});
  ends.push(() => client.destroy());
  await client.connect();
  return client;
}

const concurrent = (most: number): FleetMeter => ({ kind: "concurrent", id: "c", most });
const RATE: FleetMeter = { kind: "rate", id: "r", pace: paceOf("0.001", 1e6, 100) as Pace };
const DAILY: FleetMeter = { kind: "quota", id: "q", amount: 100, period: "day" };

const take = async (door: FleetLimits, meter: FleetMeter, key = "a") =>
  (await door.take([meter], [key], false))?.passes;
const used = async (door: FleetLimits, meter: FleetMeter, key = "a") =>
  (await door.take([meter], [key], true))?.used[0];
const isSo = (what: () => boolean | Promise<boolean>) =>
  until(
    async () => what(),
    (now) => now,
  );

withRedis("requests under way in Redis", () => {
  test("four front doors together have as many as one limit says, whatever begins and ends", async () => {
    const { url } = await redisServer();
    const doors = await Promise.all(Array.from({ length: 4 }, () => open(url)));
    const meter = concurrent(7);
    const held: FleetLimits[] = [];
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const door = doors[Math.floor(Math.random() * 4)] as FleetLimits;
      if (Math.random() < 0.6) {
        const passes = await take(door, meter);
        expect(passes).toBe(held.length < 7);
        if (passes) held.push(door);
        else refused++;
      } else {
        // It asks again at once: what it gave back counts no more.
        const [gone] = held.splice(Math.floor(Math.random() * held.length), 1);
        gone?.done([meter], ["a"]);
        if (gone !== undefined && Math.random() < 0.5) {
          expect(await take(gone, meter)).toBe(true);
          held.push(gone);
        } else if (gone !== undefined)
          await isSo(async () => (await used(doors[0] as FleetLimits, meter)) === held.length);
      }
    }
    expect(refused).toBeGreaterThan(10);
    // All at once they are no more either.
    for (const door of held.splice(0)) door.done([meter], ["a"]);
    await isSo(async () => (await used(doors[0] as FleetLimits, meter)) === 0);
    const all = await Promise.all(
      doors.flatMap((door) => Array.from({ length: 10 }, () => take(door, meter))),
    );
    expect(all.filter(Boolean)).toHaveLength(7);
    // Another key has its own, and nothing is left of what is over.
    expect(await take(doors[0] as FleetLimits, meter, "b")).toBe(true);
    doors[0]?.done([meter], ["b"]);
    const client = await connected(url);
    await isSo(async () => ((await client.sendCommand(["KEYS", "*lease:*"])) as string[]).length === 1);
  });

  test("a request is counted by all of its meters or by none", async () => {
    const { url } = await redisServer();
    const door = await open(url);
    const meters = [DAILY, concurrent(1), RATE];
    const keys = ["a", "a", "a"];
    expect(await door.take(meters, keys, false)).toMatchObject({
      passes: true,
      used: [1, 1, expect.any(Number)],
    });
    expect(await door.take(meters, keys, false)).toMatchObject({
      passes: false,
      used: [1, 1, expect.any(Number)],
    });
    expect(await used(door, DAILY)).toBe(1);
    door.done(meters, keys);
    expect(await door.take(meters, keys, false)).toMatchObject({
      passes: true,
      used: [2, 1, expect.any(Number)],
    });
  });

  test("a front door that dies gives its places back, and one that leaves at once", async () => {
    const { url } = await redisServer();
    const meter = concurrent(3);
    const stays = await open(url, { staleMs: 3_000 });
    const leaves = await open(url, { staleMs: 3_000 });
    expect([await take(stays, meter), await take(leaves, meter)]).toEqual([true, true]);
    // One that said how many it has, and is heard of no more.
    const client = await connected(url);
    const [doors] = (await client.sendCommand(["KEYS", "*limits:doors"])) as [string];
    const [lease] = (await client.sendCommand(["KEYS", "*lease:*"])) as [string];
    await client.sendCommand(["ZADD", doors, String(Date.now()), "dead"]);
    await client.sendCommand(["HSET", lease, "dead", "1"]);
    expect(await take(stays, meter)).toBe(false);
    await isSo(async () => (await take(stays, meter)) === true);
    expect(await take(stays, meter)).toBe(false);
    await leaves.close();
    expect(await take(stays, meter)).toBe(true);
    expect(await take(stays, meter)).toBe(false);
    expect(await client.sendCommand(["HLEN", lease])).toBe(1);
  });

  test("what is under way is said anew to a Redis that comes back empty, or that forgot its front door", async () => {
    const server = await redisServer();
    const [one, other] = [await open(server.url), await open(server.url)];
    const meter = concurrent(3);
    expect([await take(one, meter), await take(one, meter)]).toEqual([true, true]);
    await server.stop();
    await isSo(() => one.away !== undefined && other.away !== undefined);
    // One ends meanwhile, and another begins without Redis.
    one.done([meter], ["a"]);
    other.passed([meter], ["a"]);
    await server.start();
    await isSo(() => one.away === undefined && other.away === undefined);
    expect(await used(one, meter)).toBe(2);
    const client = await connected(server.url);
    await client.sendCommand(["FLUSHALL"]);
    await isSo(async () => (await used(other, meter)) === 2);
    one.done([meter], ["a"]);
    other.done([meter], ["a"]);
    await isSo(async () => (await used(one, meter)) === 0);
  });

  test("what passed while Redis was away is told when it is back, before anything is asked", async () => {
    const server = await redisServer();
    const [one, other] = [await open(server.url), await open(server.url)];
    await isSo(() => one.doors === 2 && other.doors === 2);
    const meters = [RATE, DAILY];
    await one.take(meters, ["a", "a"], false);
    server.freeze();
    await isSo(() => one.away !== undefined && other.away !== undefined);
    for (let i = 0; i < 5; i++) one.passed(meters, ["a", "a"]);
    for (let i = 0; i < 4; i++) other.passed(meters, ["a", "a"]);
    other.passed([DAILY], ["b"]);
    server.resume();
    await isSo(() => one.away === undefined && other.away === undefined);
    const said = await one.take(meters, ["a", "a"], true);
    expect(said?.used[1]).toBe(10);
    // Some of it has run out since.
    const { cost } = (RATE as Extract<FleetMeter, { kind: "rate" }>).pace;
    expect((said?.used[0] as number) / cost).toBeGreaterThan(9.5);
    expect((said?.used[0] as number) / cost).toBeLessThanOrEqual(10);
    expect(await used(one, DAILY, "b")).toBe(1);
    expect([one.told, other.told]).toEqual([
      { told: 10, dropped: 0 },
      { told: 9, dropped: 0 },
    ]);
    // Never more than full, however much it was.
    const small: FleetMeter = { kind: "rate", id: "small", pace: paceOf("0.001", 1e6, 2) as Pace };
    server.freeze();
    await isSo(() => one.away !== undefined);
    for (let i = 0; i < 9; i++) one.passed([small], ["a"]);
    server.resume();
    await isSo(() => one.away === undefined);
    const full = await one.take([small], ["a"], true);
    expect(full?.passes).toBe(false);
    expect((full?.used[0] as number) / cost).toBeLessThanOrEqual(2);
  });

  test("what it was told is counted once, although nobody heard that it was, and all of it or nothing", async () => {
    const { url } = await redisServer();
    const client = await connected(url);
    const { prefix } = readRedisUrl(url) as { prefix: string };
    const commands = new LimitCommands(redisKeys(prefix));
    const debts = new LimitDebts(systemClock);
    const names = ["a", "b"].map((key) => commands.name(DAILY, key));
    for (const name of names) debts.add(name, DAILY, 1);
    const countsOf = () =>
      Promise.all(names.map(async (name) => Number(((await client.get(name)) ?? "0").split(" ")[0])));
    await client.set(names[1] as string, "something else");
    for (let i = 0; i < 3; i++) await expect(commands.tell(client, debts, "one")).rejects.toThrow();
    expect((await countsOf())[0]).toBe(0);
    await client.del(names[1] as string);
    const batch = debts.take(9) as DebtBatch;
    for (let i = 0; i < 3; i++) {
      debts.giveBack(batch);
      await commands.tell(client, debts, "one");
    }
    expect(await countsOf()).toEqual([1, 1]);
    // Another process has numbers of its own.
    debts.giveBack(batch);
    await commands.tell(client, debts, "other");
    expect(await countsOf()).toEqual([2, 2]);
  });
});

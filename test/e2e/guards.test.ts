import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { MODERN, Shop } from "./support/guarded-shop.ts";
import { HungWebhook, SECRET } from "./support/hung-webhook.ts";
import { childrenOf } from "./support/socket-owners.ts";
import { until } from "./until.ts";

let shop: Shop;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  await shop.close();
  for (const end of ends.splice(0)) await end();
});

/** Of the ledger, as soon as it can be read and has one. */
async function trips(): Promise<readonly LedgerEntry[]> {
  const entries = await until(
    () => ledger().catch(() => []),
    (all) => guards(all).length > 0,
  );
  return guards(entries);
}

const guards = (entries: readonly LedgerEntry[]) => entries.filter(({ kind }) => kind === "guard");
const ledger = () => shop.admin<readonly LedgerEntry[]>("GET", "/ledger");

const isServingWorker = (pid: number) =>
  readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("serving-worker");

/** What clients ask in a second: a busy machine takes longer for as much. */
const RATE = 500;

/** How long it takes until every door stands at `modern`, in seconds of so many requests. */
async function back(modern: number): Promise<number> {
  const before = shop.answered;
  await until(
    () => shop.positions(),
    (positions) => positions.every((position) => position === modern),
    90_000,
  );
  return (shop.answered - before) / RATE;
}

describe("a modern that starts to fail 5 % at 25 % share", () => {
  async function failsOnTwoDoors(state: string, keys: object = {}): Promise<void> {
    await shop.door(state, {}, keys);
    await shop.door(state, {}, keys);
    await shop.shift(10);
    await shop.shift(25);
    shop.load(24, 20);
    await until(
      () => shop.positions(),
      (positions) => positions.every((position) => position === 25),
    );
    shop.modern.answer = MODERN.failing;
    expect(await back(10)).toBeLessThan(10);
    shop.modern.answer = MODERN.fine;
    const [trip, ...more] = await trips();
    expect(more).toEqual([]);
    expect(trip).toMatchObject({
      by: "guard",
      changes: [{ route: "shop", from: { modern: 25 }, to: { modern: 10 } }],
    });
    expect(trip?.evidence.guard).toMatchObject({ guard: "errors", percent: 25, alarm: 1e6 });
  }

  test("is back on two doors over one SQLite file, held, and rises again when it is resumed", async () => {
    shop = await Shop.open();
    await failsOnTwoDoors(shop.sqlite);
    shop.modern.answer = MODERN.fine;
    await expect(shop.shift(25)).rejects.toThrow(/409 .*held/);
    await shop.shift(5);
    const { problems } = await shop.admin<{ problems: readonly string[] }>("GET", "/status");
    expect(problems.join("\n")).toMatch(/shop is held since .* `fig resume shop --reason/);
    await shop.admin("POST", "/routes/shop/resume", { reason: "the database is back" });
    await shop.shift(25);
    expect((await ledger()).map(({ kind }) => kind)).toEqual([
      "shift",
      "shift",
      "guard",
      "shift",
      "resume",
      "shift",
    ]);
  });

  withRedis("guards over one Redis", () => {
    test("is back on two doors while Redis hangs, and the ledger says so once it goes on", async () => {
      shop = await Shop.open();
      const redis = await RedisServer.start({ durable: true });
      ends.push(() => redis.remove());
      await shop.door(redis.url);
      await shop.door(redis.url);
      await shop.shift(10);
      await shop.shift(25);
      shop.load(24, 20);
      await until(
        () => shop.positions(),
        (positions) => positions.every((position) => position === 25),
      );
      redis.freeze();
      shop.modern.answer = MODERN.failing;
      expect(await back(10)).toBeLessThan(10);
      shop.modern.answer = MODERN.fine;
      redis.resume();
      expect(await trips()).toHaveLength(1);
      await until(
        () => shop.admin<{ problems: readonly string[] }>("GET", "/status", undefined, 1),
        ({ problems }) => problems.every((problem) => !problem.includes("once the store takes it")),
      );
      expect(guards(await ledger())).toHaveLength(1);
    });

    test("is back on two doors over one Redis, and again while Redis is away and the webhook hangs: the ledger says each once", async () => {
      shop = await Shop.open();
      const redis = await RedisServer.start({ durable: true });
      ends.push(() => redis.remove());
      const hook = await HungWebhook.start();
      ends.push(() => hook.close());
      const webhooks = [{ url: hook.url, secret: SECRET, timeout: "300ms" }];
      await failsOnTwoDoors(redis.url, { webhooks });
      await redis.stop();
      shop.modern.answer = MODERN.failingAlways;
      await back(0);
      await redis.start();
      hook.hangs = false;
      await until(
        () => ledger().catch(() => []),
        (all) => guards(all).length > 1,
      );
      // The first by who wrote it, the second by each: nobody knew of the other.
      const told = await until(
        () => hook.bodies,
        ({ length }) => length >= 3,
      );
      expect(told.filter(({ revision }) => revision === null)).toHaveLength(2);
      expect(new Set(told.map(({ id }) => id)).size).toBe(3);
      // Each front door had the time to write its own.
      await until(
        () => shop.admin<{ problems: readonly string[] }>("GET", "/status", undefined, 1),
        ({ problems }) => problems.every((problem) => !problem.includes("once the store takes it")),
      );
      expect(guards(await ledger())).toHaveLength(2);
    });
  });
});

describe("a guard", () => {
  const begin = async (route: object, more: object = {}) => {
    shop = await Shop.open();
    await shop.door("memory:", route, more);
    shop.load(24, 20);
  };
  const seen = async () => (await trips())[0]?.evidence.guard as { guard: string; seen: string };

  test("takes a modern back that answers 401 to everybody", async () => {
    await begin({});
    shop.modern.answer = MODERN.refusing;
    expect(await back(0)).toBeLessThan(60);
    expect(await seen()).toMatchObject({
      guard: "refusals",
      samples: expect.arrayContaining([expect.objectContaining({ status: 401 })]),
    });
  });

  test("takes a slow modern back", async () => {
    await begin({ guards: { errors: false, latency: { p99: 1.5 } } });
    shop.modern.answer = MODERN.slow;
    await back(0);
    expect((await seen()).seen).toMatch(/^modern's p99 is [\d.]+ ms and legacy's/);
  });

  test("takes a modern back that is slower by half at p99 alone, where a fifth is allowed", async () => {
    await begin({ guards: { errors: false, latency: { p99: 1.2 } } });
    shop.legacy.answer = MODERN.tail;
    shop.modern.answer = MODERN.tailSlowerByHalf;
    expect(await back(0)).toBeLessThan(60);
    expect((await seen()).seen).toMatch(/^modern's p99 is .* more than 1.2 times as slow$/);
  });

  test("takes a modern back whose totals are wrong in 1 % of its answers, and no other difference", async () => {
    const guarded = { guards: { mismatches: { severity: "high" } }, compare: { high: ["$.total"] } };
    await begin({ ...guarded, start: { modern: 25, shadow: 100 } });
    shop.modern.answer = MODERN.wrongTotals;
    expect(await back(0)).toBeLessThan(60);
    expect((await seen()).seen).toMatch(
      /compared requests differ at a path of high severity, and 0.1 % may$/,
    );
  });

  test.for(["failingAlways", "brokenOff"] as const)(
    "takes a modern back from 100 that is %s, by legacy's answers to copies",
    async (how) => {
      await begin({ start: { modern: 25 } });
      await shop.shift(100, 100);
      shop.modern.answer = MODERN[how];
      const [trip] = await trips();
      expect(trip?.changes).toMatchObject([{ from: { modern: 100 }, to: { modern: 25 } }]);
      expect(trip?.evidence.guard).toMatchObject({ guard: "pairs", counts: { legacy: 0 } });
    },
  );

  test("of a route whose safe requests fall back counts what modern failed, and no client does without", async () => {
    await begin({ fallback: "legacy" });
    shop.modern.answer = MODERN.brokenOff;
    await back(0);
    expect(await seen()).toMatchObject({ guard: "errors" });
    expect([...shop.statuses.keys()]).toEqual([200]);
  });

  test("stays where it is when it has gone back as often as it may, and says so", async () => {
    await begin({ guards: { maxTrips: 1 }, start: { modern: 0 } });
    await shop.shift(10);
    await shop.shift(50);
    shop.modern.answer = MODERN.failingAlways;
    await back(10);
    const { problems } = await until(
      () => shop.admin<{ problems: readonly string[] }>("GET", "/status"),
      (status) => status.problems.some((problem) => problem.includes("guards.maxTrips")),
    );
    expect(problems.join("\n")).toContain("so it stays where it is");
    expect(await shop.positions()).toEqual([10]);
  });

  test("of several workers sees what all of them answer, and one that is killed costs no trip", async () => {
    await begin({}, { workers: 2 });
    shop.modern.answer = MODERN.failing;
    const [worker] = childrenOf(process.pid).filter(isServingWorker);
    process.kill(worker as number, "SIGKILL");
    await back(0);
    expect(await trips()).toHaveLength(1);
  });

  test("of several workers, one of which is killed while the route goes back: it is back on all, the ledger says so once", async () => {
    await begin({}, { workers: 2 });
    const workers = childrenOf(process.pid).filter(isServingWorker);
    shop.modern.answer = MODERN.failing;
    await until(
      () => shop.positions(),
      ([position]) => position === 0,
    );
    process.kill(workers[0] as number, "SIGKILL");
    shop.modern.answer = MODERN.fine;
    await until(
      () => childrenOf(process.pid).filter((pid) => isServingWorker(pid) && !workers.includes(pid)),
      ({ length }) => length > 0,
    );
    expect(await trips()).toHaveLength(1);
    // Who was started in its place stands where the route is now, and so modern is asked no more.
    const since = shop.answered;
    const more = (requests: number) =>
      until(
        () => shop.answered,
        (count) => count > since + requests,
        60_000,
      );
    await more(100);
    const before = shop.modern.count;
    await more(400);
    expect(shop.modern.count).toBe(before);
    expect(guards(await ledger())).toHaveLength(1);
  });

  test("whose front door's clock is set two days ahead, and then three back, takes the route back each time, once", async () => {
    let set = 0;
    const real = Date.now;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => real() + set);
    ends.push(() => clock.mockRestore());
    await begin({ start: { modern: 0 } });
    for (const days of [2, -3]) {
      await shop.shift(25);
      await until(
        () => shop.positions(),
        ([position]) => position === 25,
      );
      set += days * 24 * 3_600_000;
      shop.modern.answer = MODERN.failingAlways;
      await back(0);
      shop.modern.answer = MODERN.fine;
      await until(ledger, (entries) => entries.at(-1)?.kind === "guard");
      await shop.admin("POST", "/routes/shop/resume", { reason: "it is well" });
    }
    expect(guards(await ledger())).toHaveLength(2);
  });

  test("takes a route back while another process holds the store's file, and the ledger says so once it lets go", async () => {
    shop = await Shop.open();
    await shop.door(shop.sqlite);
    shop.load(24, 20);
    const held = new DatabaseSync(shop.sqlite.slice("sqlite:".length));
    ends.push(() => held.close());
    held.exec("BEGIN IMMEDIATE");
    shop.modern.answer = MODERN.failing;
    expect(await back(0)).toBeLessThan(10);
    expect(held.prepare("SELECT count(*) AS n FROM ledger").get()).toEqual({ n: 0 });
    held.exec("ROLLBACK");
    expect(await trips()).toHaveLength(1);
  });

  test("leaves a healthy modern alone, and one that fails as often as legacy", async () => {
    await begin({});
    shop.modern.answer = MODERN.failing;
    shop.legacy.answer = MODERN.failing;
    await until(
      () => shop.statuses.get(500) ?? 0,
      (failed) => failed >= 60,
    );
    expect(guards(await ledger())).toEqual([]);
    expect(await shop.positions()).toEqual([25]);
  });
});

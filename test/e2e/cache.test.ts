import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { CacheReport, PurgeResult, RouteStatus } from "../../src/control/contract.ts";

import { askAdmin, runFig, startFig } from "./fig-process.ts";
import { agent, type CacheDoor, type Got, routesFile, send, startCacheDoor } from "./support/cache/door.ts";
import { ScriptedOrigin } from "./support/cache/origin.ts";
import { until } from "./until.ts";

const FRESH = { "cache-control": "max-age=60" };

async function originOf(): Promise<{ readonly origin: ScriptedOrigin; readonly port: number }> {
  const origin = new ScriptedOrigin();
  onTestFinished(() => origin.close());
  return { origin, port: await origin.listen() };
}

async function doorOf(options: Parameters<typeof startCacheDoor>[0]): Promise<CacheDoor> {
  const door = await startCacheDoor(options);
  onTestFinished(() => door.close());
  return door;
}

const get = (door: CacheDoor, path: string, headers: Record<string, string> = {}) =>
  send(door.url, path, { headers });
const statusOf = (got: Got | undefined) => String(got?.headers["cache-status"]);
const report = (door: CacheDoor) => askAdmin<CacheReport>(door.adminUrl, "GET", "/cache");
const purge = (door: CacheDoor, body: object) =>
  askAdmin<PurgeResult>(door.adminUrl, "POST", "/cache/purge", body);

test("64 clients that ask for one cold path make one request, and one that does not read holds up nobody", async () => {
  const { origin, port } = await originOf();
  const door = await doorOf({ legacy: port });
  const body = "b".repeat(600 * 1024);
  origin.script("/plain/big", [{ headers: FRESH, body, delayMs: 300 }]);
  const { hostname, port: doorPort } = new URL(door.url);
  // The first one never reads what it asked for.
  const idle = connect(Number(doorPort), hostname);
  onTestFinished(() => void idle.destroy());
  await once(idle, "connect");
  idle.pause();
  idle.write("GET /plain/big HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  await until(
    () => origin.seen.get("/plain/big")?.length ?? 0,
    (asked) => asked === 1,
  );
  const began = performance.now();
  const got = await Promise.all(
    Array.from({ length: 64 }, () => get(door, "/plain/big", { host: "shop.test" })),
  );
  expect(got.every((one) => one?.status === 200 && one.body === body)).toBe(true);
  expect(performance.now() - began).toBeLessThan(4_500);
  expect(origin.seen.get("/plain/big")).toHaveLength(1);
  const collapsed = got.filter((one) => /fwd=uri-miss; collapsed; ttl=\d+$/.test(statusOf(one)));
  expect(collapsed.length).toBeGreaterThan(32);
  const { sides } = await report(door);
  expect(sides.find(({ route, side }) => route === "plain" && side === "legacy")).toMatchObject({
    entries: 1,
    miss: 1,
    hit: 64,
    collapsed: collapsed.length,
  });
}, 60_000);

test("when the first client leaves, those who wait for its answer still get it", async () => {
  const { origin, port } = await originOf();
  const door = await doorOf({ legacy: port });
  origin.script("/plain/left", [{ headers: FRESH, delayMs: 500 }]);
  const { hostname, port: doorPort } = new URL(door.url);
  const first = connect(Number(doorPort), hostname);
  await once(first, "connect");
  first.write("GET /plain/left HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  await until(
    () => origin.seen.get("/plain/left")?.length ?? 0,
    (asked) => asked === 1,
  );
  const others = Array.from({ length: 8 }, () => get(door, "/plain/left", { host: "shop.test" }));
  await delay(100);
  first.resetAndDestroy();
  const got = await Promise.all(others);
  expect(got.map((one) => one?.body)).toEqual(Array(8).fill("answer 1"));
  expect(origin.seen.get("/plain/left")).toHaveLength(1);
}, 60_000);

test("an answer that is not for all is nobody else's, and the next ones do not wait for each other", async () => {
  const { origin, port } = await originOf();
  const door = await doorOf({ legacy: port });
  origin.script("/plain/own", [{ headers: { "cache-control": "private" }, delayMs: 300 }]);
  const first = await Promise.all(Array.from({ length: 8 }, () => get(door, "/plain/own")));
  expect(new Set(first.map((one) => one?.body)).size).toBe(8);
  const began = performance.now();
  const next = await Promise.all(Array.from({ length: 8 }, () => get(door, "/plain/own")));
  expect(new Set(next.map((one) => one?.body)).size).toBe(8);
  // One behind the other would take 2.4 s.
  expect(performance.now() - began).toBeLessThan(1_800);
}, 60_000);

test("who waited for too long asks by himself", async () => {
  const { origin, port } = await originOf();
  const door = await doorOf({ legacy: port });
  origin.script("/plain/hung", [{ fault: "hang" }, { headers: FRESH }]);
  const first = get(door, "/plain/hung");
  await until(
    () => origin.seen.get("/plain/hung")?.length ?? 0,
    (asked) => asked === 1,
  );
  const second = await get(door, "/plain/hung");
  expect(second?.body).toBe("answer 2");
  expect((await get(door, "/plain/hung"))?.body).toBe("answer 2");
  origin.server.closeAllConnections();
  expect((await first)?.status).toBe(502);
}, 60_000);

test("a shift in mid-flight serves nobody the wrong side, and a side's answers stay its own", async () => {
  const sides = { legacy: await originOf(), modern: await originOf() };
  for (const [name, { origin }] of Object.entries(sides))
    origin.script("/shop/page", [{ headers: { ...FRESH, "x-from": name }, body: name, delayMs: 400 }]);
  const door = await doorOf({
    legacy: sides.legacy.port,
    modern: sides.modern.port,
    routes: { shop: "{}" },
    more: "debugHeaders: true\n",
  });
  const shift = (modern: number) =>
    askAdmin(door.adminUrl, "POST", "/routes/shop/shift", { modern, reason: "test", by: "test" });
  const ask = (user: number) => get(door, "/shop/page", { "x-user-id": `u${user}`, host: "shop.test" });
  const before = Array.from({ length: 32 }, (_, user) => ask(user));
  await until(
    () => sides.legacy.origin.seen.get("/shop/page")?.length ?? 0,
    (asked) => asked === 1,
  );
  await shift(50);
  const between = Array.from({ length: 32 }, (_, user) => ask(user));
  await until(
    () => sides.modern.origin.seen.get("/shop/page")?.length ?? 0,
    (asked) => asked === 1,
  );
  await shift(100);
  const after = Array.from({ length: 32 }, (_, user) => ask(user));
  const right = (all: readonly (Got | undefined)[]) => {
    for (const one of all) expect(one?.body).toBe(one?.headers["x-fig-side"]);
    return new Set(all.map((one) => one?.body));
  };
  // On a busy machine some of them reach the door after the shift.
  expect(right(await Promise.all(before))).toContain("legacy");
  expect(right(await Promise.all(between))).toEqual(new Set(["legacy", "modern"]));
  expect(right(await Promise.all(after))).toEqual(new Set(["modern"]));
  await shift(0);
  expect(right(await Promise.all([ask(1), ask(2)]))).toEqual(new Set(["legacy"]));
  expect(sides.legacy.origin.seen.get("/shop/page")).toHaveLength(1);
  expect(sides.modern.origin.seen.get("/shop/page")).toHaveLength(1);
}, 60_000);

test("shadows neither read nor fill the cache, and hits are no side's answer: they count as not compared", async () => {
  const sides = { legacy: await originOf(), modern: await originOf() };
  for (const { origin } of Object.values(sides))
    origin.script("/shop/page", [{ headers: FRESH, body: "same" }]);
  const door = await doorOf({ legacy: sides.legacy.port, modern: sides.modern.port, routes: { shop: "{}" } });
  await askAdmin(door.adminUrl, "POST", "/routes/shop/shift", { shadow: 100, reason: "test", by: "test" });
  for (let i = 0; i < 5; i++) await get(door, "/shop/page");
  const status = await until(
    () => askAdmin<RouteStatus>(door.adminUrl, "GET", "/routes/shop"),
    ({ comparisons, notCompared }) => comparisons.match === 1 && notCompared.cached === 4,
  );
  expect(status.legacy.requests).toBe(1);
  expect(sides.modern.origin.seen.get("/shop/page")).toHaveLength(1);
  const { sides: stored } = await report(door);
  expect(stored.map(({ side, entries }) => [side, entries])).toEqual([
    ["legacy", 1],
    ["modern", 0],
  ]);
  await askAdmin(door.adminUrl, "POST", "/routes/shop/shift", {
    modern: 100,
    shadow: 0,
    reason: "test",
    by: "test",
  });
  await get(door, "/shop/page");
  expect(sides.modern.origin.seen.get("/shop/page")).toHaveLength(2);
}, 60_000);

test("an origin that is killed, and one that hangs, is stood in for; its failures stay failures of the side", async () => {
  const { origin, port } = await originOf();
  const door = await doorOf({
    legacy: port,
    routes: { shop: "{ staleIfError: 60s }" },
    more: "timeouts: { response: 500ms }\n",
  });
  origin.script("/shop/a", [{ headers: { "cache-control": "max-age=1" } }, { fault: "hang" }]);
  origin.script("/shop/b", [{ headers: { "cache-control": "max-age=1" } }, { fault: "no-head" }]);
  expect((await get(door, "/shop/a"))?.body).toBe("answer 1");
  expect((await get(door, "/shop/b"))?.body).toBe("answer 1");
  await delay(1_500);
  for (const path of ["/shop/a", "/shop/b"]) {
    const got = await Promise.all(Array.from({ length: 20 }, () => get(door, path)));
    expect(got.map((one) => one?.body)).toEqual(Array(20).fill("answer 1"));
    expect(origin.seen.get(path)?.length).toBeLessThanOrEqual(4);
  }
  const { requests, errors } = (await askAdmin<RouteStatus>(door.adminUrl, "GET", "/routes/shop")).legacy;
  expect(errors).toBeGreaterThanOrEqual(2);
  expect(requests).toBe(2 + errors);
}, 60_000);

test("purges by route, path, prefix and tag, with their counts, and what is under way is not stored behind one", async () => {
  const { origin, port } = await originOf();
  const door = await doorOf({ legacy: port, routes: { one: "{}", two: "{}" } });
  const tagged = (tags: string) => ({ headers: { ...FRESH, "cache-tag": tags } });
  for (const [path, answer] of Object.entries({
    "/one/a": tagged("red, blue"),
    "/one/b": tagged("blue"),
    "/two/a": { headers: { ...FRESH, "surrogate-key": "red green" } },
    "/two/b": { headers: FRESH },
  }))
    origin.script(path, [answer]);
  const paths = ["/one/a", "/one/a/x?q=1", "/one/b", "/two/a", "/two/b"];
  const fill = async () => {
    for (const path of paths) await get(door, path);
  };
  const hits = async () => {
    const got = await Promise.all(
      paths.map(async (path) => [
        path,
        statusOf(await get(door, path, { "cache-control": "only-if-cached" })),
      ]),
    );
    return got.filter(([, said]) => said?.includes("hit")).map(([path]) => path);
  };
  await fill();
  expect(await hits()).toEqual(paths);
  expect(await purge(door, { tag: "red" })).toMatchObject({ number: 1, purged: 3 });
  expect(await hits()).toEqual(["/one/b", "/two/b"]);
  await fill();
  expect(await purge(door, { path: "/one/%61" })).toMatchObject({ number: 2, purged: 1 });
  await fill();
  expect(await purge(door, { path: "/one/a*" })).toMatchObject({ purged: 2 });
  await fill();
  expect(await purge(door, { route: "two" })).toMatchObject({ purged: 2 });
  expect(await hits()).toEqual(["/one/a", "/one/a/x?q=1", "/one/b"]);
  await fill();
  const cli = await runFig(["cache", "purge", "--all", "--admin", door.adminUrl]);
  expect(cli.stdout).toContain("5 stored answers went here");
  expect(await hits()).toEqual([]);
  await expect(purge(door, {})).rejects.toThrow(/invalid_request|purge names/);
  await expect(purge(door, { route: "none" })).rejects.toThrow(/no route/);

  origin.script("/one/slow", [{ headers: FRESH, delayMs: 600 }]);
  const slow = get(door, "/one/slow");
  await until(
    () => origin.seen.get("/one/slow")?.length ?? 0,
    (asked) => asked === 1,
  );
  await purge(door, { route: "one" });
  expect((await slow)?.body).toBe("answer 1");
  expect((await get(door, "/one/slow"))?.body).toBe("answer 2");
  const stats = await runFig(["cache", "stats", "--admin", door.adminUrl]);
  expect(stats.stdout).toMatch(/one +legacy +\d/);
}, 60_000);

test("a purge is in force over all workers and the other front doors of the state, soon", async () => {
  const { origin, port } = await originOf();
  origin.otherwise = { headers: FRESH };
  const door = await doorOf({ legacy: port, routes: { shop: "{}" }, more: "workers: 2\n" });
  const other = await startFig(door.config);
  onTestFinished(async () => void (await other.stop()));
  const there = { ...door, url: other.ready.url, adminUrl: other.ready.adminUrl };
  const alone = (at: CacheDoor) => send(at.url, "/shop/x", { headers: { connection: "close" } });
  const stored = async (at: CacheDoor) =>
    (await report(at)).sides.reduce((sum, { entries }) => sum + entries, 0);
  for (const at of [door, there])
    await until(
      async () => {
        await alone(at);
        return stored(at);
      },
      (entries) => entries === 2,
    );
  const began = performance.now();
  expect(await purge(door, { all: true })).toMatchObject({ purged: 2 });
  await until(
    () => stored(there),
    (entries) => entries === 0,
  );
  expect(performance.now() - began).toBeLessThan(3_000);

  // What one worker hears of an unsafe method the other one hears too.
  await until(
    async () => {
      await alone(door);
      return stored(door);
    },
    (entries) => entries === 2,
  );
  await send(door.url, "/shop/x", { method: "POST" });
  await until(
    () => stored(door),
    (entries) => entries === 0,
  );
}, 90_000);

test("another definition of a route has nothing of what was stored before, and the same one keeps it", async () => {
  const { origin, port } = await originOf();
  origin.otherwise = { headers: FRESH };
  const door = await doorOf({ legacy: port, routes: { one: "{}", two: "{}" } });
  await get(door, "/one/x");
  await get(door, "/two/x");
  const routes = join(door.folder, "routes/cache.yaml");
  writeFileSync(routes, readFileSync(routes, "utf8").replace("cache: {}", "cache: { ttl: 1s }"));
  await until(
    async () => statusOf(await get(door, "/one/y", { "cache-control": "only-if-cached" })),
    () => true,
  );
  await until(
    async () => (await report(door)).sides.find(({ route }) => route === "one")?.entries,
    (entries) => entries === 0,
  );
  expect(statusOf(await get(door, "/two/x"))).toContain("hit");
  expect(statusOf(await get(door, "/one/x"))).toContain("uri-miss");
  writeFileSync(routes, routesFile({ two: "{}" }).replace("/two/", "/two/"));
  await until(
    async () => (await report(door)).sides.map(({ route }) => route),
    (all) => !all.includes("one"),
  );
  expect(statusOf(await get(door, "/two/x"))).toContain("hit");
}, 60_000);

test("explain says what the cache would do, and the metrics what it did", async () => {
  const { origin, port } = await originOf();
  origin.otherwise = { headers: FRESH };
  const door = await doorOf({ legacy: port, routes: { shop: "{}" } });
  const explained = async (method: string) =>
    (await runFig(["explain", method, `${door.url}/shop/x`, "--admin", door.adminUrl])).stdout;
  expect(await explained("GET")).toMatch(/cache.*miss/);
  await get(door, "/shop/x");
  expect(await explained("GET")).toMatch(/cache.*hit/);
  expect(await explained("POST")).toMatch(/cache.*bypass/);
  const text = await (await fetch(new URL("/metrics", door.adminUrl))).text();
  expect(text).toContain('fig_policy_verdicts_total{route="shop",policy="cache",verdict="miss"} 1');
  expect(text).toContain('fig_cache_requests_total{route="shop",side="legacy",result="miss"} 1');
  expect(text).toContain('fig_cache_entries{route="shop",side="legacy"} 1');
  agent.destroy();
}, 60_000);

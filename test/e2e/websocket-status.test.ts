import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createAdminClient } from "../../src/cli/admin-client.ts";
import type { WebSocketApiStatus } from "../../src/control/contract.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { startFig } from "./fig-process.ts";
import { Client, Side, startDoor } from "./support/socket-world.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function sideOf(name: string): Promise<Side> {
  const side = await Side.start();
  cleanups.push(() => side.close());
  side.answer = ({ event }, response) => {
    const { body = "" } = event;
    if (body.includes("fail")) response.statusCode = 500;
    if (body.includes("no")) response.statusCode = 404;
    response.end(
      body.includes("much")
        ? "x".repeat(5_000)
        : JSON.stringify({ name: body.includes("alike") ? "" : name }),
    );
  };
  return side;
}

async function api(adminUrl: string): Promise<WebSocketApiStatus> {
  const rows = (await (await fetch(`${adminUrl}/api/v1/websockets`)).json()) as WebSocketApiStatus[];
  expect(rows).toHaveLength(1);
  return rows[0] as WebSocketApiStatus;
}

const CHAT = (limits: object, more: object = {}) => ({
  ...{ id: "chat", path: "/chat", limits },
  routes: {
    $connect: { modern: "legacy", retired: true },
    $default: { legacy: "legacy", modern: "modern", respond: true },
    read: {
      ...{ legacy: "legacy", modern: "modern", respond: true, safe: true },
      start: { modern: 0, shadow: 100 },
    },
    ...more,
  },
});

test("a WebSocket API's connections, messages by side, differences, failures and ends are told", async () => {
  const [legacy, modern] = [await sideOf("legacy"), await sideOf("modern")];
  const { door, url, adminUrl } = await startDoor({
    upstreams: { legacy: legacy.url, modern: modern.url },
    websockets: [CHAT({ buffer: "2KiB", rate: 6 })],
  });
  cleanups.push(() => door.close());
  expect(await api(adminUrl)).toMatchObject({
    ...{ id: "chat", path: "/chat", host: null, open: 0, openInFleet: null, closes: [] },
    connects: { opened: 0, refused: 0, limit: 0, not_websocket: 0, unavailable: 0 },
  });

  const client = await new Client(`${url}/chat`).open();
  client.say({ action: "read", alike: 1 });
  await client.hears();
  client.say({ action: "read" });
  expect(await client.hears()).toBe('{"name":"legacy"}');
  // A write of the same client's would make the comparison one of two states.
  const compared = ({ routes }: WebSocketApiStatus) =>
    routes.find(({ key }) => key === "read")?.compared === 2;
  await until(() => api(adminUrl), compared, 20_000);
  client.say({ action: "other", fail: 1 });
  expect(await client.hears()).toContain("Internal server error");
  client.say({ action: "other", no: 1 });
  expect(await client.hears()).toBe('{"name":"legacy"}');
  const seen = await until(
    () => api(adminUrl),
    ({ routes }) => routes.find(({ key }) => key === "$default")?.sides.legacy.messages === 2,
    20_000,
  );
  expect(seen).toMatchObject({
    open: 1,
    connects: { opened: 1 },
    messages: { in: 4, answer: 3, post: 0, broadcast: 0 },
    errors: { no_route: 0, client: 1, integration: 1, disconnect: 0 },
  });
  const of = (key: string) => seen.routes.find((route) => route.key === key);
  expect(seen.routes.map(({ key, route }) => [key, route])).toEqual([
    ["$connect", "chat.connect"],
    ["$default", "chat.default"],
    ["read", "chat.read"],
  ]);
  expect(of("read")).toMatchObject({
    ...{ phase: "shadowing", position: { modern: 0, shadow: 100 } },
    sides: { legacy: { messages: 2, errors: 0 }, modern: { messages: 0, errors: 0, perSecond: 0 } },
    ...{ shadowed: 2, compared: 2, mismatches: 1 },
  });
  expect(of("read")?.sides.legacy.perSecond).toBeGreaterThan(0);
  expect(of("$default")?.sides.legacy).toMatchObject({ messages: 2, errors: 1 });

  // A limit, an answer that its client does not take, and an end of each kind.
  const slow = await new Client(`${url}/chat`).open();
  slow.say({ action: "other", much: 1 });
  expect((await slow.closed).code).toBe(1008);
  const brisk = await new Client(`${url}/chat`).open();
  for (let at = 0; at < 12; at++) brisk.say({ action: "other" });
  await until(
    () => brisk.heard.filter((text) => text.includes("Too Many Requests")).length,
    (count) => count > 0,
  );
  brisk.socket.terminate();
  client.socket.close(1000);
  await client.closed;
  const ended = await until(
    () => api(adminUrl),
    ({ open }) => open === 0,
  );
  expect(ended.closes.toSorted((a, b) => (a.code < b.code ? -1 : 1))).toEqual([
    { code: "1000", reason: "client", count: 1 },
    { code: "1006", reason: "left", count: 1 },
    { code: "1008", reason: "slow", count: 1 },
  ]);
  expect(ended.limits).toMatchObject({ buffer: 1 });
  expect(ended.limits.rate).toBeGreaterThan(0);

  const status = await createAdminClient({ origin: adminUrl, token: undefined }).status();
  expect(status.websockets).toHaveLength(1);
  expect(status.websockets?.[0]).toMatchObject({ id: "chat", closes: ended.closes, limits: ended.limits });
});

test("an API that leaves the files says so of its connections' ends", async () => {
  const side = await sideOf("legacy");
  const { files, start } = world('state: "memory:"', side.url);
  const fig = await start();
  const client = await new Client(`${fig.ready.url}/chat`).open();
  const asked = await new Client(`${fig.ready.url}/chat`).open();
  const id = side.of("CONNECT").at(-1)?.event.requestContext.connectionId;
  const deleted = await fetch(`${fig.ready.adminUrl}/api/v1/websockets/chat/connections/${id}`, {
    method: "DELETE",
  });
  expect(deleted.status).toBe(200);
  await asked.closed;
  files("other");
  expect((await client.closed).code).toBe(1001);
  const metrics = await until(
    async () => (await fetch(`${fig.ready.adminUrl}/metrics`)).text(),
    (text) => text.includes('reason="removed"'),
  );
  expect(metrics).toContain('fig_websocket_closes_total{api="chat",code="1001",reason="removed"} 1');
  expect(metrics).toContain('fig_websocket_closes_total{api="chat",code="1000",reason="asked"} 1');
  expect((await api(fig.ready.adminUrl)).id).toBe("other");
});

/** Files of a front door that is started as a process. */
function world(settings: string, upstream: string) {
  const folder = mkdtempSync(join(tmpdir(), "fig-socket-status-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "fig.yaml");
  writeFileSync(
    file,
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: { legacy: "${upstream}" }\n${settings}\n`,
  );
  mkdirSync(join(folder, "routes"));
  const files = (id: string) => {
    const only = { modern: "legacy", retired: true };
    const value = {
      websockets: [{ id, path: `/${id}`, routes: { $connect: only, $default: { ...only, respond: true } } }],
    };
    writeFileSync(join(folder, "routes", "chat.yaml"), JSON.stringify(value));
  };
  files("chat");
  const start = async () => {
    const fig = await startFig(file);
    cleanups.push(() => fig.stop());
    return fig;
  };
  return { files, start };
}

/** So many clients, each of which was answered once. */
async function clients(url: string, count: number): Promise<readonly Client[]> {
  const all: Client[] = [];
  for (let at = 0; at < count; at++) {
    const client = await new Client(`${url}/chat`).open();
    client.say({ alike: at });
    await client.hears();
    all.push(client);
  }
  return all;
}

test("with two workers it is what both have", { timeout: 60_000 }, async () => {
  const side = await sideOf("legacy");
  const { start } = world('state: "memory:"\nworkers: 2', side.url);
  const fig = await start();
  const all = await clients(fig.ready.url, 10);
  const seats = new Set(
    side.of("CONNECT").map(({ event }) => event.requestContext.connectionId.slice(0, 12)),
  );
  expect(seats.size).toBe(2);
  const seen = await until(
    () => api(fig.ready.adminUrl),
    ({ routes }) => routes.find(({ key }) => key === "$default")?.sides.modern.messages === 10,
    20_000,
  );
  expect(seen).toMatchObject({ open: 10, connects: { opened: 10 }, messages: { in: 10, answer: 10 } });
  for (const { socket } of all.slice(0, 4)) socket.close(4000);
  const after = await until(
    () => api(fig.ready.adminUrl),
    ({ open }) => open === 6,
  );
  expect(after.closes).toEqual([{ code: "4xxx", reason: "client", count: 4 }]);
});

withRedis("WebSocket APIs of a fleet", () => {
  test("a front door says how many it has and how many the fleet has", { timeout: 60_000 }, async () => {
    const redis = await RedisServer.start();
    cleanups.push(() => redis.stop());
    const side = await sideOf("legacy");
    const { start } = world(`state: ${redis.url}\nworkers: 2`, side.url);
    const [one, two] = [await start(), await start()];
    await clients(one.ready.url, 3);
    await clients(two.ready.url, 5);
    for (const [{ ready }, open] of [
      [one, 3],
      [two, 5],
    ] as const) {
      const seen = await until(
        () => api(ready.adminUrl),
        ({ openInFleet }) => openInFleet === 8,
        20_000,
      );
      expect(seen.open).toBe(open);
    }
    // Messages are counted over all front doors.
    await until(
      () => api(one.ready.adminUrl),
      ({ routes }) => routes.find(({ key }) => key === "$default")?.sides.modern.messages === 8,
      30_000,
    );
    two.signal("SIGSTOP");
    // One that does not say makes the number unknown, and nobody waits long.
    const begin = Date.now();
    const unknown = await until(
      () => api(one.ready.adminUrl),
      ({ openInFleet }) => openInFleet === null,
      20_000,
    );
    expect(unknown.open).toBe(3);
    expect(Date.now() - begin).toBeLessThan(15_000);
    two.signal("SIGCONT");
    await until(
      () => api(one.ready.adminUrl),
      ({ openInFleet }) => openInFleet === 8,
      20_000,
    );
  });
});

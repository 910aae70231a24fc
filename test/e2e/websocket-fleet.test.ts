import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { startFig } from "./fig-process.ts";
import { askSigned, CALLER, startManagementClient } from "./support/management.ts";
import { Client, Side } from "./support/socket-world.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function world(settings: string) {
  const folder = mkdtempSync(join(tmpdir(), "fig-sockets-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const side = await Side.start();
  cleanups.push(() => side.close());
  side.answer = (_event, response) => response.setHeader("x-fig-tags", "all").end();
  const config = {
    ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", upstreams: { side: side.url } },
  };
  const file = join(folder, "fig.yaml");
  const lines = Object.entries(config).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  writeFileSync(file, `${lines.join("\n")}\n${settings}\n`);
  const routes = join(folder, "routes");
  mkdirSync(routes);
  writeFileSync(
    join(routes, "chat.yaml"),
    `websockets:
  - id: chat
    path: /chat
    connections: { keys: [{ id: ${CALLER.accessKeyId}, secret: "\${CHAT_SECRET}" }] }
    routes:
      $connect: { modern: side, retired: true }
      $disconnect: { modern: side, retired: true }
      $default: { modern: side, retired: true }
`,
  );
  const start = async () => {
    const fig = await startFig(file, { CHAT_SECRET: CALLER.secretAccessKey });
    cleanups.push(() => fig.stop());
    return fig;
  };
  const connected = async (url: string) => {
    const known = side.of("CONNECT").length;
    const client = await new Client(`${url}/chat`).open();
    return { client, id: side.of("CONNECT")[known]?.event.requestContext.connectionId as string };
  };
  return { side, start, connected };
}

withRedis("WebSockets of a fleet", () => {
  test("AWS's own client speaks to connections at another door, and a door that dies takes its own with it", {
    timeout: 120_000,
  }, async () => {
    const redis = await RedisServer.start();
    cleanups.push(() => redis.stop());
    const { start, connected } = await world(`state: ${redis.url}`);
    const [one, two] = [await start(), await start()];
    const stranger = startManagementClient(`${one.ready.url}/chat`);
    cleanups.push(() => stranger.close());
    const here = await connected(one.ready.url);
    const there = await connected(two.ready.url);
    const then = await connected(two.ready.url);

    for (const { client, id } of [here, there]) {
      expect(await stranger.ask(`post ${id} hello you`)).toEqual({ status: 200 });
      expect(await client.hears()).toBe("hello you");
      const info = await stranger.ask(`get ${id}`);
      expect(info).toMatchObject({ status: 200, Identity: { SourceIp: "127.0.0.1" } });
      expect(Date.parse(info.ConnectedAt as string)).toBeGreaterThan(Date.now() - 60_000);
    }
    const all = await askSigned(`${one.ready.url}/chat/@connections`, "POST", "?tag=all", "to all");
    expect(await all.json()).toEqual({ sent: 3, failed: 0 });
    for (const { client } of [here, there, then])
      await until(
        () => client.heard,
        (heard) => heard.at(-1) === "to all",
      );

    expect(await stranger.ask(`delete ${there.id}`)).toEqual({ status: 204 });
    expect((await there.client.closed).code).toBe(1000);
    const gone = { status: 410, error: "GoneException" };
    expect(await stranger.ask(`post ${there.id} x`)).toMatchObject(gone);

    two.signal("SIGKILL");
    await two.ended;
    await then.client.closed;
    // Until its record ends nobody can tell whether it is only away for a moment.
    expect((await stranger.ask(`post ${then.id} x`)).status).toBe(503);
    const last = await until(
      () => stranger.ask(`post ${then.id} x`),
      ({ status }) => status !== 503,
      45_000,
    );
    expect(last).toMatchObject(gone);
    expect((await stranger.ask(`post ${here.id} still`)).status).toBe(200);
  });
});

test("with several workers a connection is found in whichever has it, and a worker that ends takes its own with it", {
  timeout: 120_000,
}, async () => {
  const { start, connected, side } = await world('state: "memory:"\nworkers: 2');
  const fig = await start();
  const { url, adminUrl } = fig.ready;
  const all = [];
  for (let i = 0; i < 12; i++) all.push(await connected(url));
  const seats = new Set(all.map(({ id }) => id.slice(0, 12)));
  expect(seats.size).toBe(2);
  for (const { client, id } of all) {
    expect((await askSigned(`${url}/chat/@connections`, "POST", `/${id}`, id)).status).toBe(200);
    expect(await client.hears()).toBe(id);
  }
  const sent = await askSigned(`${url}/chat/@connections`, "POST", "?tag=all", "to all");
  expect(await sent.json()).toEqual({ sent: 12, failed: 0 });
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  expect(metrics).toContain('fig_websocket_connections{api="chat"} 12');
  await fig.stop();
  const codes = await Promise.all(all.map(async ({ client }) => (await client.closed).code));
  expect(new Set(codes)).toEqual(new Set([1001]));
  expect(side.of("DISCONNECT")).toHaveLength(12);
});

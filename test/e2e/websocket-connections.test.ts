import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askSigned, CALLER, CONNECTIONS } from "./support/management.ts";
import { Client, type Listening, Side, startDoor } from "./support/socket-world.ts";
import { until } from "./until.ts";

let side: Side;
let door: Listening;
const folder = mkdtempSync(join(tmpdir(), "fig-connections-"));

beforeAll(async () => {
  side = await Side.start();
  side.answer = ({ event }, response) => {
    const { queryStringParameters, body } = event;
    const tags = queryStringParameters?.tags ?? (body?.startsWith("tags ") ? body.slice(5) : undefined);
    if (tags !== undefined) response.setHeader("x-fig-tags", tags);
    response.end();
  };
  const secret = join(folder, "secret");
  writeFileSync(secret, `${CALLER.secretAccessKey}\n`);
  const routes = {
    $connect: { modern: "side", retired: true },
    $disconnect: { modern: "side", retired: true },
    $default: { modern: "side", retired: true },
  };
  door = await startDoor({
    upstreams: { side: side.url },
    websockets: [
      { id: "chat", path: "/chat", routes, connections: CONNECTIONS, limits: { buffer: "64KiB", tags: 2 } },
      {
        id: "other",
        path: "/a/b",
        routes,
        connections: { keys: [{ id: CALLER.accessKeyId, secret: { file: secret } }] },
      },
      { id: "silent", path: "/silent", routes },
    ],
  });
});

afterAll(async () => {
  await door?.door.close();
  side?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function connected(path = "/chat"): Promise<readonly [client: Client, id: string]> {
  const known = side.of("CONNECT").length;
  const client = await new Client(`${door.url}${path}`, [], { "user-agent": "tester/2" }).open();
  return [client, side.of("CONNECT")[known]?.event.requestContext.connectionId as string];
}

const ask = (method: string, path: string, body = "", base = "/chat") =>
  askSigned(`${door.url}${base}/@connections`, method, path, body);

test("a connection is spoken to, looked at and closed by signed requests", async () => {
  const [client, id] = await connected();
  const posted = await ask("POST", `/${id}`, "grüße");
  expect([posted.status, await posted.text()]).toEqual([200, ""]);
  expect(await client.hears()).toBe("grüße");
  const got = await ask("GET", `/${id}`);
  const info = (await got.json()) as Record<string, string>;
  expect(info).toMatchObject({ identity: { sourceIp: "127.0.0.1", userAgent: "tester/2" } });
  expect(Date.parse(info.lastActiveAt as string)).toBeGreaterThanOrEqual(
    Date.parse(info.connectedAt as string),
  );
  expect((await ask("DELETE", `/${id}`)).status).toBe(204);
  expect((await client.closed).code).toBe(1000);
  for (const method of ["POST", "GET", "DELETE"]) {
    const gone = await ask(method, `/${id}`, method === "POST" ? "x" : "");
    expect([gone.status, gone.headers.get("x-amzn-errortype")]).toEqual([410, "GoneException"]);
    expect(await gone.json()).toHaveProperty("message");
  }
  await until(
    () => side.of("DISCONNECT"),
    (events) => events.some(({ event }) => event.requestContext.connectionId === id),
  );
  for (const wrong of ["L0SM9cOFvHcCIhw=", "a%20b", "..%2f"])
    expect((await ask("POST", `/${wrong}`, "x")).status).toBe(410);
});

test("who is not signed, or not rightly, or for another API, gets 403 or finds nothing", async () => {
  const [client, id] = await connected();
  const base = `${door.url}/chat/@connections`;
  expect((await fetch(`${base}/${id}`, { method: "POST", body: "x" })).status).toBe(403);
  const tampered = await askSigned(base, "POST", `/${id}`, "x", (headers) => ({
    ...headers,
    "X-Amz-Date": "20200101T000000Z",
  }));
  expect([tampered.status, tampered.headers.get("x-amzn-errortype")]).not.toContain(200);
  const other = await ask("POST", `/${id}`, "x", "/a/b");
  expect(other.status).toBe(410);
  expect((await ask("POST", `/${id}`, "x", "/silent")).status).toBe(404);
  expect((await ask("PUT", `/${id}`, "x")).status).toBe(403);
  const [, second] = await connected("/a/b");
  expect((await ask("POST", `/${second}`, "by a secret in a file", "/a/b")).status).toBe(200);
  expect(client.heard).toEqual([]);
});

test("whoever runs the front door speaks to connections by the admin API", async () => {
  const [client, id] = await connected("/chat?tags=all-of-us");
  const admin = (method: string, path: string, body?: object) =>
    fetch(`${door.adminUrl}/api/v1/websockets/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  expect((await admin("POST", `chat/connections/${id}`, { message: "grüße" })).status).toBe(200);
  expect(await client.hears()).toBe("grüße");
  const told = await admin("POST", "chat/broadcast", { tag: "all-of-us", message: "lunch" });
  expect(await told.json()).toEqual({ sent: 1, failed: 0 });
  expect(await (await admin("GET", `chat/connections/${id}`)).json()).toMatchObject({ tags: ["all-of-us"] });
  expect((await admin("GET", `nothing/connections/${id}`)).status).toBe(404);
  expect((await admin("DELETE", `chat/connections/${id}`)).status).toBe(200);
  expect((await client.closed).code).toBe(1000);
  const gone = await admin("POST", `chat/connections/${id}`, { message: "x" });
  expect([gone.status, await gone.json()]).toMatchObject([410, { error: { code: "connection_gone" } }]);
});

test("a message that is too large or no text is refused, and one that the client does not read in time too", async () => {
  const [, id] = await connected();
  const large = await ask("POST", `/${id}`, "x".repeat(128 * 1024 + 1));
  expect([large.status, large.headers.get("x-amzn-errortype")]).toEqual([413, "PayloadTooLargeException"]);
  // A client that reads nothing.
  const known = side.of("CONNECT").length;
  const socket = connect(Number(new URL(door.url).port), "127.0.0.1");
  socket.write(
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  socket.pause();
  await until(
    () => side.of("CONNECT").length,
    (length) => length > known,
  );
  const deaf = side.of("CONNECT")[known]?.event.requestContext.connectionId as string;
  let full = await ask("POST", `/${deaf}`, "x".repeat(60_000));
  while (full.status === 200 || full.status === 410) full = await ask("POST", `/${deaf}`, "x".repeat(60_000));
  expect([full.status, full.headers.get("x-amzn-errortype"), full.headers.get("retry-after")]).toEqual([
    429,
    "LimitExceededException",
    "1",
  ]);
  socket.destroy();
});

test("tags that answers set are spoken to together", async () => {
  const [red, id] = await connected("/chat?tags=red,room-1");
  const [blue] = await connected("/chat?tags=blue");
  const say = async (tag: string, text: string) =>
    (await ask("POST", `?tag=${tag}`, text)).json() as Promise<{ sent: number; failed: number }>;
  expect(await say("room-1", "to one")).toEqual({ sent: 1, failed: 0 });
  blue.say("tags +room-1, -blue");
  await until(
    () => say("blue", "nobody"),
    ({ sent }) => sent === 0,
  );
  expect(await say("room-1", "to both")).toEqual({ sent: 2, failed: 0 });
  await until(
    () => [red.heard.at(-1), blue.heard.at(-1)],
    (heard) => heard.every((text) => text === "to both"),
  );
  const info = (await (await ask("GET", `/${id}`)).json()) as { tags: string[] };
  expect(info.tags).toEqual(["red", "room-1"]);
  red.say("tags one-too-many");
  const metrics = async () => (await fetch(`${door.adminUrl}/metrics`)).text();
  await until(metrics, (text) => text.includes('fig_websocket_limits_total{api="chat",limit="tags"} 1'));
  red.socket.close();
  await red.closed;
  await until(
    () => say("room-1", "left"),
    ({ sent }) => sent === 1,
  );
  expect((await ask("POST", "", "x")).status).toBe(400);
  expect(await metrics()).toContain('fig_websocket_asks_total{api="chat",operation="post",status="400"} 1');
});

test("a door that goes closes each connection with 1001, and its side hears of each before the door is gone", async () => {
  const one = await startDoor({
    upstreams: { side: side.url },
    websockets: [
      { id: "leaving", path: "/leaving", routes: { $disconnect: { modern: "side", retired: true } } },
    ],
  });
  const clients = await Promise.all(
    Array.from({ length: 150 }, () => new Client(`${one.url}/leaving`).open()),
  );
  const before = side.of("DISCONNECT").length;
  expect(await one.door.close()).toEqual({ brokenOff: 0 });
  const codes = await Promise.all(clients.map(async ({ closed }) => (await closed).code));
  expect(new Set(codes)).toEqual(new Set([1001]));
  const told = side.of("DISCONNECT").slice(before);
  expect(told).toHaveLength(150);
  expect(new Set(told.map(({ event }) => event.requestContext.disconnectStatusCode))).toEqual(
    new Set([1001]),
  );
});

test("files that are read again keep connections, with the routes that are there now, and close those of an API that is gone", async () => {
  const file = join(folder, "fig.yaml");
  const routes = join(folder, "routes");
  mkdirSync(routes);
  const fig = `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\nupstreams: { side: "${side.url}" }\n`;
  const api = (id: string, more = "") =>
    `websockets:\n  - id: ${id}\n    path: /${id}\n    routes:\n      $default: { modern: { upstream: side, path: /first }, retired: true }\n${more}`;
  writeFileSync(file, fig);
  writeFileSync(join(routes, "kept.yaml"), api("kept"));
  writeFileSync(join(routes, "gone.yaml"), api("gone"));
  const one = await startDoor(file);
  const [kept, gone] = await Promise.all(
    ["kept", "gone"].map((name) => new Client(`${one.url}/${name}`).open()),
  );
  const said = async (path: string) => {
    const before = side.of("MESSAGE").length;
    kept?.say({ action: "added" });
    const events = await until(
      () => side.of("MESSAGE").slice(before),
      (heard) => heard.length === 1,
    );
    expect(events[0]?.path).toBe(path);
  };
  await said("/first");
  writeFileSync(
    join(routes, "kept.yaml"),
    api("kept", "      added: { modern: { upstream: side, path: /second }, retired: true }\n"),
  );
  rmSync(join(routes, "gone.yaml"));
  await one.door.reload();
  expect((await gone?.closed)?.code).toBe(1001);
  await said("/second");
  await one.door.close();
});

import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { askSigned, CONNECTIONS } from "./support/management.ts";
import { Client, type Listening, Side, startDoor } from "./support/socket-world.ts";
import { until } from "./until.ts";

let side: Side;
let door: Listening;
const only = (path: string) => ({ modern: { upstream: "side", path }, retired: true });

beforeAll(async () => {
  side = await Side.start();
  door = await startDoor({
    upstreams: { side: side.url },
    routes: [{ id: "plain", match: { path: "/plain/*" }, modern: "side", retired: true }],
    websockets: [
      {
        id: "chat",
        path: "/chat",
        connections: CONNECTIONS,
        limits: { buffer: "64KiB", rate: 100_000 },
        routes: {
          $connect: only("/connect"),
          $disconnect: only("/disconnect"),
          $default: { ...only("/default"), respond: true },
        },
      },
      {
        id: "pages",
        path: "/pages",
        policies: { cors: { allowOrigins: ["https://*.shop.example"] } },
        routes: { $connect: only("/connect"), $default: only("/default") },
      },
    ],
  });
});

beforeEach(() => {
  side.events.length = 0;
  side.answer = ({ event }, response) => response.end(event.body ?? "");
});

afterAll(async () => {
  await door?.door.close();
  side?.close();
});

const connected = (headers = {}) => new Client(`${door.url}/chat`, [], headers).open();

const HANDSHAKE =
  "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

/** A client's frame, masked with zeros. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size, 0, 0, 0, 0]), payload]);
}

/** Raw bytes behind a handshake; reads nothing unless it is resumed. */
async function raw(behind: Buffer = Buffer.alloc(0)): Promise<Socket> {
  const socket = connect(Number(new URL(door.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  socket.write(Buffer.concat([Buffer.from(`${HANDSHAKE}\r\n`), behind]));
  await until(
    () => side.of("CONNECT").length,
    (length) => length === 1,
  );
  return socket;
}

test("a message whose route would be a deep value ends nothing", async () => {
  const client = await connected();
  const deep = 7000;
  client.say(`{"action":${"[".repeat(deep)}${"]".repeat(deep)}}`);
  client.say("after");
  await client.hears(1);
  expect(await client.hears(2)).toBe("after");
});

test("what comes behind a handshake is read as messages", async () => {
  const socket = await raw(Buffer.concat([frame(1, Buffer.from("early")), frame(1, Buffer.from("bird"))]));
  await until(
    () => side.of("MESSAGE").map(({ event }) => event.body),
    (b) => b.length === 2,
  );
  expect(side.of("MESSAGE").map(({ event }) => event.body)).toEqual(["early", "bird"]);
  socket.destroy();
});

/** What a client hears that says this and waits, until it makes sense of it. */
async function told(bytes: string, enough: (heard: string) => boolean): Promise<string> {
  const socket = connect(Number(new URL(door.url).port), "127.0.0.1");
  let heard = "";
  socket
    .on("error", () => {})
    .on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
  socket.write(bytes);
  await until(() => heard, enough);
  socket.destroy();
  return heard;
}

test.each([
  ["with a body", `${HANDSHAKE}Content-Length: 5\r\n`, "hello"],
  ["with a chunked body", `${HANDSHAKE}Transfer-Encoding: chunked\r\n`, "5\r\nhello\r\n0\r\n\r\n"],
  ["of two versions", `${HANDSHAKE}Sec-WebSocket-Version: 8\r\n`, ""],
  ["with two keys", `${HANDSHAKE}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`, ""],
  ["by POST", HANDSHAKE.replace("GET", "POST"), ""],
  ["that Connection does not name", HANDSHAKE.replace("Connection: upgrade\r\n", ""), ""],
])("a handshake %s is none, and asks no side", async (_what, head, body) => {
  const heard = await told(`${head}\r\n${body}`, (text) => text.includes("websocket_required"));
  expect(heard).toMatch(/^HTTP\/1.1 426 /);
  expect(side.of("CONNECT")).toEqual([]);
});

test("no extension is agreed to", async () => {
  const asks = `${HANDSHAKE}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n`;
  const heard = await told(asks, (text) => text.includes("\r\n\r\n"));
  expect(heard).toContain(" 101 ");
  expect(heard.toLowerCase()).not.toContain("extensions");
});

test("fields that clients may not send reach neither $connect nor its event", async () => {
  const forged = { "x-fig-connection-id": "f".repeat(32), "x-fig-event": "MESSAGE", x_fig_tags: "a" };
  const client = await connected({ ...forged, "x-own": "kept" });
  const [{ headers, event } = { headers: {}, event: undefined }] = side.of("CONNECT");
  expect(headers).toMatchObject({
    ...{ "x-fig-event": "CONNECT", "x-own": "kept" },
    "x-fig-connection-id": event?.requestContext.connectionId,
  });
  expect(Object.keys({ ...headers, ...event?.headers }).join(" ")).not.toMatch(/fig[-_]tags/i);
  expect(JSON.stringify(event)).not.toContain("ffffffff");
  client.socket.close();
  side.events.length = 0;
  const body = JSON.stringify({ requestContext: { eventType: "MESSAGE" } });
  await fetch(`${door.url}/plain/x`, { method: "POST", body, headers: forged });
  expect(Object.keys(side.events[0]?.headers ?? {}).join(" ")).not.toMatch(/x[-_]fig/);
});

test("a frame that is too long ends its connection at once, also where its length comes in pieces", async () => {
  const socket = await raw();
  const heard: Buffer[] = [];
  socket.on("data", (chunk) => heard.push(chunk)).resume();
  const ended = new Promise((resolve) => socket.on("end", () => resolve("ended")));
  await until(
    () => heard.length,
    (chunks) => chunks > 0,
  );
  const behind = side.of("MESSAGE").length;
  socket.setNoDelay(true).write(Buffer.concat([frame(1, Buffer.from("before")), Buffer.from([0x81])]));
  await until(
    () => side.of("MESSAGE").length,
    (messages) => messages > behind,
  );
  socket.write(Buffer.from([0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]));
  // Who says nothing more has CLOSE_MS otherwise.
  const late = new Promise((resolve) => setTimeout(resolve, 3_000, "late"));
  expect(await Promise.race([ended, late])).toBe("ended");
  expect(Buffer.concat(heard).includes(Buffer.from([0x03, 0xf1]))).toBe(true);
  socket.destroy();
});

test("whoever does not sign is refused before their body is read", async () => {
  const head =
    "POST /chat/@connections/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n";
  const heard = await told(head, (text) => text.includes("Missing Authentication Token"));
  expect(heard).toMatch(/^HTTP\/1.1 403 /);
  expect(heard.toLowerCase()).toContain("connection: close");
});

test("an answer to HEAD has no body that could be taken for the next answer", async () => {
  const ask = (method: string) => `${method} /chat/@connections/x HTTP/1.1\r\nHost: a\r\n\r\n`;
  const heard = await told(ask("HEAD") + ask("GET"), (text) => text.includes("Missing Authentication Token"));
  expect(heard.split("Missing Authentication Token")).toHaveLength(2);
  expect(heard).toMatch(/\r\n\r\nHTTP\/1.1 403 [^{]*\{"message":"Missing Authentication Token"\}$/);
});

test("a signature holds for one method, path, query and body alone", async () => {
  const client = await connected();
  const id = side.of("CONNECT")[0]?.event.requestContext.connectionId;
  const base = `${door.url}/chat/@connections`;
  let signed: Record<string, string> = {};
  expect(
    (
      await askSigned(base, "POST", `/${id}`, "right", (headers) => {
        signed = headers;
        return headers;
      })
    ).status,
  ).toBe(200);
  const headers = Object.fromEntries(
    Object.entries(signed).filter(([name]) => !/^(?:host|content-length)$/i.test(name)),
  );
  const again = (method: string, path: string, body?: string, more = {}) =>
    fetch(`${base}${path}`, {
      method,
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body }),
    });
  for (const [method, path, body, more] of [
    ["DELETE", `/${id}`, undefined],
    ["GET", `/${id}`, undefined],
    ["POST", "?tag=all", "right"],
    ["POST", `/${id}?a=b`, "right"],
    ["POST", `/${id}/`, "right"],
    ["POST", `/${id}`, "wrong"],
    ["POST", `/${id}`, "wrong", { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }],
  ] as const) {
    const refused = await again(method, path, body, more);
    expect([method, path, body, refused.status]).toEqual([method, path, body, 403]);
  }
  const late = await askSigned(base, "POST", `/${id}`, "x", (all) => ({
    ...all,
    authorization: "Bearer admin",
  }));
  expect(late.status).toBe(403);
  expect(await client.hears()).toBe("right");
  expect(client.heard).toHaveLength(1);
  client.socket.close();
});

test("pages of other sites open no WebSocket where cors says whose may", async () => {
  const open = async (origin: string | undefined) => {
    const client = new Client(`${door.url}/pages`, [], origin === undefined ? {} : { origin });
    const outcome = await client.open().then(
      () => "in",
      () => `${client.refused?.status} ${/origin_denied/.exec(client.refused?.body ?? "")}`,
    );
    client.socket.close();
    return outcome;
  };
  for (const origin of [undefined, "https://www.shop.example", door.url, door.url.replace("http:", "https:")])
    expect([origin, await open(origin)]).toEqual([origin, "in"]);
  const known = side.of("CONNECT").length;
  for (const origin of [
    ...["https://evil.example", "https://shop.example.evil.example", "null", `${door.url}.evil.example`],
    ...[door.url.replace(/\d+$/, "1"), "http://", ""],
  ])
    expect([origin, await open(origin)]).toEqual([origin, "403 origin_denied"]);
  expect(side.of("CONNECT")).toHaveLength(known);
});

test("what a client said before it closed reaches its side, in order, and before $disconnect", async () => {
  const client = await connected();
  const said = Array.from({ length: 20 }, (_, i) => `m${i}`);
  for (const one of said) client.say(one);
  client.socket.close(1000, "bye");
  await until(
    () => side.of("DISCONNECT").length,
    (ends) => ends === 1,
  );
  expect(side.events.slice(1).map(({ event }) => event.body ?? event.requestContext.eventType)).toEqual([
    ...said,
    "DISCONNECT",
  ]);
});

test("a client that leaves while its message is at the side is told of once, and what it said is answered to nobody", async () => {
  let answer = () => {};
  side.answer = ({ event }, response) => {
    if (event.body === "slow") answer = () => response.end("late");
    else response.end();
  };
  const client = await connected();
  client.say("slow");
  await until(
    () => side.of("MESSAGE").length,
    (messages) => messages === 1,
  );
  client.socket.terminate();
  const other = await connected();
  expect(side.of("DISCONNECT")).toEqual([]);
  answer();
  await until(
    () => side.of("DISCONNECT").length,
    (ends) => ends === 1,
  );
  expect(side.of("DISCONNECT")[0]?.event.requestContext).toMatchObject({ disconnectStatusCode: 1006 });
  expect(other.heard).toEqual([]);
  other.socket.close();
});

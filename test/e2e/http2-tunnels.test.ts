import { once } from "node:events";
import { readFileSync } from "node:fs";
import http, { type IncomingMessage } from "node:http";
import { type ClientHttp2Session, constants } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { certificate } from "../support/certificates.ts";
import { type SplitDoor, type startSide, startSplitDoor } from "./support/split-door.ts";
import { answered, askTunnel, openSession, websocketOn } from "./support/websocket-over-http2.ts";
import { until } from "./until.ts";

/** No WebSocket: nothing has to be shown. */
const RAW = { ":protocol": "test" };
const MIB = 1024 * 1024;

const { cert, key } = certificate();
const server = http.createServer((request, response) => {
  request.resume();
  response.end(request.url);
});
const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "v2.chat" });
/** The server's ends of tunnels, in their order. */
const asked: IncomingMessage[] = [];
const raw: Socket[] = [];
let side: Awaited<ReturnType<typeof startSide>>;
let doors: SplitDoor[] = [];
const sessions: ClientHttp2Session[] = [];

sockets.on("connection", (socket: WebSocket, request: IncomingMessage) => {
  asked.push(request);
  raw.push(request.socket);
  socket.on("message", (data, binary) => socket.send(data, { binary }));
});
// Everything but /echo does something else with an upgrade.
server.on("upgrade", (request: IncomingMessage, socket: Socket, early: Buffer) => {
  if (request.url === "/echo") {
    sockets.handleUpgrade(request, socket, early, (opened) => sockets.emit("connection", opened, request));
    return;
  }
  raw.push(socket);
  socket.on("error", () => {});
  const accept = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: test\r\nConnection: Upgrade\r\n";
  if (request.url === "/forbidden") socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  else if (request.url === "/plain") socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  else if (request.url === "/liar") socket.write(`${accept}Sec-WebSocket-Accept: bm8=\r\n\r\n`);
  else if (request.url === "/flood") {
    socket.write(`${accept}\r\n`);
    const chunk = Buffer.alloc(MIB);
    let left = 64;
    const more = () => {
      while (left-- > 0) if (!socket.write(chunk)) return void socket.once("drain", more);
    };
    more();
  } else if (request.url === "/deaf") {
    socket.write(`${accept}\r\n`);
    socket.pause();
  } else {
    // Bytes both ways, each way with an end of its own.
    socket.write(`${accept}\r\nhello `);
    socket.on("data", (chunk: Buffer) => socket.write(chunk));
    socket.on("end", () => socket.end(" bye"));
  }
});

async function startDoor(lane: string, more = ""): Promise<SplitDoor> {
  const tls = JSON.stringify({ address: "127.0.0.1:0", tls: { cert, key } });
  const door = await startSplitDoor(
    side,
    side,
    `listen: ["127.0.0.1:0", ${tls}]\nlane: ${lane}\ntimeouts: { upgradeIdle: 2s, bodyIdle: 1s }\n${more}`,
  );
  doors.push(door);
  return door;
}

async function session(url: string): Promise<ClientHttp2Session> {
  const opened = await openSession(url);
  sessions.push(opened);
  return opened;
}

const urlsOf = ({ process }: SplitDoor): readonly [plain: string, tls: string] =>
  process.ready.urls as readonly [string, string];
const metricsOf = async ({ adminUrl }: SplitDoor) => (await fetch(new URL("/metrics", adminUrl))).text();
const rss = ({ process }: SplitDoor) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process.pid}/status`, "latin1"))?.[1]) * 1024;

let auto: SplitDoor;
let node: SplitDoor;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  side = { url: `http://127.0.0.1:${port}`, server, close: () => server.close() };
  auto = await startDoor("auto");
  node = await startDoor("node");
});

afterEach(() => {
  for (const one of sessions.splice(0)) one.destroy();
});

afterAll(async () => {
  for (const door of doors) await door.close();
  for (const socket of raw) socket.destroy();
  sockets.close();
  server.closeAllConnections();
  server.close();
  doors = [];
});

describe("WebSocket over HTTP/2 (RFC 8441)", () => {
  test.each([
    ["auto", 0],
    ["auto", 1],
    ["node", 0],
    ["node", 1],
  ] as const)("lane %s, listener %i: messages pass both ways, and the closing", async (lane, listener) => {
    const client = await session(urlsOf(lane === "auto" ? auto : node)[listener] as string);
    expect(client.remoteSettings.enableConnectProtocol).toBe(true);
    const stream = askTunnel(client, "/echo", {
      "sec-websocket-protocol": "v1.chat, v2.chat",
      "sec-websocket-key": "forged",
    });
    const fields = await answered(stream);
    expect(fields).toMatchObject({ ":status": 200, "sec-websocket-protocol": "v2.chat" });
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(["sec-websocket-accept"]));
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(["upgrade"]));
    const request = asked.at(-1) as IncomingMessage;
    expect(request.headers).toMatchObject({
      host: "shop.test",
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      via: "2.0 fig",
    });
    expect(request.headers["sec-websocket-key"]).toMatch(/^[\w+/]{22}==$/);
    const socket = websocketOn(stream);
    socket.send("text é");
    expect(String((await once(socket, "message"))[0])).toBe("text é");
    const large = Buffer.alloc(300_000, 7);
    socket.send(large);
    expect((await once(socket, "message"))[0]).toEqual(large);
    socket.close(4001, "enough");
    expect((await once(socket, "close"))[0]).toBe(4001);
    // The connection goes on.
    const { body } = await get(client, "/after");
    expect(body).toBe("/after");
  });

  test("each way has an end of its own, and bytes that come with the answer arrive", async () => {
    const client = await session(auto.url);
    const stream = askTunnel(client, "/raw", RAW);
    let text = "";
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await answered(stream);
    stream.write("one ");
    stream.end("two");
    await once(stream, "close");
    expect(text).toBe("hello one two bye");
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  test("an upstream's refusal passes; one that answers 200, or shows another key, opens no tunnel", async () => {
    const client = await session(auto.url);
    const forbidden = askTunnel(client, "/forbidden");
    expect(await answered(forbidden)).toMatchObject({ ":status": 403 });
    expect(await answered(askTunnel(client, "/plain"))).toMatchObject({ ":status": 502 });
    const liar = askTunnel(client, "/liar");
    await expect(answered(liar)).rejects.toThrow("closed without an answer");
    await until(
      () => raw.at(-1)?.destroyed === true || raw.at(-1)?.readableEnded === true,
      (gone) => gone,
    );
  });

  test("who leaves is noticed at the other end", async () => {
    const client = await session(auto.url);
    const left = askTunnel(client, "/raw", RAW);
    await answered(left);
    const upstream = raw.at(-1) as Socket;
    left.close(constants.NGHTTP2_CANCEL);
    await once(upstream, "close");
    const broken = askTunnel(client, "/raw", RAW);
    await answered(broken);
    (raw.at(-1) as Socket).resetAndDestroy();
    await once(broken, "close");
    expect(broken.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  test("a silent tunnel ends by timeouts.upgradeIdle, not by timeouts.bodyIdle", async () => {
    const client = await session(auto.url);
    const stream = askTunnel(client, "/raw", RAW);
    await answered(stream);
    stream.resume();
    const began = performance.now();
    await once(stream, "close");
    expect(performance.now() - began).toBeGreaterThan(1_500);
  });

  test("a client that reads nothing, and an upstream that does not, stop the other end; a neighbour goes on", async () => {
    const client = await session(auto.url);
    await get(client, "/warm");
    const before = rss(auto);
    const flooded = askTunnel(client, "/flood", RAW);
    await answered(flooded);
    flooded.pause();
    const deaf = askTunnel(client, "/deaf", RAW);
    await answered(deaf);
    let taken = 0;
    const chunk = Buffer.alloc(16 * 1024);
    const push = () => {
      while (taken < 64 * MIB && deaf.write(chunk)) taken += chunk.length;
    };
    deaf.on("drain", push);
    push();
    let settled = -1;
    await until(
      async () => {
        const was = settled;
        settled = taken;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return was === taken;
      },
      (still) => still,
    );
    expect(taken).toBeLessThan(32 * MIB);
    expect((await get(client, "/neighbour")).body).toBe("/neighbour");
    expect(rss(auto) - before).toBeLessThan(32 * MIB);
  });

  test("tunnels are requests under limits.streams: at the bound the client waits, and that is counted", async () => {
    const door = await startDoor("auto", "limits: { streams: 3 }\n");
    const client = await session(door.url);
    const tunnels = Array.from({ length: 3 }, () => askTunnel(client, "/raw", RAW));
    for (const tunnel of tunnels) await answered(tunnel);
    expect(client.remoteSettings.maxConcurrentStreams).toBe(3);
    expect(await metricsOf(door)).toContain('fig_http2_limits_total{limit="streams"} 1\n');
    const next = get(client, "/next");
    expect(await Promise.race([next, metricsOf(door).then(() => "waits")])).toBe("waits");
    tunnels[0]?.resume().end();
    expect((await next).body).toBe("/next");
  });
});

async function get(client: ClientHttp2Session, path: string): Promise<{ readonly body: string }> {
  const stream = client.request({ ":path": path });
  let body = "";
  stream.on("data", (chunk: Buffer) => {
    body += chunk.toString();
  });
  await once(stream, "close");
  return { body };
}

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
  await until(() => side.of("MESSAGE").map(({ event }) => event.body), (b) => b.length === 2);
  expect(side.of("MESSAGE").map(({ event }) => event.body)).toEqual(["early", "bird"]);
  socket.destroy();
});


const held = async () => {
  const text = await (await fetch(`${door.adminUrl}/metrics`)).text();
  return text.split("\n").filter((l) => /^fig_websocket_(connections|connects|closes|errors|limits|asks)/.test(l)).join(" ; ");
};
async function talk(bytes: string | Buffer, ms = 700): Promise<string> {
  const socket = connect(Number(new URL(door.url).port), "127.0.0.1");
  let heard = "";
  socket.on("error", () => {}).on("data", (d) => { heard += d.toString("latin1"); }).on("close", () => { heard += "<closed>"; });
  socket.write(bytes);
  await new Promise((r) => setTimeout(r, ms));
  socket.destroy();
  return heard;
}
test("odd handshakes", async () => {
  const one = (await talk(`${HANDSHAKE.replace("HTTP/1.1", "HTTP/1.0")}\r\n`)).slice(0, 160);
  console.log("1.0", one);
  console.log("body", (await talk(`${HANDSHAKE}Content-Length: 5\r\n\r\nhello`)).slice(0, 300));
  console.log("chunked", (await talk(`${HANDSHAKE}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`)).slice(0, 300));
  console.log("list", (await talk(`${HANDSHAKE.replace("Upgrade: websocket", "Upgrade: foo, websocket")}\r\n`)).slice(0, 160));
  console.log("2 versions", (await talk(`${HANDSHAKE}Sec-WebSocket-Version: 8\r\n\r\n`)).slice(0, 60));
  console.log("2 keys", (await talk(`${HANDSHAKE}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`)).slice(0, 60));
  console.log("HEAD", (await talk(`${HANDSHAKE.replace("GET", "HEAD")}\r\n`)).slice(0, 300));
  console.log("POST", (await talk(`${HANDSHAKE.replace("GET", "POST")}Content-Length: 0\r\n\r\n`)).slice(0, 300));
  console.log("ext", (await talk(`${HANDSHAKE}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n`)));
  console.log("noupg", (await talk(`${HANDSHAKE.replace("Connection: upgrade\r\n", "")}\r\n`)).slice(0, 300));
  console.log(await held());
});
test("side of connect", async () => {
  side.answer = (_e, r) => { r.writeHead(200); r.write("x".repeat(1000)); };
  const s = await raw();
  await new Promise((r) => setTimeout(r, 300));
  console.log("hung connect", await held());
  s.destroy();
  await new Promise((r) => setTimeout(r, 300));
  console.log("gone meanwhile", await held());
  side.answer = (_e, r) => { r.writeHead(200, { "x-fig-tags": "a", "set-cookie": "a=b", "content-length": 5000000 }); r.end(Buffer.alloc(5000000)); };
  console.log("big", (await talk(`${HANDSHAKE}\r\n`)).slice(0, 300));
  side.answer = (_e, r) => { r.writeHead(101, { upgrade: "websocket" , connection: "upgrade" }); r.end(); };
  console.log("101", (await talk(`${HANDSHAKE}\r\n`)).slice(0, 300));
  side.answer = (_e, r) => { r.writeHead(302, { location: "http://x", "x-fig-tags": "a" }); r.end(); };
  console.log("302", (await talk(`${HANDSHAKE}\r\n`)).slice(0, 300));
  side.answer = (_e, r) => { r.destroy(); };
  console.log("dead", (await talk(`${HANDSHAKE}\r\n`)).slice(0, 300));
  side.answer = (_e, r) => { r.writeHead(200, { "sec-websocket-protocol": "x, y", "sec-websocket-accept": "forged", "upgrade": "a" }); r.end(); };
  console.log("forged accept", (await talk(`${HANDSHAKE}Sec-WebSocket-Protocol: x, y\r\n\r\n`)).slice(0, 300));
  console.log(await held());
});
test("split overlong frame", async () => {
  const socket = await raw();
  const at = Date.now();
  const done = new Promise<void>((r) => socket.on("close", () => r()));
  let heard = Buffer.alloc(0);
  socket.on("data", (d) => { heard = Buffer.concat([heard, d]); }); socket.resume();
  await new Promise((r) => setTimeout(r, 200));
  socket.setNoDelay(true);
  socket.write(Buffer.from([0x81]));
  await new Promise((r) => setTimeout(r, 100));
  socket.write(Buffer.from([0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]));
  socket.on("end", () => console.log("end after", Date.now() - at));
  await Promise.race([done, new Promise((r) => setTimeout(r, 7000))]);
  console.log("overlong split", Date.now() - at, heard.subarray(-30).toString("latin1"));
  await until(() => side.of("DISCONNECT").length, (n) => n === 1);
  console.log("dis", Date.now() - at, JSON.stringify(side.of("DISCONNECT")[0]?.event.requestContext));
  socket.destroy();
});
test("one-byte chunks", async () => {
  const path = "/chat/@connections/x";
  const n = 120_000;
  const before = process.memoryUsage();
  const sockets = [];
  for (let i = 0; i < 10; i++) {
    const s = connect(Number(new URL(door.url).port), "127.0.0.1").on("error", () => {});
    s.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(n)}`);
    sockets.push(s);
  }
  await new Promise((r) => setTimeout(r, 3000));
  const after = process.memoryUsage();
  console.log("one-byte chunks: heap", (after.heapUsed - before.heapUsed) / 1e6, "rss", (after.rss - before.rss) / 1e6, "ext", (after.external - before.external) / 1e6);
  for (const s of sockets) s.destroy();
});

// An upstream that can be checked. `node upstream.mjs [port]`: prints {"port":N}. The path's first word is the route's.
//   GET /r/bytes/N   N bytes, with an ETag and ranges; ?chunked, ?wait=MS        POST, PUT /r/sum   what came, and its checksum
//   GET /r/events/N  N events, one every 50 ms                                   /r/socket         a WebSocket that echoes
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { pieces, pour, Sum } from "./bodies.mjs";

const EVENT_MS = 50;

async function sendBytes(request, response, size, query) {
  if (query.has("wait")) await delay(Number(query.get("wait")));
  const etag = `"${size}"`;
  const fields = { etag, "content-type": "text/plain", "accept-ranges": "bytes" };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, fields).end();
    return;
  }
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const from = range === null ? 0 : Number(range[1]);
  const length = query.has("chunked") ? {} : { "content-length": size - from };
  const part = range === null ? {} : { "content-range": `bytes ${from}-${size - 1}/${size}` };
  response.writeHead(range === null ? 200 : 206, { ...fields, ...length, ...part });
  if (request.method !== "HEAD") await pour(pieces(size, from), response);
  response.end();
}

async function sendEvents(response, count) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let n = 0; n < count && !response.destroyed; n++) {
    response.write(`id: ${n}\ndata: event ${n}\n\n`);
    await delay(EVENT_MS);
  }
  response.end();
}

async function sendSum(request, response) {
  const sum = new Sum();
  for await (const chunk of request) sum.take(chunk);
  const text = JSON.stringify({ method: request.method, bytes: sum.bytes, crc: sum.crc });
  response.writeHead(200, { "content-type": "application/json", "content-length": text.length }).end(text);
}

async function answer(request, response) {
  const url = new URL(request.url, "http://soak");
  const [, , kind, count] = url.pathname.split("/");
  try {
    if (kind === "sum") return await sendSum(request, response);
    request.resume();
    if (kind === "events") return await sendEvents(response, Number(count));
    return await sendBytes(request, response, Number(count), url.searchParams);
  } catch {
    // A client, or a shadow, that left.
    response.destroy();
  }
}

const server = createServer((request, response) => void answer(request, response));
server.keepAliveTimeout = 3_600_000;
const sockets = new WebSocketServer({ noServer: true });
server.on("upgrade", (request, socket, head) => {
  socket.on("error", () => {});
  sockets.handleUpgrade(request, socket, head, (client) => {
    client.on("error", () => {});
    client.on("message", (data, isBinary) => client.send(data, { binary: isBinary }));
  });
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1");
await once(server, "listening");
process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);

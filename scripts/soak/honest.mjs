import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { pieces, pour, Sum, sumOf } from "./bodies.mjs";
import { RawAnswers } from "./raw.mjs";

const MIB = 1024 * 1024;
/** Most are small, as in life; the last is asked for now and then. */
const SIZES = [0, 1, 100, 1000, 1000, 4000, 16_384, 65_536, 65_537, 300_000];
const LARGE = [MIB, 4 * MIB, 16 * MIB];
const LARGE_EVERY = 40;
/** Routes on which everything an honest client does has to succeed. */
const ROUTES = ["split", "shadowed", "reversed", "falls", "none"];
/** Those whose answers never break off. */
const WHOLE = ROUTES.filter((route) => route !== "falls");
const PATIENCE_MS = 60_000;
const agent = new Agent({ keepAlive: true, maxFreeSockets: 16, timeout: 10_000 });

const any = (list) => list[Math.floor(Math.random() * list.length)];
const sizeOf = () => any(Math.random() < 1 / LARGE_EVERY ? LARGE : SIZES);
const user = () => `user-${Math.floor(Math.random() * 500)}`;

/** Asks, and reads the answer's head. */
async function ask(door, method, path, { headers = {}, fresh = false, body } = {}) {
  const request = httpRequest({
    ...{ host: "127.0.0.1", port: door.port, method, path },
    agent: fresh ? false : agent,
    headers: { "x-user-id": user(), ...headers },
    timeout: PATIENCE_MS,
  });
  request.on("timeout", () => request.destroy(new Error(`no answer for ${PATIENCE_MS} ms`)));
  const answered = once(request, "response");
  if (body !== undefined) void pour(body, request).then(() => request.end());
  else request.end();
  const [response] = await answered;
  return response;
}

async function summed(response, status) {
  const sum = new Sum();
  for await (const chunk of response) sum.take(chunk);
  if (response.statusCode !== status) throw new Error(`${response.statusCode} instead of ${status}`);
  return sum;
}

async function get(door, fresh) {
  const route = any(ROUTES);
  // Modern of `falls` is killed: an answer that has begun then has to break off, so only what comes in one piece is asked of it.
  const size = route === "falls" ? any([0, 1, 100, 1000]) : sizeOf();
  const query = any(route === "falls" ? ["", "?wait=300"] : ["", "?chunked", "?wait=300"]);
  const response = await ask(door, "GET", `/${route}/bytes/${size}${query}`, { fresh });
  (await summed(response, 200)).mustBe(size);
}

async function send(door) {
  const size = sizeOf();
  const method = any(["POST", "PUT"]);
  // What is no GET does not fall back once it is out, and so is not asked of what dies.
  const route = any(["split", "shadowed", "reversed", "none"]);
  const headers = Math.random() < 0.5 ? { "content-length": size } : { "transfer-encoding": "chunked" };
  const response = await ask(door, method, `/${route}/sum`, {
    headers,
    body: pieces(size),
    fresh: Math.random() < 0.3,
  });
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  if (text !== JSON.stringify({ method, bytes: size, crc: sumOf(size) }))
    throw new Error(`${response.statusCode} ${text.slice(0, 200)} for ${method} of ${size} bytes`);
}

async function conditional(door) {
  const response = await ask(door, "GET", `/${any(ROUTES)}/bytes/1000`, {
    headers: { "if-none-match": '"1000"' },
  });
  (await summed(response, 304)).mustBe(0);
}

async function range(door) {
  const size = 300_000;
  const from = Math.floor(Math.random() * 1000) * 100;
  const response = await ask(door, "GET", `/${any(WHOLE)}/bytes/${size}`, {
    headers: { range: `bytes=${from}-` },
  });
  (await summed(response, 206)).mustBe(size, from);
}

async function raw(door, sizes, text) {
  const answers = new RawAnswers(door.port);
  try {
    const got = await answers.read(sizes.length, (socket) => socket.write(text));
    got.forEach(({ status, sum }, at) => {
      if (status !== 200) throw new Error(`${status} instead of 200`);
      sum.mustBe(sizes[at]);
    });
  } finally {
    answers.close();
  }
}

function pipelined(door) {
  const sizes = Array.from({ length: 8 }, () => any(SIZES));
  return raw(
    door,
    sizes,
    sizes.map((size) => `GET /${any(WHOLE)}/bytes/${size} HTTP/1.1\r\nHost: soak\r\n\r\n`).join(""),
  );
}

function old(door) {
  const size = any(SIZES);
  return raw(
    door,
    [size],
    `GET /${any(WHOLE)}/bytes/${size}${any(["", "?chunked"])} HTTP/1.0\r\nHost: soak\r\n\r\n`,
  );
}

async function events(door) {
  const count = 40;
  const response = await ask(door, "GET", `/${any(["split", "shadowed", "none"])}/events/${count}`, {
    fresh: true,
  });
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  const expected = Array.from({ length: count }, (_, n) => `id: ${n}\ndata: event ${n}\n\n`).join("");
  if (text !== expected) throw new Error(`${text.length} of ${expected.length} characters of events`);
}

/** An echo, over shifts: each message is awaited before the next. */
async function webSocket(door) {
  const socket = new WebSocket(`ws://127.0.0.1:${door.port}/split/socket`);
  socket.binaryType = "arraybuffer";
  const failed = new Promise((_, reject) => {
    socket.addEventListener("error", () => reject(new Error("the WebSocket broke")));
    socket.addEventListener("close", ({ code }) => reject(new Error(`the WebSocket closed with ${code}`)));
  });
  failed.catch(() => {});
  const heard = (event) =>
    Promise.race([
      failed,
      delay(PATIENCE_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`no ${event}`))),
      new Promise((resolve) => socket.addEventListener(event, resolve, { once: true })),
    ]);
  await heard("open");
  for (let n = 0; n < 60; n++) {
    const size = any(SIZES);
    const echoed = heard("message");
    socket.send(Buffer.concat([...pieces(size)]));
    const { data } = await echoed;
    const sum = new Sum();
    sum.take(new Uint8Array(data));
    sum.mustBe(size);
    await delay(250);
  }
  const closed = once(socket, "close");
  socket.close();
  await closed;
}

/** Reads at `rate` bytes a second until `hurry` is aborted; then as fast as it can. The body has to be whole. */
export async function slowReader(door, size, rate, hurry) {
  const response = await ask(door, "GET", `/${any(["split", "none"])}/bytes/${size}`, { fresh: true });
  response.socket.setTimeout(0);
  const sum = new Sum();
  let allowed = 0;
  for await (const chunk of response) {
    sum.take(chunk);
    allowed -= chunk.length;
    // The rest waits in the front door and the kernel meanwhile.
    while (allowed <= 0 && !hurry.aborted) {
      await delay(1000, undefined, { signal: hurry }).catch(() => {});
      allowed += rate;
    }
  }
  sum.mustBe(size);
}

/** What honest clients do, with how often. */
export const HONEST = [
  [8, "GET", (door) => get(door, false)],
  [3, "GET on a connection of its own", (door) => get(door, true)],
  [5, "POST or PUT", send],
  [1, "304", conditional],
  [1, "range", range],
  [2, "pipelined", pipelined],
  [1, "HTTP/1.0", old],
  [1, "events", events],
  [1, "WebSocket", webSocket],
].flatMap(([times, name, act]) => Array(times).fill({ name, act }));

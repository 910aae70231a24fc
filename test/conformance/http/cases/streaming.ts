import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Case } from "../contract.ts";
import { ensure } from "../failure.ts";
import { statusOf } from "../parse.ts";
import { GET, head, OK, same } from "../steps.ts";
import type { Wire } from "../wire.ts";

const MIB = 1024 * 1024;
/** Far above what the kernel's socket buffers of two connections hold, far below what is offered. */
const HELD_BOUND = 64 * MIB;
const OFFERED = 160 * MIB;

const sha = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let seed = 12345;
  for (let i = 0; i < size; i += 4) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    bytes.writeUInt32LE(seed, i);
  }
  return bytes;
}

/** Writes until nothing has moved for 400 ms or everything offered was taken; bytes that left this process. */
async function pour(wire: Wire, total: number): Promise<number> {
  const piece = Buffer.alloc(MIB, "x");
  let offered = 0;
  let taken = 0;
  for (let quiet = 0; quiet < 400; ) {
    while (offered < total && wire.socket.writableLength < 2 * MIB && !wire.socket.destroyed) {
      wire.write(piece);
      offered += piece.length;
    }
    const now = offered - wire.socket.writableLength;
    quiet = now > taken ? 0 : quiet + 20;
    taken = now;
    if (taken >= total) break;
    await delay(20);
  }
  return taken;
}

export const streaming: readonly Case[] = [
  {
    name: "server-sent events arrive one by one as they are sent",
    rfc: "9112 §7.1, HTML SSE",
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      upstream.write(
        head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked"),
      );
      for (const event of ["data: 1\n\n", "data: 2\n\n", ": ping\n\n"]) {
        upstream.write(`${event.length.toString(16)}\r\n${event}\r\n`);
        await client.untilRaw(event);
      }
    },
  },
  {
    name: "an answer's head arrives before its body",
    rfc: "9112 §7.1 (house)",
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      upstream.write(head("HTTP/1.1 200 OK", "Content-Length: 4"));
      ensure((await client.partialHead()).startsWith("HTTP/1.1 200"), "not answered 200");
      upstream.write("late");
      same("body", (await client.final()).body.toString("latin1"), "late");
    },
  },
  {
    name: "a sized upload is streamed: its first bytes arrive before its last are sent",
    rfc: "9112 §6.2 (house)",
    async run(world) {
      const client = await world.client();
      client.write(`${head("PUT / HTTP/1.1", "Host: a.test", "Content-Length: 10")}first`);
      const upstream = await world.upstream.next();
      await upstream.until("the first bytes", () => (upstream.rest.endsWith("first") ? true : undefined));
      client.write("-last");
      const request = await upstream.request();
      same("body", request.body.toString("latin1"), "first-last");
      upstream.write(OK);
      ensure(statusOf(await client.final("PUT")) === 200, "not answered 200");
    },
  },
  {
    name: "a chunked upload is streamed chunk by chunk",
    rfc: "9112 §7.1 (house)",
    async run(world) {
      const client = await world.client();
      client.write(head("PUT / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked"));
      client.write("5\r\nfirst\r\n");
      const upstream = await world.upstream.next();
      await upstream.until("the first chunk", () => (upstream.rest.includes("first") ? true : undefined));
      client.write("5\r\n-last\r\n0\r\n\r\n");
      same("body", (await upstream.request()).body.toString("latin1"), "first-last");
    },
  },
  {
    name: "an answer may begin while the upload goes on, both flow",
    rfc: "9112 §9.5 (house)",
    async run(world) {
      const client = await world.client();
      client.write(`${head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked")}3\r\none\r\n`);
      const upstream = await world.upstream.next();
      await upstream.until("the first chunk", () => (upstream.rest.includes("one") ? true : undefined));
      upstream.write(`${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}3\r\nuno\r\n`);
      await client.until("the answer's first chunk", () => (client.rest.includes("uno") ? true : undefined));
      client.write("3\r\ntwo\r\n0\r\n\r\n");
      same("body", (await upstream.request()).body.toString("latin1"), "onetwo");
      upstream.write("3\r\ndos\r\n0\r\n\r\n");
      same("body", (await client.final("POST")).body.toString("latin1"), "unodos");
    },
  },
  {
    name: "a large download arrives whole",
    rfc: "9112 §6.2",
    async run(world) {
      const body = noise(16 * MIB);
      world.upstream.reply(
        Buffer.concat([Buffer.from(head("HTTP/1.1 200 OK", `Content-Length: ${body.length}`)), body]),
      );
      const client = await world.client();
      client.write(GET);
      ensure(sha((await client.final()).body) === sha(body), "the body was changed");
    },
  },
  {
    name: "a large upload arrives whole",
    rfc: "9112 §6.2",
    async run(world) {
      const body = noise(16 * MIB);
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(
        Buffer.concat([
          Buffer.from(head("PUT / HTTP/1.1", "Host: a.test", `Content-Length: ${body.length}`)),
          body,
        ]),
      );
      ensure(statusOf(await client.final("PUT")) === 200, "not answered 200");
      ensure(sha(world.upstream.requests[0]?.body ?? Buffer.alloc(0)) === sha(body), "the body was changed");
    },
  },
  {
    name: "a client that does not read holds the upstream back",
    rfc: "9293 §3.8 (house)",
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      client.socket.pause();
      upstream.write(head("HTTP/1.1 200 OK", `Content-Length: ${OFFERED}`));
      const taken = await pour(upstream, OFFERED);
      ensure(taken < HELD_BOUND, `${Math.round(taken / MIB)} MiB taken for a client that reads nothing`);
    },
  },
  {
    name: "an upstream that does not read holds the client back",
    rfc: "9293 §3.8 (house)",
    async run(world) {
      const client = await world.client();
      client.write(`${head("PUT / HTTP/1.1", "Host: a.test", `Content-Length: ${OFFERED + 5}`)}first`);
      const upstream = await world.upstream.next();
      await upstream.partialHead();
      upstream.socket.pause();
      const taken = await pour(client, OFFERED);
      ensure(taken < HELD_BOUND, `${Math.round(taken / MIB)} MiB taken for an upstream that reads nothing`);
    },
  },
  {
    name: "a held back download goes on when the client reads again",
    rfc: "9293 §3.8 (house)",
    async run(world) {
      const body = noise(24 * MIB);
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      client.socket.pause();
      upstream.write(head("HTTP/1.1 200 OK", `Content-Length: ${body.length}`));
      upstream.write(body);
      await delay(150);
      client.socket.resume();
      ensure(sha((await client.final()).body) === sha(body), "the body was changed");
    },
  },
  {
    name: "a tunnel's peer that does not read holds the other back",
    rfc: "9293 §3.8 (house)",
    async run(world) {
      const client = await world.client();
      client.write(head("GET / HTTP/1.1", "Host: a.test", "Connection: Upgrade", "Upgrade: websocket"));
      const upstream = await world.upstream.next();
      await upstream.request();
      upstream.write(head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"));
      ensure(statusOf(await client.final()) === 101, "not answered 101");
      client.socket.pause();
      const taken = await pour(upstream, OFFERED);
      ensure(taken < HELD_BOUND, `${Math.round(taken / MIB)} MiB taken for a client that reads nothing`);
    },
  },
  {
    name: "a client that never reads is given up, and its upstream freed",
    rfc: "9293 §3.8 (house)",
    options: { bodyIdleMs: 400 },
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      client.socket.pause();
      upstream.write(head("HTTP/1.1 200 OK", `Content-Length: ${OFFERED}`));
      await pour(upstream, OFFERED);
      await upstream.gone();
    },
  },
];

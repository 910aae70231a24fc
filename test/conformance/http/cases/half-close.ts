import type { Case } from "../contract.ts";
import { ensure } from "../failure.ts";
import { statusOf } from "../parse.ts";
import { GET, head, OK, same, settle, upstreamSaw } from "../steps.ts";

const POST = `${head("POST /x HTTP/1.1", "Host: a.test", "Content-Length: 3")}abc`;
const CHUNKED_POST = `${head("POST /x HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked")}3\r\nabc\r\n0\r\n\r\n`;
/** So many leave at once: none may be lost. */
const LEAVERS = 20;

type Leave = "closes" | "ends" | "resets";

const sentWhole = (how: Leave, what: string, sent: string, method: string): Case => ({
  name: `${what} whose client ${how} at once reaches the upstream whole`,
  rfc: "9293 §3.6, 9112 §9.6",
  options: { halfClosedMs: 2000 },
  async run(world) {
    for (let i = 0; i < LEAVERS; i++) {
      const client = await world.client();
      client.write(sent);
      if (how === "closes") client.destroy();
      else if (how === "ends") client.end();
      else client.reset();
      const upstream = await world.upstream.next();
      const request = await upstream.request();
      same("request", request.start, `${method} /x HTTP/1.1`);
      same("body", request.body.toString("latin1"), method === "POST" ? "abc" : "");
      upstream.write(OK);
      upstream.end();
      await upstream.gone();
    }
  },
});

export const halfClose: readonly Case[] = [
  ...(["closes", "ends", "resets"] as const).flatMap((how) => [
    sentWhole(how, "a POST", POST, "POST"),
    sentWhole(how, "a chunked POST", CHUNKED_POST, "POST"),
    sentWhole(how, "a GET", head("GET /x HTTP/1.1", "Host: a.test"), "GET"),
  ]),
  {
    name: "requests of clients that end their side at once are answered",
    rfc: "9293 §3.6, 9112 §9.6",
    async run(world) {
      world.upstream.reply(OK);
      for (let i = 0; i < LEAVERS; i++) {
        const client = await world.client();
        client.write(POST);
        client.end();
        const response = await client.final();
        ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
        await client.gone();
        ensure(client.broke === undefined, `broken: ${client.broke}`);
      }
    },
  },
  {
    name: "an answer goes on to a client that has ended its side, however slowly it comes",
    rfc: "9293 §3.6",
    options: { halfClosedMs: 300 },
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      client.end();
      // The end arrives before the answer does.
      await settle();
      upstream.write(`${head("HTTP/1.1 200 OK", "Content-Length: 4")}on`);
      await client.until("the first half", () => client.bytes.includes("\r\n\r\non") || undefined);
      await new Promise((resolve) => setTimeout(resolve, 700));
      upstream.write("ly");
      same("body", (await client.final()).body.toString("latin1"), "only");
    },
  },
  {
    name: "pipelined requests of a client that ends its side at once are all answered, in order",
    rfc: "9112 §9.3.2, §9.6",
    async run(world) {
      world.upstream.reply(
        (request) => `${head("HTTP/1.1 200 OK", "Content-Length: 2")}${request.start.slice(5, 7)}`,
      );
      const client = await world.client();
      for (const path of ["p1", "p2", "p3"]) client.write(head(`GET /${path} HTTP/1.1`, "Host: a.test"));
      client.end();
      for (const path of ["p1", "p2", "p3"])
        same("answer", (await client.final()).body.toString("latin1"), path);
      await client.gone();
    },
  },
  {
    name: "a client that ends its side inside a request's body: the upstream's connection is broken",
    rfc: "9112 §8",
    async run(world) {
      const client = await world.client();
      client.write(`${head("POST /x HTTP/1.1", "Host: a.test", "Content-Length: 9")}abc`);
      const upstream = await world.upstream.next();
      await upstream.until("the head", () => upstream.bytes.includes("abc") || undefined);
      client.end();
      await upstream.gone();
      await settle();
      upstreamSaw({ ...world, upstream: { ...world.upstream, connections: [] } as never });
    },
  },
  {
    name: "a client that has ended its side and gets nothing is given up after a while",
    rfc: "house",
    options: { halfClosedMs: 300 },
    async run(world) {
      const client = await world.client();
      client.write(GET);
      client.end();
      const upstream = await world.upstream.next();
      await upstream.request();
      await upstream.gone();
      await client.gone();
    },
  },
  ...[
    { when: "before its answer began", first: true },
    { when: "inside its answer", first: false },
  ].map(
    ({ when, first }): Case => ({
      name: `an event stream ends at once when its client ends its side ${when}`,
      rfc: "house",
      options: { halfClosedMs: 60_000 },
      async run(world) {
        const stream = `${head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked")}7\r\ndata:1\n\r\n`;
        const client = await world.client();
        client.write(GET);
        const upstream = await world.upstream.next();
        await upstream.request();
        if (first) client.end();
        if (first) await settle();
        upstream.write(stream);
        if (!first) await client.until("an event", () => client.bytes.includes("data:1") || undefined);
        if (!first) client.end();
        await upstream.gone();
      },
    }),
  ),
  {
    name: "a client that leaves with a pipelined request waiting is noticed",
    rfc: "9112 §9.3.2 (house)",
    options: { halfClosedMs: 60_000 },
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      client.write(head("GET /next HTTP/1.1", "Host: a.test"));
      await settle();
      client.reset();
      await upstream.gone();
    },
  },
  {
    name: "a silent event stream ends when its client leaves with a pipelined request waiting",
    rfc: "9112 §9.3.2 (house)",
    options: { halfClosedMs: 60_000 },
    async run(world) {
      const client = await world.client();
      client.write(GET + head("GET /next HTTP/1.1", "Host: a.test"));
      const upstream = await world.upstream.next();
      await upstream.request();
      upstream.write(
        head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked"),
      );
      await client.partialHead();
      client.destroy();
      await upstream.gone();
    },
  },
];

import type { Case } from "../contract.ts";
import { ensure } from "../failure.ts";
import { statusOf } from "../parse.ts";
import { answerIs, GET, head, members, OK, refusal, roundTrip, same, settle, upstreamSaw } from "../steps.ts";

const get = (target: string) => head(`GET ${target} HTTP/1.1`, "Host: a.test");
const echo = (request: { start: string }) => {
  const target = request.start.split(" ")[1] as string;
  return `${head("HTTP/1.1 200 OK", `Content-Length: ${target.length}`)}${target}`;
};

/** Requests behind one another on a connection, and how it ends. */
export const pipelining: readonly Case[] = [
  ...["X-Plain: a", "X-Odd:  two blanks"].map(
    (field): Case => ({
      name: `a request in front of a pipelined CONNECT is answered first (${field})`,
      rfc: "9112 §9.3.2",
      async run(world) {
        world.upstream.reply(OK);
        const client = await world.client();
        client.write(
          `${head("POST /first HTTP/1.1", "Host: a.test", field, "Content-Length: 1")}x${head("CONNECT a.test:80 HTTP/1.1", "Host: a.test:80")}`,
        );
        ensure(statusOf(await client.final("POST")) === 200, "the first request was not answered");
        const status = await refusal(client, "CONNECT");
        ensure(status === undefined || status >= 400, `CONNECT was answered ${status}`);
      },
    }),
  ),
  {
    name: "odd requests pipelined between plain ones are answered in order",
    rfc: "9112 §9.3.2",
    async run(world) {
      world.upstream.reply(echo);
      const client = await world.client();
      const odd = (target: string) => head(`PROPFIND ${target} HTTP/1.1`, "Host: a.test", "X-Odd:  1 ");
      const body = `${head("POST /3 HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked")}2\r\nhi\r\n0\r\n\r\n`;
      client.write(get("/1") + odd("/2") + body + odd("/4") + get("/5"));
      for (const target of ["/1", "/2", "/3", "/4", "/5"]) await answerIs(client, target);
    },
  },
  {
    name: "pipelined requests are answered in order",
    rfc: "9112 §9.3.2",
    async run(world) {
      world.upstream.reply(async (request) => {
        if (request.start.includes("/slow")) await new Promise((resolve) => setTimeout(resolve, 80));
        return echo(request);
      });
      const client = await world.client();
      client.write(
        get("/slow") +
          get("/2") +
          `${head("POST /3 HTTP/1.1", "Host: a.test", "Content-Length: 2")}hi` +
          get("/4"),
      );
      for (const target of ["/slow", "/2", "/3", "/4"]) await answerIs(client, target);
    },
  },
  {
    name: "a hundred pipelined requests are answered in order",
    rfc: "9112 §9.3.2",
    async run(world) {
      world.upstream.reply(echo);
      const client = await world.client();
      const wanted = Array.from({ length: 100 }, (_, i) => `/${i}`);
      client.write(wanted.map(get).join(""));
      for (const target of wanted) await answerIs(client, target);
    },
  },
  {
    name: "pipelined requests before a malformed one are answered",
    rfc: "9112 §9.3.2, §11.2",
    async run(world) {
      world.upstream.reply(echo);
      const client = await world.client();
      client.write(
        get("/1") + head("GET /2 HTTP/1.1", "Host: a.test", "Content-Length: 1", "Content-Length: 2"),
      );
      await answerIs(client, "/1");
      const status = await client.until(
        "a refusal",
        () => (client.rest.includes("\r\n\r\n") ? true : undefined),
        () => true,
      );
      ensure(status === true, "no refusal");
      ensure(!client.rest.startsWith("HTTP/1.1 2"), "the malformed request was answered 2xx");
      upstreamSaw(world, "GET /1");
    },
  },
  {
    name: "a malformed request on a connection that served one before is refused, others are served on",
    rfc: "9112 §9.3, §11.2",
    async run(world) {
      const { client } = await roundTrip(world, GET);
      client.write(head("GET /2 HTTP/1.1", "Host: a.test", "Content-Length: 1", "Content-Length: 2"));
      const status = await refusal(client);
      ensure(status === undefined || status === 400, `answered ${status}`);
      await client.gone();
      const other = await world.client();
      other.write(GET);
      ensure(statusOf(await other.final()) === 200, "the next client was refused");
      upstreamSaw(world, "GET /", "GET /");
    },
  },
  {
    name: "what follows a request with Connection: close is not served",
    rfc: "9112 §9.6",
    async run(world) {
      world.upstream.reply(echo);
      const client = await world.client();
      client.write(head("GET /1 HTTP/1.1", "Host: a.test", "Connection: close") + get("/2"));
      await answerIs(client, "/1");
      await client.gone();
      ensure(client.rest === "", "a second answer after close");
      upstreamSaw(world, "GET /1");
    },
  },
  {
    name: "a pipelined request behind an unsafe one waits for its answer",
    rfc: "9112 §9.3.2",
    async run(world) {
      const finished: string[] = [];
      world.upstream.reply(async (request) => {
        ensure(
          request.start.includes(" /1 ") || finished.includes("/1"),
          "sent on while a POST was unanswered",
        );
        if (request.start.includes(" /1 ")) await new Promise((resolve) => setTimeout(resolve, 80));
        const said = echo(request);
        finished.push(request.start.split(" ")[1] as string);
        return said;
      });
      const client = await world.client();
      client.write(
        `${head("POST /1 HTTP/1.1", "Host: a.test", "Content-Length: 2")}hi${get("/2")}${get("/3")}`,
      );
      for (const target of ["/1", "/2", "/3"]) await answerIs(client, target);
    },
  },
  {
    name: "what follows an answer that closes is not acted on",
    rfc: "9112 §9.6",
    async run(world) {
      world.upstream.reply(echo);
      const client = await world.client();
      const odd = head("GET /1 HTTP/1.1", "Host: a.test", "Expect: 200-ok", "Content-Length: 0");
      client.write(`${odd}${head("POST /2 HTTP/1.1", "Host: a.test", "Content-Length: 2")}hi`);
      const first = await client.final();
      if (!members(first, "connection").includes("close")) return answerIs(client, "/2");
      await client.gone();
      await settle();
      ensure(!world.upstream.received.includes("POST /2"), "the request behind it was sent on");
    },
  },
  {
    name: "what follows an answer that closes is not acted on, behind another request too",
    rfc: "9112 §9.6",
    async run(world) {
      world.upstream.reply(echo);
      const client = await world.client();
      const odd = head("GET /2 HTTP/1.1", "Host: a.test", "Expect: the-moon");
      const post = head("POST /3 HTTP/1.1", "Host: a.test", "Content-Length: 2");
      client.write(`${get("/1")}${odd}${post}hi`);
      await answerIs(client, "/1");
      const second = await client.final();
      if (!members(second, "connection").includes("close")) return answerIs(client, "/3");
      await client.gone();
      await settle();
      ensure(!world.upstream.received.includes("POST /3"), "the request behind it was sent on");
    },
  },
  {
    name: "stopping: an unsafe request pipelined behind the last answer is not acted on",
    rfc: "9112 §9.6",
    async run(world) {
      const client = await world.client();
      client.write(`${head("POST /1 HTTP/1.1", "Host: a.test", "Content-Length: 2")}hi`);
      client.write(`${head("POST /2 HTTP/1.1", "Host: a.test", "Content-Length: 2")}hi`);
      const upstream = await world.upstream.next();
      await upstream.request();
      const stopped = world.drain();
      await settle();
      world.upstream.reply(OK);
      upstream.write(OK);
      const response = await client.final("POST");
      if (members(response, "connection").includes("close")) {
        await stopped;
        ensure(!world.upstream.received.includes("POST /2"), "the request behind it was sent on");
      }
    },
  },
  {
    name: "stopping: the request in flight is finished, and its connection then closed",
    rfc: "9112 §9.6",
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      const stopped = world.drain();
      await settle();
      upstream.write(OK);
      const response = await client.final();
      same("body", response.body.toString("latin1"), "ok");
      ensure(
        members(response, "connection").includes("close") ||
          client.ended ||
          (await client.gone().then(() => true)),
        "kept open",
      );
      await stopped;
    },
  },
  {
    name: "stopping: idle connections are closed",
    rfc: "9112 §9.6",
    async run(world) {
      const { client } = await roundTrip(world, GET);
      await settle();
      await world.drain();
      await client.gone();
    },
  },
];

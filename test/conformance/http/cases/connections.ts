import type { Case } from "../contract.ts";
import { ensure } from "../failure.ts";
import { statusOf } from "../parse.ts";
import {
  answerIs,
  GET,
  head,
  members,
  OK,
  only,
  refusal,
  roundTrip,
  same,
  settle,
  stillInStep,
  upstreamSaw,
} from "../steps.ts";

const get = (target: string) => head(`GET ${target} HTTP/1.1`, "Host: a.test");
const echo = (request: { start: string }) => {
  const target = request.start.split(" ")[1] as string;
  return `${head("HTTP/1.1 200 OK", `Content-Length: ${target.length}`)}${target}`;
};

/** First request served; the second, on a connection it reuses, finds it dead. */
const stale = (method: string, how: "close" | "reset") => async (world: Parameters<Case["run"]>[0]) => {
  const body = method === "POST" ? "hello" : "";
  const framing = method === "POST" ? ["Content-Length: 5"] : [];
  let reached = 0;
  world.upstream.reply((request, wire, nth) => {
    if (!request.start.includes("/second")) return OK;
    reached++;
    if (wire === world.upstream.connections[0] && nth > 0) {
      if (how === "close") wire.destroy();
      else wire.reset();
      return undefined;
    }
    return OK;
  });
  const client = await world.client();
  client.write(GET);
  await client.final();
  await settle();
  client.write(head(`${method} /second HTTP/1.1`, "Host: a.test", ...framing) + body);
  const status = await refusal(client, method);
  await settle();
  return { status, reached };
};

export const connections: readonly Case[] = [
  {
    name: "an answer to HTTP/1.1 that keeps the connection has no Connection and no Keep-Alive of the proxy's",
    rfc: "9112 §9.3 (house)",
    async run(world) {
      for (const sent of [
        GET,
        head("POST / HTTP/1.1", "Host: a.test", "X-Odd:  two blanks", "Content-Length: 0"),
      ]) {
        const { client, response } = await roundTrip(world, sent);
        same("connection", only(response, "connection"), undefined);
        same("keep-alive", only(response, "keep-alive"), undefined);
        await stillInStep(client);
      }
    },
  },
  {
    name: "an HTTP/1.0 client that asks for it is told that the connection stays open",
    rfc: "9112 §9.3, appendix C.2.2",
    async run(world) {
      const { client, response } = await roundTrip(
        world,
        head("GET / HTTP/1.0", "Host: a.test", "Connection: keep-alive"),
      );
      ensure(members(response, "connection").includes("keep-alive"), "Connection: keep-alive is missing");
      await stillInStep(client);
    },
  },
  {
    name: "a client's connection is kept for further requests of every kind",
    rfc: "9112 §9.3",
    async run(world) {
      const { client } = await roundTrip(world, GET);
      client.write(`${head("POST /p HTTP/1.1", "Host: a.test", "Content-Length: 5")}hello`);
      await client.final("POST");
      client.write(
        `${head("PUT /c HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked")}2\r\nhi\r\n0\r\n\r\n`,
      );
      await client.final("PUT");
      await stillInStep(client);
      upstreamSaw(world, "GET /", "POST /p", "PUT /c", "GET /in-step");
    },
  },
  {
    name: "one connection carries plain requests, an odd one, and then a tunnel",
    rfc: "9112 §9.3, 9110 §7.8",
    async run(world) {
      world.upstream.reply((request) =>
        request.start.includes("/tunnel")
          ? head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket")
          : echo(request),
      );
      const client = await world.client();
      client.write(get("/plain"));
      await answerIs(client, "/plain");
      client.write(head("PROPFIND /odd HTTP/1.1", "Host: a.test", "X-Odd:  1 "));
      await answerIs(client, "/odd");
      client.write(get("/again"));
      await answerIs(client, "/again");
      client.write(head("GET /tunnel HTTP/1.1", "Host: a.test", "Connection: Upgrade", "Upgrade: websocket"));
      ensure(statusOf(await client.final()) === 101, "the tunnel did not open");
      client.write("ping");
      await world.upstream.connections.at(-1)?.untilRaw("ping");
    },
  },
  {
    name: "the upstream's connection is used again",
    rfc: "9112 §9.3 (house)",
    async run(world) {
      const { client } = await roundTrip(world, GET);
      await settle();
      await stillInStep(client);
      ensure(
        world.upstream.connections.length === 1,
        `${world.upstream.connections.length} connections for 2 requests`,
      );
    },
  },
  {
    name: "a client that ends its side after the request gets the whole answer, or none",
    rfc: "9112 §9.6",
    async run(world) {
      const client = await world.client();
      client.write(GET);
      client.end();
      // A client's end may be taken for its leaving: then the upstream need not hear of the request either.
      const upstream = await Promise.race([world.upstream.next(), client.gone().then(() => undefined)]);
      const asked = await upstream?.request().catch(() => undefined);
      if (upstream === undefined || asked === undefined) return;
      upstream.write(`${head("HTTP/1.1 200 OK", "Content-Length: 4")}wh`);
      await settle();
      upstream.write("ole");
      await client.gone();
      if (client.bytes.length > 0) same("body", (await client.final()).body.toString("latin1"), "whol");
    },
  },
  {
    name: "an HTTP/1.0 client gets its answer and the end of the connection",
    rfc: "9112 §9.3",
    async run(world) {
      const { client, response } = await roundTrip(world, head("GET / HTTP/1.0", "Host: a.test"));
      same("body", response.body.toString("latin1"), "ok");
      await client.gone();
    },
  },
  {
    name: "an HTTP/1.0 client never gets a chunked body",
    rfc: "9112 §6.1",
    async run(world) {
      const sent = `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2\r\nok\r\n0\r\n\r\n`;
      const { response } = await roundTrip(world, head("GET / HTTP/1.0", "Host: a.test"), sent);
      ensure(response.framing !== "chunked", "chunked to HTTP/1.0");
      same("body", response.body.toString("latin1"), "ok");
    },
  },
  {
    name: "an HTTP/1.0 client without Host is served or refused, and upstream is asked in HTTP/1.1 with a Host",
    rfc: "9112 §3.2",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("GET / HTTP/1.0", "Accept: */*"));
      const status = await refusal(client);
      const request = world.upstream.requests[0];
      if (!request) return ensure(status === 400, `answered ${status}`);
      ensure(
        /HTTP\/1\.0$/.test(request.start) ||
          members(request, "host").length === 1 ||
          /^Host:/im.test(request.rawHead),
        "HTTP/1.1 without Host",
      );
    },
  },
  {
    name: "an HTTP/1.0 client that asks for keep-alive is told, or the connection ends",
    rfc: "9112 §9.3, C.2.2",
    async run(world) {
      const { client, response } = await roundTrip(
        world,
        head("GET / HTTP/1.0", "Host: a.test", "Connection: keep-alive"),
      );
      if (members(response, "connection").includes("keep-alive")) await stillInStep(client);
      else await client.gone();
    },
  },
  {
    name: "chunked from an HTTP/1.0 client is refused, or the connection ends after it",
    rfc: "9112 §6.1",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(
        `${head("POST / HTTP/1.0", "Host: a.test", "Transfer-Encoding: chunked", "Connection: keep-alive")}0\r\n\r\n${get("/smuggled")}`,
      );
      const status = await refusal(client, "POST");
      await client.gone();
      await settle();
      ensure(
        !world.upstream.requests.some((request) => request.start.includes("smuggled")),
        "the rest was served",
      );
      if (status === undefined || status >= 400)
        ensure(world.upstream.requests.length === 0, "refused and forwarded");
    },
  },
  {
    name: "a stale upstream connection is retried once for GET (closed)",
    rfc: "9110 §9.2.2, 9112 §9.3.1 (house)",
    async run(world) {
      const { status, reached } = await stale("GET", "close")(world);
      ensure(status === 200, `answered ${status}`);
      ensure(reached <= 2, `sent ${reached} times`);
    },
  },
  {
    name: "a stale upstream connection is retried once for GET (reset)",
    rfc: "9110 §9.2.2, 9112 §9.3.1 (house)",
    async run(world) {
      const { status, reached } = await stale("GET", "reset")(world);
      ensure(status === 200, `answered ${status}`);
      ensure(reached <= 2, `sent ${reached} times`);
    },
  },
  {
    name: "a POST that reached the upstream is never sent twice",
    rfc: "9110 §9.2.2",
    async run(world) {
      const { status, reached } = await stale("POST", "close")(world);
      ensure(reached === 1, `sent ${reached} times`);
      ensure(status === undefined || status === 502 || status === 200, `answered ${status}`);
    },
  },
  {
    name: "an upstream that drops every connection is not asked forever",
    rfc: "9110 §9.2.2",
    async run(world) {
      world.upstream.reply((_request, wire, nth) => {
        if (nth === 0) return OK;
        wire.destroy();
        return undefined;
      });
      const client = await world.client();
      client.write(GET);
      await client.final();
      await settle();
      client.write(get("/second"));
      const status = await refusal(client);
      await settle();
      ensure(status === 502, `answered ${status}`);
      ensure(world.upstream.requests.length <= 3, `sent ${world.upstream.requests.length - 1} times`);
    },
  },
  {
    name: "a fresh connection that breaks is not retried: the request may have been acted on",
    rfc: "9110 §9.2.2 (house)",
    async run(world) {
      world.upstream.reply((_request, wire) => {
        wire.destroy();
        return undefined;
      });
      const client = await world.client();
      client.write(GET);
      ensure((await refusal(client)) === 502, "not answered 502");
      await settle();
      ensure(world.upstream.requests.length === 1, `sent ${world.upstream.requests.length} times`);
    },
  },
  {
    name: "an idle connection that the upstream closed is not used again, not even for POST",
    rfc: "9112 §9.5",
    async run(world) {
      const { client } = await roundTrip(world, GET);
      await settle();
      world.upstream.connections[0]?.end();
      await settle();
      client.write(`${head("POST /later HTTP/1.1", "Host: a.test", "Content-Length: 2")}hi`);
      ensure(statusOf(await client.final("POST")) === 200, "refused");
    },
  },
  {
    name: "bytes after an upstream's answer are nobody's answer",
    rfc: "9112 §6.3, §11.1",
    async run(world) {
      const evil = `${head("HTTP/1.1 200 OK", "Content-Length: 4")}evil`;
      const { client, response } = await roundTrip(world, GET, (_request, _wire, nth) =>
        nth === 0 ? OK + evil : OK,
      );
      await settle();
      await stillInStep(client, response);
    },
  },
  {
    name: "bytes into an idle upstream connection are nobody's answer",
    rfc: "9112 §6.3, §11.1",
    async run(world) {
      const { client, response } = await roundTrip(world, GET);
      await settle();
      world.upstream.connections[0]?.write(`${head("HTTP/1.1 200 OK", "Content-Length: 4")}evil`);
      await settle();
      await stillInStep(client, response);
    },
  },
  {
    name: "two clients at once get their own answers",
    rfc: "9112 §9.4",
    async run(world) {
      world.upstream.reply(async (request) => {
        await new Promise((resolve) => setTimeout(resolve, request.start.includes(" /1 ") ? 60 : 10));
        return echo(request);
      });
      const [one, two] = [await world.client(), await world.client()];
      one.write(get("/1"));
      two.write(get("/2"));
      await answerIs(two, "/2");
      await answerIs(one, "/1");
    },
  },
];

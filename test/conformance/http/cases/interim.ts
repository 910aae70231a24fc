import type { Case } from "../contract.ts";
import { ensure } from "../failure.ts";
import { statusOf, valuesOf } from "../parse.ts";
import { GET, head, members, OK, roundTrip, same, stillInStep } from "../steps.ts";

const expecting = head("POST /e HTTP/1.1", "Host: a.test", "Content-Length: 5", "Expect: 100-continue");
const CONTINUE = head("HTTP/1.1 100 Continue");
const HINTS = head("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload", "Link: </b.js>; rel=preload");

export const interim: readonly Case[] = [
  {
    name: "Expect: 100-continue: the client is told to go on before it sends the body",
    rfc: "9110 §10.1.1",
    async run(world) {
      const client = await world.client();
      client.write(expecting);
      const upstream = await world.upstream.next();
      void upstream.partialHead().then(() => upstream.write(CONTINUE));
      const first = await client.response("POST");
      ensure(statusOf(first) === 100, `answered ${statusOf(first)} first`);
      client.write("hello");
      const request = await upstream.request();
      same("body", request.body.toString("latin1"), "hello");
      upstream.write(OK);
      ensure(statusOf(await client.final("POST")) === 200, "not answered 200");
      ensure(client.rest === "", "bytes after the answer");
    },
  },
  {
    name: "Expect: 100-continue: the upstream decides, a refusal reaches the client without 100",
    rfc: "9110 §10.1.1",
    async run(world) {
      const client = await world.client();
      client.write(expecting);
      const upstream = await world.upstream.next();
      await upstream.partialHead();
      upstream.write(
        `${head("HTTP/1.1 401 Unauthorized", "WWW-Authenticate: Basic", "Content-Length: 2")}no`,
      );
      const response = await client.final("POST");
      ensure(statusOf(response) === 401, `answered ${statusOf(response)}`);
      ensure(response.interim.length === 0, "100 Continue sent though the upstream refused");
    },
  },
  {
    name: "Expect: 100-continue: a client that does not wait is served",
    rfc: "9110 §10.1.1",
    async run(world) {
      const { client, request, response } = await roundTrip(world, `${expecting}hello`);
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
      same("body", request.body.toString("latin1"), "hello");
      await stillInStep(client, response);
    },
  },
  {
    name: "Expect of an HTTP/1.0 client is ignored: no 1xx is sent to it",
    rfc: "9110 §10.1.1, §15.2",
    async run(world) {
      world.upstream.reply(`${CONTINUE}${OK}`);
      const client = await world.client();
      client.write(
        `${head("POST /e HTTP/1.0", "Host: a.test", "Content-Length: 5", "Expect: 100-continue")}hello`,
      );
      ensure(statusOf(await client.response("POST")) === 200, "an interim answer was sent");
    },
  },
  {
    name: "a request that expects 100-continue leaves the connection open",
    rfc: "9110 §10.1.1",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      for (let i = 0; i < 2; i++) {
        client.write(`${expecting}hello`);
        const response = await client.final();
        ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
        ensure(!members(response, "connection").includes("close"), "the connection is closed");
      }
    },
  },
  {
    name: "an empty Expect expects nothing",
    rfc: "9110 §10.1.1, §5.6.1",
    async run(world) {
      const sent = head("GET / HTTP/1.1", "Host: a.test", "Expect: ");
      const { client, response } = await roundTrip(world, sent);
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
      await stillInStep(client, response);
    },
  },
  {
    name: "an expectation nobody knows is forwarded or answered 417",
    rfc: "9110 §10.1.1",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("GET / HTTP/1.1", "Host: a.test", "Expect: 200-ok"));
      const status = statusOf(await client.final());
      ensure(
        status === 417 || (status === 200 && world.upstream.requests.length === 1),
        `answered ${status}`,
      );
    },
  },
  {
    name: "103 Early Hints reaches the client at once, with its fields",
    rfc: "9110 §15.2, 8297 §2",
    async run(world) {
      world.upstream.reply(HINTS);
      const client = await world.client();
      client.write(GET);
      const first = await client.response();
      ensure(statusOf(first) === 103, `answered ${statusOf(first)}`);
      same("link", valuesOf(first.fields, "link").join(", "), "</a.css>; rel=preload, </b.js>; rel=preload");
      world.upstream.connections[0]?.write(OK);
      ensure(statusOf(await client.final()) === 200, "not answered 200");
      ensure(client.rest === "", "bytes after the answer");
    },
  },
  {
    name: "102 Processing, several times, is relayed",
    rfc: "9110 §15.2, 2518 §10.1",
    async run(world) {
      const { client, response } = await roundTrip(
        world,
        GET,
        `${head("HTTP/1.1 102 Processing").repeat(3)}${OK}`,
      );
      ensure(response.interim.length === 3, `${response.interim.length} of 3 interim answers relayed`);
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
      ensure(client.rest === "", "bytes after the answer");
    },
  },
  {
    name: "a 1xx nobody knows is relayed",
    rfc: "9110 §15.2",
    async run(world) {
      const { response } = await roundTrip(world, GET, `${head("HTTP/1.1 155 What", "X-Why: not")}${OK}`);
      ensure(response.interim.length === 1 && statusOf(response.interim[0] as never) === 155, "not relayed");
    },
  },
  {
    name: "a 100 Continue nobody asked for does no harm",
    rfc: "9110 §15.2.1",
    async run(world) {
      const { client, response } = await roundTrip(world, GET, (_request, _wire, nth) =>
        nth === 0 ? `${CONTINUE}${OK}` : OK,
      );
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
      same("body", response.body.toString("latin1"), "ok");
      await stillInStep(client, response);
    },
  },
  {
    name: "interim answers are not sent to an HTTP/1.0 client",
    rfc: "9110 §15.2",
    async run(world) {
      world.upstream.reply(`${HINTS}${OK}`);
      const client = await world.client();
      client.write(head("GET / HTTP/1.0", "Host: a.test"));
      ensure(statusOf(await client.response()) === 200, "an interim answer was sent");
    },
  },
  {
    name: "103 and then a broken upstream: 502 or a broken connection",
    rfc: "9110 §15.6.3",
    async run(world) {
      world.upstream.reply((_request, wire) => {
        setTimeout(() => wire.reset(), 30);
        return HINTS;
      });
      const client = await world.client();
      client.write(GET);
      await client.until(
        "502",
        () => (client.rest.includes(" 502 ") ? true : undefined),
        () => true,
      );
      ensure(!client.rest.includes(" 200 "), "answered 200");
    },
  },
  {
    name: "Expect does not keep a body-less request waiting",
    rfc: "9110 §10.1.1",
    async run(world) {
      const { response } = await roundTrip(
        world,
        head("GET / HTTP/1.1", "Host: a.test", "Expect: 100-continue"),
      );
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
    },
  },
];

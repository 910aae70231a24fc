import type { Case, World } from "../contract.ts";
import { ensure, fail } from "../failure.ts";
import { type Message, statusOf } from "../parse.ts";
import {
  has,
  head,
  members,
  OK,
  only,
  refusal,
  roundTrip,
  same,
  settle,
  stillInStep,
  targetOf,
  upstreamSaw,
} from "../steps.ts";
import type { Wire } from "../wire.ts";

const websocket = (...fields: readonly string[]) =>
  head(
    "GET /chat HTTP/1.1",
    "Host: a.test",
    "Connection: keep-alive, Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...fields,
  );
const SWITCH = head(
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
);

/** An open tunnel: both ends ready for raw bytes. */
async function tunnel(
  world: World,
  request = websocket(),
  answer = SWITCH,
): Promise<{ client: Wire; upstream: Wire; asked: Message }> {
  const client = await world.client();
  client.write(request);
  const upstream = await world.upstream.next();
  const asked = await upstream.request();
  ensure(members(asked, "connection").includes("upgrade"), "Connection: upgrade was not forwarded");
  ensure(has(asked, "upgrade"), "Upgrade was not forwarded");
  upstream.write(answer);
  const response = await client.final();
  ensure(statusOf(response) === 101, `answered ${statusOf(response)}`);
  ensure(
    members(response, "connection").includes("upgrade") && has(response, "upgrade"),
    "101 without Connection: upgrade",
  );
  return { client, upstream, asked };
}

export const upgrades: readonly Case[] = [
  {
    name: "a WebSocket opens, bytes go both ways",
    rfc: "6455 §4, 9110 §7.8",
    async run(world) {
      const { client, upstream } = await tunnel(world);
      client.write("\x81\x85\x01\x02\x03\x04iggnn");
      await upstream.untilRaw("\x81\x85\x01\x02\x03\x04iggnn");
      upstream.write("\x81\x05hello");
      await client.untilRaw("\x81\x05hello");
      client.write("\x00\xff".repeat(50_000));
      await upstream.untilRaw("\x00\xff".repeat(50_000));
    },
  },
  {
    name: "the WebSocket's own fields pass both ways",
    rfc: "6455 §4.1, §4.2.2",
    async run(world) {
      const client = await world.client();
      client.write(
        websocket(
          "Sec-WebSocket-Protocol: chat, superchat",
          "Sec-WebSocket-Extensions: permessage-deflate",
          "Origin: http://a.test",
        ),
      );
      const upstream = await world.upstream.next();
      const asked = await upstream.request();
      same("sec-websocket-key", only(asked, "sec-websocket-key"), "dGhlIHNhbXBsZSBub25jZQ==");
      same("sec-websocket-protocol", only(asked, "sec-websocket-protocol"), "chat, superchat");
      same("sec-websocket-extensions", only(asked, "sec-websocket-extensions"), "permessage-deflate");
      same("origin", only(asked, "origin"), "http://a.test");
      upstream.write(SWITCH.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n"));
      const response = await client.final();
      same("sec-websocket-accept", only(response, "sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      same("sec-websocket-protocol", only(response, "sec-websocket-protocol"), "chat");
    },
  },
  {
    name: "bytes sent with the 101 and right after the request are not lost",
    rfc: "9110 §7.8",
    async run(world) {
      const client = await world.client();
      client.write(`${websocket()}early`);
      const upstream = await world.upstream.next();
      await upstream.request();
      upstream.write(`${SWITCH}at once`);
      ensure(statusOf(await client.final()) === 101, "not answered 101");
      await client.untilRaw("at once");
      await upstream.untilRaw("early");
    },
  },
  {
    name: "a client's half-close reaches the upstream, which may go on sending",
    rfc: "9293 §3.6 (house)",
    async run(world) {
      const { client, upstream } = await tunnel(world);
      client.write("bye");
      client.end();
      await upstream.untilRaw("bye");
      await upstream.gone();
      ensure(upstream.broke === undefined, `broken: ${upstream.broke}`);
      upstream.write("last words");
      await client.untilRaw("last words");
      upstream.end();
      await client.gone();
      ensure(client.broke === undefined, `broken: ${client.broke}`);
    },
  },
  {
    name: "an upstream's half-close reaches the client, which may go on sending",
    rfc: "9293 §3.6 (house)",
    async run(world) {
      const { client, upstream } = await tunnel(world);
      upstream.write("bye");
      upstream.end();
      await client.untilRaw("bye");
      await client.gone();
      ensure(client.broke === undefined, `broken: ${client.broke}`);
      client.write("last words");
      await upstream.untilRaw("last words");
    },
  },
  {
    name: "a client that breaks off closes the upstream's end",
    rfc: "9110 §7.8",
    async run(world) {
      const { client, upstream } = await tunnel(world);
      client.reset();
      await upstream.gone();
    },
  },
  {
    name: "an upstream that breaks off closes the client's end",
    rfc: "9110 §7.8",
    async run(world) {
      const { client, upstream } = await tunnel(world);
      upstream.reset();
      await client.gone();
    },
  },
  {
    name: "an upstream's reset in a tunnel stays a reset",
    rfc: "9293 §3.5.2",
    async run(world) {
      const { client, upstream } = await tunnel(world);
      upstream.reset();
      await client.gone();
      await client.until(
        "a reset",
        () => (client.broke === "ECONNRESET" ? true : undefined),
        () => fail("a clean end"),
      );
    },
  },
  {
    name: "a client's reset in a tunnel stays a reset",
    rfc: "9293 §3.5.2",
    async run(world) {
      const { client, upstream } = await tunnel(world);
      client.reset();
      await upstream.until(
        "a reset",
        () => (upstream.broke === "ECONNRESET" ? true : undefined),
        () => fail("a clean end"),
      );
    },
  },
  ...[
    { how: "an empty body", fields: ["Content-Length: 0"], body: "" },
    { how: "a sized body", fields: ["Content-Length: 4"], body: "body" },
    { how: "a chunked body", fields: ["Transfer-Encoding: chunked"], body: "4\r\nbody\r\n0\r\n\r\n" },
  ].map(
    ({ how, fields, body }): Case => ({
      name: `an upgrade in a request with ${how} opens, and the body arrives before it`,
      rfc: "9110 §7.8",
      async run(world) {
        const ask = head(
          "POST /attach HTTP/1.1",
          "Host: a.test",
          "Connection: Upgrade",
          "Upgrade: tcp",
          ...fields,
        );
        const switched = head("HTTP/1.1 101 UPGRADED", "Connection: Upgrade", "Upgrade: tcp");
        const { client, upstream, asked } = await tunnel(world, `${ask}${body}`, switched);
        same("body", asked.body.toString("latin1"), body === "" ? "" : "body");
        client.write("ping");
        await upstream.untilRaw("ping");
        upstream.write("pong");
        await client.untilRaw("pong");
      },
    }),
  ),
  {
    name: "an upgrade that is not taken up leaves the connection open, again and again",
    rfc: "9110 §7.8",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      for (let i = 0; i < 3; i++) {
        client.write(head("GET /j HTTP/1.1", "Host: a.test", "Connection: Upgrade", "Upgrade: TLS/1.2"));
        const response = await client.final();
        ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
        ensure(!members(response, "connection").includes("close"), "the connection is closed");
      }
      client.write(head("GET /in-step HTTP/1.1", "Host: a.test"));
      ensure(statusOf(await client.final()) === 200, "the next request was not answered");
    },
  },
  {
    name: "an upgrade to another protocol opens too",
    rfc: "9110 §7.8",
    async run(world) {
      const ask = head("GET /t HTTP/1.1", "Host: a.test", "Connection: Upgrade", "Upgrade: custom/2, other");
      const { client, upstream } = await tunnel(
        world,
        ask,
        head("HTTP/1.1 101 Switching Protocols", "Connection: upgrade", "Upgrade: custom/2"),
      );
      client.write("ping");
      await upstream.untilRaw("ping");
      upstream.write("pong");
      await client.untilRaw("pong");
    },
  },
  {
    name: "an upgrade that the upstream ignores is answered like any request",
    rfc: "9110 §7.8",
    async run(world) {
      const { client, response } = await roundTrip(world, websocket());
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
      same("body", response.body.toString("latin1"), "ok");
      await stillInStep(client, response);
    },
  },
  {
    name: "an upgrade that the upstream refuses: its answer arrives whole, chunked too",
    rfc: "9110 §7.8",
    async run(world) {
      const sent = `${head("HTTP/1.1 403 Forbidden", "X-Why: no", "Transfer-Encoding: chunked")}2\r\nno\r\n1\r\n!\r\n0\r\n\r\n`;
      const { response } = await roundTrip(world, websocket(), sent);
      ensure(statusOf(response) === 403, `answered ${statusOf(response)}`);
      same("x-why", only(response, "x-why"), "no");
      same("body", response.body.toString("latin1"), "no!");
    },
  },
  {
    name: "426 with Upgrade reaches the client",
    rfc: "9110 §15.5.22",
    async run(world) {
      const sent = `${head("HTTP/1.1 426 Upgrade Required", "Connection: upgrade", "Upgrade: websocket", "Content-Length: 2")}no`;
      const { response } = await roundTrip(world, head("GET / HTTP/1.1", "Host: a.test"), sent);
      ensure(statusOf(response) === 426, `answered ${statusOf(response)}`);
      same("body", response.body.toString("latin1"), "no");
    },
  },
  {
    name: "an upgrade whose upstream dies before it answers: 502 or a closed connection",
    rfc: "9110 §15.6.3",
    async run(world) {
      world.upstream.reply((_request, wire) => {
        wire.destroy();
        return undefined;
      });
      const client = await world.client();
      client.write(websocket());
      const status = await refusal(client);
      ensure(status === undefined || status === 502, `answered ${status}`);
      if (status === undefined) await client.gone();
    },
  },
  {
    name: "an upgrade to an upstream that refuses the connection: 502 or a closed connection",
    rfc: "9110 §15.6.3",
    upstream: "refused",
    async run(world) {
      const client = await world.client();
      client.write(websocket());
      const status = await refusal(client);
      ensure(status === undefined || status === 502, `answered ${status}`);
    },
  },
  ...(["closes", "resets"] as const).map(
    (how): Case => ({
      name: `a client that ${how} while its upgrade waits: the upstream's connection is closed`,
      rfc: "9112 §9.5 (house)",
      options: { halfClosedMs: 200 },
      async run(world) {
        const client = await world.client();
        client.write(websocket());
        const upstream = await world.upstream.next();
        await upstream.request();
        if (how === "closes") client.destroy();
        else client.reset();
        await upstream.gone();
      },
    }),
  ),
  {
    name: "an upgrade that the upstream does not answer in time: 504 or a closed connection",
    rfc: "9110 §15.6.5",
    options: { responseMs: 300 },
    async run(world) {
      const client = await world.client();
      client.write(websocket());
      const upstream = await world.upstream.next();
      const status = await refusal(client);
      ensure(status === undefined || status === 504, `answered ${status}`);
      await upstream.gone();
    },
  },
  {
    name: "an early hint before the 101 does not spoil the upgrade",
    rfc: "9110 §15.2, §7.8",
    async run(world) {
      const client = await world.client();
      client.write(websocket());
      const upstream = await world.upstream.next();
      await upstream.request();
      upstream.write(head("HTTP/1.1 103 Early Hints", "Link: </a>") + SWITCH);
      ensure(statusOf(await client.final()) === 101, "not answered 101");
      client.write("ping");
      await upstream.untilRaw("ping");
    },
  },
  {
    name: "an upgrade asked in a request with a body: the body arrives as the body",
    rfc: "9110 §7.8",
    async run(world) {
      const body = head("GET /smuggled HTTP/1.1", "Host: a.test");
      const ask = head(
        "POST /u HTTP/1.1",
        "Host: a.test",
        "Connection: Upgrade",
        "Upgrade: custom",
        `Content-Length: ${body.length}`,
      );
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(ask + body);
      const status = await refusal(client);
      await settle();
      if (status === undefined || status >= 400)
        return ensure(world.upstream.requests.length === 0, "refused and forwarded");
      upstreamSaw(world, "POST /u");
      same("body", world.upstream.requests[0]?.body.toString("latin1"), body);
    },
  },
  {
    name: "an upgrade with a chunked body does not let the body out as a request",
    rfc: "9110 §7.8, 9112 §6.1",
    async run(world) {
      const inner = head("GET /smuggled HTTP/1.1", "Host: a.test");
      const ask = head(
        "POST /u HTTP/1.1",
        "Host: a.test",
        "Connection: Upgrade",
        "Upgrade: custom",
        "Transfer-Encoding: chunked",
      );
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(`${ask}${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`);
      const status = await refusal(client);
      await settle();
      if (status === undefined || status >= 400)
        return ensure(world.upstream.requests.length === 0, "refused and forwarded");
      upstreamSaw(world, "POST /u");
      same("body", world.upstream.requests[0]?.body.toString("latin1"), inner);
    },
  },
  {
    name: "h2c is not tunnelled past the routing: the request goes on without it",
    rfc: "9113 §3.1 (house)",
    async run(world) {
      const ask = head(
        "GET /h HTTP/1.1",
        "Host: a.test",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
      );
      world.upstream.reply((request) =>
        /^upgrade: *h2c/im.test(request.rawHead)
          ? head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: h2c")
          : OK,
      );
      const client = await world.client();
      client.write(ask);
      const response = await client.final();
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
      const request = world.upstream.requests[0] ?? fail("not forwarded");
      same("the target", targetOf(request), "/h");
      ensure(!has(request, "http2-settings"), "http2-settings passed on");
    },
  },
  {
    name: "Upgrade of an HTTP/1.0 client is ignored",
    rfc: "9110 §7.8",
    async run(world) {
      world.upstream.reply((request) => (has(request, "upgrade") ? SWITCH : OK));
      const client = await world.client();
      client.write(websocket().replace("HTTP/1.1", "HTTP/1.0"));
      const status = await refusal(client);
      ensure(status !== 101, "switched protocols with HTTP/1.0");
    },
  },
  {
    name: "a 101 nobody asked for is an error: 502, never passed on",
    rfc: "9110 §15.2.2, §15.6.3",
    async run(world) {
      world.upstream.reply(`${SWITCH}\x81\x05hello`);
      const client = await world.client();
      client.write(head("GET / HTTP/1.1", "Host: a.test"));
      const status = await refusal(client);
      ensure(status === undefined || status === 502, `answered ${status}`);
    },
  },
  {
    name: "an open tunnel does not end when a client of another connection leaves",
    rfc: "9110 §7.8",
    async run(world) {
      const { client, upstream } = await tunnel(world);
      const other = await world.client();
      other.write(head("GET /other HTTP/1.1", "Host: a.test"));
      const second = await world.upstream.next();
      await second.request();
      other.destroy();
      await settle();
      client.write("still here");
      await upstream.untilRaw("still here");
    },
  },
];

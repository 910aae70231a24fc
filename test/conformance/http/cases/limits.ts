import type { Case } from "../contract.ts";
import { ensure, fail } from "../failure.ts";
import { statusOf } from "../parse.ts";
import { GET, head, OK, refusal, roundTrip, settle } from "../steps.ts";

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

export const limits: readonly Case[] = [
  {
    name: "a head too large is answered 431, or forwarded whole",
    rfc: "9110 §5.4, 6585 §5",
    run: (world) =>
      tooLarge(world, head("GET / HTTP/1.1", "Host: a.test", `X-Large: ${"x".repeat(200_000)}`), [431]),
  },
  {
    name: "a head of 1 MiB sent in one go gets its 431 whole, not a reset",
    rfc: "6585 §5, 9112 §9.6",
    async run(world) {
      for (let i = 0; i < 5; i++) {
        const client = await world.client();
        client.write(head("GET / HTTP/1.1", "Host: a.test", `X-Large: ${"x".repeat(1 << 20)}`));
        const response = await client.final();
        ensure(statusOf(response) === 431, `answered ${statusOf(response)}`);
        await client.gone();
        ensure(client.broke === undefined, `broken: ${client.broke}`);
      }
    },
  },
  {
    name: "a head of too many small fields is answered 431, or forwarded whole",
    rfc: "9110 §5.4, 6585 §5",
    run: (world) =>
      tooLarge(
        world,
        head("GET / HTTP/1.1", "Host: a.test", ...Array.from({ length: 20_000 }, (_, i) => `x${i}: 1`)),
        [431],
      ),
  },
  {
    name: "a limit on heads below the usual one holds",
    rfc: "9110 §5.4, 6585 §5",
    options: { headerBytes: 2048 },
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("GET / HTTP/1.1", "Host: a.test", `X-Large: ${"x".repeat(4000)}`));
      const status = await refusal(client);
      ensure(status === 431, `answered ${status}`);
      await settle();
      ensure(world.upstream.received === "", "refused and forwarded");
    },
  },
  {
    name: "a target too long is answered 414, or forwarded whole",
    rfc: "9112 §3, 9110 §15.5.15",
    run: (world) => tooLarge(world, head(`GET /${"a".repeat(100_000)} HTTP/1.1`, "Host: a.test"), [414]),
  },
  {
    name: "a target of 12 KiB is answered 414, or forwarded whole",
    rfc: "9112 §3, 9110 §15.5.15",
    run: (world) => tooLarge(world, head(`GET /${"a".repeat(12_000)} HTTP/1.1`, "Host: a.test"), [414]),
  },
  {
    name: "a head that never ends is cut off",
    rfc: "9112 §3, 9110 §5.4",
    async run(world) {
      const client = await world.client();
      client.write("GET / HTTP/1.1\r\nHost: a.test\r\n");
      const piece = `x-more: ${"y".repeat(1000)}\r\n`.repeat(64);
      for (
        let sent = 0;
        sent < 40_000_000 && !client.over && client.bytes.length === 0;
        sent += piece.length
      ) {
        if (!client.write(piece)) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const status = await refusal(client);
      ensure(status === undefined || [431, 400].includes(status), `answered ${status}`);
    },
  },
  {
    name: "a sized body too large is answered 413 before it is read",
    rfc: "9110 §15.5.14",
    needs: "body limit",
    options: { bodyBytes: 1024 },
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 1025"));
      const status = statusOf(await client.final("POST"));
      ensure(status === 413, `answered ${status}`);
      await settle();
      ensure(world.upstream.received === "", "forwarded");
    },
  },
  {
    name: "a chunked body too large is answered 413 and never complete upstream",
    rfc: "9110 §15.5.14",
    needs: "body limit",
    options: { bodyBytes: 1024 },
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked"));
      client.write(chunk("x".repeat(800)) + chunk("y".repeat(800)));
      const status = statusOf(await client.final("POST"));
      ensure(status === 413, `answered ${status}`);
      await settle();
      ensure(world.upstream.requests.length === 0, "forwarded as a complete request");
      for (const wire of world.upstream.connections) await wire.gone();
    },
  },
  {
    name: "a body at the limit passes, sized and chunked",
    rfc: "9110 §15.5.14",
    needs: "body limit",
    options: { bodyBytes: 1024 },
    async run(world) {
      const body = "x".repeat(1024);
      const { client } = await roundTrip(
        world,
        head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 1024") + body,
      );
      client.write(
        `${head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked")}${chunk(body)}0\r\n\r\n`,
      );
      ensure(statusOf(await client.final("POST")) === 200, "refused");
    },
  },
  {
    name: "a body too large with Expect is refused without 100 Continue",
    rfc: "9110 §10.1.1",
    needs: "body limit",
    options: { bodyBytes: 1024 },
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 5000", "Expect: 100-continue"));
      const response = await client.final("POST");
      ensure(statusOf(response) === 413 && response.interim.length === 0, `answered ${statusOf(response)}`);
    },
  },
  {
    name: "a head that comes too slowly is answered 408 or cut off",
    rfc: "9110 §15.5.9",
    options: { headersMs: 300 },
    async run(world) {
      const client = await world.client();
      client.write("GET / HTTP/1.1\r\nHost: a.t");
      const status = await refusal(client);
      await client.gone();
      ensure(status === undefined || status === 408, `answered ${status}`);
      ensure(world.upstream.received === "", "forwarded");
    },
  },
  {
    name: "a head that drips byte by byte is cut off all the same",
    rfc: "9110 §15.5.9",
    options: { headersMs: 300 },
    async run(world) {
      const client = await world.client();
      const drip = setInterval(() => client.write("x"), 30);
      try {
        client.write("GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow: ");
        await client.gone();
      } finally {
        clearInterval(drip);
      }
    },
  },
  {
    name: "a request body that stalls is cut off, upstream too",
    rfc: "9110 §15.5.9",
    options: { bodyIdleMs: 300 },
    async run(world) {
      const client = await world.client();
      client.write(`${head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 10")}hello`);
      const upstream = await world.upstream.next();
      await upstream.partialHead();
      const status = await refusal(client, "POST");
      ensure(status === undefined || status === 408, `answered ${status}`);
      await upstream.gone();
    },
  },
  {
    name: "an upstream that accepts no connection in time: 504",
    rfc: "9110 §15.6.5",
    upstream: "blackhole",
    options: { connectMs: 300, responseMs: 2000 },
    run: (world) => gateway(world, 504),
  },
  {
    name: "an upstream that refuses the connection: 502",
    rfc: "9110 §15.6.3",
    upstream: "refused",
    run: (world) => gateway(world, 502),
  },
  {
    name: "an upstream that does not answer in time: 504, and it is given up",
    rfc: "9110 §15.6.5",
    options: { responseMs: 300 },
    async run(world) {
      await gateway(world, 504);
      const upstream = await world.upstream.next();
      await upstream.gone();
    },
  },
  {
    name: "an upstream that stalls inside its head: 504",
    rfc: "9110 §15.6.5",
    options: { responseMs: 300 },
    async run(world) {
      world.upstream.reply("HTTP/1.1 200 OK\r\nContent-Le");
      await gateway(world, 504);
    },
  },
  {
    name: "an upstream that stalls inside its body: the client's connection is broken",
    rfc: "9112 §8",
    options: { bodyIdleMs: 300 },
    async run(world) {
      world.upstream.reply(`${head("HTTP/1.1 200 OK", "Content-Length: 10")}hello`);
      const client = await world.client();
      client.write(GET);
      await client.brokenOff();
      for (const wire of world.upstream.connections) await wire.gone();
    },
  },
  {
    name: "a slow but steady body is not cut off",
    rfc: "9112 §8 (house)",
    options: { bodyIdleMs: 900 },
    async run(world) {
      world.upstream.reply((_request, wire) => {
        const parts = [..."slowly"];
        const tick = setInterval(() => {
          const part = parts.shift();
          if (part === undefined) clearInterval(tick);
          else wire.write(part);
        }, 250);
        return head("HTTP/1.1 200 OK", "Content-Length: 6");
      });
      const client = await world.client();
      client.write(GET);
      ensure((await client.final()).body.toString("latin1") === "slowly", "cut short");
    },
  },
  {
    name: "an idle keep-alive connection is closed after its time",
    rfc: "9112 §9.5",
    options: { idleMs: 300 },
    async run(world) {
      const { client } = await roundTrip(world, GET);
      await client.gone();
      ensure(
        client.rest === "" || statusOf(await client.final()) === 408,
        "something was sent into the idle connection",
      );
    },
  },
];

async function tooLarge(
  world: Parameters<Case["run"]>[0],
  sent: string,
  statuses: readonly number[],
): Promise<void> {
  world.upstream.reply(OK);
  const client = await world.client();
  client.write(sent);
  const status = await refusal(client);
  if (status === 200) {
    const request = world.upstream.requests[0] ?? fail("answered 200 without asking the upstream");
    return ensure(request.rawHead.length >= sent.length * 0.9, "forwarded cut short");
  }
  ensure(status === undefined || statuses.includes(status), `answered ${status}`);
  ensure(status !== undefined, "closed without an answer");
  await settle();
  ensure(world.upstream.received === "", "refused and forwarded");
}

async function gateway(world: Parameters<Case["run"]>[0], wanted: number): Promise<void> {
  const client = await world.client();
  client.write(GET);
  const status = statusOf(await client.final());
  ensure(status === wanted, `answered ${status}`);
}

import type { Case, World } from "../contract.ts";
import { ensure } from "../failure.ts";
import { statusOf } from "../parse.ts";
import { GET, head, OK, refusal, settle } from "../steps.ts";

/** The upstream says this and then leaves, with FIN or a reset. */
function saysAndLeaves(world: World, text: string, how: "end" | "reset"): void {
  world.upstream.reply((_request, wire) => {
    if (text !== "") wire.write(text);
    setTimeout(() => (how === "end" ? wire.end() : wire.reset()), 20);
    return undefined;
  });
}

const bad = (
  name: string,
  rfc: string,
  text: string,
  how: "end" | "reset",
  verdict: "502" | "broken",
): Case => ({
  name: `an upstream that ${how === "end" ? "closes" : "resets"} ${name}: ${verdict === "502" ? "502" : "the client's connection is broken"}`,
  rfc,
  async run(world) {
    saysAndLeaves(world, text, how);
    const client = await world.client();
    client.write(GET);
    if (verdict === "broken") return client.brokenOff();
    const status = await refusal(client);
    ensure(status === 502, status === undefined ? "closed without an answer" : `answered ${status}`);
  },
});

const SIZED = `${head("HTTP/1.1 200 OK", "Content-Length: 10")}hello`;
const CHUNKED = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");

/** To a client without chunks the end of the connection is the end of the body: only a reset says that some of it is missing. */
const cutShort = (text: string, how: "end" | "reset"): Case => ({
  name: `an upstream that ${how === "end" ? "closes" : "resets"} inside a chunked body towards an HTTP/1.0 client: reset, not closed`,
  rfc: "9112 §8",
  async run(world) {
    saysAndLeaves(world, text, how);
    const client = await world.client();
    client.write(head("GET / HTTP/1.0", "Host: a.test"));
    await client.brokenOff();
  },
});

/** An upload is under way; the client's connection then goes. */
const clientLeavesUpload = (framing: "sized" | "chunked"): Case => ({
  name: `a client that leaves inside a ${framing} upload: the upstream's connection breaks, the request never looks whole`,
  rfc: "9112 §8 (house)",
  async run(world) {
    const client = await world.client();
    const fields = framing === "sized" ? "Content-Length: 10" : "Transfer-Encoding: chunked";
    client.write(
      head("POST / HTTP/1.1", "Host: a.test", fields) + (framing === "sized" ? "hello" : "5\r\nhello\r\n"),
    );
    const upstream = await world.upstream.next();
    await upstream.untilRaw("hello");
    client.destroy();
    await upstream.gone();
    ensure(!upstream.bytes.toString("latin1").endsWith("0\r\n\r\n"), "the chunked body was ended");
  },
});

export const upstreamFailures: readonly Case[] = [
  bad("before its head", "9110 §15.6.3", "", "end", "502"),
  bad("before its head", "9110 §15.6.3", "", "reset", "502"),
  bad("inside its head", "9112 §8, 9110 §15.6.3", "HTTP/1.1 200 OK\r\nContent-Le", "end", "502"),
  bad("inside a sized body", "9112 §8", SIZED, "end", "broken"),
  bad("inside a sized body", "9112 §8", SIZED, "reset", "broken"),
  bad(
    "before the first byte of a sized body",
    "9112 §8",
    head("HTTP/1.1 200 OK", "Content-Length: 10"),
    "end",
    "broken",
  ),
  bad("inside a chunk", "9112 §8", `${CHUNKED}A\r\nhello`, "end", "broken"),
  bad("inside a chunk size", "9112 §8", `${CHUNKED}5\r\nhello\r\n1`, "reset", "broken"),
  bad("after a chunk, without the last one", "9112 §8", `${CHUNKED}5\r\nhello\r\n`, "end", "broken"),
  bad("inside trailers", "9112 §8", `${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\r\n`, "end", "broken"),
  cutShort(`${CHUNKED}5\r\nhello\r\n`, "end"),
  cutShort(`${CHUNKED}5\r\nhello\r\n`, "reset"),
  {
    name: "an upstream that resets a body that ends with the connection: the client can tell",
    rfc: "9112 §8",
    async run(world) {
      saysAndLeaves(world, `${head("HTTP/1.1 200 OK")}hello`, "reset");
      const client = await world.client();
      client.write(GET);
      await client.brokenOff();
    },
  },
  {
    name: "an upstream that answers before it has read the body: its answer arrives",
    rfc: "9112 §9.5, 9110 §7.7",
    async run(world) {
      const client = await world.client();
      client.write(
        `${head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 1000000")}${"x".repeat(1000)}`,
      );
      const upstream = await world.upstream.next();
      await upstream.partialHead();
      upstream.write(`${head("HTTP/1.1 403 Forbidden", "Content-Length: 2", "Connection: close")}no`);
      const response = await client.final("POST");
      ensure(statusOf(response) === 403, `answered ${statusOf(response)}`);
    },
  },
  {
    name: "an upstream that answers early and closes while the client uploads: its answer arrives",
    rfc: "9112 §9.5",
    async run(world) {
      const client = await world.client();
      client.write(head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked"));
      client.write(`400\r\n${"x".repeat(1024)}\r\n`);
      const upstream = await world.upstream.next();
      await upstream.partialHead();
      upstream.write(`${head("HTTP/1.1 413 Too Large", "Content-Length: 2", "Connection: close")}no`);
      upstream.end();
      const upload = setInterval(() => client.write(`400\r\n${"x".repeat(1024)}\r\n`), 5);
      try {
        const status = statusOf(await client.final("POST"));
        ensure(status === 413, `answered ${status}`);
      } finally {
        clearInterval(upload);
      }
    },
  },
  {
    name: "an early answer to an unfinished upload does not put the connection out of step",
    rfc: "9112 §9.3, §9.5",
    async run(world) {
      const client = await world.client();
      client.write(`${head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 60")}${"x".repeat(10)}`);
      const upstream = await world.upstream.next();
      await upstream.partialHead();
      upstream.write(`${head("HTTP/1.1 403 Forbidden", "Content-Length: 2")}no`);
      ensure(statusOf(await client.final("POST")) === 403, "not answered 403");
      client.write(head("GET /smuggled HTTP/1.1", "Host: a.test").padEnd(50, "x"));
      await settle();
      const later = world.upstream.connections.slice(1).map((wire) => wire.bytes.toString("latin1"));
      ensure(
        !later.some((bytes) => bytes.startsWith("GET /smuggled")),
        "the rest of the body was served as a request",
      );
    },
  },
  {
    name: "a client that leaves before the answer's head: the upstream's connection is closed",
    rfc: "9112 §9.5 (house)",
    options: { halfClosedMs: 200 },
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      client.destroy();
      await upstream.gone();
    },
  },
  {
    name: "a client that resets before the answer's head: the upstream's connection is closed",
    rfc: "9112 §9.5 (house)",
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      client.reset();
      await upstream.gone();
    },
  },
  {
    name: "a client that leaves inside the answer: the upstream's connection is closed",
    rfc: "9112 §9.5 (house)",
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      upstream.write(SIZED);
      await client.untilRaw("hello");
      client.reset();
      await upstream.gone();
    },
  },
  {
    name: "a client that leaves an endless answer: the upstream stops",
    rfc: "9112 §9.5 (house)",
    async run(world) {
      const client = await world.client();
      client.write(GET);
      const upstream = await world.upstream.next();
      await upstream.request();
      upstream.write(CHUNKED);
      const stream = setInterval(() => upstream.write("5\r\nhello\r\n"), 5);
      try {
        await client.untilRaw("hello");
        client.destroy();
        await upstream.gone();
      } finally {
        clearInterval(stream);
      }
    },
  },
  clientLeavesUpload("sized"),
  clientLeavesUpload("chunked"),
  {
    name: "after a broken upstream the proxy serves on",
    rfc: "9110 §15.6.3",
    async run(world) {
      world.upstream.reply((_request, wire, nth) => {
        if (nth > 0) return OK;
        wire.reset();
        return undefined;
      });
      const first = await world.client();
      first.write(head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 0"));
      const status = await refusal(first, "POST");
      ensure(status === 502, `answered ${status}`);
      const second = await world.client();
      second.write(GET);
      ensure(statusOf(await second.final()) === 200, "the next request was refused");
    },
  },
];

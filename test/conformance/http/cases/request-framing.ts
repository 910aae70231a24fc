import type { Case, World } from "../contract.ts";
import { ensure, fail } from "../failure.ts";
import { statusOf } from "../parse.ts";
import {
  GET,
  head,
  methodOf,
  OK,
  only,
  refusal,
  refused,
  roundTrip,
  same,
  settle,
  stillInStep,
  upstreamSaw,
} from "../steps.ts";

const post = (...fields: readonly string[]) => head("POST /p HTTP/1.1", "Host: a.test", ...fields);
const chunkedPost = post("Transfer-Encoding: chunked");

const refusedHead = (name: string, rfc: string, sent: string): Case => ({
  name,
  rfc,
  run: (world) => refused(world, sent),
});

/** The client's connection ends or gets an error, and the upstream never sees a complete request. */
const refusedBody = (name: string, rfc: string, sent: string): Case => ({
  name,
  rfc,
  async run(world) {
    world.upstream.reply(OK);
    const client = await world.client();
    client.write(sent);
    const status = await refusal(client);
    await settle();
    ensure(world.upstream.requests.length === 0, "forwarded as a complete request");
    if (status !== undefined) ensure(status >= 400, `answered ${status}`);
  },
});

/** Whatever the method: the body arrives framed, and nothing of it is read as a second request. */
const bodyStaysABody = (method: string, framing: "chunked" | "sized", rfc: string): Case => ({
  name: `a ${framing} ${method} with a body arrives as one request`,
  rfc,
  async run(world) {
    const inner = head("GET /smuggled HTTP/1.1", "Host: a.test");
    const sent =
      framing === "chunked"
        ? `${head(`${method} /one HTTP/1.1`, "Host: a.test", "Transfer-Encoding: chunked")}${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
        : `${head(`${method} /one HTTP/1.1`, "Host: a.test", `Content-Length: ${inner.length}`)}${inner}`;
    const { client, request, response } = await roundTrip(world, sent);
    await settle();
    same("method", methodOf(request), method);
    upstreamSaw(world, `${method} /one`);
    same("body", request.body.toString("latin1"), inner);
    await stillInStep(client, response);
  },
});

/** 9112 §6.1: refuse, or let Transfer-Encoding win, drop Content-Length and close after the answer. */
async function bothFramings(world: World, fields: readonly string[]): Promise<void> {
  world.upstream.reply(OK);
  const client = await world.client();
  const smuggled = head("GET /smuggled HTTP/1.1", "Host: a.test");
  client.write(`${post(...fields)}0\r\n\r\n${smuggled}`);
  const status = await refusal(client);
  await settle();
  if (status === undefined || status >= 400) {
    ensure(world.upstream.requests.length === 0, "refused and forwarded");
    return;
  }
  upstreamSaw(world, "POST /p");
  await client.gone();
}

export const requestFraming: readonly Case[] = [
  {
    name: "Content-Length with Transfer-Encoding is refused, or chunked wins and the connection closes",
    rfc: "9112 §6.1",
    run: (world) => bothFramings(world, ["Content-Length: 6", "Transfer-Encoding: chunked"]),
  },
  {
    name: "the same with Transfer-Encoding first",
    rfc: "9112 §6.1",
    run: (world) => bothFramings(world, ["Transfer-Encoding: chunked", "Content-Length: 6"]),
  },
  refusedHead(
    "differing Content-Lengths are refused",
    "9112 §6.3",
    `${post("Content-Length: 5", "Content-Length: 6")}hello!`,
  ),
  refusedHead(
    "a list of differing Content-Lengths is refused",
    "9112 §6.3",
    `${post("Content-Length: 5, 6")}hello!`,
  ),
  ...(["Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5, 5"] as const).map(
    (field, i): Case => ({
      name: `identical Content-Lengths in ${i === 0 ? "two fields" : "one field"} are refused or made one`,
      rfc: "9112 §6.3",
      async run(world) {
        world.upstream.reply(OK);
        const client = await world.client();
        client.write(`${post(field)}hello`);
        const status = await refusal(client);
        if (status === undefined || status >= 400) return;
        const request = world.upstream.requests[0] ?? fail("answered without asking the upstream");
        same("content-length", only(request, "content-length"), "5");
      },
    }),
  ),
  ...["+5", "-5", "0x5", "5 5", "5.0", "five", "99999999999999999999"].map((value) =>
    refusedHead(
      `Content-Length: ${value} is refused`,
      "9110 §8.6, 9112 §6.3",
      `${post(`Content-Length: ${value}`)}hello`,
    ),
  ),
  refusedHead("an empty Content-Length is refused", "9110 §8.6", `${post("Content-Length:")}hello`),
  ...["gzip", "chunked, gzip", "xchunked", "chunked, chunked", "\x0bchunked", "chunked;x=1", "identity"].map(
    (value): Case => ({
      name: `Transfer-Encoding: ${JSON.stringify(value).slice(1, -1)} is refused`,
      rfc: "9112 §6.1, §6.3",
      run: (world) => refused(world, `${post(`Transfer-Encoding: ${value}`)}5\r\nhello\r\n0\r\n\r\n`),
    }),
  ),
  {
    name: "two Transfer-Encoding fields are refused or forwarded as one chunked body",
    rfc: "9112 §6.1",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(
        `${post("Transfer-Encoding: chunked", "Transfer-Encoding: identity")}5\r\nhello\r\n0\r\n\r\n`,
      );
      const status = await refusal(client);
      await settle();
      ensure(status === undefined || status >= 400, `answered ${status}`);
      ensure(world.upstream.requests.length === 0, "forwarded");
    },
  },
  refusedBody(
    "a chunk size that is no hexadecimal number is refused",
    "9112 §7.1",
    `${chunkedPost}5g\r\nhello\r\n0\r\n\r\n`,
  ),
  refusedBody("a chunk size with 0x is refused", "9112 §7.1", `${chunkedPost}0x5\r\nhello\r\n0\r\n\r\n`),
  refusedBody("a negative chunk size is refused", "9112 §7.1", `${chunkedPost}-5\r\nhello\r\n0\r\n\r\n`),
  refusedBody(
    "a chunk size past 64 bits is refused",
    "9112 §7.1",
    `${chunkedPost}10000000000000005\r\nhello\r\n0\r\n\r\n`,
  ),
  refusedBody(
    "a chunk longer than its size is refused",
    "9112 §7.1",
    `${chunkedPost}3\r\nhello\r\n0\r\n\r\n`,
  ),
  refusedBody("a bare LF after a chunk size is refused", "9112 §7.1", `${chunkedPost}5\nhello\r\n0\r\n\r\n`),
  refusedBody(
    "a bare LF in a chunk extension is refused",
    "9112 §7.1.1",
    `${chunkedPost}5;a\nx\r\nhello\r\n0\r\n\r\n`,
  ),
  refusedBody("a bare LF after chunk data is refused", "9112 §7.1", `${chunkedPost}5\r\nhello\n0\r\n\r\n`),
  {
    name: "a chunk extension does not get into the body",
    rfc: "9112 §7.1.1",
    async run(world) {
      const sent = `${chunkedPost}5;a=b;c="d e"\r\nhello\r\n6;x\r\n world\r\n0;last\r\n\r\n`;
      const { client, request, response } = await roundTrip(world, sent);
      same("body", request.body.toString("latin1"), "hello world");
      await stillInStep(client, response);
    },
  },
  {
    name: "white space around a chunk extension is skipped, or refused",
    rfc: "9112 §7.1.1, 9110 §5.6.3",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(`${chunkedPost}5 ; a = b\r\nhello\r\n0\r\n\r\n`);
      const status = await refusal(client);
      await settle();
      const request = world.upstream.requests[0];
      if (status === undefined || status >= 400)
        return ensure(request === undefined, "refused and forwarded");
      same("body", request?.body.toString("latin1"), "hello");
    },
  },
  {
    name: "a chunked body in one-byte pieces arrives whole",
    rfc: "9112 §7.1",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      for (const byte of `${chunkedPost}5\r\nhello\r\nA\r\n 0123\r\n678\r\n0\r\n\r\n`) {
        client.write(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
      ensure(statusOf(await client.final()) === 200, "not answered 200");
      same("body", world.upstream.requests[0]?.body.toString("latin1"), "hello 0123\r\n678");
    },
  },
  {
    name: "a trailer cannot become a header of the request",
    rfc: "9110 §6.5.1",
    async run(world) {
      const sent = `${chunkedPost}2\r\nhi\r\n0\r\nHost: evil.test\r\nContent-Length: 0\r\nX-User: admin\r\n\r\n`;
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(sent);
      const status = await refusal(client);
      if (status === 400) return;
      const request = world.upstream.requests[0] ?? fail(`answered ${status}`);
      same("host", only(request, "host"), "a.test");
      ensure(only(request, "x-user") === undefined, "x-user became a header");
    },
  },
  {
    name: "a trailer that was not announced is not forwarded",
    rfc: "9110 §6.5.1 (house)",
    async run(world) {
      const sent = head("POST /one HTTP/1.1", "Host: a.test", "Trailer: X-Sum", "Transfer-Encoding: chunked");
      const { request } = await roundTrip(world, `${sent}2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-User: admin\r\n\r\n`);
      same("trailers", request.trailers.map(([name]) => name.toLowerCase()).join(), "x-sum");
    },
  },
  {
    name: "a trailer that a server could take for a request line is not forwarded",
    rfc: "9110 §6.5.1 (house)",
    async run(world) {
      const sent = head(
        "POST /one HTTP/1.1",
        "Host: a.test",
        "Trailer: X-A, X-B",
        "Transfer-Encoding: chunked",
      );
      const trailers = "X-A: /admin/secret HTTP/1.1\r\nX-B: 1\r\n";
      const { request } = await roundTrip(world, `${sent}2\r\nhi\r\n0\r\n${trailers}\r\n`);
      same("trailers", request.trailers.map(([name]) => name.toLowerCase()).join(), "x-b");
    },
  },
  {
    name: "trailers that would change how a request is read are not forwarded, announced or not",
    rfc: "9110 §6.5.1",
    async run(world) {
      const names = [
        "Expect",
        "Range",
        "If-Match",
        "X-Forwarded-For",
        "X_Forwarded_For",
        "Authorization",
        "Via",
      ];
      const sent = head(
        "POST /one HTTP/1.1",
        "Host: a.test",
        `Trailer: ${names.join(", ")}`,
        "Transfer-Encoding: chunked",
      );
      const trailers = names.map((name) => `${name}: 1\r\n`).join("");
      const { request } = await roundTrip(world, `${sent}2\r\nhi\r\n0\r\n${trailers}\r\n`);
      same("trailers", request.trailers.map(([name]) => name).join(), "");
    },
  },
  bodyStaysABody("DELETE", "chunked", "9112 §6.1 (CVE-2026-29057)"),
  bodyStaysABody("DELETE", "sized", "9112 §6.2"),
  bodyStaysABody("GET", "chunked", "9112 §6.1"),
  bodyStaysABody("GET", "sized", "9110 §9.3.1, 9112 §6.2"),
  bodyStaysABody("OPTIONS", "chunked", "9112 §6.1"),
  bodyStaysABody("OPTIONS", "sized", "9112 §6.2"),
  {
    name: "content-length: 0 of a DELETE is kept",
    rfc: "9110 §8.6 (house)",
    async run(world) {
      const { request } = await roundTrip(
        world,
        head("DELETE /x HTTP/1.1", "Host: a.test", "Content-Length: 0"),
      );
      same("content-length", only(request, "content-length"), "0");
    },
  },
  {
    name: "content-length: 0 of a POST is kept",
    rfc: "9110 §8.6",
    async run(world) {
      const { request } = await roundTrip(world, post("Content-Length: 0"));
      same("content-length", only(request, "content-length"), "0");
    },
  },
  {
    name: "a GET without a body does not get framing fields",
    rfc: "9112 §6.3",
    async run(world) {
      const { request } = await roundTrip(world, GET);
      same("framing", request.framing, "none");
    },
  },
  {
    name: "a POST without a body does not become a chunked one",
    rfc: "9112 §6.3",
    async run(world) {
      const { request } = await roundTrip(world, post());
      ensure(
        request.framing === "none" || only(request, "content-length") === "0",
        `framing became ${request.framing}`,
      );
    },
  },
  {
    name: "a sized body stays sized, a chunked one does not change in size",
    rfc: "9112 §6 (house)",
    async run(world) {
      const { client, request } = await roundTrip(world, `${post("Content-Length: 5")}hello`);
      same("content-length", only(request, "content-length"), "5");
      client.write(`${chunkedPost}5\r\nhello\r\n0\r\n\r\n`);
      await client.final("POST");
      same("body", world.upstream.requests[1]?.body.toString("latin1"), "hello");
    },
  },
];

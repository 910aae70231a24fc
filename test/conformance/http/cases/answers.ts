import type { Case } from "../contract.ts";
import { ensure } from "../failure.ts";
import { statusOf } from "../parse.ts";
import { GET, has, head, OK, only, roundTrip, same, stillInStep } from "../steps.ts";

const ask = (method: string) => head(`${method} / HTTP/1.1`, "Host: a.test");

/** First this answer, then OK: whatever follows on the client's connection must be in step. */
const first = (answer: string) => (_request: unknown, _wire: unknown, nth: number) =>
  nth === 0 ? answer : OK;

const bodyless = (
  name: string,
  rfc: string,
  method: string,
  answer: string,
  check?: (r: Awaited<ReturnType<typeof roundTrip>>) => void,
): Case => ({
  name,
  rfc,
  async run(world) {
    const trip = await roundTrip(world, ask(method), first(answer));
    check?.(trip);
    await stillInStep(trip.client, trip.response);
  },
});

const relayed = (line: string, rfc: string): Case => ({
  name: `the status line is relayed: ${line.trim()}`,
  rfc,
  async run(world) {
    const { response } = await roundTrip(world, GET, `${head(line, "Content-Length: 2")}ok`);
    ensure(response.start.trim() === line.trim(), `became ${response.start}`);
    same("body", response.body.toString("latin1"), "ok");
  },
});

export const answers: readonly Case[] = [
  bodyless(
    "HEAD with Content-Length has no body, and keeps the length",
    "9110 §9.3.2",
    "HEAD",
    head("HTTP/1.1 200 OK", "Content-Length: 12345"),
    ({ response }) => same("content-length", only(response, "content-length"), "12345"),
  ),
  bodyless(
    "HEAD with Transfer-Encoding: chunked has no body",
    "9112 §6.3",
    "HEAD",
    head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"),
  ),
  bodyless(
    "HEAD without framing fields has no body and no length made up",
    "9110 §9.3.2, §8.6",
    "HEAD",
    head("HTTP/1.1 200 OK", "X-A: 1"),
    ({ response }) => ensure(!has(response, "content-length"), "content-length made up"),
  ),
  bodyless(
    "204 has no body and no Content-Length",
    "9110 §8.6, §15.3.5",
    "GET",
    head("HTTP/1.1 204 No Content"),
    ({ response }) => {
      ensure(!has(response, "content-length"), "204 with content-length");
      ensure(!has(response, "transfer-encoding"), "204 with transfer-encoding");
    },
  ),
  bodyless(
    "304 has no body",
    "9112 §6.3",
    "GET",
    head("HTTP/1.1 304 Not Modified", 'ETag: "a"'),
    ({ response }) => {
      same("etag", only(response, "etag"), '"a"');
      ensure(!has(response, "transfer-encoding"), "304 with transfer-encoding");
    },
  ),
  bodyless(
    "304 with Content-Length has no body, and keeps the length",
    "9110 §8.6, §15.4.5",
    "GET",
    head("HTTP/1.1 304 Not Modified", "Content-Length: 5"),
    ({ response }) => same("content-length", only(response, "content-length"), "5"),
  ),
  bodyless(
    "a sized empty body stays sized",
    "9112 §6.3",
    "GET",
    head("HTTP/1.1 200 OK", "Content-Length: 0"),
    ({ response }) => same("content-length", only(response, "content-length"), "0"),
  ),
  bodyless(
    "a chunked empty body is complete",
    "9112 §7.1",
    "GET",
    `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}0\r\n\r\n`,
    ({ response }) => same("body", response.body.toString("latin1"), ""),
  ),
  bodyless(
    "chunk extensions of an answer do not get into its body",
    "9112 §7.1.1",
    "GET",
    `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2;a="b"\r\nok\r\n0;x\r\n\r\n`,
    ({ response }) => same("body", response.body.toString("latin1"), "ok"),
  ),
  relayed("HTTP/1.1 200 Très bien".replace("è", "\xe8"), "9112 §4 (house)"),
  relayed("HTTP/1.1 299 Odd", "9110 §15"),
  relayed("HTTP/1.1 418 I'm a teapot", "9110 §15.5.19"),
  relayed("HTTP/1.1 599 Later", "9110 §15"),
  {
    name: "an answer without a reason phrase is relayed",
    rfc: "9112 §4",
    async run(world) {
      const { response } = await roundTrip(world, GET, `${head("HTTP/1.1 200 ", "Content-Length: 2")}ok`);
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
    },
  },
  {
    name: "an HTTP/1.0 upstream: the client's answer is HTTP/1.1 and whole",
    rfc: "9110 §2.5, 9112 §2.3",
    async run(world) {
      const { response } = await roundTrip(world, GET, (_request, wire) => {
        setTimeout(() => wire.end(), 5);
        return `${head("HTTP/1.0 200 OK", "X-A: 1")}until the end`;
      });
      same("body", response.body.toString("latin1"), "until the end");
    },
  },
  {
    name: "an answer that ends with its connection arrives whole and ended",
    rfc: "9112 §6.3",
    async run(world) {
      const { client, response } = await roundTrip(world, GET, (_request, wire, nth) => {
        if (nth > 0) return OK;
        setTimeout(() => wire.write(" and more"), 20);
        setTimeout(() => wire.end(), 40);
        return `${head("HTTP/1.1 200 OK")}some`;
      });
      same("body", response.body.toString("latin1"), "some and more");
      if (response.framing === "chunked") await stillInStep(client, response);
    },
  },
  {
    name: "trailers of an answer arrive",
    rfc: "9110 §6.5, 9112 §7.1.2 (house)",
    async run(world) {
      const sent = `${head("HTTP/1.1 200 OK", "Trailer: X-Sum, X-End", "Transfer-Encoding: chunked")}2\r\nok\r\n0\r\nX-Sum: 1\r\nX-End: 2\r\n\r\n`;
      const { client, response } = await roundTrip(
        world,
        head("GET / HTTP/1.1", "Host: a.test", "TE: trailers", "Connection: TE"),
        first(sent),
      );
      same(
        "trailers",
        response.trailers.map(([n, v]) => `${n.toLowerCase()}=${v}`).join(),
        "x-sum=1,x-end=2",
      );
      await stillInStep(client, response);
    },
  },
  {
    name: "trailers of a request arrive",
    rfc: "9110 §6.5, 9112 §7.1.2 (house)",
    async run(world) {
      const sent = head("POST / HTTP/1.1", "Host: a.test", "Trailer: X-Sum", "Transfer-Encoding: chunked");
      const { client, request, response } = await roundTrip(world, `${sent}2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n`);
      same("trailers", request.trailers.map(([n, v]) => `${n.toLowerCase()}=${v}`).join(), "x-sum=1");
      await stillInStep(client, response);
    },
  },
  {
    name: "trailers do not break a client that did not say TE: trailers",
    rfc: "9110 §6.5.1",
    async run(world) {
      const sent = `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n`;
      const { client, response } = await roundTrip(world, GET, first(sent));
      same("body", response.body.toString("latin1"), "ok");
      await stillInStep(client, response);
    },
  },
  {
    name: "compressed bodies pass as they are",
    rfc: "9110 §7.7",
    async run(world) {
      const body = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      const sent = Buffer.concat([
        Buffer.from(head("HTTP/1.1 200 OK", "Content-Encoding: gzip", `Content-Length: ${body.length}`)),
        body,
      ]);
      const { response } = await roundTrip(world, GET, sent);
      ensure(response.body.equals(body), "the body was changed");
      same("content-encoding", only(response, "content-encoding"), "gzip");
    },
  },
  {
    name: "206 with Content-Range passes as it is",
    rfc: "9110 §14.4, §15.3.7",
    async run(world) {
      const sent = `${head("HTTP/1.1 206 Partial Content", "Content-Range: bytes 2-3/10", "Content-Length: 2")}ok`;
      const { request, response } = await roundTrip(
        world,
        head("GET / HTTP/1.1", "Host: a.test", "Range: bytes=2-3"),
        sent,
      );
      same("range", only(request, "range"), "bytes=2-3");
      same("content-range", only(response, "content-range"), "bytes 2-3/10");
      ensure(statusOf(response) === 206, `answered ${statusOf(response)}`);
    },
  },
];

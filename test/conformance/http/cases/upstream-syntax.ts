import type { Case } from "../contract.ts";
import { ensure } from "../failure.ts";
import { statusOf, valuesOf } from "../parse.ts";
import { GET, head, refusal, same, settle } from "../steps.ts";

/** 502, or closed without a word. */
const invalid = (name: string, rfc: string, sent: string): Case => ({
  name: `${name}: 502`,
  rfc,
  async run(world) {
    world.upstream.reply(sent);
    const client = await world.client();
    client.write(GET);
    const status = await refusal(client);
    ensure(status === undefined || status === 502, `answered ${status}`);
  },
});

/** 502, or passed on in order: the strict reader has already refused what is malformed; `holds` looks at the rest. */
const invalidOr = (
  name: string,
  rfc: string,
  sent: string,
  holds: (values: readonly string[], body: string) => boolean,
): Case => ({
  name,
  rfc,
  // Where a reader waits on for a line end it takes for one, 504 is the answer.
  options: { responseMs: 500 },
  async run(world) {
    world.upstream.reply(sent);
    const client = await world.client();
    client.write(GET);
    await client.until(
      "an answer",
      () => (client.bytes.length > 0 ? true : undefined),
      () => true,
    );
    if (client.bytes.length === 0) return;
    const response = await client.final();
    if ([502, 504].includes(statusOf(response))) return;
    const values = valuesOf(response.fields, "x-odd");
    ensure(holds(values, response.body.toString("latin1")), `passed on as ${JSON.stringify(values)}`);
  },
});

/** Repaired, and its upstream connection not used again: the next request has one of its own. */
const repaired = (name: string, rfc: string, sent: string, value: string, body = "ok"): Case => ({
  name,
  rfc,
  options: { responseMs: 1000 },
  async run(world) {
    const connections = new Set<unknown>();
    world.upstream.reply((_request, wire, nth) => {
      connections.add(wire);
      return nth === 0 ? sent : answer();
    });
    const client = await world.client();
    client.write(GET);
    const response = await client.final();
    ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
    same("x-odd", valuesOf(response.fields, "x-odd")[0], value);
    same("body", response.body.toString("latin1"), body);
    ensure(valuesOf(response.fields, "content-length").length === 1, "several Content-Lengths");
    client.write(GET);
    ensure(statusOf(await client.final()) === 200, "the next request was not answered");
    ensure(connections.size === 2, "the upstream's connection was used again");
  },
});

const answer = (...fields: readonly string[]) =>
  `${head("HTTP/1.1 200 OK", ...fields, "Content-Length: 2")}ok`;
const line = (start: string) => `${head(start, "Content-Length: 2")}ok`;

/** The head may have gone out already; then the connection must be broken. */
const garbledBody = (name: string, rfc: string, body: string): Case => ({
  name: `${name} in an answer: 502, or the client's connection is broken`,
  rfc,
  async run(world) {
    world.upstream.reply(`${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}${body}`);
    const client = await world.client();
    client.write(GET);
    await client.brokenOff();
  },
});

export const upstreamSyntax: readonly Case[] = [
  invalid("an answer that is no HTTP", "9112 §4", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
  invalid("a status of two digits", "9112 §4", line("HTTP/1.1 20 OK")),
  invalid("a status of four digits", "9112 §4", line("HTTP/1.1 2000 OK")),
  invalid("a status below 100", "9110 §15", line("HTTP/1.1 099 Odd")),
  {
    name: "a status from 600 to 999 is relayed with its body",
    rfc: "9110 §15",
    async run(world) {
      world.upstream.reply(line("HTTP/1.1 999 Request denied"));
      const client = await world.client();
      client.write(GET);
      const response = await client.final();
      same("status line", response.start.trim(), "HTTP/1.1 999 Request denied");
      same("body", response.body.toString("latin1"), "ok");
    },
  },
  invalid("a status line of HTTP/2", "9112 §2.3", line("HTTP/2 200 OK")),
  invalid(
    "differing Content-Lengths in an answer",
    "9112 §6.3",
    `${head("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3")}ok!`,
  ),
  invalid(
    "Content-Length: -1 in an answer",
    "9112 §6.3",
    `${head("HTTP/1.1 200 OK", "Content-Length: -1")}ok`,
  ),
  invalid(
    "Content-Length: 2x in an answer",
    "9112 §6.3",
    `${head("HTTP/1.1 200 OK", "Content-Length: 2x")}ok`,
  ),
  invalid(
    "a head larger than any sane one",
    "9110 §5.4",
    `${head("HTTP/1.1 200 OK", `X-Large: ${"x".repeat(3_000_000)}`, "Content-Length: 2")}ok`,
  ),
  invalid("a field without a colon in an answer", "9112 §5", answer("X-Odd")),
  invalid("a space inside a field name of an answer", "9110 §5.1", answer("X Odd: 1")),
  repaired(
    "identical Content-Lengths in an answer are made one",
    "9112 §6.3",
    `${head("HTTP/1.1 200 OK", "Content-Length: 2", "X-Odd: 1", "Content-Length: 2")}ok`,
    "1",
  ),
  repaired("space before the colon in an answer is removed", "9112 §5.1", answer("X-Odd : 1"), "1"),
  repaired("obs-fold in an answer is unfolded", "9112 §5.2", answer("X-Odd: one\r\n two"), "one two"),
  repaired(
    "bare LF line ends in an answer's head are made CRLF",
    "9112 §2.2",
    "HTTP/1.1 200 OK\nContent-Length: 2\nX-Odd: 1\n\nok",
    "1",
  ),
  repaired(
    "an answer's head that ends in LF ends there, whatever its body holds",
    "9112 §2.2",
    "HTTP/1.1 200 OK\nContent-Length: 11\nX-Odd: 1\n\none\r\n\r\ntwo!",
    "1",
    "one\r\n\r\ntwo!",
  ),
  invalidOr(
    "a NUL in a field value of an answer: 502, or made a space",
    "9110 §5.5",
    answer("X-Odd: a\0b"),
    (v) => v[0] === "a b",
  ),
  invalidOr(
    "a bare CR in a field value of an answer: 502, or made a space",
    "9112 §2.2",
    answer("X-Odd: a\rSet-Cookie: x=1"),
    (v) => v[0] === "a Set-Cookie: x=1",
  ),
  garbledBody("a chunk size line that ends in LF", "9112 §7.1", "2\nok\r\n0\r\n\r\n"),
  garbledBody("chunk data that ends in LF", "9112 §7.1", "2\r\nok\n0\r\n\r\n"),
  garbledBody("trailers that end in LF", "9112 §7.1.2", "2\r\nok\r\n0\r\nX-A: 1\n\n"),
  invalidOr(
    "Content-Length with Transfer-Encoding in an answer: 502, or chunked wins",
    "9112 §6.3",
    `${head("HTTP/1.1 200 OK", "Content-Length: 50", "Transfer-Encoding: chunked")}2\r\nok\r\n0\r\n\r\n`,
    (_v, body) => body === "ok",
  ),
  invalidOr(
    "a transfer coding the client did not ask for: 502, or passed on as it is",
    "9112 §6.1, §7.4",
    `${head("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked")}2\r\nok\r\n0\r\n\r\n`,
    (_values, body) => body === "ok",
  ),
  garbledBody("a chunk size that is no number", "9112 §7.1", "xyz\r\nok\r\n0\r\n\r\n"),
  garbledBody("a bad chunk size after a good chunk", "9112 §7.1", "2\r\nok\r\n-1\r\nno\r\n0\r\n\r\n"),
  garbledBody("a chunk longer than its size", "9112 §7.1", "2\r\nokay\r\n0\r\n\r\n"),
  garbledBody("a chunk size past 64 bits", "9112 §7.1", "10000000000000002\r\nok\r\n0\r\n\r\n"),
  {
    name: "a 204 followed by a body: the bytes are nobody's answer",
    rfc: "9112 §6.3, §11.1",
    run: (world) => stray(world, GET, `${head("HTTP/1.1 204 No Content")}evil`, 204),
  },
  {
    name: "an answer to HEAD followed by a body: the bytes are nobody's answer",
    rfc: "9112 §6.3, §11.1",
    run: (world) =>
      stray(
        world,
        head("HEAD / HTTP/1.1", "Host: a.test"),
        `${head("HTTP/1.1 200 OK", "Content-Length: 4")}evil`,
        200,
      ),
  },
  {
    name: "a 304 followed by a body: the bytes are nobody's answer",
    rfc: "9112 §6.3, §11.1",
    run: (world) => stray(world, GET, `${head("HTTP/1.1 304 Not Modified", "Content-Length: 4")}evil`, 304),
  },
];

/** The upstream sends a body where none may be; the client sees none of it, and the next request gets its own answer. */
async function stray(
  world: Parameters<Case["run"]>[0],
  sent: string,
  said: string,
  status: number,
): Promise<void> {
  world.upstream.reply((_request, _wire, nth) => (nth === 0 ? said : answer("X-Own: 1")));
  const client = await world.client();
  client.write(sent);
  const got = statusOf(await client.final(sent.split(" ")[0]));
  ensure(got === status || got === 502, `answered ${got}`);
  await settle();
  ensure(client.rest === "", "the body was passed on");
  if (client.over) return;
  client.write(GET);
  same("the next answer's x-own", valuesOf((await client.final()).fields, "x-own")[0], "1");
}

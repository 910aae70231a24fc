import type { Case } from "../contract.ts";
import { ensure, fail } from "../failure.ts";
import { statusOf, valuesOf } from "../parse.ts";
import { head, OK, only, refusal, refused, roundTrip, same, settle } from "../steps.ts";

const get = (...fields: readonly string[]) => head("GET / HTTP/1.1", "Host: a.test", ...fields);

const rejected = (name: string, rfc: string, sent: string): Case => ({
  name,
  rfc,
  run: (world) => refused(world, sent),
});

/** Refused, or what reaches the upstream holds (the strict reader has already refused malformed fields). */
const refusedOr = (
  name: string,
  rfc: string,
  sent: string,
  holds: (values: readonly string[]) => boolean,
): Case => ({
  name,
  rfc,
  async run(world) {
    world.upstream.reply(OK);
    const client = await world.client();
    client.write(sent);
    const status = await refusal(client);
    await settle();
    if (status === undefined || status >= 400) {
      ensure(world.upstream.requests.length === 0, "refused and forwarded");
      return;
    }
    const request = world.upstream.requests[0] ?? fail("answered without asking the upstream");
    const values = valuesOf(request.fields, "x-odd");
    ensure(holds(values), `x-odd arrived as ${JSON.stringify(values)}`);
  },
});

const once = (values: readonly string[]) => values.join() === "1";

export const requestSyntax: readonly Case[] = [
  rejected("a request without Host is refused", "9112 §3.2", head("GET / HTTP/1.1", "Accept: */*")),
  rejected("two Host fields are refused", "9112 §3.2", get("Host: a.test")),
  rejected("two differing Host fields are refused", "9112 §3.2", get("Host: b.test")),
  rejected("a Host that is no host is refused", "9112 §3.2", head("GET / HTTP/1.1", "Host: a.test/../b")),
  rejected(
    "a Host with user information is refused",
    "9112 §3.2, 9110 §7.2",
    head("GET / HTTP/1.1", "Host: user@a.test"),
  ),
  rejected("space before the colon is refused", "9112 §5.1", get("X-Odd : 1")),
  rejected(
    "Transfer-Encoding with space before the colon is refused",
    "9112 §5.1",
    `${get("Transfer-Encoding : chunked")}0\r\n\r\n`,
  ),
  rejected("a field without a colon is refused", "9112 §5", get("X-Odd")),
  rejected("an empty field name is refused", "9110 §5.1", get(": 1")),
  rejected("a space inside a field name is refused", "9110 §5.1", get("X Odd: 1")),
  rejected("a high byte inside a field name is refused", "9110 §5.1", get("X-\xc3\xb6dd: 1")),
  rejected("a control byte inside a field name is refused", "9110 §5.1", get("X-\x01Odd: 1")),
  rejected(
    "white space between the request line and the first field is refused",
    "9112 §2.2",
    `GET / HTTP/1.1\r\n Host: b.test\r\nHost: a.test\r\n\r\n`,
  ),
  refusedOr(
    "obs-fold is refused or unfolded",
    "9112 §5.2",
    get("X-Odd: one\r\n two"),
    (v) => v.length === 1 && /^one +two$/.test(v[0] ?? ""),
  ),
  refusedOr(
    "a NUL in a field value is refused or made a space",
    "9110 §5.5",
    get("X-Odd: a\0b"),
    (v) => v[0] === "a b",
  ),
  refusedOr(
    "a bare CR in a field value is refused or made a space",
    "9112 §2.2",
    get("X-Odd: a\rX-Inner: b"),
    (v) => v[0] === "a X-Inner: b",
  ),
  {
    name: "bare LF line ends are refused or forwarded as CRLF",
    rfc: "9112 §2.2",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write("GET / HTTP/1.1\nHost: a.test\nX-Odd: 1\n\n");
      const status = await refusal(client);
      if (status === undefined || status >= 400) return;
      same("x-odd", only(world.upstream.requests[0] ?? fail("not forwarded"), "x-odd"), "1");
    },
  },
  {
    name: "a bare LF inside a field value cannot smuggle a field past the proxy",
    rfc: "9112 §2.2",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(
        `${head("POST / HTTP/1.1", "Host: a.test", "X-Odd: a\nTransfer-Encoding: chunked")}0\r\n\r\n`,
      );
      const status = await refusal(client);
      if (status === undefined || status >= 400) return;
      const request = world.upstream.requests[0] ?? fail("not forwarded");
      ensure(
        request.framing === "chunked" || request.framing === "none",
        `framing became ${request.framing}`,
      );
    },
  },
  {
    name: "__proto__, constructor and toString are names like any other",
    rfc: "9110 §5.1",
    async run(world) {
      const { request } = await roundTrip(
        world,
        get("__proto__: 1", "constructor: 2", "toString: 3", "hasOwnProperty: 4"),
      );
      same("__proto__", only(request, "__proto__"), "1");
      same("constructor", only(request, "constructor"), "2");
      same("toString", only(request, "tostring"), "3");
      same("hasOwnProperty", only(request, "hasownproperty"), "4");
    },
  },
  {
    name: "every token character is allowed in a field name",
    rfc: "9110 §5.6.2",
    async run(world) {
      const { request } = await roundTrip(world, get("!#$%&'*+-.^_`|~09azAZ: 1"));
      same("the field", only(request, "!#$%&'*+-.^_`|~09azaz"), "1");
    },
  },
  {
    name: "empty lines before the request line are skipped",
    rfc: "9112 §2.2",
    async run(world) {
      const { response } = await roundTrip(world, `\r\n\r\n${get()}`);
      ensure(statusOf(response) === 200, `answered ${statusOf(response)}`);
    },
  },
  refusedOr(
    "two spaces in the request line are refused or made one",
    "9112 §3",
    head("GET  / HTTP/1.1", "Host: a.test", "X-Odd: 1"),
    once,
  ),
  refusedOr(
    "a tab in the request line is refused or made a space",
    "9112 §3",
    head("GET\t/ HTTP/1.1", "Host: a.test", "X-Odd: 1"),
    once,
  ),
  rejected("a space in the target is refused", "9112 §3.2", head("GET /a b HTTP/1.1", "Host: a.test")),
  rejected("a method that is no token is refused", "9110 §9.1", head("GE(T / HTTP/1.1", "Host: a.test")),
  rejected("HTTP/0.9 is refused", "9112 §2.3", "GET /\r\n\r\n"),
  rejected(
    "a request line without a version is refused, Host or not",
    "9112 §3",
    head("GET /HTTP/1.1", "Host: a.test"),
  ),
  rejected("a lower-case http/1.1 is refused", "9112 §2.3", head("GET / http/1.1", "Host: a.test")),
  rejected("HTTP/3.0 in a request line is refused", "9110 §15.6.6", head("GET / HTTP/3.0", "Host: a.test")),
  {
    name: "the HTTP/2 preface is refused, or answered with SETTINGS",
    rfc: "9113 §3.4",
    async run(world) {
      const client = await world.client();
      client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      const settings = client.untilRaw("\x04\0\0\0\0\0").then(() => true);
      const taken = await Promise.race([settings, client.gone().then(() => false)]).catch(() => false);
      if (!taken)
        ensure(/^(?:$|HTTP\/1\.[01] [45])/.test(client.bytes.toString("latin1")), "answered as a request");
      ensure(world.upstream.requests.length === 0, "forwarded");
      client.destroy();
    },
  },
  rejected(
    "a TLS hello on a plain port is refused",
    "9112 §2.2",
    "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03 hello\r\n\r\n",
  ),
  {
    name: "a head in one-byte pieces is a head",
    rfc: "9112 §2.2",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      for (const byte of get("X-Odd: a  b ")) {
        client.write(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
      ensure(statusOf(await client.final()) === 200, "not answered 200");
      same("x-odd", only(world.upstream.requests[0] ?? fail("not forwarded"), "x-odd"), "a  b");
    },
  },
];

import type { Case } from "../contract.ts";
import { ensure, fail, show } from "../failure.ts";
import { statusOf } from "../parse.ts";
import { head, methodOf, OK, only, refusal, refused, roundTrip, same, settle, targetOf } from "../steps.ts";

const get = (target: string) => head(`GET ${target} HTTP/1.1`, "Host: a.test");

const byteForByte = (what: string, target: string, rfc = "9110 §4.2.3, §7.7 (house)"): Case => ({
  name: `${what} is forwarded byte for byte: ${show(target, 40)}`,
  rfc,
  async run(world) {
    const { request } = await roundTrip(world, get(target));
    same("the target", targetOf(request), target);
  },
});

const methodPasses = (method: string): Case => ({
  name: `the method ${method} is forwarded`,
  rfc: "9110 §9.1, §16.1",
  async run(world) {
    const { request } = await roundTrip(world, head(`${method} /m HTTP/1.1`, "Host: a.test"));
    same("the method", methodOf(request), method);
  },
});

export const targets: readonly Case[] = [
  byteForByte("an encoded dot segment", "/a/%2e%2e/b"),
  byteForByte("a plain dot segment", "/a/../b"),
  byteForByte("an empty segment", "/a//b"),
  byteForByte("a leading empty segment", "//evil.test/b"),
  byteForByte("a backslash", "/a\\..\\b"),
  byteForByte("an encoded slash", "/a%2Fb%2fc"),
  byteForByte("an encoded NUL", "/a%00b"),
  byteForByte("a percent that encodes nothing", "/a%zz%"),
  byteForByte("odd characters of a query", "/?q=<>\"{}|^`'[]&=&&;,+%20?/?"),
  byteForByte("an empty query", "/a?"),
  byteForByte("path parameters", "/a;v=1/b;c=d,e"),
  byteForByte("lower- and upper-case hexadecimal", "/%c3%A9"),
  {
    name: "raw high bytes in the target are refused or forwarded byte for byte",
    rfc: "9112 §3.2",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(get("/gr\xc3\xbc\xc3\x9fe"));
      const status = await refusal(client);
      if (status === undefined || status >= 400) return;
      same(
        "the target",
        targetOf(world.upstream.requests[0] ?? fail("not forwarded")),
        "/gr\xc3\xbc\xc3\x9fe",
      );
    },
  },
  {
    name: "an absolute-form target is routed by its own host, which becomes Host",
    rfc: "9112 §3.2.2",
    async run(world) {
      const { request } = await roundTrip(
        world,
        head("GET http://real.test:81/p?q HTTP/1.1", "Host: other.test"),
      );
      same("host", only(request, "host"), "real.test:81");
      ensure(
        ["/p?q", "http://real.test:81/p?q"].includes(targetOf(request)),
        `target became ${show(targetOf(request))}`,
      );
    },
  },
  {
    name: "an absolute-form target may be of https",
    rfc: "9112 §3.2.2",
    async run(world) {
      const { request } = await roundTrip(world, head("GET https://real.test/p HTTP/1.1", "Host: real.test"));
      same("host", only(request, "host"), "real.test");
      ensure(
        ["/p", "https://real.test/p"].includes(targetOf(request)),
        `target became ${show(targetOf(request))}`,
      );
    },
  },
  {
    name: "an absolute-form target without a path becomes /",
    rfc: "9112 §3.2.1",
    async run(world) {
      const { request } = await roundTrip(world, head("GET http://a.test?q=1 HTTP/1.1", "Host: a.test"));
      ensure(
        ["/?q=1", "http://a.test?q=1", "http://a.test/?q=1"].includes(targetOf(request)),
        `target became ${show(targetOf(request))}`,
      );
    },
  },
  {
    name: "an absolute-form target's host is the Host of an HTTP/1.0 request that has none",
    rfc: "9112 §3.2.2",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("GET http://real.test/p HTTP/1.0"));
      await client.final("GET");
      same("host", only(world.upstream.requests[0] ?? fail("not forwarded"), "host"), "real.test");
    },
  },
  {
    name: "an absolute-form target does not stand in for the Host that HTTP/1.1 asks for",
    rfc: "9112 §3.2",
    run: (world) => refused(world, head("GET http://real.test/p HTTP/1.1")),
  },
  {
    name: "OPTIONS * is forwarded as it is, or answered",
    rfc: "9112 §3.2.4",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("OPTIONS * HTTP/1.1", "Host: a.test"));
      const status = statusOf(await client.final("OPTIONS"));
      ensure(status >= 200 && status < 300, `answered ${status}`);
      const request = world.upstream.requests[0];
      if (request) same("the target", targetOf(request), "*");
    },
  },
  {
    name: "OPTIONS of an authority without a path becomes OPTIONS *",
    rfc: "9112 §3.2.4",
    async run(world) {
      const { request } = await roundTrip(
        world,
        head("OPTIONS http://a.test:81 HTTP/1.1", "Host: a.test:81"),
      );
      ensure(
        ["*", "http://a.test:81"].includes(targetOf(request)),
        `target became ${show(targetOf(request))}`,
      );
    },
  },
  {
    name: "GET * is refused",
    rfc: "9112 §3.2.4",
    run: (world) => refused(world, get("*")),
  },
  {
    name: "a target that is neither a path nor absolute is refused",
    rfc: "9112 §3.2",
    run: (world) => refused(world, get("a/b")),
  },
  {
    name: "CONNECT is refused",
    rfc: "9110 §9.3.6",
    run: (world) => refused(world, head("CONNECT a.test:443 HTTP/1.1", "Host: a.test:443")),
  },
  {
    name: "TRACE is forwarded without a body, or refused",
    rfc: "9110 §9.3.8",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("TRACE /t HTTP/1.1", "Host: a.test"));
      const status = statusOf(await client.final("TRACE"));
      const request = world.upstream.requests[0];
      if (!request) return ensure(status === 405 || status === 501, `answered ${status}`);
      same("the method", methodOf(request), "TRACE");
      same("framing", request.framing, "none");
    },
  },
  {
    name: "OPTIONS with Max-Forwards: 0 is not forwarded, with 3 it goes on with 2",
    rfc: "9110 §7.6.2",
    async run(world) {
      const options = (n: number) => head(`OPTIONS /${n} HTTP/1.1`, "Host: a.test", `Max-Forwards: ${n}`);
      const { client, request } = await roundTrip(world, options(3));
      same("max-forwards", only(request, "max-forwards"), "2");
      client.write(options(0));
      await client.final("OPTIONS");
      await settle();
      ensure(world.upstream.requests.length === 1, "Max-Forwards: 0 was forwarded");
    },
  },
  ...["PURGE", "M-SEARCH", "PROPFIND", "PATCH", "QUERY"].map(methodPasses),
  {
    name: "a method nobody has registered is forwarded, or answered 501",
    rfc: "9110 §9.1",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("FROB-nicate /m HTTP/1.1", "Host: a.test"));
      const status = statusOf(await client.final());
      const request = world.upstream.requests[0];
      if (!request) return ensure(status === 501 || status === 405, `answered ${status}`);
      same("the method", methodOf(request), "FROB-nicate");
    },
  },
  {
    name: "a lower-case get is not GET: forwarded as it is, or refused",
    rfc: "9110 §9.1",
    async run(world) {
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(head("get /m HTTP/1.1", "Host: a.test"));
      const status = await refusal(client);
      const request = world.upstream.requests[0];
      if (!request) return ensure(status === undefined || status >= 400, `answered ${status}`);
      same("the method", methodOf(request), "get");
    },
  },
];

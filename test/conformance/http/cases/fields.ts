import type { Case } from "../contract.ts";
import { ensure } from "../failure.ts";
import { valuesOf } from "../parse.ts";
import { absent, head, members, OK, only, refusal, roundTrip, same } from "../steps.ts";

const get = (...fields: readonly string[]) => head("GET /f?q=1 HTTP/1.1", "Host: a.test", ...fields);
const answer = (...fields: readonly string[]) =>
  `${head("HTTP/1.1 200 OK", ...fields, "Content-Length: 2")}ok`;

const SENT = ["X-B: 1", "x-a: 2", "X-b: 3", "Accept-ENCODING: br", "X-B: 1"] as const;

/** The lines of a head that start with one of these names, as they came. */
function linesOf(rawHead: string, pattern: RegExp): string {
  return rawHead
    .split("\r\n")
    .filter((line) => pattern.test(line))
    .join(" | ");
}

export const fields: readonly Case[] = [
  {
    name: "order, case and duplicates of request fields are kept",
    rfc: "9110 §5.3 (house)",
    async run(world) {
      const { request } = await roundTrip(world, get(...SENT));
      same("the fields", linesOf(request.rawHead, /^(x-[ab]|accept-encoding):/i), SENT.join(" | "));
    },
  },
  {
    name: "order, case and duplicates of response fields are kept",
    rfc: "9110 §5.3 (house)",
    async run(world) {
      const { response } = await roundTrip(world, get(), answer(...SENT));
      same("the fields", linesOf(response.rawHead, /^(x-[ab]|accept-encoding):/i), SENT.join(" | "));
    },
  },
  {
    name: "duplicate request fields keep their values and their order",
    rfc: "9110 §5.3",
    async run(world) {
      const { request } = await roundTrip(
        world,
        get("X-L: a", "X-M: z", "X-L: b, c", "Cookie: a=1", "User-Agent: x"),
      );
      same("x-l", members(request, "x-l").join(), "a,b,c");
      same("user-agent", only(request, "user-agent"), "x");
    },
  },
  {
    name: "several Set-Cookie fields stay several",
    rfc: "9110 §5.3",
    async run(world) {
      const { response } = await roundTrip(
        world,
        get(),
        answer("Set-Cookie: a=1; Expires=Wed, 1 Jan 2031 00:00:00 GMT", "Set-Cookie: b=2"),
      );
      same(
        "set-cookie",
        valuesOf(response.fields, "set-cookie").join("|"),
        "a=1; Expires=Wed, 1 Jan 2031 00:00:00 GMT|b=2",
      );
    },
  },
  {
    name: "several WWW-Authenticate fields keep their order",
    rfc: "9110 §11.6.1",
    async run(world) {
      const sent = answer(
        'WWW-Authenticate: Digest realm="a, b"',
        'WWW-Authenticate: Basic realm="c"',
      ).replace("200 OK", "401 No");
      const { response } = await roundTrip(world, get(), sent);
      same(
        "www-authenticate",
        valuesOf(response.fields, "www-authenticate").join(", "),
        'Digest realm="a, b", Basic realm="c"',
      );
    },
  },
  {
    name: "an empty request field value is kept",
    rfc: "9110 §5.5",
    async run(world) {
      const { request } = await roundTrip(world, get("X-Empty:", "X-Blank:   "));
      same("x-empty", only(request, "x-empty"), "");
      same("x-blank", only(request, "x-blank"), "");
    },
  },
  {
    name: "an empty response field value is kept",
    rfc: "9110 §5.5",
    async run(world) {
      const { response } = await roundTrip(world, get(), answer("X-Empty:"));
      same("x-empty", only(response, "x-empty"), "");
    },
  },
  {
    name: "high bytes in request field values are kept",
    rfc: "9110 §5.5",
    async run(world) {
      const { request } = await roundTrip(world, get("X-Utf8: gr\xc3\xbc\xc3\x9fe", "X-Raw: \xff\x80\xa0"));
      same("x-utf8", only(request, "x-utf8"), "gr\xc3\xbc\xc3\x9fe");
      same("x-raw", only(request, "x-raw"), "\xff\x80\xa0");
    },
  },
  {
    name: "high bytes in response field values are kept",
    rfc: "9110 §5.5",
    async run(world) {
      const { response } = await roundTrip(
        world,
        get(),
        answer("X-Utf8: gr\xc3\xbc\xc3\x9fe", "X-Raw: \xff\x80\xa0"),
      );
      same("x-utf8", only(response, "x-utf8"), "gr\xc3\xbc\xc3\x9fe");
      same("x-raw", only(response, "x-raw"), "\xff\x80\xa0");
    },
  },
  {
    name: "a tab inside a field value is kept",
    rfc: "9110 §5.5",
    async run(world) {
      const { request } = await roundTrip(world, get("X-Tab: a\tb"));
      same("x-tab", only(request, "x-tab"), "a\tb");
    },
  },
  {
    name: "a thousand request fields all arrive, or are refused with 431",
    rfc: "9110 §5.4, 6585 §5",
    async run(world) {
      const many = Array.from({ length: 1000 }, (_, i) => `x${i.toString(36)}: ${i % 10}`);
      world.upstream.reply(OK);
      const client = await world.client();
      client.write(get(...many));
      const status = await refusal(client);
      if (status === 431) return;
      ensure(status === 200, `answered ${status}`);
      const arrived = world.upstream.requests[0]?.fields.filter(([n]) => /^x[0-9a-z]{1,2}$/.test(n));
      same("the count", String(arrived?.length), "1000");
    },
  },
  {
    name: "three hundred response fields all arrive",
    rfc: "9110 §5.4",
    async run(world) {
      const many = Array.from({ length: 300 }, (_, i) => `x${i.toString(36)}: ${i % 10}`);
      const { response } = await roundTrip(world, get(), answer(...many));
      same("the count", String(response.fields.filter(([n]) => /^x[0-9a-z]{1,2}$/.test(n)).length), "300");
    },
  },
  {
    name: "Via names the proxy to the upstream",
    rfc: "9110 §7.6.3",
    async run(world) {
      const { request } = await roundTrip(world, get());
      ensure(/^(HTTP\/)?1\.1 \S/.test(valuesOf(request.fields, "via")[0] ?? ""), "no Via added");
    },
  },
  {
    name: "Via is appended to the one that came",
    rfc: "9110 §7.6.3",
    async run(world) {
      const { request } = await roundTrip(world, get("Via: 1.0 fred"));
      const via = members(request, "via");
      same("the first via", via[0], "1.0 fred");
      ensure(via.length === 2 && /^(http\/)?1\.1 \S/.test(via[1] as string), "no Via appended");
    },
  },
  {
    name: "x-forwarded-for, -proto and -host tell who asked for what",
    rfc: "7239 §1 (house)",
    needs: "x-forwarded headers",
    async run(world) {
      const { request } = await roundTrip(world, get());
      ensure(
        /^(::ffff:)?127\.0\.0\.1$/.test(only(request, "x-forwarded-for") ?? ""),
        "x-forwarded-for is wrong",
      );
      same("x-forwarded-proto", only(request, "x-forwarded-proto"), "http");
      same("x-forwarded-host", only(request, "x-forwarded-host"), "a.test");
    },
  },
  {
    name: "x-forwarded-* of a client that is not trusted are replaced",
    rfc: "7239 §8.1 (house)",
    needs: "trusted proxies",
    async run(world) {
      const { request } = await roundTrip(
        world,
        get(
          "X-Forwarded-For: 6.6.6.6",
          "X-Forwarded-For: 7.7.7.7",
          "X-Forwarded-Proto: https",
          "X-Forwarded-Host: evil.test",
          ...["X-Forwarded-Prefix: /admin", "X-Forwarded-User: root", "Forwarded: for=6.6.6.6"],
          ...[
            "X-Real-IP: 6.6.6.6",
            "X-Original-URL: /admin",
            "X-Rewrite-URL: /admin",
            "X_Forwarded_For: 6.6.6.6",
          ],
        ),
      );
      same("x-forwarded-for", only(request, "x-forwarded-for"), "127.0.0.1");
      same("x-forwarded-proto", only(request, "x-forwarded-proto"), "http");
      same("x-forwarded-host", only(request, "x-forwarded-host"), "a.test");
      const others = linesOf(request.rawHead, /^(x[-_](forwarded|real|original|rewrite)|forwarded)/i);
      same("their lines", String(others.split(" | ").length), "3");
    },
  },
  {
    name: "x-forwarded-* of a trusted proxy are believed and continued",
    rfc: "7239 §5.2 (house)",
    needs: "trusted proxies",
    options: { trustedProxies: ["127.0.0.0/8"] },
    async run(world) {
      const { request } = await roundTrip(
        world,
        get(
          "X-Forwarded-For: 6.6.6.6, 203.0.113.9",
          "X-Forwarded-Proto: https",
          "X-Forwarded-Host: shop.test",
        ),
      );
      same("x-forwarded-for", members(request, "x-forwarded-for").slice(-2).join(), "203.0.113.9,127.0.0.1");
      same("x-forwarded-proto", only(request, "x-forwarded-proto"), "https");
      same("x-forwarded-host", only(request, "x-forwarded-host"), "shop.test");
    },
  },
  {
    name: "x-fig-* of a client never pass",
    rfc: "contract.md, Headers (house)",
    needs: "x-fig headers",
    async run(world) {
      const { request } = await roundTrip(
        world,
        get("X-Fig-Shadow: 1", "x-fig-side: modern", "X-FIG-Anything: 1"),
      );
      absent(request, "x-fig-shadow", "x-fig-side", "x-fig-anything");
    },
  },
  {
    name: "credentials and cookies arrive as they were sent",
    rfc: "9110 §11.6.2, 6265 §4.2",
    async run(world) {
      const { request } = await roundTrip(
        world,
        get("Authorization: Bearer a.b-c_~+/=", 'Cookie: a=1; b="2;3"; c=%20'),
        OK,
      );
      same("authorization", only(request, "authorization"), "Bearer a.b-c_~+/=");
      same("cookie", only(request, "cookie"), 'a=1; b="2;3"; c=%20');
    },
  },
];

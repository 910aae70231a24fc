import { describe, expect, it } from "vitest";
import { compileNetworks } from "../../src/domain/client-address.ts";
import { CHUNKED } from "../../src/domain/message.ts";
import type { ExchangeSettings } from "../../src/proxy/contract.ts";
import { DroppedFields } from "../../src/serving/dropped-fields.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

const FAMILY = [
  ["X-Forwarded-For", "9.9.9.9"],
  ["X-Forwarded-Proto", "https"],
  ["X-Forwarded-Host", "evil.test"],
  ["X-Forwarded-Port", "444"],
  ["X-Forwarded-Prefix", "/admin"],
  ["x-forwarded-Ssl", "on"],
  ["X-Forwarded-User", "root"],
  ["X-FORWARDED-Whatever-Comes", "1"],
  ["Forwarded", "for=9.9.9.9"],
  ["X-Real-IP", "9.9.9.9"],
  ["X-Original-URL", "/admin"],
  ["X-Original-Forwarded-For", "9.9.9.9"],
  ["X-Rewrite-URL", "/admin"],
] as const;

const trusted = compileNetworks(["127.0.0.0/8"]);

function sent(
  fields: readonly string[],
  settings: Partial<ExchangeSettings> = {},
  remoteAddress = "127.0.0.1",
) {
  const world = new ExchangeWorld({ settings });
  world.request({ headers: ["Host", "shop.test", ...fields], remoteAddress });
  const { headers } = world.legacy.last.request;
  const got: Record<string, string[]> = {};
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    got[name] = [...(got[name] ?? []), headers[i + 1] as string];
  }
  return { got, dropped: world.dropped, headers };
}

const ADDED = ["x-request-id", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via"];

describe("the forwarding family", () => {
  it("of a sender outside trustedProxies is dropped or replaced, whatever its name, and counted", () => {
    const { got, dropped } = sent(FAMILY.flat());
    expect(Object.keys(got).sort()).toEqual(["host", ...ADDED].sort());
    expect(got).toMatchObject({
      "x-forwarded-for": ["127.0.0.1"],
      "x-forwarded-proto": ["http"],
      "x-forwarded-host": ["shop.test"],
    });
    expect(dropped).toHaveLength(FAMILY.length);
    expect(dropped.filter((field) => field === "x-forwarded-other")).toHaveLength(4);
  });

  it("of a trusted proxy is believed in For, Proto, Host and Port, and in the rest only if it is named", () => {
    const plain = sent(FAMILY.flat(), { trusted });
    expect(Object.keys(plain.got).sort()).toEqual(["host", "x-forwarded-port", ...ADDED].sort());
    expect(plain.got).toMatchObject({
      "x-forwarded-for": ["9.9.9.9, 127.0.0.1"],
      "x-forwarded-proto": ["https"],
      "x-forwarded-host": ["evil.test"],
      "x-forwarded-port": ["444"],
    });
    const trustedHeaders = new Set(["x-forwarded-prefix", "forwarded", "x-original-url"]);
    const named = sent(FAMILY.flat(), { trusted, trustedHeaders });
    expect(named.got).toMatchObject({
      "x-forwarded-prefix": ["/admin"],
      forwarded: ["for=9.9.9.9"],
      "x-original-url": ["/admin"],
    });
    expect(named.got["x-real-ip"]).toBeUndefined();
    expect(sent(FAMILY.flat(), { trustedHeaders }).got.forwarded).toBeUndefined();
  });

  it("is dropped from trailers, and in spellings with underscores from anybody", () => {
    const world = new ExchangeWorld();
    const announced = "x-real-ip, X-Sum, x_forwarded_user, x_request_id";
    const lane = world.request({
      framing: CHUNKED,
      headers: ["Host", "a", "Trailer", announced, "Transfer-Encoding", "chunked"],
    });
    lane.listener.onBodyEnd([
      "X-Real-IP",
      "1",
      "x-sum",
      "2",
      "X_Forwarded_User",
      "root",
      "x_request_id",
      "1",
    ]);
    expect(world.legacy.last.trailers).toEqual(["x-sum", "2"]);
    expect(world.dropped).toEqual(["trailer", "trailer", "trailer"]);
    const aliases = [
      ...["X_Forwarded_For", "X-Forwarded_User", "x_real_ip", "X_Fig_Shadow", "x-fig_side", "X_Request_Id"],
      ...["Content_Length", "Transfer_Encoding", "Keep_Alive", "Proxy_Connection", "Proxy_Authorization"],
      ...["Proxy_Authenticate", "Max_Forwards", "X_ORIGINAL-URL"],
    ];
    const others = ["X_Team", "Content_Type", "x_form", "user_agent", "x_o"];
    const fields = [...aliases, ...others].flatMap((name) => [name, "1"]);
    for (const settings of [{}, { trusted }]) {
      const { headers, dropped } = sent(fields, settings);
      expect(headers.slice(2, 2 + others.length * 2)).toEqual(others.flatMap((name) => [name, "1"]));
      expect(headers[2 + others.length * 2]).toBe("x-request-id");
      expect(dropped).toEqual(aliases.map(() => "underscore"));
    }
    // What says who a client is no client ever writes.
    const passed = fields.filter((_, at) => !/^x.fig.s/i.test(fields[at - (at % 2)] as string));
    expect(passed).toHaveLength(fields.length - 4);
    expect(sent(fields, { underscoreHeaders: "pass" }).headers.slice(2, passed.length + 2)).toEqual(passed);
  });

  it("is written as RFC 7239 has it where `forwarded` asks for that", () => {
    expect(sent([], { forwarded: "rfc7239" }).got).toMatchObject({
      forwarded: ["for=127.0.0.1;host=shop.test;proto=http"],
    });
    expect(sent([], { forwarded: "rfc7239" }).got["x-forwarded-for"]).toBeUndefined();
    const chain = [
      "X-Forwarded-For",
      "2001:db8::7, [2001:db8::8]:80, 1.2.3.4:5, nobody",
      "X-Forwarded-Host",
      "a:8",
    ];
    const both = sent(chain, { forwarded: "both", trusted }, "127.0.0.9");
    expect(both.got.forwarded).toEqual([
      'for="[2001:db8::7]";host="a:8";proto=http, for="[2001:db8::8]:80", for="1.2.3.4:5", for=unknown, for=127.0.0.9',
    ]);
    expect(both.got["x-forwarded-host"]).toEqual(["a:8"]);
    const trustedHeaders = new Set(["forwarded"]);
    const theirs = sent(["Forwarded", "for=a", "forwarded", "for=b"], {
      forwarded: "both",
      trusted,
      trustedHeaders,
    });
    expect(theirs.got.forwarded).toEqual(["for=a, for=b, for=127.0.0.1;host=shop.test;proto=http"]);
  });
});

describe("traceparent and tracestate", () => {
  it.each([
    ["nothing", []],
    [
      "a valid one",
      ["Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate", "a=b"],
    ],
    ["an invalid one", ["traceparent", "nonsense", "tracestate", "a=b"]],
    ["two", ["traceparent", "1", "traceparent", "2"]],
  ])("pass as they came, and none is made: %s", (_what, fields) => {
    const { headers } = sent(fields);
    expect(headers.slice(2, 2 + fields.length)).toEqual(fields);
    expect(headers.filter((text) => /^traceparent$/i.test(text))).toHaveLength(
      fields.filter((text) => /^traceparent$/i.test(text)).length,
    );
  });
});

describe("who looks like a load balancer that is not listed", () => {
  const nobody = compileNetworks([]);

  it("is a private or loopback sender of the family: said once, until it is listed", () => {
    for (const peer of ["10.1.2.3", "127.0.0.1", "::ffff:192.168.0.9", "fd00::1", "::1"]) {
      const dropped = new DroppedFields();
      dropped.add(["x-forwarded-for", "x-real-ip"], peer, nobody);
      dropped.add(["x-forwarded-for"], "10.9.9.9", nobody);
      expect(dropped.problems(nobody)).toMatchObject([
        { kind: "untrusted_proxy", message: expect.stringContaining(`${peer} sends forwarding headers`) },
      ]);
      expect(dropped.counts).toEqual({ "x-forwarded-for": 2, "x-real-ip": 1 });
      expect(dropped.problems(compileNetworks(["0.0.0.0/0", "::/0"]))).toEqual([]);
    }
  });

  it("is no public sender, no trusted one, and none of aliases", () => {
    const dropped = new DroppedFields();
    dropped.add(["x-forwarded-for"], "203.0.113.9", nobody);
    dropped.add(["forwarded"], "10.0.0.1", compileNetworks(["10.0.0.0/8"]));
    dropped.add(["underscore"], "10.0.0.1", nobody);
    expect(dropped.problems(nobody)).toEqual([]);
  });
});

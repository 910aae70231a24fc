import { describe, expect, it } from "vitest";
import { compileNetworks } from "../../src/domain/client-address.ts";
import { CHUNKED } from "../../src/domain/message.ts";
import { headers } from "../../src/layers/headers.ts";
import { rewriteAnswers } from "../../src/layers/rewrite-answers.ts";
import { definitionOf, ExchangeWorld } from "../support/exchange-world.ts";

const SHADOW = definitionOf().shadow;
const all = (list: readonly string[], name: string) =>
  list.filter((_, i) => i % 2 === 1 && list[i - 1]?.toLowerCase() === name);

describe("headers", () => {
  it("are removed and set both ways, the route's first and the side's after", () => {
    const world = new ExchangeWorld({
      sideLayers: [headers],
      definition: {
        headers: {
          request: { remove: ["x-secret"], set: { "x-team": "all" } },
          answer: { remove: ["server"], set: { "x-served": "fig" } },
        },
        legacy: {
          upstream: "legacy",
          path: undefined,
          headers: { request: { remove: [], set: { "x-team": "ö" } } },
        },
      },
    });
    const lane = world.request({
      headers: ["Host", "shop.test", "X-Secret", "1", "x-secret", "2", "X-Team", "x"],
    });
    const asked = world.legacy.last.request.headers;
    expect(all(asked, "x-secret")).toEqual([]);
    expect(all(asked, "x-team")).toEqual(["\u00c3\u00b6"]);
    world.legacy.last.answer(200, "ok", ["Server", "old/1"]);
    expect(lane.header("server")).toBeUndefined();
    expect(lane.header("x-served")).toBe("fig");
    expect(lane.header("content-length")).toBe("2");
  });

  it("go with the spellings with underscores that servers take for them, on the way in alone", () => {
    const world = new ExchangeWorld({
      sideLayers: [headers],
      definition: {
        headers: {
          request: { remove: ["x-secret"], set: { "x-team": "all" } },
          answer: { remove: ["x-secret"], set: {} },
        },
      },
    });
    const lane = world.request({
      headers: ["Host", "a", "X_Secret", "1", "x_TEAM", "admin", "X_Other", "2"],
    });
    const asked = world.legacy.last.request.headers;
    expect(asked.slice(0, 4)).toEqual(["Host", "a", "X_Other", "2"]);
    expect(asked.slice(-2)).toEqual(["x-team", "all"]);
    world.legacy.last.answer(200, "ok", ["X_Secret", "1", "X-Secret", "2"]);
    expect(lane.headers).toEqual(["X_Secret", "1", "content-length", "2"]);
  });

  it("are removed from interim answers, answers that upgrade and trailers too", () => {
    const edit = { remove: ["x-secret"], set: { "x-team": "all" } };
    const world = new ExchangeWorld({
      sideLayers: [headers],
      definition: { headers: { request: edit, answer: edit } },
    });
    const secret = ["X-Secret", "1", "x-team", "own", "x-other", "2"];
    const lane = world.request({
      framing: CHUNKED,
      headers: [
        ...["Host", "shop.test", "Transfer-Encoding", "chunked"],
        ...["Trailer", "x-secret, x-team, x-other"],
      ],
    });
    lane.listener.onBodyEnd(secret);
    expect(world.legacy.last.trailers).toEqual(["x-other", "2"]);
    const { listener } = world.legacy.last;
    listener.onInform(103, "", secret);
    expect(lane.informs).toEqual([{ status: 103, headers: ["x-other", "2"] }]);
    listener.onHead(200, "", [...secret, "transfer-encoding", "chunked"], CHUNKED);
    expect(lane.header("x-secret")).toBeUndefined();
    expect(lane.header("x-team")).toBe("all");
    listener.onEnd(secret);
    lane.flush();
    expect(lane.trailers).toEqual(["x-other", "2"]);

    const upgrade = ["Host", "shop.test", "Connection", "Upgrade", "Upgrade", "x"];
    const tunnel = world.request({ upgrade: true, headers: upgrade });
    world.legacy.last.listener.onUpgrade(101, "", secret);
    expect(tunnel.header("x-secret")).toBeUndefined();
  });

  it("that are set stay although the side's Connection names them", () => {
    const answer = { remove: [], set: { "strict-transport-security": "max-age=1" } };
    const world = new ExchangeWorld({ sideLayers: [headers], definition: { headers: { answer } } });
    const lane = world.request();
    world.legacy.last.answer(200, "ok", [
      ...["Connection", "close, Strict-Transport-Security, X-Hop", "X-Hop", "1"],
      ...["Strict-Transport-Security", "max-age=9"],
    ]);
    expect(all(lane.headers, "strict-transport-security")).toEqual(["max-age=1"]);
    expect(lane.header("x-hop")).toBeUndefined();
  });

  it("of the shadow are changed in the copy alone", () => {
    const world = new ExchangeWorld({
      sideLayers: [headers],
      position: { modern: 0, shadow: 100 },
      definition: { shadow: { ...SHADOW, headers: { remove: ["cookie"], set: { "x-copy": "1" } } } },
    });
    const lane = world.request({ headers: ["Host", "shop.test", "Cookie", "sid=1"] });
    expect(world.legacy.last.header("cookie")).toBe("sid=1");
    expect(world.legacy.last.header("x-copy")).toBeUndefined();
    world.legacy.last.answer(200, "ok");
    lane.flush();
    expect(world.modern.last.header("cookie")).toBeUndefined();
    expect(world.modern.last.header("x-copy")).toBe("1");
    expect(world.modern.last.header("x-fig-shadow")).toBe("1");
  });
});

describe("answers of a side with a path of its own", () => {
  const modern = { upstream: "modern", path: "/v2/orders/{id}" };

  function rewritten(fields: readonly string[], host = "shop.test") {
    const world = new ExchangeWorld({
      sideLayers: [rewriteAnswers],
      position: { modern: 100, shadow: 0 },
      definition: { modern },
      upstreamUrls: { modern: ["http://legacy.internal:3001"] },
    });
    const lane = world.request({ headers: ["Host", host] });
    world.modern.last.answer(302, "", fields);
    return lane;
  }

  it.each([
    ["Location", "/v2/orders/7/", "/orders/7/"],
    ["Location", "/v2/orders/7?a=/v2/orders/1#b", "/orders/7?a=/v2/orders/1#b"],
    ["Location", "http://shop.test/v2/orders/7", "http://shop.test/orders/7"],
    ["Location", "http://legacy.internal:3001/v2/orders/7", "/orders/7"],
    ["Location", "https://elsewhere.test/v2/orders/7", "https://elsewhere.test/v2/orders/7"],
    ["Location", "../7", "../7"],
    ["Location", "/login", "/login"],
    ["Content-Location", "/v2/orders/7", "/orders/7"],
    ["Refresh", "5; url=/v2/orders/7", "5; url=/orders/7"],
    ["Refresh", "5; URL='http://legacy.internal:3001/v2/orders/7'", "5; URL='/orders/7'"],
    ["Set-Cookie", "sid=1; Path=/v2/orders; HttpOnly", "sid=1; Path=/orders; HttpOnly"],
    ["Set-Cookie", "sid=1; Domain=legacy.internal; Secure", "sid=1; Domain=shop.test; Secure"],
    ["Set-Cookie", "sid=1; domain=.internal", "sid=1; domain=shop.test"],
    ["Set-Cookie", "sid=1; Domain=shop.test; path=/", "sid=1; Domain=shop.test; path=/"],
    ["Set-Cookie", "sid=; Domain=test; Max-Age=0", "sid=; Domain=test; Max-Age=0"],
    ["Location", "https://shop.test:443/v2/orders/7", "https://shop.test:443/orders/7"],
    ["Refresh", "0; /v2/orders/7", "0; /orders/7"],
    ["Refresh", '0;url="/v2/orders/7" ', '0;url="/orders/7" '],
    ["Refresh", "5", "5"],
    ["Refresh", "5/v2/orders/7", "5/v2/orders/7"],
    ["Refresh", "never; url=/v2/orders/7", "never; url=/v2/orders/7"],
    ["X-Path", "/v2/orders/7", "/v2/orders/7"],
    ["Set-Cookie", "sid=1; Path; path=; Path=x", "sid=1; Path; path=; Path=x"],
  ])("%s: %s becomes %s", (name, from, to) => {
    expect(rewritten([name, from]).header(name.toLowerCase())).toBe(to);
  });

  it.each([
    ["Location", "https://shop.example.com/v2/orders/7", "https://shop.example.com/orders/7"],
    ["Location", "http://balancer.test/v2/orders/7", "http://balancer.test/orders/7"],
    ["Set-Cookie", "sid=1; Domain=shop.example.com", "sid=1; Domain=shop.example.com"],
    ["Set-Cookie", "sid=1; Domain=legacy.internal", "sid=1; Domain=shop.example.com"],
  ])("lead to the host that a believed sender says: %s: %s", (name, from, to) => {
    for (const url of ["http://legacy.internal:3001", "http://10.0.0.7:3001"]) {
      const world = new ExchangeWorld({
        sideLayers: [rewriteAnswers],
        position: { modern: 100, shadow: 0 },
        definition: { modern },
        upstreamUrls: { modern: [url] },
        settings: { trusted: compileNetworks(["127.0.0.1"]) },
      });
      const lane = world.request({
        headers: ["Host", "balancer.test", "X-Forwarded-Host", "shop.example.com, balancer.test"],
      });
      world.modern.last.answer(302, "", [name, from]);
      expect(lane.header(name.toLowerCase())).toBe(to);
    }
  });

  it("are written back in an answer that upgrades", () => {
    const world = new ExchangeWorld({
      sideLayers: [rewriteAnswers],
      position: { modern: 100, shadow: 0 },
      definition: { modern },
    });
    const upgrade = ["Host", "shop.test", "Connection", "Upgrade", "Upgrade", "x"];
    const lane = world.request({ upgrade: true, headers: upgrade });
    world.modern.last.listener.onUpgrade(101, "", ["Set-Cookie", "sid=1; Path=/v2/orders"]);
    expect(lane.header("set-cookie")).toBe("sid=1; Path=/orders");
  });

  it("have the default port of their scheme whether it is written or not", () => {
    const world = new ExchangeWorld({
      sideLayers: [rewriteAnswers],
      position: { modern: 100, shadow: 0 },
      definition: { modern },
      upstreamUrls: { modern: ["http://orders.int:80"] },
    });
    const lane = world.request();
    world.modern.last.answer(302, "", ["Location", "http://orders.int:80/v2/orders/7"]);
    expect(lane.header("location")).toBe("/orders/7");
  });

  /** What the answer to `target` says, where the side's whole path is under /v2. */
  function underRoot(
    target: string,
    field: string,
    value: string,
    match = "/orders/{x+}",
    path = "/v2/{x+}",
  ) {
    const { match: base } = definitionOf();
    const world = new ExchangeWorld({
      sideLayers: [rewriteAnswers],
      position: { modern: 100, shadow: 0 },
      definition: { match: { ...base, path: match }, modern: { upstream: "modern", path } },
      upstreamUrls: { modern: ["http://up.test"] },
    });
    const lane = world.request({ target });
    world.modern.last.answer(302, "", [field, value]);
    return lane.header(field.toLowerCase());
  }

  it.each([
    ["view-8.html?a#b", "/orders/8?a#b"],
    ["./view-8.html", "/orders/8"],
    ["../p/view-8.html", "/orders/8"],
    ["other.html", "other.html"],
    ["?page=2", "?page=2"],
    ["#top", "#top"],
    ["mailto:a@b.test", "mailto:a@b.test"],
    ["..//evil.test", "..//evil.test"],
  ])("relative to the side's path lead to the client's: %s", (from, to) => {
    const written = underRoot("/orders/7", "Location", from, "/orders/{x}", "/p/view-{x}.html");
    expect(written).toBe(to);
  });

  it("relative as the client reads them stay as they came", () => {
    expect(underRoot("/orders/1/a", "Location", "b/", "/orders/{x+}")).toBe("b/");
  });

  it.each([
    ["Location", "/v2//evil.test/", "/.//evil.test/"],
    ["Location", "/v2/\\evil.test", "/./\\evil.test"],
    ["Location", "/v2/\t/evil.test", "/./\t/evil.test"],
    ["Location", "http://up.test/v2//evil.test/", "/.//evil.test/"],
    ["Location", "http://shop.test/v2//evil.test/", "http://shop.test//evil.test/"],
    ["Content-Location", "/v2//evil.test/", "/.//evil.test/"],
    ["Refresh", "0;url=/v2//evil.test/", "0;url=/.//evil.test/"],
  ])("never make another host of a path: %s: %j", (field, value, written) => {
    expect(underRoot("/orders/1", field, value, "/{x+}")).toBe(written);
  });

  it("leave a cookie's Path alone where what was captured would begin an attribute", () => {
    const ask = (target: string) =>
      underRoot(target, "Set-Cookie", "sid=1; Path=/x; HttpOnly", "/orders/{t}", "/x");
    expect(ask("/orders/a;Domain=shop.test;z=")).toBe("sid=1; Path=/x; HttpOnly");
    expect(ask("/orders/a")).toBe("sid=1; Path=/orders/a; HttpOnly");
  });

  it.each([
    ["Refresh", `0;url=${" ".repeat(60_000)}a"b"`],
    ["Refresh", " ".repeat(60_000)],
    ["Refresh", `${"0".repeat(60_000)};`],
    ["Location", `/${"/".repeat(60_000)}`],
    ["Set-Cookie", `a=b;${" ".repeat(30_000)};${"Domain=;".repeat(3_000)}`],
  ])("cost no more than their length: %s", (field, value) => {
    // Linear, this takes a few milliseconds; what grows faster takes seconds.
    const begun = process.cpuUsage();
    underRoot("/orders/1", field, value);
    expect(process.cpuUsage(begun).user).toBeLessThan(500_000);
  });

  it.each([
    ["an address", "http://10.0.0.7:3001"],
    ["a plain name", "http://legacy:3001"],
  ])(
    "lose a Domain that the client's host is not in, where the upstream is known by %s alone",
    (_what, url) => {
      const world = new ExchangeWorld({
        sideLayers: [rewriteAnswers],
        position: { modern: 100, shadow: 0 },
        definition: { modern },
        upstreamUrls: { modern: [url] },
      });
      const cookies = ["a=1; Domain=legacy.internal; Path=/v2/orders", "a=1; Domain=.test", "a=1; Domain="];
      const lane = world.request();
      world.modern.last.answer(
        302,
        "",
        cookies.flatMap((cookie) => ["Set-Cookie", cookie]),
      );
      expect(all(lane.headers, "set-cookie")).toEqual([
        "a=1; Domain=shop.test; Path=/orders",
        "a=1; Domain=.test",
        "a=1; Domain=",
      ]);
    },
  );

  it("drop the upstream's Domain for a client that knows the front door by its address", () => {
    expect(
      rewritten(["Set-Cookie", "a=1; Domain=legacy.internal"], "127.0.0.1:8080").header("set-cookie"),
    ).toBe("a=1");
    expect(rewritten(["Set-Cookie", "a=1; Domain=legacy.internal"], "a.b;secure").header("set-cookie")).toBe(
      "a=1",
    );
  });

  it("stay as they came where rewriteAnswers is off, and on a side without a path", () => {
    for (const side of [
      { ...modern, rewriteAnswers: false as const },
      { upstream: "modern", path: undefined },
    ]) {
      const definition = definitionOf({ modern: side });
      const tools = { upstreams: new Map() } as never;
      expect(rewriteAnswers.create(definition, "modern", false, tools)).toBeUndefined();
    }
  });
});

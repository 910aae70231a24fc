import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileNetworks } from "../../src/domain/client-address.ts";
import { defaultRoute } from "../../src/domain/default-route.ts";
import { NO_BODY, type RequestHead } from "../../src/domain/message.ts";
import type { OperationsRead } from "../../src/domain/operations/asked-operations.ts";
import type { RouteDefinition, StickySource } from "../../src/domain/route.ts";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../src/domain/split.ts";
import { type Decision, type DecisionSettings, decide } from "../../src/routing/decide.ts";
import { compileTable } from "../../src/routing/index.ts";
import { findTies } from "../../src/routing/ties.ts";
import { aRoute } from "../domain/definitions.ts";
import { liveOf } from "../support/exchange-world.ts";

const NO_PINS = { now: () => 0, of: () => undefined };
const SETTINGS: DecisionSettings = {
  trusted: compileNetworks(["10.0.0.0/8"]),
  trustedHeaders: new Set(),
  forwarded: "x",
  underscoreHeaders: "drop",
  ambiguousPaths: "reject",
  maxUrlBytes: 0,
  maxBodyBytes: 0,
};
const VALUE = "0123456789abcdef0123456789abcdef";
const PAGE = ["Sec-Fetch-Mode", "navigate"];
const CLIENT: StickySource = { kind: "client" };
const IP: StickySource = { kind: "ip" };
const SID: StickySource = { kind: "cookie", name: "sid" };
const USER: StickySource = { kind: "header", name: "x-user" };

function route(id: string, path: string, over: Partial<RouteDefinition> = {}, match = {}): RouteDefinition {
  return aRoute(id, {
    match: { path, methods: undefined, host: undefined, headers: {}, query: {}, ...match },
    ...over,
  });
}

function asked(
  routes: readonly RouteDefinition[],
  modern: number,
  request: Partial<RequestHead> & { fields?: readonly string[] },
  draw = VALUE,
  said?: OperationsRead,
): Decision {
  const live = routes.map((each) => liveOf(each, { modern, shadow: 0 }));
  const other = defaultRoute({
    file: undefined,
    defaultUpstream: "monolith",
    upstreams: new Map(),
    routes: [],
    policies: {},
  });
  const head: RequestHead = {
    method: "GET",
    target: "/orders/1",
    version: "1.1",
    headers: ["Host", "shop.test", ...(request.fields ?? [])],
    framing: NO_BODY,
    upgrade: false,
    expectContinue: false,
    remoteAddress: "203.0.113.9",
    encrypted: false,
    certificate: undefined,
    ...request,
  };
  return decide(
    compileTable(live, liveOf(other, { modern: 0, shadow: 0 })),
    SETTINGS,
    head,
    () => draw,
    NO_PINS,
    said,
  );
}

const hashOf = (key: string) => splitHash(cohortPrefix("orders"), key);

describe("one address", () => {
  const orders = [route("orders", "/orders/{id}", { sticky: [IP] })];

  it("is one client, however it is spelt", () => {
    const hashes = new Set(
      ["2001:db8::7", "2001:DB8::7", "2001:db8:0:0:0:0:0:7", "2001:db8::7%eth0"].flatMap((spelling) => [
        asked(orders, 50, { remoteAddress: spelling }).keyHash,
        asked(orders, 50, { remoteAddress: "10.0.0.1", fields: ["X-Forwarded-For", spelling] }).keyHash,
        asked(orders, 50, { remoteAddress: "10.0.0.1", fields: ["X-Forwarded-For", `[${spelling}]:80`] })
          .keyHash,
      ]),
    );
    expect([...hashes]).toEqual([hashOf("2001:db8::7")]);
    expect(asked(orders, 50, { remoteAddress: "::ffff:1.2.3.4" }).keyHash).toBe(hashOf("1.2.3.4"));
  });
});

describe("sticky: [client, ip]", () => {
  const orders = [route("orders", "/orders/{id}", { sticky: [CLIENT, IP] })];
  const only = [route("orders", "/orders/{id}", { sticky: [CLIENT] })];

  it("keeps a client on its side whatever else it sends, once it has the cookie", () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.array(fc.nat(15), { minLength: 32, maxLength: 32 }),
        (remoteAddress, digits) => {
          const value = digits.map((digit) => digit.toString(16)).join("");
          const first = asked(orders, 50, { remoteAddress, fields: PAGE }, value);
          const next = asked(orders, 50, {
            fields: ["Cookie", `sid=1; fig_client=${value}`],
            method: "POST",
          });
          expect(first.freshClient).toBe(value);
          expect(next.freshClient).toBeUndefined();
          expect([next.keyHash, next.side, next.keySource]).toEqual([first.keyHash, first.side, CLIENT]);
        },
      ),
    );
  });

  it.each([
    ["a navigation", "GET", PAGE],
    ["a form that is sent", "POST", PAGE],
    ["a page by its Accept", "GET", ["Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"]],
  ])("draws for %s, and lets the draw decide", (_what, method, fields) => {
    const decided = asked(orders, 50, { method, fields });
    expect(decided).toMatchObject({ freshClient: VALUE, keySource: CLIENT, keyHash: hashOf(VALUE) });
    expect(decided.side).toBe(sideOf(hashOf(VALUE), thresholdOf(50)));
  });

  it.each([
    ["a fetch", "GET", ["Sec-Fetch-Mode", "cors", "Accept", "*/*"]],
    ["a form of a script", "POST", ["Accept", "text/html"]],
    ["an image", "GET", ["Sec-Fetch-Mode", "no-cors", "Accept", "image/avif,*/*"]],
    ["a client of an API", "GET", []],
  ])("goes on to the next source for %s, and to legacy where there is none", (_what, method, fields) => {
    expect(asked(orders, 50, { method, fields })).toMatchObject({ freshClient: undefined, keySource: IP });
    expect(asked(only, 99, { method, fields })).toMatchObject({ keySource: undefined, side: "legacy" });
    expect(asked(only, 100, { method, fields }).side).toBe("modern");
  });

  it("takes no value that it did not make", () => {
    for (const value of ["", "x", VALUE.toUpperCase(), `${VALUE}0`, VALUE.replace("0", "g")])
      expect(asked(orders, 50, { fields: ["Cookie", `fig_client=${value}`] }).keySource).toEqual(IP);
    expect(asked(orders, 50, { fields: ["Cookie", "fig_client=x", ...PAGE] }).freshClient).toBe(VALUE);
  });

  it("draws where a page of any other route is opened too, and nowhere if no route asks for it", () => {
    expect(asked(orders, 50, { target: "/", fields: PAGE })).toMatchObject({
      freshClient: VALUE,
      keySource: undefined,
      side: "legacy",
    });
    const plain = [route("orders", "/orders/{id}", { sticky: [IP] })];
    expect(asked(plain, 50, { fields: PAGE }).freshClient).toBeUndefined();
  });
});

describe("a CORS preflight", () => {
  const preflight = (method: string, names = "") => ({
    method: "OPTIONS",
    fields: [
      ...["Origin", "https://a.test", "Access-Control-Request-Method", method],
      ...(names === "" ? [] : ["Access-Control-Request-Headers", names]),
    ],
  });

  it("goes to the route of the request that it announces", () => {
    const routes = [
      route("read", "/orders/{id}", {}, { methods: ["GET"] }),
      route("write", "/orders/{id}", {}, { methods: ["PUT"] }),
      route("beta", "/orders/{id}", {}, { methods: ["PUT"], headers: { "x-beta": "1" } }),
    ];
    expect(asked(routes, 50, preflight("GET")).live?.id).toBe("read");
    expect(asked(routes, 50, preflight("PUT")).live?.id).toBe("write");
    expect(asked(routes, 50, preflight("PUT", "content-type, X-Beta")).live?.id).toBe("beta");
    expect(asked(routes, 50, preflight("DELETE")).live?.id).toBe("(default)");
    expect(asked(routes, 50, { method: "OPTIONS" }).live?.id).toBe("(default)");
    const own = route("cors", "/orders/{id}", {}, { methods: ["OPTIONS"] });
    expect(asked([...routes, own], 50, preflight("PUT")).live?.id).toBe("cors");
  });

  it("goes to that request's side as far as its headers tell, and else to the side of most clients", () => {
    const by = (sticky: readonly StickySource[]) => [route("orders", "/orders/{id}", { sticky })];
    const address = sideOf(hashOf("203.0.113.9"), thresholdOf(50));
    expect(asked(by([IP]), 50, preflight("GET"))).toMatchObject({ side: address, keySource: IP });
    expect(asked(by([USER, IP]), 50, preflight("GET", "x-other"))).toMatchObject({ side: address });
    for (const [sticky, names] of [
      [[SID], ""],
      [[SID, IP], ""],
      [[CLIENT, IP], ""],
      [[USER, IP], "x-other,X-User"],
    ] as const) {
      const most = (modern: number) => asked(by(sticky), modern, preflight("GET", names));
      expect([0, 1, 50, 50.01, 99, 100].map((modern) => most(modern).side)).toEqual([
        "legacy",
        "legacy",
        "legacy",
        "modern",
        "modern",
        "modern",
      ]);
      expect(most(50)).toMatchObject({ untold: true, keySource: undefined, freshClient: undefined });
    }
    // No source is left that the request could have: it has no key, as its own decision will say.
    expect(asked(by([USER]), 99, preflight("GET", "x-other"))).toMatchObject({
      side: "legacy",
      untold: false,
    });
    const sent = { ...preflight("GET"), fields: [...preflight("GET").fields, "Cookie", "sid=7"] };
    expect(asked(by([SID]), 50, sent)).toMatchObject({ keySource: SID, untold: false });
  });
});

describe("routes by operation", () => {
  const of = (id: string, operations: readonly string[] | undefined, match = {}) =>
    route(id, "/graphql", {}, { operations, ...match });
  const routes = [of("cart", ["GetCart", "AddItem"]), of("user", ["GetUser"]), of("graphql", undefined)];
  const POST = {
    method: "POST",
    target: "/graphql",
    fields: ["Content-Type", "application/json"],
    framing: 40,
  };
  const idFor = (...names: (string | undefined)[]) =>
    asked(routes, 0, POST, VALUE, { kind: "graphql", names }).live?.id;

  it("wait for the body, and nothing else of the request does", () => {
    expect(asked(routes, 0, POST)).toMatchObject({ reads: true, refusal: undefined, live: undefined });
    for (const request of [
      { ...POST, target: "/orders" },
      { ...POST, framing: NO_BODY },
      { ...POST, framing: 300_000 },
      { ...POST, fields: ["Content-Type", "text/plain"] },
      { ...POST, method: "PUT" },
      { target: "/graphql" },
    ])
      expect(asked(routes, 0, request)).toMatchObject({ reads: false });
    expect(asked([of("graphql", undefined)], 0, POST)).toMatchObject({ reads: false, operations: undefined });
  });

  it("take what asks for theirs alone; anything else is the path's other route's", () => {
    expect(idFor("GetCart")).toBe("cart");
    expect(idFor("GetCart", "AddItem")).toBe("cart");
    expect(idFor("GetUser")).toBe("user");
    for (const names of [["GetCart", "GetUser"], ["GetCart", undefined], [undefined], ["Other"]])
      expect(idFor(...names)).toBe("graphql");
    const unread = asked(routes, 0, POST, VALUE, { kind: "unread", why: "too_large" });
    expect(unread).toMatchObject({ reads: false, live: { id: "graphql" } });
  });

  it("read the query of a GET in the head's own decision", () => {
    const target = "/graphql?query=query+GetUser%7Bme%7D";
    expect(asked(routes, 0, { target })).toMatchObject({ reads: false, live: { id: "user" } });
    expect(asked(routes, 0, { target: "/graphql?query=x" })).toMatchObject({ live: { id: "graphql" } });
  });

  it("wait although without their operations no route would take the request", () => {
    expect(asked([of("cart", ["GetCart"])], 0, POST)).toMatchObject({ reads: true, refusal: undefined });
  });

  it("with more conditions come first, and are asked for operations only where these hold", () => {
    const hosted = [of("cart", ["GetCart"], { host: "other.test" }), of("graphql", undefined)];
    expect(asked(hosted, 0, POST)).toMatchObject({ reads: false, live: { id: "graphql" } });
    const posts = [of("cart", ["GetCart"]), of("posts", undefined, { methods: ["POST"] })];
    expect(asked(posts, 0, POST)).toMatchObject({ reads: false, live: { id: "posts" } });
  });

  it("tie where one operation is of both", () => {
    const pairs = (a: readonly string[], b: readonly string[]) => findTies([of("a", a), of("b", b)]).length;
    expect(pairs(["A", "B"], ["B"])).toBe(1);
    expect(pairs(["A"], ["B"])).toBe(0);
    expect(findTies([of("a", ["A"]), of("b", undefined)])).toEqual([]);
  });
});

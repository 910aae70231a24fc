import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RouteDefinition } from "../../src/domain/route.ts";
import type { MatchInput } from "../../src/routing/contract.ts";
import { compileTable, createTableRef, findTies } from "../../src/routing/index.ts";
import { lenientReadings, MAX_PATH_READINGS } from "../../src/routing/lenient.ts";
import { definitionOf, liveRoute, requestOf } from "./live-route.ts";
import { naiveBest, naiveReadings, strictSegments } from "./naive-matcher.ts";

function tableOf(...definitions: RouteDefinition[]) {
  return compileTable(
    definitions.map((definition) => liveRoute(definition)),
    undefined,
  );
}

/** The id that matched, "none" or "ambiguous". */
function verdict(definitions: readonly RouteDefinition[], input: MatchInput): string {
  const result = tableOf(...definitions).match(input);
  return result.kind === "route" ? result.route.definition.id : result.kind;
}

function byPaths(paths: Readonly<Record<string, string>>): RouteDefinition[] {
  return Object.entries(paths).map(([id, path]) => definitionOf(id, { path }));
}

describe("precedence", () => {
  const routes = byPaths({
    literal: "/api/orders/new",
    one: "/api/orders/{id}",
    rest: "/api/{rest+}",
    deep: "/api/{x}/items/{y}",
    root: "/",
    slash: "/api/orders/",
  });
  test.each([
    ["/api/orders/new", "literal"],
    ["/api/orders/7", "one"],
    ["/api/orders", "rest"],
    ["/api/orders/", "slash"],
    ["/api/orders/7/", "rest"],
    ["/api/orders/items/3", "deep"],
    ["/api/orders/items", "one"],
    ["/api/x/items/3", "deep"],
    ["/api/x/items/3/4", "rest"],
    ["/api/x/items/", "rest"],
    ["/api", "none"],
    ["/api/", "none"],
    ["/", "root"],
    ["/?x=/api/orders/new", "root"],
    ["/API/orders/new", "none"],
    ["/api/orders/new?", "literal"],
    ["/api/orders/new?a=/b", "literal"],
    ["/api/orders/7;v=1", "one"],
    ["/api/orders/new;v=1", "ambiguous"],
    ["*", "none"],
    ["", "none"],
    ["?x", "none"],
    ["http://shop.example/api/orders/new?x", "literal"],
    ["http://shop.example", "none"],
    ["http://shop.example?/api/orders/new", "none"],
  ])("%s is %s", (target, id) => {
    expect(verdict(routes, requestOf(target))).toBe(id);
  });

  test("a more specific path whose methods or conditions do not hold falls back to a less specific one", () => {
    const fallBack = [
      definitionOf("post", { path: "/a/b", methods: ["POST"] }),
      definitionOf("beta", { path: "/a/{x}", query: { beta: "1" } }),
      definitionOf("old", { path: "/a/{x}", headers: { "x-api": "1" } }),
      definitionOf("rest", { path: "/{all+}" }),
    ];
    expect(verdict(fallBack, requestOf("/a/b", { method: "POST" }))).toBe("post");
    expect(verdict(fallBack, requestOf("/a/b?beta=1"))).toBe("beta");
    expect(verdict(fallBack, requestOf("/a/b", { headers: ["X-Api", "1"] }))).toBe("old");
    expect(verdict(fallBack, requestOf("/a/b"))).toBe("rest");
  });

  test("a host comes before any path, methods before conditions, more conditions before fewer", () => {
    const mixed = [
      definitionOf("host", { path: "/{all+}", host: "shop.example" }),
      definitionOf("plain", { path: "/a" }),
      definitionOf("methods", { path: "/a", methods: ["GET"] }),
      definitionOf("two", { path: "/a", headers: { a: "1" }, query: { b: "2" } }),
      definitionOf("one", { path: "/a", query: { c: "3" } }),
    ];
    expect(verdict(mixed, requestOf("/a", { host: "shop.example" }))).toBe("host");
    expect(verdict(mixed, requestOf("/a?b=2&c=3", { headers: ["a", "1"] }))).toBe("methods");
    expect(verdict(mixed, requestOf("/a?b=2&c=3", { headers: ["a", "1"], method: "PUT" }))).toBe("two");
    expect(verdict(mixed, requestOf("/a?c=3", { method: "PUT" }))).toBe("one");
    expect(verdict(mixed, requestOf("/a", { method: "PUT" }))).toBe("plain");
  });
});

describe("paths whose case or last slash does not count", () => {
  const any = { trailingSlash: "any" } as const;
  const folded = { caseSensitive: false } as const;
  const routes = [
    definitionOf("orders", { path: "/API/Orders/{id}", ...folded, ...any }),
    definitionOf("exact", { path: "/api/orders/{id}" }),
    definitionOf("one", { path: "/api/{x}/{y}" }),
    definitionOf("list", { path: "/list/", ...any }),
    definitionOf("plain", { path: "/plain", ...any }),
    definitionOf("plain/", { path: "/plain/" }),
    definitionOf("cafe", { path: "/café", ...folded }),
    definitionOf("root", { path: "/", ...any }),
  ];
  test.each([
    ["/api/ORDERS/aB", "orders"],
    ["/API/Orders/aB/", "orders"],
    ["/api/orders/7", "exact"],
    ["/api/orders/7/", "orders"],
    ["/api/orders/7//", "ambiguous"],
    ["/api/other/7", "one"],
    ["/%41PI/order%53/7", "orders"],
    ["/list", "list"],
    ["/list/", "list"],
    ["/LIST", "none"],
    ["/plain", "plain"],
    ["/plain/", "plain/"],
    ["/CAF\u00c3\u00a9", "cafe"],
    // Bytes that are no ASCII letters have no case.
    ["/caf\u00c3\u0089", "none"],
    ["/", "root"],
    ["/api/orders/7%00/x", "ambiguous"],
    ["/api/x/..%2Forders/7", "ambiguous"],
  ])("%s is %s", (target, id) => {
    expect(verdict(routes, requestOf(target))).toBe(id);
  });

  test("captures and what is forwarded stay as they came", () => {
    const result = tableOf(...routes).match(requestOf("/api/ORDERS/aB/?x"));
    expect(result.kind === "route" && result.captures).toEqual(["aB"]);
  });
});

describe("conditions", () => {
  const route = [definitionOf("r", { path: "/", headers: { "x-api": "2" }, query: { "a b": "c+ü" } })];
  test.each([
    ["/?a%20b=c%2B%C3%BC", ["X-API", "2"], "r"],
    ["/?a+b=c%2B%c3%bc&a+b=other", ["x-api", "2"], "r"],
    ["/?a%20b=other&a%20b=c%2B%C3%BC", ["x-api", "2"], "none"],
    ["/?a%2520b=c%2B%C3%BC", ["x-api", "2"], "none"],
    ["/?a%20b=c%2B%C3%BC", ["x-api", "2", "X-Api", "2"], "none"],
    ["/?a%20b=c%2B%C3%BC", ["x-api", "22"], "none"],
    ["/?a%20b=c%2B%C3%BC", ["x-apj", "2"], "none"],
    ["/?a%20b=c%2B%C3%BC", [], "none"],
    ["/", ["x-api", "2"], "none"],
  ])("%s with headers %j is %s", (target, headers, id) => {
    expect(verdict(route, requestOf(target, { headers }))).toBe(id);
  });

  test("a parameter without a value is the empty one, and an undecodable one is compared as sent", () => {
    expect(verdict([definitionOf("r", { path: "/", query: { flag: "" } })], requestOf("/?x&flag"))).toBe("r");
    expect(verdict([definitionOf("r", { path: "/", query: { q: "%zz" } })], requestOf("/?q=%zz"))).toBe("r");
  });
});

describe("names that objects already have", () => {
  test("are ordinary segments, headers and parameters", () => {
    const routes = [
      definitionOf("proto", { path: "/__proto__/constructor" }),
      definitionOf("header", { path: "/h", headers: JSON.parse('{"__proto__":"1","constructor":"2"}') }),
      definitionOf("query", { path: "/q", query: JSON.parse('{"__proto__":"1","toString":"2"}') }),
    ];
    expect(verdict(routes, requestOf("/__proto__/constructor"))).toBe("proto");
    expect(verdict(routes, requestOf("/__proto__"))).toBe("none");
    expect(verdict(routes, requestOf("/constructor/prototype"))).toBe("none");
    expect(verdict(routes, requestOf("/h", { headers: ["__proto__", "1", "Constructor", "2"] }))).toBe(
      "header",
    );
    expect(verdict(routes, requestOf("/h"))).toBe("none");
    expect(verdict(routes, requestOf("/q?__proto__=1&toString=2"))).toBe("query");
    expect(verdict(routes, requestOf("/q?toString=2"))).toBe("none");
    expect(tableOf(...routes).byId("__proto__")).toBeUndefined();
  });
});

describe("ambiguous paths", () => {
  const routes = byPaths({ admin: "/admin", order: "/orders/{id}", files: "/files/{path+}", cafe: "/café" });
  test.each([
    ["/admin", "admin"],
    ["/%61dmin", "admin"],
    ["/caf%C3%A9", "cafe"],
    ["/caf\u00c3\u00a9", "cafe"],
    ["//admin", "ambiguous"],
    ["/\\admin", "ambiguous"],
    ["/x/..%2fadmin", "ambiguous"],
    ["/x/%2e%2e/admin", "ambiguous"],
    ["/x/..;a=1/admin", "ambiguous"],
    ["/%2561dmin", "ambiguous"],
    ["/%252561dmin", "ambiguous"],
    ["/./admin", "ambiguous"],
    ["/admin/.", "none"],
    ["/admin/%2e%2e/admin", "ambiguous"],
    ["/admin#x", "ambiguous"],
    ["/x#/../admin", "ambiguous"],
    ["/admin;/x", "none"],
    ["/admin;x=1", "ambiguous"],
    ["/;x/admin", "ambiguous"],
    ["/admin%3bx", "ambiguous"],
    ["/admin%253Bx", "ambiguous"],
    ["/orders;v=2/7;w=3", "ambiguous"],
    ["/orders/7;w=3/", "none"],
    ["/orders/7;w=3", "order"],
    ["/files/a;b/..;/c", "files"],
    ["/%u0061dmin", "ambiguous"],
    ["/%U0061dmin", "ambiguous"],
    ["/%uff41dmin", "ambiguous"],
    ["/%25u0061dmin", "ambiguous"],
    ["/x/..%u002fadmin", "ambiguous"],
    ["/orders/%u0061", "order"],
    ["/orders/%u12", "order"],
    ["/x/..%c0%afadmin", "ambiguous"],
    ["/x/%c0%ae%c0%ae/admin", "ambiguous"],
    ["/x/..%e0%80%afadmin", "ambiguous"],
    ["/x/..\u00c0\u00afadmin", "ambiguous"],
    ["/%c1%a1dmin", "ambiguous"],
    ["/orders/%C3%A9", "order"],
    ["//x/admin", "ambiguous"],
    ["///x/admin", "ambiguous"],
    ["/\\x/admin", "ambiguous"],
    ["/%2fx/admin", "ambiguous"],
    ["//admin/x", "none"],
    ["//x/y", "none"],
    // A server that keeps an encoded slash, or a backslash, goes up from there; one that does not merge slashes goes elsewhere.
    ["/a%2Fb/../admin", "ambiguous"],
    ["/a\\b/../admin", "ambiguous"],
    ["/x//../../admin", "ambiguous"],
    ["/x/%2e%2e%2f../admin", "ambiguous"],
    ["/orders/..", "ambiguous"],
    ["/orders/a%2Fb", "ambiguous"],
    ["/orders/a%5cb", "ambiguous"],
    ["/orders/100%25", "order"],
    ["/orders/100%", "order"],
    ["/orders/%zz%61", "order"],
    ["/orders/%2525", "order"],
    ["/orders/.hidden", "order"],
    ["/files/a//b/../c", "files"],
    ["/files/a%2F%2e%2e%2fb", "files"],
    ["/files/../x", "ambiguous"],
    ["/files/%2e%2e%2f", "ambiguous"],
    ["/files//", "none"],
    ["/files//a", "files"],
    ["/nothing//here/%2e%2e/%25", "none"],
    ["/x?y=//admin/../%2e", "none"],
  ])("%s is %s", (target, expected) => {
    expect(verdict(routes, requestOf(target))).toBe(expected);
  });

  test.each([
    // Found by `npm run upstreams`: nginx and Node's URL, PHP and the JDK, Python, Mojolicious.
    "/x/.%2e/files/..;/x",
    "//x@y/files/../%3b",
    "/files%2F%2e%2e//.%",
    "/.../admin",
    "/admin%2",
    "/x/.../../admin",
  ])("%s is read as a server reads it", (target) => {
    expect(verdict(routes, requestOf(target))).toBe("ambiguous");
  });

  test("what stands behind two slashes may be the host", () => {
    const guarded = definitionOf("guarded", { path: "/{rest+}", host: "secret.example" });
    for (const target of ["//secret.example/x", "//u@SECRET.example.:80/x", "/\\secret%2eexample/%zz"])
      expect(verdict([guarded], requestOf(target)), target).toBe("ambiguous");
    expect(verdict([guarded], requestOf("//other.example/x"))).toBe("none");
  });

  test("a method that some servers read in upper case", () => {
    const shop = { ...definitionOf("shop", { path: "/x" }) };
    const drop = definitionOf("drop", { path: "/x", methods: ["DELETE"] });
    const odd = definitionOf("odd", { path: "/y", methods: ["Frob"] });
    const asked = (method: string, target: string) =>
      verdict([shop, drop, odd], { ...requestOf(target), method });
    expect(["DELETE", "delete", "Delete", "get"].map((method) => asked(method, "/x"))).toEqual([
      ...["drop", "ambiguous", "ambiguous", "shop"],
    ]);
    expect(["Frob", "FROB"].map((method) => asked(method, "/y"))).toEqual(["odd", "none"]);
  });

  test("a route that keeps encoded slashes takes them, and nothing else that reads in two ways", () => {
    const kept = definitionOf("order", { path: "/orders/{id}", encodedSlash: "keep" });
    const all = [kept, ...byPaths({ admin: "/admin", ab: "/orders/a_b", deep: "/orders/a/b" })];
    for (const id of ["a%2Fb", "a%2fb", "a%252Fb", "http:%2F%2Fx.test%2Fy", "..%2F..%2Fadmin", "%2F"])
      expect(verdict(all, requestOf(`/orders/${id}?x=1`)), id).toBe("order");
    for (const id of ["..", "%2e%2e", "a%5Cb", "%252e%252e", "..;a=1"])
      expect(verdict(all, requestOf(`/orders/${id}`)), id).toBe("ambiguous");
    expect(verdict(all, requestOf("/x/..%2fadmin"))).toBe("ambiguous");
    const result = tableOf(...all).match(requestOf("/orders/a%2Fb"));
    expect(result.kind === "route" && result.captures).toEqual(["a%2Fb"]);
  });

  test("without routes nothing is ambiguous", () => {
    expect(verdict([], requestOf("/%2e%2e/..//a\\b#%"))).toBe("none");
  });

  test("a literal with a semicolon is a name like any other", () => {
    const all = byPaths({ old: "/shop/show;all", shop: "/shop/show", one: "/shop/{x}/y" });
    expect(verdict(all, requestOf("/shop/show;all"))).toBe("old");
    expect(verdict(all, requestOf("/shop/show%3Ball"))).toBe("old");
    expect(verdict(all, requestOf("/shop/show;all/../show"))).toBe("ambiguous");
    expect(verdict(all, requestOf("/shop/show;other"))).toBe("ambiguous");
  });

  test("a path that reads in very many ways is ambiguous, unless there are no routes", () => {
    const target = "/a%2Fb;c\\d//%u0061;%c0%af/../..;/e%255cf";
    expect(verdict(byPaths({ all: "/{x+}" }), requestOf(target))).toBe("ambiguous");
    expect(verdict([], requestOf(target))).toBe("none");
  });

  test.each([
    ["secret.example", "secret"],
    ["secret.example.", "ambiguous"],
    ["secret.example..", "ambiguous"],
    ["%73ecret.example", "ambiguous"],
    ["secret%2eexample", "ambiguous"],
    ["%2573ecret.example", "ambiguous"],
    ["other.example.", "any"],
    ["other%2eexample", "any"],
    ["10.0.0.1", "address"],
    ["10.1", "ambiguous"],
    ["0x0a000001", "ambiguous"],
    ["167772161", "ambiguous"],
    ["012.0.0.1", "ambiguous"],
    ["10.0.0.2", "any"],
    ["[::1]", "six"],
    ["[0:0:0:0:0:0:0:1]", "ambiguous"],
    ["[::2]", "any"],
    ["", "any"],
  ])("of the host %s it is %s", (host, expected) => {
    const all = [
      definitionOf("secret", { path: "/admin", host: "secret.example" }),
      definitionOf("address", { path: "/admin", host: "10.0.0.1" }),
      definitionOf("six", { path: "/admin", host: "[::1]" }),
      definitionOf("any", { path: "/{x}" }),
    ];
    expect(verdict(all, requestOf("/admin", { host }))).toBe(expected);
    if (expected === "ambiguous") expect(verdict(all, requestOf("/other", { host }))).toBe("any");
  });

  test("a host that reads in two ways is held against each reading of the path", () => {
    const all = [
      definitionOf("secret", { path: "/admin", host: "secret.example" }),
      definitionOf("any", { path: "/{x+}" }),
    ];
    expect(verdict(all, requestOf("/x/../admin", { host: "other.example" }))).toBe("any");
    expect(verdict(all, requestOf("/x/../admin", { host: "secret.example." }))).toBe("ambiguous");
  });

  test("a deeply nested encoding is decoded in one pass", () => {
    const nested = `/${"%25".repeat(1)}${"25".repeat(40_000)}61dmin`;
    expect(verdict(routes, requestOf(nested))).toBe("ambiguous");
  });
});

describe("captures and rewriting", () => {
  const sides = (path: string) => ({ modern: { upstream: "m", path } });
  test("captures are the bytes as sent, and are inserted as sent", () => {
    const table = tableOf(definitionOf("r", { path: "/a/{x}/{y+}" }, sides("/v2/{y}/é/{x}.json")));
    const target = "/a/%41%20/b%2Fc//d?q=%41#f";
    const result = table.match(requestOf(target));
    if (result.kind !== "route") throw new Error(result.kind);
    expect(result.captures).toEqual(["%41%20", "b%2Fc//d"]);
    expect(table.rewrite(result.route, "modern", target, result.captures)).toBe(
      "/v2/b%2Fc//d/%C3%A9/%41%20.json?q=%41#f",
    );
    expect(table.rewrite(result.route, "legacy", target, result.captures)).toBe(target);
  });

  test("dollar signs in captures are inserted literally", () => {
    const table = tableOf(definitionOf("r", { path: "/{x}" }, sides("/[{x}]")));
    expect(table.rewrite(table.routes[0]!, "modern", "/$&$1?", ["$&$1"])).toBe("/[$&$1]?");
  });

  test("an absolute-form target is captured and rewritten by its path", () => {
    const table = tableOf(definitionOf("r", { path: "/a/{x}" }, sides("/b/{x}")));
    const result = table.match(requestOf("http://h:1/a/7?q"));
    if (result.kind !== "route") throw new Error(result.kind);
    expect(table.rewrite(result.route, "modern", "http://h:1/a/7?q", result.captures)).toBe("/b/7?q");
  });

  test("a path that is no template and an id given twice are refused when compiling", () => {
    expect(() => tableOf(definitionOf("r", { path: "/{x+}/y" }))).toThrow(
      'route r: path "/{x+}/y" has {x+} before its end',
    );
    expect(() => tableOf(definitionOf("r", { path: "/" }, sides("/{x}")))).toThrow("inserts {x}");
    expect(() => tableOf(definitionOf("r", { path: "/" }), definitionOf("r", { path: "/a" }))).toThrow(
      "two routes have the id r",
    );
  });
});

describe("a table with other live routes", () => {
  const definitions = byPaths({ a: "/a", b: "/b" });
  const fallback = liveRoute(definitionOf("(default)", { path: "/{all+}" }));
  const table = compileTable(
    definitions.map((definition) => liveRoute(definition)),
    fallback,
  );

  test("has the changed routes and fallback in place, and leaves the first table as it was", () => {
    const moved = liveRoute(definitions[1]!, 10);
    const movedFallback = liveRoute(fallback.definition, 5);
    const unknown = liveRoute(definitionOf("gone", { path: "/gone" }));
    const next = table.withRoutes([moved, movedFallback, unknown]);
    const found = next.match(requestOf("/b"));
    expect(found.kind === "route" && found.route).toBe(moved);
    expect(next.byId("b")).toBe(moved);
    expect(next.byId("a")).toBe(table.byId("a"));
    expect(next.fallback).toBe(movedFallback);
    expect(next.byId("(default)")).toBe(movedFallback);
    expect(next.routes).toHaveLength(2);
    expect(table.byId("b")?.position.modern).toBe(0);
    expect(table.fallback).toBe(fallback);
  });

  test("is what a TableRef holds after a swap", () => {
    const ref = createTableRef(table);
    const next = table.withRoutes([]);
    expect(ref.current).toBe(table);
    ref.swap(next);
    expect(ref.current).toBe(next);
  });
});

const segment = fc.constantFrom(
  "a",
  "b",
  "",
  "..",
  ".",
  "%61",
  "%2f",
  "%2e",
  "%25",
  "%2561",
  "a%2fb",
  "a\\b",
  "%zz",
  "A",
  "%41",
  "%252F",
  "a;x",
  "b;",
  ";",
  "..;x",
  "%3b",
  "%u0061",
  "%25u002e",
  "..%c0%af",
  "%e0%81%a1",
  "a#b",
);
const target = fc
  .tuple(
    fc.array(segment, { maxLength: 5 }),
    fc.constantFrom("", "?", "?q=1", "?q=2&q=1", "?r=1&q=%31", "?q=1&r=1"),
  )
  .map(([segments, query]) => `/${segments.join("/")}${query}`);
const request: fc.Arbitrary<MatchInput> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT"),
  target,
  host: fc.constantFrom("", "h.example", "other.example"),
  headers: fc.constantFrom([], ["X-A", "1"], ["x-a", "2", "x-b", "1"], ["x-a", "1", "X-a", "1"]),
});
const templatePath = fc
  .tuple(
    fc.array(fc.constantFrom("a", "b", "B", "a%25", "{}"), { maxLength: 4 }),
    fc.constantFrom("a", "A", "", "{}", "{+}", "{+}"),
  )
  .map(([segments, last]) => [...segments, last])
  .map((all) => `/${all.map((part, i) => part.replace("{", `{x${i}`)).join("/")}`);
const match = fc.record({
  path: templatePath,
  methods: fc.constantFrom(undefined, ["GET"], ["POST", "GET"]),
  host: fc.constantFrom(undefined, undefined, "h.example"),
  headers: fc.constantFrom<Record<string, string>[]>({}, {}, { "x-a": "1" }, { "x-a": "2", "x-b": "1" }),
  query: fc.constantFrom<Record<string, string>[]>({}, {}, { q: "1" }, { q: "1", r: "1" }),
  encodedSlash: fc.constantFrom(undefined, undefined, "keep" as const),
  caseSensitive: fc.constantFrom(undefined, undefined, false as const),
  trailingSlash: fc.constantFrom(undefined, undefined, "any" as const),
});
const definitions = fc
  .array(match, { minLength: 1, maxLength: 12 })
  .map((matches) => matches.map((one, i) => definitionOf(`r${i}`, one)));

describe("laws", () => {
  test("chooses what trying every route and ranking them chooses, and calls ambiguous what reads differently", () => {
    fc.assert(
      fc.property(definitions, fc.array(request, { minLength: 1, maxLength: 20 }), (all, requests) => {
        const tied = new Set(findTies(all).map(([, second]) => second));
        const routes = all.filter((route) => !tied.has(route));
        const table = tableOf(...routes);
        for (const input of requests) {
          const name = (segments: readonly string[], host = input.host) =>
            naiveBest(routes, { ...input, host }, segments)[0]?.id ?? "none";
          const strict = name(strictSegments(input));
          const keeps = routes.find(({ id }) => id === strict)?.match.encodedSlash === "keep";
          const lenient = naiveReadings(input, keeps).map(({ segments, host }) => name(segments, host));
          const declared = { keepsSlashes: keeps, literals: new Set<string>() };
          const path = input.target.split("?")[0] as string;
          const many = [...lenientReadings(path, declared)].length > MAX_PATH_READINGS;
          const agree = lenient.every((id) => id === strict) && (!many || routes.length === 0);
          const expected = agree ? strict : "ambiguous";
          const result = table.match(input);
          expect(
            result.kind === "route" ? result.route.definition.id : result.kind,
            JSON.stringify(input),
          ).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("routes that do not tie are never both best", () => {
    fc.assert(
      fc.property(definitions, request, (all, input) => {
        const pairs = new Set(findTies(all).map(([first, second]) => `${first.id} ${second.id}`));
        const best = naiveBest(all, input, strictSegments(input));
        for (const [i, first] of best.entries()) {
          for (const second of best.slice(i + 1)) expect(pairs).toContain(`${first.id} ${second.id}`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("a rewrite to the template's own path gives the target back", () => {
    fc.assert(
      fc.property(templatePath, request, (path, input) => {
        const table = tableOf(definitionOf("r", { path }, { modern: { upstream: "m", path } }));
        const result = table.match(input);
        fc.pre(result.kind === "route");
        if (result.kind !== "route") return;
        const rewritten = table.rewrite(result.route, "modern", input.target, result.captures);
        expect(decodeLiterals(rewritten)).toBe(decodeLiterals(input.target));
      }),
    );
  });
});

/** Literals may be sent in another encoding than the template's. */
function decodeLiterals(text: string): string {
  return text.replace(/%61/g, "a").replace(/%41/g, "A").replace(/%25/g, "%");
}

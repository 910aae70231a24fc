import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ExplainRequest } from "../../src/control/contract.ts";
import { bucketOfHash } from "../../src/control/explain.ts";
import type { FrontDoorConfig, Listener } from "../../src/domain/config.ts";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../src/domain/split.ts";
import { aRoute, at } from "../domain/definitions.ts";
import { aConfig, aDoor, errorOf, WHO } from "./harness.ts";

const match = { path: "/api/orders/{id}", methods: undefined, host: undefined, headers: {}, query: {} };
const orders = aRoute("orders", {
  match,
  modern: { upstream: "orders", path: "/v2/orders/{id}" },
  sticky: [{ kind: "cookie", name: "device" }, { kind: "ip" }],
});
const config = aConfig({ routes: [orders], trustedProxies: ["10.0.0.0/8"] });

async function explained(request: Partial<ExplainRequest>, position = at(0, 100), over = config) {
  const door = await aDoor(over);
  await door.control.shift({ target: { route: "orders" }, ...position, fresh: true, ...WHO });
  return door.control.explain({ method: "GET", url: "/api/orders/7", ...request });
}

describe("explain", () => {
  test("hides credentials of the target", async () => {
    const url = "/api/orders/7?x=1&access_token=s3cret";
    const { target } = await explained({ url });
    expect(target).toBe("/api/orders/7?x=1&access_token=[redacted]");
  });

  test("says route, side, key source, bucket and the target the upstream would see", async () => {
    const headers = { Cookie: "device=d-1" };
    const hash = splitHash(cohortPrefix("orders"), "d-1");
    const legacy = await explained({ headers, url: "http://shop.example:8080/api/orders/7?x=%41" });
    expect(legacy).toMatchObject({
      route: "orders",
      side: "legacy",
      upstream: "monolith",
      target: "/api/orders/7?x=%41",
      keySource: "cookie:device",
      hash,
      bucket: bucketOfHash(hash),
      position: at(0, 100),
      phase: "shadowing",
      shadow: "yes: 100 % of such requests, to modern (orders)",
    });
    const modern = await explained({ headers, url: "/api/orders/7?x=%41" }, at(100, 100));
    expect(modern).toMatchObject({
      side: "modern",
      upstream: "orders",
      target: "/v2/orders/7?x=%41",
      phase: "cutover",
      shadow: "yes: 100 % of such requests, to legacy (monolith)",
    });
  });

  test("https is how it comes: who is told so, which client certificate it takes; http is refused where all is TLS", async () => {
    const plain = config.listen[0] as Listener;
    const listener = (port: number, clients?: { readonly ca: string; readonly require: boolean }) => ({
      ...{ ...plain, host: "127.0.0.1", port },
      tls: { certificates: [], minVersion: "1.2" as const, clients },
    });
    const said = async (url: string, over: Partial<FrontDoorConfig>) =>
      explained({ url }, at(0), { ...config, ...over });
    const [https, http] = ["https://shop.test/api/orders/7", "HTTP://shop.test/api/orders/7"];
    const secure = { listen: [plain, listener(443), listener(444, { ca: "", require: true })] };
    expect((await said(https, secure)).why.slice(0, 2)).toEqual([
      "it comes over TLS, and upstreams read so in X-Forwarded-Proto",
      "127.0.0.1:444 asks for a client certificate; without one that verifies it is refused: 400 (client_certificate); upstreams are told who it is in x-fig-client-cert-*",
    ]);
    const asked = { listen: [listener(443, { ca: "", require: false })], forwarded: "both" as const };
    expect((await said(https, asked)).why.slice(0, 2)).toEqual([
      "it comes over TLS, and upstreams read so in X-Forwarded-Proto and Forwarded",
      expect.stringContaining("; without one it is served; "),
    ]);
    expect((await said(https, { listen: [plain] })).why[0]).toMatch(/^no listener speaks TLS/);
    expect(await said(http, asked)).toMatchObject({
      refusal: { code: "plain_http", status: 400 },
      route: null,
      why: ["every listener speaks TLS, and the URL begins with http", expect.stringContaining("plain_http")],
    });
    // Plain where there is a choice, and a path alone: nothing is said of it.
    const paths = await Promise.all([said(http, secure), said("/api/orders/7", asked)]);
    expect(paths.map(({ why }) => why[0])).toEqual(
      paths.map(() => expect.stringMatching(/^GET on this path/)),
    );
  });

  test("never tells the key, which may be a credential", async () => {
    const text = JSON.stringify(await explained({ headers: { cookie: "device=s3cret" } }, at(50)));
    expect(text).not.toContain("s3cret");
  });

  test("agrees with the split on every key and percentage", async () => {
    const door = await aDoor(config);
    for (const modern of [0.01, 10, 33.33, 99.99]) {
      await door.control.shift({ target: { route: "orders" }, modern, ...WHO });
      for (let i = 0; i < 20; i++) {
        const headers = { cookie: `device=user-${i}` };
        const got = await door.control.explain({ method: "GET", url: "/api/orders/7", headers });
        expect(got.side).toBe(sideOf(splitHash("orders:", `user-${i}`), thresholdOf(modern)));
        expect((got.bucket ?? 101) < modern).toBe(got.side === "modern");
      }
    }
  });

  test("takes the address of --ip, and of X-Forwarded-For where that is a trusted proxy's", async () => {
    const by = async (request: Partial<ExplainRequest>) => (await explained(request, at(50))).hash;
    expect(await by({ ip: "203.0.113.9" })).toBe(splitHash("orders:", "203.0.113.9"));
    expect(await by({ ip: "::ffff:203.0.113.9" })).toBe(splitHash("orders:", "203.0.113.9"));
    const headers = { "X-Forwarded-For": "203.0.113.9" };
    expect(await by({ ip: "10.0.0.1", headers })).toBe(splitHash("orders:", "203.0.113.9"));
    expect(await by({ ip: "198.51.100.1", headers })).toBe(splitHash("orders:", "198.51.100.1"));
  });

  test("reads text beyond ASCII as its UTF-8 bytes, as a client sends it", async () => {
    const got = await explained({ headers: { cookie: "device=ü" } });
    expect(got.hash).toBe(splitHash("orders:", "\u00c3\u00bc"));
  });

  test("drops spaces and tabs around a value, and no other blanks, as lanes do", async () => {
    const hashOf = async (cookie: string) => (await explained({ headers: { cookie } })).hash;
    expect(await hashOf(" \tdevice=d-1 \t")).toBe(splitHash("orders:", "d-1"));
    expect(await hashOf("device=d-1\u00a0")).toBe(splitHash("orders:", "d-1\u00c2\u00a0"));
  });

  test("reads a header that is sent twice as two, which name no sticky key", async () => {
    const door = await aDoor(
      aConfig({ routes: [{ ...orders, sticky: [{ kind: "header", name: "x-user" }] }] }),
    );
    await door.control.shift({ target: { route: "orders" }, ...at(50), fresh: true, ...WHO });
    const keyOf = async (user: string | string[]) => {
      const headers = { "X-User": user };
      return (await door.control.explain({ method: "GET", url: "/api/orders/7", headers })).keySource;
    };
    expect(await keyOf("u1")).toBe("header:x-user");
    expect(await keyOf(["u1"])).toBe("header:x-user");
    expect(await keyOf(["u1", "u2"])).toBeNull();
  });

  test("refuses a URL without a host, which no client can send", async () => {
    await expect(explained({ url: "http:///api/orders/7" })).rejects.toThrow("has no host");
  });

  test("costs no more than the request's length", async () => {
    const begun = process.cpuUsage();
    await explained({ headers: { "x-a": `a${" ".repeat(60_000)}b` } });
    expect(process.cpuUsage(begun).user).toBeLessThan(500_000);
  });

  test("without a key legacy serves until modern is 100", async () => {
    const none = await explained({}, at(99.99));
    expect(none).toMatchObject({ side: "legacy", keySource: null, hash: null, bucket: null });
    expect(none.why.join()).toContain("no address was given");
    expect((await explained({}, at(100))).side).toBe("modern");
  });

  test.each([
    ["POST", {}, "no: POST is unsafe and shadow.writes is never"],
    [
      "GET",
      { Connection: "keep-alive, Upgrade", Upgrade: "websocket" },
      "yes: 100 % of such requests, to modern (orders), unless legacy takes its Upgrade up",
    ],
  ])("says whether a %s with %j is shadowed, and why not", async (method, headers, shadow) => {
    expect((await explained({ method, headers })).shadow).toBe(shadow);
  });

  test("says that shadow is 0, and what a reverse shadow never carries", async () => {
    expect((await explained({}, at(0, 0))).shadow).toBe("no: shadow is 0");
    expect((await explained({ method: "POST" }, at(100, 100))).shadow).toContain(
      "a reverse shadow never carries an unsafe method",
    );
  });

  test("a retired route is modern's, with or without a key", async () => {
    const retired = aConfig({ routes: [{ ...orders, retired: true, legacy: undefined }] });
    const door = await aDoor(retired);
    const got = await door.control.explain({ method: "GET", url: "/api/orders/7" });
    expect(got).toMatchObject({ side: "modern", phase: "retired", upstream: "orders" });
    expect(got.shadow).toContain("retired");
  });

  test("what no route matches goes to the default upstream, or is a 404", async () => {
    const other = await explained({ url: "/elsewhere?q=1" });
    expect(other).toMatchObject({
      route: "(default)",
      side: "legacy",
      upstream: "monolith",
      target: "/elsewhere?q=1",
      keySource: null,
    });
    const none = await explained({ url: "/elsewhere" }, at(0), { ...config, defaultUpstream: undefined });
    expect(none).toMatchObject({ route: null, side: null, upstream: null, target: null });
    expect(none.why.join()).toContain("404");
  });

  test("an ambiguous path is refused, or goes to the default untouched", async () => {
    const url = "/api/x/../orders/7";
    const rejected = await explained({ url });
    expect(rejected).toMatchObject({ route: null, side: null });
    expect(rejected.why.join()).toContain("400");
    const lenient = await explained({ url }, at(0), { ...config, ambiguousPaths: "default" });
    expect(lenient).toMatchObject({ route: "(default)", target: url });
  });

  test("the host comes from the URL or the Host header, without its port", async () => {
    const shop = { ...orders, match: { ...match, host: "shop.example" } };
    const hosted = aConfig({ routes: [shop] });
    const route = async (request: Partial<ExplainRequest>) => (await explained(request, at(0), hosted)).route;
    expect(await route({ url: "https://user:pw@SHOP.example:8443/api/orders/7" })).toBe("orders");
    expect(await route({ headers: { Host: "shop.example:80" } })).toBe("orders");
    expect(await route({ url: "http://other.example/api/orders/7" })).toBe("(default)");
  });

  test.each([
    [{ url: "api/orders" }, "is neither a path nor an http URL"],
    [{ url: "ftp://x/y" }, "is neither a path nor an http URL"],
    [{ url: "/a b" }, "has a space"],
    [{ url: "/a\r\nx: y" }, "has a space or a control character"],
    [{ method: "G T" }, "is not a method"],
    [{ method: "" }, "is not a method"],
    [{ ip: "nobody" }, "is not an address"],
  ])("refuses %j", async (request, message) => {
    const door = await aDoor(config);
    const error = await errorOf(door.control.explain({ method: "GET", url: "/", ...request }));
    expect(error.code).toBe("invalid_request");
    expect(error.message).toContain(message);
  });
});

test("a bucket is the last hundredth at which legacy still serves", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (hash) => {
      const bucket = bucketOfHash(hash);
      expect(hash < thresholdOf(bucket)).toBe(false);
      expect(hash < thresholdOf((Math.round(bucket * 100) + 1) / 100)).toBe(true);
    }),
    { numRuns: 2000, examples: [[0], [1], [0xffffffff], [0xfffffffe], [429496], [429497]] },
  );
});

import { expect, test } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import type { CorsPolicy } from "../../src/domain/policies/cors.ts";
import { cors } from "../../src/layers/cors.ts";
import { networks } from "../../src/layers/networks.ts";
import { ExchangeWorld, type ExchangeWorldOptions } from "../support/exchange-world.ts";

const POLICY: CorsPolicy = {
  allowOrigins: ["https://shop.test", "https://*.shop.test"],
  allowMethods: ["GET", "PUT"],
  allowHeaders: ["content-type", "x-team"],
  exposeHeaders: ["x-total"],
  allowCredentials: true,
  maxAgeSeconds: 600,
  allowPrivateNetwork: false,
};

const worldOf = (policy: Partial<CorsPolicy> = {}, options: ExchangeWorldOptions = {}) =>
  new ExchangeWorld({
    doorLayers: [cors, networks],
    definition: { policies: { cors: { ...POLICY, ...policy } } },
    ...options,
  });

const from = (origin: string, ...more: readonly string[]) => ["Host", "shop.test", "Origin", origin, ...more];
const PREFLIGHT = [
  "Access-Control-Request-Method",
  "PUT",
  "Access-Control-Request-Headers",
  "content-type, X-Odd",
];

/** The fields of an answer that say who may read it, by their short names. */
const said = (headers: readonly string[]) =>
  Object.fromEntries(
    headers.flatMap((name, i) =>
      i % 2 === 0 && /^(?:access-control-|vary$)/i.test(name)
        ? [[name.toLowerCase().replace("access-control-", ""), headers[i + 1]]]
        : [],
    ),
  );

test("a preflight is answered here, and no side is asked", () => {
  const world = worldOf();
  const lane = world.request({ method: "OPTIONS", headers: from("https://a.shop.test", ...PREFLIGHT) });
  lane.flush();
  expect([lane.status, lane.reason, lane.framing, lane.header("content-length")]).toEqual([
    204,
    "No Content",
    -1,
    undefined,
  ]);
  expect(said(lane.headers)).toEqual({
    "allow-origin": "https://a.shop.test",
    "allow-credentials": "true",
    "allow-methods": "GET, PUT",
    "allow-headers": "content-type, x-team",
    "max-age": "600",
    vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
  });
  expect(world.legacy.calls).toHaveLength(0);
  expect(world.records.at(-1)).toMatchObject({
    side: "none",
    policies: { cors: "preflight" },
    error: undefined,
  });
});

test("a preflight of another origin gets the status alone, and Vary", () => {
  const world = worldOf();
  const lane = world.request({ method: "OPTIONS", headers: from("https://evil.test", ...PREFLIGHT) });
  expect(lane.status).toBe(204);
  expect(Object.keys(said(lane.headers))).toEqual(["vary"]);
  expect(world.verdicts).toEqual(["orders cors preflight_refused"]);
});

test("what is announced is allowed where the policy says `*`, and a private network where it is asked for", () => {
  const world = worldOf({ allowMethods: ["*"], allowHeaders: ["*"], allowPrivateNetwork: true });
  const headers = from("https://shop.test", ...PREFLIGHT, "Access-Control-Request-Private-Network", "true");
  const lane = world.request({ method: "OPTIONS", headers });
  expect(said(lane.headers)).toMatchObject({
    "allow-methods": "PUT",
    "allow-headers": "content-type, x-odd",
    "allow-private-network": "true",
    vary: expect.stringContaining("Access-Control-Request-Private-Network"),
  });
  const without = world.request({ method: "OPTIONS", headers: from("https://shop.test", ...PREFLIGHT) });
  expect(said(without.headers)).not.toHaveProperty("allow-private-network");
});

test("an answer has the policy's fields in place of the side's, and what they depend on", () => {
  const world = worldOf();
  const ask = (headers: readonly string[], answer: readonly string[] = []) => {
    const lane = world.request({ headers });
    world.legacy.last.answer(200, "ok", answer);
    lane.flush();
    return lane;
  };
  const own = ["Access-Control-Allow-Origin", "*", "access-control-max-age", "9", "Vary", "Accept-Language"];
  const allowed = ask(from("https://shop.test"), own);
  expect(said(allowed.headers)).toEqual({
    "allow-origin": "https://shop.test",
    "allow-credentials": "true",
    "expose-headers": "x-total",
    vary: "Origin",
  });
  expect(allowed.headers.join()).toContain("Vary,Accept-Language");
  for (const headers of [
    from("https://evil.test"),
    ["Host", "shop.test"],
    from("https://shop.test", "Origin", "x"),
  ])
    expect(said(ask(headers, own.slice(0, 2)).headers)).toEqual({ vary: "Origin" });
  expect(ask(from("https://shop.test"), ["vary", "ORIGIN"]).headers.join()).not.toContain("vary,Origin");
  // A side that calls them its hop's own takes none of them away.
  const nominated = ask(from("https://shop.test"), ["Connection", "vary, access-control-allow-origin"]);
  expect(said(nominated.headers)).toMatchObject({ "allow-origin": "https://shop.test", vary: "Origin" });
  expect(world.verdicts.map((line) => line.split(" ")[2])).toEqual([
    "allowed",
    "refused",
    "no_origin",
    "no_origin",
    "allowed",
    "allowed",
  ]);
});

test("`*` is the same for everyone", () => {
  const world = worldOf({ allowOrigins: ["*"], allowCredentials: false });
  const lane = world.request({ headers: ["Host", "shop.test"] });
  world.legacy.last.answer(200, "ok");
  expect(said(lane.headers)).toEqual({ "allow-origin": "*", "expose-headers": "x-total" });
});

test("an OPTIONS request that is no preflight is the side's", () => {
  const world = worldOf();
  const lane = world.request({ method: "OPTIONS", headers: from("https://shop.test") });
  world.legacy.last.answer(200, "", ["Allow", "GET"]);
  expect([lane.status, lane.header("allow")]).toEqual([200, "GET"]);
});

test("errors of the front door's own can be read too, wherever they are decided", () => {
  const headers = from("https://shop.test");
  const readable = { "allow-origin": "https://shop.test", vary: "Origin" };
  const settings = { maxBodyBytes: 10 };

  const refused = worldOf(
    {},
    { definition: { policies: { cors: POLICY, networks: { allow: undefined, deny: ["127.0.0.1/32"] } } } },
  );
  const network = refused.request({ headers });
  expect(network.status).toBe(403);
  expect(said(network.headers)).toMatchObject(readable);

  const world = worldOf({}, { settings });
  // Before its layers are asked.
  const long = world.request({ method: "POST", framing: 11, headers });
  expect(long.status).toBe(413);
  expect(said(long.headers)).toMatchObject(readable);
  // In place of a side's answer.
  const counted = world.request({ method: "POST", framing: CHUNKED, headers });
  counted.listener.onBody(Buffer.alloc(11));
  expect(counted.status).toBe(413);
  expect(said(counted.headers)).toMatchObject(readable);
  const stalled = world.request({ method: "POST", framing: 5, headers });
  stalled.listener.onBodyStall();
  expect(stalled.status).toBe(408);
  expect(said(stalled.headers)).toMatchObject(readable);
  // The side failed.
  const failed = world.request({ headers });
  world.legacy.last.listener.onError("upstream_timeout", "too late", false);
  expect(failed.status).toBe(504);
  expect(said(failed.headers)).toMatchObject(readable);
  // No field comes twice.
  expect(failed.headers.filter((text) => text === "access-control-allow-origin")).toHaveLength(1);

  const evil = world.request({ headers: from("https://evil.test") });
  world.legacy.last.listener.onError("upstream_timeout", "too late", false);
  expect(said(evil.headers)).toEqual({ vary: "Origin" });

  const none = worldOf({}, { noDefault: true }).request({ target: "/elsewhere", headers });
  expect(none.status).toBe(404);
  expect(said(none.headers)).toEqual({});
});

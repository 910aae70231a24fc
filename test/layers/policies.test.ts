import { expect, test } from "vitest";
import { compileNetworks } from "../../src/domain/client-address.ts";
import { POLICY_ORDER } from "../../src/domain/policies.ts";
import { networks } from "../../src/layers/networks.ts";
import { DOOR_LAYERS, SIDE_LAYERS } from "../../src/layers/order.ts";
import { redirect } from "../../src/layers/redirect.ts";
import { respond } from "../../src/layers/respond.ts";
import type { Exchange } from "../../src/proxy/exchange.ts";
import type { Decided } from "../../src/routing/decide.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

test("the layers stand in the order of the policies", () => {
  const names = [...DOOR_LAYERS, ...SIDE_LAYERS].map(({ name }) => name);
  expect(names.filter((name) => (POLICY_ORDER as readonly string[]).includes(name))).toEqual(POLICY_ORDER);
});

test("networks let addresses pass that are allowed and not denied, as trustedProxies tells them", () => {
  const world = new ExchangeWorld({
    doorLayers: [networks],
    definition: { policies: { networks: { allow: ["10.0.0.0/8", "::1/128"], deny: ["10.9.0.0/16"] } } },
    settings: { trusted: compileNetworks(["192.0.2.1/32"]) },
  });
  const from = (remoteAddress: string, forwarded?: string) => {
    const headers = ["Host", "shop.test", ...(forwarded === undefined ? [] : ["X-Forwarded-For", forwarded])];
    const lane = world.request({ remoteAddress, headers });
    if (lane.status === 0) world.legacy.last.answer(200, "ok");
    lane.flush();
    return lane.status;
  };
  expect(from("10.1.2.3")).toBe(200);
  expect(from("::ffff:10.1.2.3")).toBe(200);
  expect(from("::1")).toBe(200);
  expect(from("10.9.2.3")).toBe(403);
  expect(from("192.0.2.2")).toBe(403);
  expect(from("unix:")).toBe(403);
  expect(from("192.0.2.1", "10.1.1.1")).toBe(200);
  expect(from("192.0.2.2", "10.1.1.1")).toBe(403);
  expect(world.verdicts.filter((said) => said === "orders networks passed")).toHaveLength(4);
  expect(world.verdicts.filter((said) => said === "orders networks refused")).toHaveLength(4);
  expect(world.records.at(-1)).toMatchObject({
    policies: { networks: "refused" },
    side: "none",
    error: "network_denied",
  });
});

test("redirect sends a request elsewhere with what its path captured, and never to another host", () => {
  const world = new ExchangeWorld({
    doorLayers: [redirect],
    definition: {
      match: { path: "/{rest+}", methods: undefined, host: undefined, headers: {}, query: {} },
      policies: { redirect: { to: "/{rest}", status: 308, query: true } },
    },
  });
  const lane = world.request({ target: "/orders/7" });
  expect([lane.status, lane.header("location")]).toEqual([308, "/7"]);
  for (const sent of [
    "/evil.test",
    "\\evil.test",
    "/\\/evil.test",
    "\\\\evil.test",
    "./%5Cevil.test",
    "%2F/evil.test",
  ]) {
    const location = world.request({ target: `/orders/${sent}` }).header("location") ?? "";
    expect(new URL(location, "https://shop.test/orders/1").host).toBe("shop.test");
  }
  lane.flush();
  expect(world.records.at(-1)).toMatchObject({
    policies: { redirect: "answered" },
    side: "none",
    error: undefined,
  });
});

test("respond answers itself, and a request whose body is not read ends its connection", () => {
  const world = new ExchangeWorld({
    doorLayers: [respond],
    definition: {
      policies: {
        respond: {
          status: 503,
          headers: { "retry-after": "120" },
          body: "zur\u00fcck",
          type: "text/plain; charset=utf-8",
        },
      },
    },
  });
  const lane = world.request({});
  expect([lane.status, lane.header("retry-after"), lane.header("content-length")]).toEqual([503, "120", "7"]);
  expect(lane.header("content-type")).toBe("text/plain; charset=utf-8");
  const posted = world.request({ method: "POST", framing: 1000 });
  expect(posted.status).toBe(503);
  expect(posted.closes).toBe(true);
});

test("explain asks layers in the order in which a request meets them, and no further than the one that answers", async () => {
  const world = new ExchangeWorld({
    doorLayers: DOOR_LAYERS,
    sideLayers: SIDE_LAYERS,
    definition: {
      policies: {
        networks: { allow: undefined, deny: ["10.0.0.0/8"] },
        respond: { status: 410, headers: {}, body: "", type: "text/plain" },
        headers: { request: { remove: [], set: { "x-a": "1" } } },
      },
    },
  });
  const { context } = world;
  const lane = world.request({});
  const { decision } = lane.listener as Exchange;
  const said = async (address: string) => {
    const asked = { decision: decision as Decided, address, identity: undefined };
    const verdicts = await context.settings.chains.explain(asked);
    return verdicts.map(({ policy, verdict }) => `${policy} ${verdict}`);
  };
  expect(await said("10.1.1.1")).toEqual(["networks refused"]);
  expect(await said("192.0.2.1")).toEqual(["networks passed", "respond answered"]);
});

test("fields of every route come first, and values have what the request is", () => {
  const world = new ExchangeWorld({
    doorLayers: DOOR_LAYERS,
    sideLayers: SIDE_LAYERS,
    position: { modern: 0, shadow: 100 },
    settings: { trusted: compileNetworks(["192.0.2.1/32"]) },
    definition: {
      policies: {
        headers: {
          request: {
            remove: ["x-secret"],
            set: {
              "x-by": "common",
              "x-what": "$route/$side/$client/$scheme/$host $$1",
              "x-id": "$requestId",
            },
          },
          answer: { remove: [], set: { "x-side": "$side" } },
        },
      },
      headers: { request: { remove: [], set: { "x-by": "route" } } },
    },
  });
  const headers = [
    "Host",
    "shop.test",
    "X-Secret",
    "1",
    "X-Forwarded-For",
    "198.51.100.7",
    "X-Request-Id",
    "id-1",
  ];
  const lane = world.request({ remoteAddress: "192.0.2.1", headers });
  const asked = world.legacy.last;
  expect(asked.header("x-what")).toBe("orders/legacy/198.51.100.7/http/shop.test $1");
  expect([asked.header("x-by"), asked.header("x-secret"), asked.header("x-id")]).toEqual([
    "route",
    undefined,
    "id-1",
  ]);
  asked.answer(200, "ok");
  lane.flush();
  expect(lane.header("x-side")).toBe("legacy");
  // The copy says whose it is.
  expect(world.modern.last.header("x-what")).toBe("orders/modern/198.51.100.7/http/shop.test $1");
});

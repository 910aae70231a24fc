import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/index.ts";
import type { FigConfig, RouteConfig } from "../../src/index.ts";

const route: RouteConfig = {
  id: "orders.read",
  match: { path: "/api/orders/{id}", methods: ["GET"] },
  modern: { upstream: "orders", path: "/v2/orders/{id}" },
  compare: { arrays: { "$.items": { key: "id" }, "$.tags": "unordered" }, tolerance: { "$.total": 0.01 } },
  shadow: { writes: "never", timeout: "5s" },
};

test("the types of a program's config take what the check takes: of every kind of value one", () => {
  const config: FigConfig = {
    listen: ["127.0.0.1:0"],
    state: "memory:",
    default: "monolith",
    limits: { body: 0, headers: "16KiB", connections: 10 },
    timeouts: { connect: "5s" },
    accessLog: { sample: 12.5 },
    upstreams: {
      monolith: "http://127.0.0.1:3000",
      orders: { urls: ["http://127.0.0.1:3001"], host: "upstream" },
    },
    routes: [route],
    migrations: [
      { number: 1, name: "look", changes: { "orders.read": { shadow: 100 } }, gate: { minDuration: "1m" } },
    ],
  };
  const result = parseConfig(config);
  expect(result.ok || result.problems).toBe(true);
});

test("what the check refuses the types refuse: unknown keys, missing ones, wrong words and wrong kinds", () => {
  // @ts-expect-error: lsten is no key.
  const unknown: FigConfig = { lsten: "127.0.0.1:0" };
  // @ts-expect-error: match is missing.
  const missing: RouteConfig = { id: "a", modern: "b" };
  // @ts-expect-error: a lane has a name of two.
  const word: FigConfig = { lane: "fast" };
  // @ts-expect-error: a list is needed.
  const kind: FigConfig = { trustedProxies: "10.0.0.0/8" };
  for (const config of [unknown, { routes: [missing] }, word, kind])
    expect(parseConfig(config).ok).toBe(false);
});

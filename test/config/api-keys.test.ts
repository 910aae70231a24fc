import { expect, test } from "vitest";
import { configOf } from "./folder.ts";

const FIG = "default: shop\nupstreams: { shop: http://127.0.0.1:3000 }\n";

test("apiKeys has defaults, takes one field or several, and a route's replaces or removes it", async () => {
  const { policies, routes } = await configOf({
    "fig.yaml": `${FIG}policies: { apiKeys: { header: X-Key, plans: [gold] } }\n`,
    "routes/a.yaml": `routes:
  - { id: a, match: { path: /a }, modern: shop }
  - { id: b, match: { path: /b }, modern: shop, policies: { apiKeys: { header: [x-key, Authorization], query: api_key } } }
  - { id: c, match: { path: /c }, modern: shop, policies: { apiKeys: false } }
`,
  });
  const common = { headers: ["x-key"], plans: ["gold"], remove: true, identity: true, staleForMs: 300_000 };
  expect(policies?.apiKeys).toEqual(common);
  expect(routes.map((route) => route.policies?.apiKeys)).toEqual([
    common,
    {
      headers: ["x-key", "authorization"],
      query: "api_key",
      remove: true,
      identity: true,
      staleForMs: 300_000,
    },
    undefined,
  ]);
});

test("an empty apiKeys is x-api-key, and no part of a route's hash: no evidence is lost for it", async () => {
  const route = "routes:\n  - { id: a, match: { path: /a }, modern: shop }\n";
  const plain = await configOf({ "fig.yaml": FIG, "routes/a.yaml": route });
  const keyed = await configOf({ "fig.yaml": `${FIG}policies: { apiKeys: {} }\n`, "routes/a.yaml": route });
  expect(keyed.policies?.apiKeys?.headers).toEqual(["x-api-key"]);
  expect(keyed.routes[0]?.hash).toBe(plain.routes[0]?.hash);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { startCatalogService } from "../../src/demo/catalog-service.ts";
import { startMonolith } from "../../src/demo/monolith.ts";
import { startOrdersService } from "../../src/demo/orders-service.ts";
import { ORDER_COUNT, PRODUCT_COUNT } from "../../src/demo/shop-data.ts";
import type { ShopServer } from "../../src/demo/shop-server.ts";

const clock = { now: () => Date.parse("2026-01-01T00:00:00Z"), micros: () => 0, hex: () => "" };
let monolith: ShopServer;
let orders: ShopServer;
let catalog: ShopServer;

beforeAll(async () => {
  monolith = await startMonolith(clock);
  orders = await startOrdersService(clock);
  catalog = await startCatalogService(clock);
});

afterAll(async () => {
  for (const server of [monolith, orders, catalog]) await server.close();
});

async function ask(server: ShopServer, path: string, method = "GET") {
  const answer = await fetch(server.url + path, { method });
  const text = await answer.text();
  const json = answer.headers.get("content-type")?.startsWith("application/json");
  return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text };
}

test("The monolith serves the whole shop, and the same on every run", async () => {
  for (const path of [
    "/",
    "/api/cart",
    "/api/customers/60",
    `/api/products/${PRODUCT_COUNT}`,
    `/api/orders/${ORDER_COUNT}`,
  ])
    expect((await ask(monolith, path)).status).toBe(200);
  for (const path of [
    "/nope",
    "/api/products/0",
    `/api/orders/${ORDER_COUNT + 1}`,
    "/api/customers/61",
    "/api/products/x",
  ])
    expect((await ask(monolith, path)).status).toBe(404);
  const again = await startMonolith(clock);
  expect(await ask(again, "/api/orders/6")).toEqual({
    ...(await ask(monolith, "/api/orders/6")),
    headers: expect.anything(),
  });
  await again.close();
});

test("A placed order gets a number and a place", async () => {
  const first = await ask(monolith, "/api/orders", "POST");
  expect([first.status, first.headers.get("location"), first.body]).toEqual([
    201,
    "/api/orders/201",
    { id: 201, status: "placed" },
  ]);
  expect((await ask(monolith, "/api/orders", "POST")).body.id).toBe(202);
});

test("The orders service cuts discounted totals where the monolith rounds, and agrees on everything else", async () => {
  let differing = 0;
  for (let id = 1; id <= ORDER_COUNT; id++) {
    const legacy = await ask(monolith, `/api/orders/${id}`);
    const modern = await ask(orders, `/v2/orders/${id}`);
    expect({ ...modern.body, total: 0 }).toEqual({ ...legacy.body, total: 0 });
    if (legacy.body.total === modern.body.total) continue;
    differing++;
    expect(Math.round((legacy.body.total - modern.body.total) * 100)).toBe(1);
  }
  expect(differing).toBeGreaterThan(0);
  expect(differing).toBeLessThan(ORDER_COUNT / 10);
});

test("The orders service lists the same orders the other way round", async () => {
  const legacy = (await ask(monolith, "/api/orders")).body.orders;
  expect((await ask(orders, "/v2/orders")).body.orders).toEqual(legacy.toReversed());
});

test("The catalog's pages agree; its list renames a field, is sorted by name and comes without vary", async () => {
  for (const id of [1, 40, PRODUCT_COUNT])
    expect((await ask(catalog, `/api/products/${id}`)).body).toEqual(
      (await ask(monolith, `/api/products/${id}`)).body,
    );
  const legacy = await ask(monolith, "/api/products");
  const modern = await ask(catalog, "/api/products");
  const renamed = modern.body.products.map(({ stock, ...product }: { stock: number }) => ({
    ...product,
    inStock: stock,
  }));
  expect(renamed).not.toEqual(legacy.body.products);
  expect(renamed.toSorted((a: { id: number }, b: { id: number }) => a.id - b.id)).toEqual(
    legacy.body.products,
  );
  expect([legacy.headers.get("vary"), modern.headers.get("vary")]).toEqual(["accept-language", null]);
});

test("The catalog's search finds the same in another order, and fails one time in fourteen", async () => {
  const legacy = (await ask(monolith, "/api/search?q=lamp")).body;
  const answers = await Promise.all(
    Array.from({ length: 28 }, () => ask(catalog, "/api/products/search?q=lamp")),
  );
  const good = answers.filter(({ status }) => status === 200);
  expect(answers.filter(({ status }) => status === 503)).toHaveLength(2);
  expect(good).toHaveLength(26);
  for (const { body } of good) {
    expect(body.count).toBe(legacy.count);
    expect(body.hits).not.toEqual(legacy.hits);
    expect(body.hits.toSorted((a: { id: number }, b: { id: number }) => a.id - b.id)).toEqual(legacy.hits);
  }
});

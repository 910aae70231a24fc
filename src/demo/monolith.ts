import type { Clock } from "../domain/clock.ts";
import {
  CUSTOMER_COUNT,
  customerName,
  ORDER_COUNT,
  ORDERS,
  type Order,
  PRODUCTS,
  type Product,
  sumCents,
} from "./shop-data.ts";
import { idIn, type ShopAnswer, type ShopRequest, type ShopServer, startShopServer } from "./shop-server.ts";

/** The shop as it has always been: pages, products, orders, customers and carts in one process. */
export function startMonolith(clock: Clock): Promise<ShopServer> {
  let placed = 0;
  const now = (): string => new Date(clock.now()).toISOString();
  return startShopServer(({ method, path, query }: ShopRequest): ShopAnswer | undefined => {
    if (method === "POST") {
      if (path !== "/api/orders") return undefined;
      // Placed orders are counted, not kept: the demo may run for days.
      const id = ORDER_COUNT + ++placed;
      return { status: 201, headers: { location: `/api/orders/${id}` }, body: { id, status: "placed" } };
    }
    if (path === "/") return { status: 200, body: "<!doctype html><title>Shop</title><h1>Shop</h1>\n" };
    if (path === "/api/products")
      return {
        ...ok({ products: PRODUCTS.map(productView), updatedAt: now() }),
        headers: { vary: "accept-language", "cache-control": "max-age=60" },
      };
    if (path === "/api/orders") return ok({ orders: ORDERS.slice(0, 20).map(orderRow), updatedAt: now() });
    if (path === "/api/search") return ok({ ...search(query.get("q") ?? ""), tookMs: 3 });
    if (path === "/api/cart") return ok({ items: [], total: 0 });
    const product = PRODUCTS[(idIn(path, "/api/products") ?? 0) - 1];
    if (product !== undefined) return ok({ ...productView(product), updatedAt: now() });
    const order = ORDERS[(idIn(path, "/api/orders") ?? 0) - 1];
    if (order !== undefined) return orderAnswer(order, now());
    const customer = idIn(path, "/api/customers");
    if (customer !== undefined && customer >= 1 && customer <= CUSTOMER_COUNT)
      return ok({ id: customer, name: customerName(customer) });
    return undefined;
  });
}

function ok(body: unknown): ShopAnswer {
  return { status: 200, body };
}

function productView({ id, name, category, priceCents, stock }: Product): object {
  return { id, name, category, price: priceCents / 100, inStock: stock };
}

function orderRow({ id, customer, lines }: Order): object {
  return { id, customer: customerName(customer), items: lines.length };
}

/** Rounds half a cent up, the way the invoices have always been printed. */
function total(order: Order): number {
  return Math.round(sumCents(order) * (1 - order.discountPercent / 100) + 1e-9) / 100;
}

function orderAnswer(order: Order, updatedAt: string): ShopAnswer {
  const { id, email, lines } = order;
  const items = lines.map(({ product, quantity, priceCents }) => ({
    product,
    quantity,
    price: priceCents / 100,
  }));
  const body = { id, customer: customerName(order.customer), email, items, total: total(order), updatedAt };
  return ok(body);
}

function search(text: string): object {
  const found = PRODUCTS.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
  return { query: text, count: found.length, hits: found.map(({ id, name }) => ({ id, name })) };
}

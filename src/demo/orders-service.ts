import type { Clock } from "../domain/clock.ts";
import { customerName, ORDER_COUNT, ORDERS, type Order, sumCents } from "./shop-data.ts";
import { idIn, type ShopAnswer, type ShopRequest, type ShopServer, startShopServer } from "./shop-server.ts";

/**
 * The new orders service. Where it differs from the monolith, honestly: a discounted total is cut instead of rounded. It
 * lists orders newest first, which the route allows: it compares them by id.
 */
export function startOrdersService(clock: Clock): Promise<ShopServer> {
  let placed = 0;
  const now = (): string => new Date(clock.now()).toISOString();
  return startShopServer(({ method, path }: ShopRequest): ShopAnswer | undefined => {
    if (path === "/v2/orders" && method === "POST") {
      const id = ORDER_COUNT + ++placed;
      return { status: 201, headers: { location: `/api/orders/${id}` }, body: { id, status: "placed" } };
    }
    if (path === "/v2/orders") {
      const orders = ORDERS.slice(0, 20).map(orderRow).reverse();
      return { status: 200, body: { orders, updatedAt: now() } };
    }
    const order = ORDERS[(idIn(path, "/v2/orders") ?? 0) - 1];
    return order === undefined ? undefined : { status: 200, body: orderView(order, now()) };
  });
}

function orderRow({ id, customer, lines }: Order): object {
  return { id, customer: customerName(customer), items: lines.length };
}

function total(order: Order): number {
  return Math.floor(sumCents(order) * (1 - order.discountPercent / 100)) / 100;
}

function orderView(order: Order, updatedAt: string): object {
  const { id, email, lines } = order;
  const items = lines.map(({ product, quantity, priceCents }) => ({
    product,
    quantity,
    price: priceCents / 100,
  }));
  return { id, customer: customerName(order.customer), email, items, total: total(order), updatedAt };
}

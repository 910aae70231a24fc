/** The shop's records: the same on every run, and the same for the monolith and the services that copied them. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly priceCents: number;
  readonly stock: number;
}

interface OrderLine {
  readonly product: number;
  readonly quantity: number;
  readonly priceCents: number;
}

export interface Order {
  readonly id: number;
  readonly customer: number;
  readonly email: string;
  readonly lines: readonly OrderLine[];
  readonly discountPercent: number;
}

const ADJECTIVES = ["Plain", "Blue", "Old", "Quiet", "Round", "Tall", "Warm", "Light"];
const THINGS = ["lamp", "chair", "kettle", "desk", "mug", "blanket", "clock", "shelf", "vase", "rug"];
const CATEGORIES = ["light", "living", "kitchen", "office"];

export const PRODUCT_COUNT = 80;
export const ORDER_COUNT = 200;
export const CUSTOMER_COUNT = 60;

export const PRODUCTS: readonly Product[] = Array.from({ length: PRODUCT_COUNT }, (_, index) => ({
  id: index + 1,
  name: `${pick(ADJECTIVES, index * 7)} ${pick(THINGS, index)}`,
  category: pick(CATEGORIES, index * 3 + Math.floor(index / 10)),
  priceCents: 499 + ((index * 7919) % 19_000),
  stock: (index * 31) % 45,
}));

export const ORDERS: readonly Order[] = Array.from({ length: ORDER_COUNT }, (_, index) => {
  const customer = 1 + ((index * 13) % CUSTOMER_COUNT);
  return {
    id: index + 1,
    customer,
    email: `customer${customer}@shop.example`,
    lines: Array.from({ length: 1 + (index % 3) }, (_, line) =>
      lineOf(index * 5 + line * 11, 1 + ((index + line) % 4)),
    ),
    discountPercent: index % 12 === 5 ? 7.5 : 0,
  };
});

function lineOf(seed: number, quantity: number): OrderLine {
  const product = PRODUCTS[seed % PRODUCT_COUNT] as Product;
  return { product: product.id, quantity, priceCents: product.priceCents };
}

function pick(list: readonly string[], index: number): string {
  return list[index % list.length] as string;
}

/** What an order costs before its discount, in cents. */
export function sumCents(order: Order): number {
  return order.lines.reduce((sum, line) => sum + line.quantity * line.priceCents, 0);
}

export function customerName(customer: number): string {
  return `Customer ${customer}`;
}

import type { Clock } from "../domain/clock.ts";
import { PRODUCTS, type Product } from "./shop-data.ts";
import { idIn, type ShopAnswer, type ShopRequest, type ShopServer, startShopServer } from "./shop-server.ts";

/** One search in so many fails. */
const SEARCH_FAILS_EVERY = 14;

/**
 * The new catalog service. Where it differs from the monolith, honestly: the list calls `inStock` `stock` and comes without
 * `vary`; search gives its hits in another order, is slower and fails now and then. Single products agree, which is why they
 * have moved already.
 */
export function startCatalogService(clock: Clock): Promise<ShopServer> {
  // Not where the module is loaded: it makes the collator, and every command loads it.
  const sorted = PRODUCTS.toSorted((a, b) => a.name.localeCompare(b.name, "en") || a.id - b.id);
  let searches = 0;
  const now = (): string => new Date(clock.now()).toISOString();
  return startShopServer(({ method, path, query }: ShopRequest): ShopAnswer | undefined => {
    if (method !== "GET" && method !== "HEAD") return undefined;
    if (path === "/api/products")
      return { status: 200, body: { products: sorted.map(listed), updatedAt: now() } };
    if (path === "/api/products/search") {
      searches++;
      const delayMs = 25 + (searches % 7) * 10;
      if (searches % SEARCH_FAILS_EVERY === 0) return { status: 503, delayMs, body: { error: "index_busy" } };
      return { status: 200, delayMs, body: { ...search(sorted, query.get("q") ?? ""), tookMs: delayMs } };
    }
    const product = PRODUCTS[(idIn(path, "/api/products") ?? 0) - 1];
    if (product === undefined) return undefined;
    const { id, name, category, priceCents, stock } = product;
    return {
      status: 200,
      body: { id, name, category, price: priceCents / 100, inStock: stock, updatedAt: now() },
    };
  });
}

function listed({ id, name, category, priceCents, stock }: Product): object {
  return { id, name, category, price: priceCents / 100, stock };
}

function search(products: readonly Product[], text: string): object {
  const found = products.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
  return { query: text, count: found.length, hits: found.map(({ id, name }) => ({ id, name })) };
}

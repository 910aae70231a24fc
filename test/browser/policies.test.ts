import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../e2e/until.ts";
import { inChromium } from "./in-chromium.ts";
import { type Shop, startShop } from "./shop.ts";
import { type Visitor, visit } from "./visitor.ts";

const POLICIES =
  "trustedProxies: [127.0.0.0/8]\npolicies:\n  networks: { deny: [10.0.0.0/8] }\n  cache: { ttl: 1m, key: { cookies: [] } }\n  limit: { rate: 20/h, key: [ip] }\n";

inChromium("what policies said", (browser) => {
  let shop: Shop;
  let visitor: Visitor;
  beforeAll(async () => {
    shop = await startShop(undefined, POLICIES);
    visitor = await visit(browser(), shop.adminUrl);
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.close();
    await shop.stop();
  });

  async function denied(): Promise<void> {
    const response = await fetch(new URL("/api/orders/1", shop.url), {
      headers: { "x-forwarded-for": "10.0.0.1" },
    });
    expect(response.status).toBe(403);
    await response.arrayBuffer();
  }

  test("stands on the page by route and by code, and follows", async () => {
    const { page } = visitor;
    await shop.visit("/api/orders/1", 3);
    for (let i = 0; i < 2; i++) await denied();
    await visitor.open("#/policies");
    const table = page.getByRole("table", { name: "Policies and their verdicts" });
    // The route that refuses is above those that do not.
    const first = table.locator("tbody").first();
    await first.getByRole("link", { name: "orders.read" }).waitFor();
    await first.getByText("2 refused").waitFor();
    await first.getByRole("row", { name: /networks passed 3/ }).waitFor();
    const codes = page.getByRole("region", { name: "Answers of the front door's own" });
    await codes.getByRole("row", { name: /network_denied 403 2/ }).waitFor();
    await denied();
    await first.getByText("3 refused").waitFor();
    await codes.getByRole("row", { name: /network_denied 403 3 [0-9<]/ }).waitFor();
    await page.getByRole("searchbox", { name: "Search routes by id" }).fill("products.l");
    await first.getByRole("link", { name: "products.list" }).waitFor();
    expect(await table.locator("tbody").count()).toBe(1);
    await first.getByRole("row", { name: "networks nothing yet" }).waitFor();
    await first.getByRole("link", { name: "products.list" }).click();
    await page.getByRole("heading", { level: 1, name: "products.list" }).waitFor();
  });

  test("who is limited stands there, by address", async () => {
    const { page } = visitor;
    const from = { "x-forwarded-for": "192.0.2.9" };
    for (let i = 0; i < 23; i++)
      await (await fetch(new URL("/api/products/1", shop.url), { headers: from })).arrayBuffer();
    await visitor.open("#/policies");
    const limited = page.getByRole("table", { name: "Whom limits refused" });
    await limited
      .getByRole("row", { name: /ip 192\.0\.2\.9 products\.read 20\/h, burst 20 by ip 3 / })
      .waitFor();
  });

  test("what the cache gave stands there by route and side", async () => {
    const { page } = visitor;
    await shop.visit("/api/search?q=lamp", 4);
    await visitor.open("#/policies");
    const stored = page.getByRole("table", { name: "Stored answers by route and side" });
    const row = stored.getByRole("row", { name: /products.search legacy/ });
    await row.waitFor();
    await until(
      () => row.locator("td").allTextContents(),
      (cells) => Number(cells[1]) + Number(cells[2]) === 4,
      5_000,
    );
  });

  test("stands on the route's page, beside what explains a request", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/orders.read");
    const card = page.getByRole("region", { name: "Policies", exact: true });
    await card.getByRole("row", { name: /networks passed 3/ }).waitFor();
    await card.getByRole("row", { name: /refused 3/ }).waitFor();
    const explain = page.getByRole("region", { name: "Explain a request" });
    await explain.getByLabel("Client's address").fill("10.0.0.1");
    await explain.getByRole("button", { name: "Explain" }).click();
    await explain.getByText("The front door answers 403").waitFor();
    await card.getByRole("link", { name: "all routes" }).click();
    await page.getByRole("heading", { level: 1, name: "Policies" }).waitFor();
  });
});

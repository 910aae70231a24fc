import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium } from "./in-chromium.ts";
import { type Shop, startShop } from "./shop.ts";
import { type Visitor, visit } from "./visitor.ts";

inChromium("live", (browser) => {
  let shop: Shop;
  let visitor: Visitor;
  beforeAll(async () => {
    shop = await startShop();
    visitor = await visit(browser(), shop.adminUrl);
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.close();
    await shop.stop();
  });

  test("a mismatch is on the page within two seconds of its request", async () => {
    const { page } = visitor;
    await visitor.open("#/differences");
    await page.locator(".live-live").waitFor();
    await page.getByText("No difference was found").waitFor();
    const asked = performance.now();
    await shop.visit("/api/products");
    await page.getByRole("button", { name: "header.vary" }).waitFor({ timeout: 2_000 });
    expect(performance.now() - asked).toBeLessThan(2_000);
  });
});

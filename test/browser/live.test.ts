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

  test("a window that came eight times holds no stream of the times before: it is live", async () => {
    const { page } = visitor;
    for (let times = 0; times < 8; times++) {
      await visitor.open("#/history");
      await page.locator(".live-live").waitFor();
    }
  });

  test("a mismatch is on the page within two seconds of its request", async () => {
    const { page } = visitor;
    await visitor.open("#/differences");
    await page.locator(".live-live").waitFor();
    await page.getByText("No difference was found").waitFor();
    // The second comes while the answer to the first is still shared out: it may not be lost behind it.
    for (const [path, difference] of [
      ["/api/products", "header.vary"],
      ["/api/search?q=lamp", "$.hits"],
    ] as const) {
      const asked = performance.now();
      await shop.visit(path);
      await page.getByRole("button", { name: difference }).waitFor();
      expect(performance.now() - asked).toBeLessThan(2_000);
    }
  });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium } from "./in-chromium.ts";
import { type Shop, startShop } from "./shop.ts";
import { type Visitor, visit } from "./visitor.ts";

inChromium("when something is away", (browser) => {
  let shop: Shop;
  let visitor: Visitor;
  beforeAll(async () => {
    shop = await startShop();
    // A window of its own clock, so that nobody has to wait ten seconds.
    visitor = await visit(browser(), shop.adminUrl);
    await visitor.page.clock.install();
  });
  afterAll(async () => {
    await visitor.close();
    await shop.stop();
  });

  test("without events the page says so, asks by itself, and is live again when they are back", async () => {
    const { page } = visitor;
    await page.route("**/api/v1/events", (route) => route.abort());
    await visitor.open("#/history");
    await page.locator(".live-lost").waitFor();
    await page.getByText("the page asks every 10 seconds").waitFor({ state: "attached" });
    await page.getByText("r4", { exact: true }).waitFor();
    await shop.control.shift({
      target: { route: "products.list" },
      shadow: 75,
      reason: "found by asking",
      by: "ben",
    });
    await page.clock.fastForward(10_500);
    await page.getByText("found by asking").waitFor();
    await page.unroute("**/api/v1/events");
    await page.clock.fastForward(31_000);
    await page.locator(".live-live").waitFor();
  });

  test("what can no longer be read stays, and says how old it is; what never could says why", async () => {
    const { page } = visitor;
    await visitor.open("#/");
    await page.getByText("of 6", { exact: false }).first().waitFor();
    await page.route("**/api/v1/**", (route) => route.abort());
    await page.clock.fastForward(5_500);
    await page.getByText(/The overview shown is from/).waitFor();
    await page.getByText("The front door does not answer.").first().waitFor();
    expect(await page.getByText("of 6", { exact: false }).first().isVisible()).toBe(true);
    await page.evaluate("location.hash = '#/migrations'");
    await page.getByText("The steps could not be read.").waitFor();
    await page.unroute("**/api/v1/**");
    await page.clock.fastForward(10_500);
    await page.getByText("4 of 6 steps applied").waitFor();
  });
});

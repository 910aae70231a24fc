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

  test("an act without an answer says that it may be written, and doing it again is no second one", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/products.list");
    await page.getByRole("button", { name: "Shift …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("spinbutton", { name: /Shadowed/ }).fill("60");
    await dialog.getByLabel("Reason").fill("its answer is lost");
    await dialog.getByLabel("Your name").fill("ada");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await page.route("**/products.list/shift", async (route) => {
      if (route.request().postDataJSON().dryRun) return route.continue();
      await route.fetch();
      await route.abort();
    });
    await dialog.getByRole("button", { name: /^Shift/ }).click();
    await dialog.getByText("It is not known whether this was written.").waitFor();
    await page.unroute("**/products.list/shift");
    expect((await shop.control.history("products.list")).at(-1)?.reason).toBe("its answer is lost");
    expect(await dialog.getByText("Nothing was changed").count()).toBe(0);
    expect(await dialog.getByRole("button", { name: "Continue …" }).isDisabled()).toBe(true);
    await dialog.getByRole("link", { name: "Look at the history" }).click();
    await page.getByText("its answer is lost", { exact: true }).waitFor();
    expect(await dialog.count()).toBe(0);
  });

  test("an act that is written and not in force yet says so, and what to do", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/products.list");
    await page.getByRole("button", { name: "Shift …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("spinbutton", { name: /Shadowed/ }).fill("40");
    await dialog.getByLabel("Reason").fill("slow store");
    await dialog.getByLabel("Your name").fill("ada");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await page.route("**/products.list/shift", (route) => {
      if (route.request().postDataJSON().dryRun) return route.continue();
      const error = {
        code: "store_unavailable",
        message: "revision 9 is written, but is not in force in this front door yet: away",
        remedy: "do not repeat it; read status to see when it is in force",
        details: { entry: { revision: 9 } },
      };
      return route.fulfill({ status: 503, json: { error } });
    });
    await dialog.getByRole("button", { name: /^Shift/ }).click();
    await dialog.getByText("This was written.").waitFor();
    await dialog.getByText("Do not repeat it; read status").waitFor();
    expect(await dialog.getByText("Nothing was changed").count()).toBe(0);
    await page.unroute("**/products.list/shift");
    await page.keyboard.press("Escape");
  });

  test("what can no longer be read stays, and says how old it is; what never could says why", async () => {
    const { page } = visitor;
    await visitor.open("#/");
    await page.getByText("of 7", { exact: false }).first().waitFor();
    await page.route("**/api/v1/**", (route) => route.abort());
    await page.clock.fastForward(5_500);
    await page.getByText(/The overview shown is from/).waitFor();
    await page.getByText("The front door does not answer.").first().waitFor();
    expect(await page.getByText("of 7", { exact: false }).first().isVisible()).toBe(true);
    await page.evaluate("location.hash = '#/migrations'");
    await page.getByText("The steps could not be read.").waitFor();
    await page.unroute("**/api/v1/**");
    await page.clock.fastForward(10_500);
    await page.getByText("4 of 6 steps applied").waitFor();
  });
});

import { setTimeout } from "node:timers/promises";
import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../e2e/until.ts";
import { inChromium } from "./in-chromium.ts";
import { type Shop, startShop } from "./shop.ts";
import { type Visitor, visit } from "./visitor.ts";

async function positionOf({ control }: Shop, id: string): Promise<string> {
  const { routes } = await control.status();
  const position = routes.find((route) => route.id === id)?.position;
  return `${position?.modern} ${position?.shadow}`;
}

function dialogOf(page: Page) {
  return page.getByRole("dialog");
}

inChromium("acting on the page", (browser) => {
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

  test("a shift by mouse: preview, confirmation that names who moves, and it is in force and in the ledger", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/products.list");
    await page.getByRole("button", { name: "Shift …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByText("nothing would change").waitFor();
    expect(await dialog.getByRole("button", { name: "Continue …" }).isDisabled()).toBe(true);
    await dialog
      .getByRole("group", { name: /Modern serves/ })
      .getByRole("button", { name: "10 %", exact: true })
      .click();
    await dialog.getByText("10 % of clients move from legacy to modern").waitFor();
    await dialog.getByLabel("Reason").fill("the first tenth");
    await dialog.getByLabel("Your name").fill("ada");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await dialog.getByRole("heading", { name: "10 % of clients move to modern on products.list." }).waitFor();
    expect(await positionOf(shop, "products.list")).toBe("0 100");
    await dialog.getByRole("button", { name: "Shift: 10 % of clients to modern" }).click();
    await page.getByText("Revision r5 is in force.").waitFor();
    expect(await dialog.count()).toBe(0);
    expect(await positionOf(shop, "products.list")).toBe("10 100");
    const last = (await shop.control.history("products.list")).at(-1);
    expect(last).toMatchObject({ revision: 5, kind: "shift", by: "ada", reason: "the first tenth" });
    await page.getByRole("heading", { name: "products.list" }).waitFor();
    await page.getByText("splitting").first().waitFor();
  });

  test("a shift past a step's gate shows that gate with its evidence before anything moves", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/orders.read");
    await page.getByRole("button", { name: "Shift …" }).click();
    const dialog = dialogOf(page);
    await dialog
      .getByRole("group", { name: /Modern serves/ })
      .getByRole("button", { name: "50 %", exact: true })
      .click();
    const gate = dialog.getByRole("region", { name: "Gate of step 5" });
    await gate.getByText("not known yet").first().waitFor();
    await gate
      .getByText(/needs .* more comparisons/)
      .first()
      .waitFor();
    await dialog
      .getByText(/step 0005-orders-for-half would be refused/)
      .first()
      .waitFor();
    expect(await positionOf(shop, "orders.read")).toBe("25 100");
    await page.keyboard.press("Escape");
  });

  test("an API key is made, shown once, disabled and revoked with a reason", async () => {
    const { page } = visitor;
    await visitor.open("#/keys");
    await page.getByText("There is no key yet").waitFor();
    await page.getByRole("button", { name: "New key …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByLabel("Name", { exact: true }).fill("mobile app");
    await dialog.getByLabel("Plan").fill("gold");
    await dialog.getByLabel("Expires in days").fill("90");
    await dialog.getByLabel("Your name").fill("ada");
    await dialog.getByRole("button", { name: "Make the key" }).click();
    const text = (await dialog.locator(".key-text").textContent()) ?? "";
    expect(text).toMatch(/^fig_[0-9a-f]{12}_[0-9a-f]{64}$/);
    // A key pressed by chance does not lose it.
    await page.keyboard.press("Escape");
    await dialog.getByRole("button", { name: "Copy" }).click();
    await page.getByText(/Copied|Selected/).waitFor();
    await dialog.getByRole("button", { name: "I have it" }).click();
    const row = page.getByRole("row", { name: /mobile app/ });
    await row.getByText("active").waitFor();
    await row.getByText("gold").waitFor();
    expect(await page.content()).not.toContain(text.slice(17));
    await row.getByRole("button", { name: "Disable …" }).click();
    await dialog.getByRole("button", { name: /^Disable key/ }).click();
    await row.getByText("disabled").waitFor();
    await row.getByRole("button", { name: "Revoke …" }).click();
    await dialog.getByText("for good").waitFor();
    await dialog.getByRole("button", { name: /^Revoke key/ }).click();
    // It has to be said why.
    expect(await dialog.count()).toBe(1);
    await dialog.getByLabel("Reason").fill("it leaked");
    await dialog.getByRole("button", { name: /^Revoke key/ }).click();
    await page.getByText(/Key [0-9a-f]{12} \(mobile app\) is revoked/).waitFor();
    await row.getByText("revoked").waitFor();
    expect(await row.getByRole("button").count()).toBe(0);
    const { rows } = await shop.control.apiKeys.list({
      ...{ query: undefined, state: undefined, plan: undefined, limit: 10, offset: 0 },
    });
    expect(rows).toMatchObject([
      {
        state: "revoked",
        acts: [{ by: "ada" }, { act: "disabled" }, { act: "revoked", reason: "it leaked" }],
      },
    ]);
  });

  test("a rollback by keyboard alone, from the overview to the confirmation and back", async () => {
    const { page } = visitor;
    await visitor.open("#/");
    const press = async (key: string, until: () => Promise<boolean>) => {
      for (let times = 0; times < 60 && !(await until()); times++) await page.keyboard.press(key);
      expect(await until()).toBe(true);
    };
    const focused = (text: string) => () =>
      page.evaluate<boolean>(`document.activeElement.textContent.trim().startsWith(${JSON.stringify(text)})`);
    await page.keyboard.press("Tab");
    expect(await focused("Skip to the page")()).toBe(true);
    await page.keyboard.press("Enter");
    expect(await page.evaluate<string>("document.activeElement.id")).toBe("main");
    await page.getByRole("table").getByRole("link", { name: "products.list" }).waitFor();
    await press("Tab", focused("products.list"));
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Roll back …" }).waitFor();
    await press("Tab", focused("Roll back"));
    await page.keyboard.press("Enter");
    const dialog = dialogOf(page);
    await dialog.getByText("10 % of clients move from modern to legacy").waitFor();
    // The focus goes round inside the dialog.
    for (let times = 0; times < 12; times++) {
      await page.keyboard.press("Tab");
      expect(
        await page.evaluate<boolean>(
          "document.activeElement.closest('dialog, body').matches('dialog, body')",
        ),
      ).toBe(true);
      expect(
        await page.evaluate<boolean>("document.querySelector('main').contains(document.activeElement)"),
      ).toBe(false);
    }
    await press("Tab", () => page.evaluate<boolean>("document.activeElement.name === 'reason'"));
    await page.keyboard.type("support: wrong prices");
    await press("Tab", focused("Continue"));
    await page.keyboard.press("Enter");
    await dialog.getByRole("heading", { name: "10 % of clients move to legacy on products.list." }).waitFor();
    await press("Tab", focused("Roll back: 10 % of clients to legacy"));
    await page.keyboard.press("Enter");
    await page.getByText("Revision r6 is in force.").waitFor();
    expect(await positionOf(shop, "products.list")).toBe("0 100");
    // The name typed before is known, and the focus is where it was.
    expect((await shop.control.history("products.list")).at(-1)).toMatchObject({
      kind: "rollback",
      by: "ada",
    });
    expect(await focused("Roll back")()).toBe(true);
  });

  test("a rollback by mouse and a shift by keyboard", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/products.search");
    const opener = page.getByRole("button", { name: "Shift …" });
    await opener.focus();
    await page.keyboard.press("Enter");
    const dialog = dialogOf(page);
    const modern = dialog.getByRole("slider", { name: /Modern serves/ });
    await modern.focus();
    for (let times = 0; times < 3; times++) await page.keyboard.press("ArrowRight");
    await dialog.getByText("3 % of clients move from legacy to modern").waitFor();
    await dialog.getByLabel("Reason").focus();
    await page.keyboard.type("three of a hundred");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await dialog.getByRole("heading", { name: /3 % of clients move to modern/ }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText(/Revision r\d+ is in force/).waitFor();
    expect(await positionOf(shop, "products.search")).toBe("3 100");

    await page.getByRole("button", { name: "Roll back …" }).click();
    await dialog.getByLabel("Reason").fill("back");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await dialog.getByRole("button", { name: /^Roll back: 3 %/ }).click();
    await until(
      () => positionOf(shop, "products.search"),
      (position) => position === "0 100",
      5_000,
    );
  });

  test("what would be done is said once it is known what it rests on, and not replaced under the hands", async () => {
    const { page } = visitor;
    const slow = async (route: Route) => {
      await setTimeout(1_500);
      await route.continue();
    };
    await page.route("**/overview", slow, { times: 1 });
    await visitor.open("#/routes/products.search");
    await page.getByRole("button", { name: "Shift …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByRole("spinbutton", { name: /Modern serves/ }).fill("20");
    await dialog.getByLabel("Reason").fill("one fifth");
    await dialog.getByText("20 % of clients move").waitFor();
    // Not waited for: it can be pressed as soon as it is said.
    expect(await dialog.getByRole("button", { name: "Continue …" }).isEnabled()).toBe(true);
    await page.keyboard.press("Escape");
  });

  test("a refused step says why, condition by condition; nothing is changed until it is forced", async () => {
    const { page } = visitor;
    const before = (await shop.control.status()).revision;
    await visitor.open("#/migrations");
    await page.getByRole("button", { name: "Preview step 5 …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByText("This would be refused.").waitFor();
    const gate = dialog.getByRole("table", { name: /orders.read/ });
    const rows = await gate.locator("tbody tr").allInnerTexts();
    expect(rows.map((row) => row.split("\n")[0])).toEqual([
      "Comparisons",
      "Mismatch rate, upper end of its interval",
      "Errors, modern over legacy",
      "Time observed",
    ]);
    expect(rows[0]).toContain("at least 500");
    expect(rows[0]).toContain("not known yet");
    expect(rows[0]).toMatch(/needs \d+ more comparisons/);
    expect(await dialog.getByRole("button", { name: "Continue …" }).isDisabled()).toBe(true);
    await dialog.getByLabel(/Go on regardless/).check();
    await dialog.getByText("25 % of clients move from legacy to modern").first().waitFor();
    await dialog.getByText("forced: the gate does not hold").waitFor();
    await dialog.getByLabel("Your name").fill("ada");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await dialog.getByRole("heading", { name: "25 % of clients move to modern on 2 routes." }).waitFor();
    await page.keyboard.press("Escape");
    expect(await dialog.count()).toBe(0);
    expect((await shop.control.status()).revision).toBe(before);
  });

  test("somebody who was first is a conflict that is said, and can be looked at", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/products.list");
    await page.getByRole("button", { name: "Shift …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByRole("spinbutton", { name: /Modern serves/ }).fill("20");
    await dialog.getByText("20 % of clients move").waitFor();
    await dialog.getByLabel("Reason").fill("one fifth");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    const first = { target: { route: "products.list" }, shadow: 50, reason: "less load", by: "ben" };
    await page.route("**/products.list/shift", async (route) => {
      if (!route.request().postDataJSON().dryRun) await shop.control.shift(first);
      await route.continue();
    });
    await dialog.getByRole("button", { name: /^Shift: 20 %/ }).click();
    await dialog.getByText("Refused. Nothing was changed.").waitFor();
    await page.unroute("**/products.list/shift");
    expect(await positionOf(shop, "products.list")).toBe("0 50");
    await dialog.getByText("20 % of clients move").waitFor();
    await page.keyboard.press("Escape");
    await shop.control.rollback({ route: "products.list", reason: "as it was", by: "ben" });
  });

  test("a shift that comes while a rollback of all is confirmed is not undone with it: it is said", async () => {
    const { page } = visitor;
    // No page before this one has read the overview.
    await visitor.open("#/history");
    await page.getByRole("button", { name: "Roll back all …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByLabel("Reason").fill("all back");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    const confirm = dialog.getByRole("button", { name: /^Roll back/ });
    await confirm.waitFor();
    const { entries } = await shop.control.shift({
      target: { route: "products.list" },
      shadow: 40,
      reason: "meanwhile",
      by: "ben",
    });
    await dialog.getByText("This would be refused.").waitFor();
    expect(await confirm.count()).toBe(0);
    await dialog.getByRole("button", { name: "Look at the newest revision" }).click();
    await dialog.getByText("shadow 40 % → 100 %").waitFor();
    await page.keyboard.press("Escape");
    const { revision } = await shop.control.status();
    expect(revision).toBe(entries[0]?.revision);
    await shop.control.rollback({ route: "products.list", reason: "as it was", by: "ben" });
  });

  test("what an act would do is asked anew while it is confirmed; another answer is said before it is done", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/products.search");
    await page.getByRole("button", { name: "Shift …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByRole("spinbutton", { name: /Modern serves/ }).fill("20");
    await dialog.getByLabel("Reason").fill("one fifth");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    const confirm = dialog.getByRole("button", { name: /^Shift: 20 %/ });
    await confirm.waitFor();
    // As after a reload that gave the route a cohort.
    await page.route("**/products.search/shift", async (route) => {
      const response = await route.fetch();
      const json = await response.json();
      json.effects[0].text = "others move with them";
      await route.fulfill({ response, json });
    });
    await shop.control.shift({ target: { route: "products.list" }, shadow: 30, reason: "news", by: "ben" });
    await dialog.getByText("Something changed in the meantime").waitFor();
    await dialog.getByText("others move with them").waitFor();
    expect(await confirm.count()).toBe(0);
    await page.unroute("**/products.search/shift");
    await page.keyboard.press("Escape");
    await shop.control.rollback({ route: "products.list", reason: "as it was", by: "ben" });
  });

  test("steps go up and down", async () => {
    const { page } = visitor;
    await visitor.open("#/migrations");
    await page.getByRole("button", { name: "Undo step 4 …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByText("25 % of clients move from modern to legacy").first().waitFor();
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await dialog.getByRole("button", { name: "Undo: 25 % of clients to legacy" }).click();
    await until(
      () => positionOf(shop, "orders.read"),
      (position) => position.startsWith("0 "),
      5_000,
    );
    await page.getByRole("button", { name: "Preview step 4 …" }).click();
    await dialog.getByText("25 % of clients move from legacy to modern").first().waitFor();
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await dialog.getByRole("button", { name: "Apply: 25 % of clients to modern" }).click();
    await until(
      () => positionOf(shop, "orders.read"),
      (position) => position.startsWith("25 "),
      5_000,
    );
  });

  test("who confirms a step that somebody else has undone meanwhile gets no other step", async () => {
    const { page } = visitor;
    await visitor.open("#/migrations");
    await page.getByRole("button", { name: "Undo step 4 …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByText("25 % of clients move from modern to legacy").first().waitFor();
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await shop.control.migrate({ action: "down", by: "ben" });
    // The page may have heard of it by then, and shows the refusal without being asked.
    await dialog
      .getByRole("button", { name: /^Undo: 25 %/ })
      .click({ timeout: 1_000 })
      .catch(() => undefined);
    await dialog.getByText(/step 4 was expected/).waitFor();
    expect((await shop.control.status()).migrations.applied).toBe(3);
    await page.keyboard.press("Escape");
    await shop.control.migrate({ action: "up", by: "ben" });
  });

  test("a shift made elsewhere is on the page without asking", async () => {
    const { page } = visitor;
    await visitor.open("#/history");
    await shop.control.shift({
      target: { route: "products.list" },
      shadow: 75,
      reason: "seen at once",
      by: "ben",
    });
    await page.getByText("seen at once").waitFor({ timeout: 2_000 });
  });
});

inChromium("with an admin token", (browser) => {
  const TOKEN = "correct-horse-battery-staple";
  let shop: Shop;
  let visitor: Visitor;
  beforeAll(async () => {
    shop = await startShop(TOKEN);
    await shop.visit("/api/products");
    await until(
      () => shop.control.mismatches(undefined),
      (rows) => rows.length > 0,
    );
    visitor = await visit(browser(), shop.adminUrl);
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.close();
    await shop.stop();
  });

  test("the page is read-only until login, and keeps samples to itself", async () => {
    const { page } = visitor;
    await visitor.open("#/routes/products.list");
    await page.getByRole("link", { name: "Shift …" }).waitFor();
    expect(await page.getByRole("button", { name: "Shift …" }).count()).toBe(0);
    await visitor.open("#/keys");
    await page.getByText("Log in to see the keys").waitFor();
    await page.getByRole("link", { name: "New key …" }).waitFor();
    await visitor.open("#/differences");
    await page.getByRole("button", { name: "header.vary" }).click();
    await page.getByText("Log in to see samples").waitFor();
  });

  test("a wrong token is refused, the right one is a strict cookie no script can read, and logging out ends it", async () => {
    const { page } = visitor;
    await visitor.open("#/login");
    await page.getByLabel("Your name").fill("ada");
    await page.getByLabel("Admin token").fill("guess");
    await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Admin token").fill(TOKEN);
    await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    expect(cookie?.value).not.toContain(TOKEN);
    expect(await page.evaluate<string>("document.cookie + JSON.stringify(localStorage)")).not.toContain(
      TOKEN,
    );

    await visitor.open("#/routes/products.list");
    await page.getByRole("button", { name: "Shift …" }).click();
    const dialog = dialogOf(page);
    await dialog.getByRole("spinbutton", { name: /Shadowed/ }).fill("50");
    await dialog
      .getByText(/No client|no client/)
      .first()
      .waitFor();
    await dialog.getByLabel("Reason").fill("half of the copies will do");
    await dialog.getByRole("button", { name: "Continue …" }).click();
    await dialog.getByRole("button", { name: /^Shift/ }).click();
    await page.getByText(/Revision r\d+ is in force/).waitFor();
    expect((await shop.control.history("products.list")).at(-1)?.by).toBe("ada");

    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("link", { name: "Shift …" }).waitFor();
  });

  test("a session that ended is noticed: when the front door refuses, and when its events are back", async () => {
    const { page } = visitor;
    const logIn = async () => {
      await visitor.open("#/login");
      await page.getByLabel("Admin token").fill(TOKEN);
      await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
      await page.getByRole("button", { name: "Log out" }).waitFor();
      await visitor.open("#/routes/products.list");
      await page.locator(".live-live").waitFor();
      await page.getByRole("button", { name: "Shift …" }).waitFor();
      await page.context().clearCookies();
    };
    await logIn();
    await page.getByRole("button", { name: "Shift …" }).click();
    await dialogOf(page).getByText("Log in and try again.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Shift …" }).waitFor();
    await logIn();
    // As when the front door restarts, without the wait for the next try.
    await page.evaluate(`dispatchEvent(new PageTransitionEvent("pagehide"));
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`);
    await page.getByText("Your session has ended.").waitFor();
    await page.getByRole("link", { name: "Shift …" }).waitFor();
  });
});

import { expect, test } from "vitest";
import { MODERN, Shop } from "../e2e/support/guarded-shop.ts";
import { until } from "../e2e/until.ts";
import { inChromium } from "./in-chromium.ts";
import { visit } from "./visitor.ts";

inChromium("a route that a guard took back", (browser) => {
  test("is resumed on its page: a reason, a confirmation, and the ledger has it", async () => {
    const shop = await Shop.open();
    try {
      await shop.door("memory:");
      shop.load(24, 20);
      shop.modern.answer = MODERN.failingAlways;
      await until(
        () => shop.positions(),
        ([position]) => position === 0,
        30_000,
      );
      const visitor = await visit(browser(), shop.doors[0]?.adminUrl ?? "");
      const { page } = visitor;
      await visitor.open("#/routes/shop");
      await page
        .getByText(/shop is held since/)
        .first()
        .waitFor();
      await page.getByRole("button", { name: "Resume …" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("no client changes sides").waitFor();
      await dialog.getByLabel("Reason").fill("the database is back");
      await dialog.getByLabel("Your name").fill("ada");
      await dialog.getByRole("button", { name: "Continue …" }).click();
      await dialog.getByRole("heading", { name: /No client changes sides. From now on/ }).waitFor();
      await dialog.getByRole("button", { name: "Resume shop" }).click();
      await page.getByText(/Revision r\d+ is in force/).waitFor();
      await page.getByRole("button", { name: "Resume …" }).waitFor({ state: "detached" });
      const entries = await shop.admin<readonly { kind: string }[]>("GET", "/ledger");
      expect(entries.at(-1)).toMatchObject({ kind: "resume", by: "ada", reason: "the database is back" });
      expect(visitor.complaints).toEqual([]);
      await visitor.close();
    } finally {
      await shop.close();
    }
  });
});

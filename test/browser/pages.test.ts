import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../e2e/until.ts";
import { overflow, violations } from "./axe.ts";
import { inChromium } from "./in-chromium.ts";
import { type Shop, startShop } from "./shop.ts";
import { type Visitor, visit } from "./visitor.ts";

const PAGES = {
  overview: "#/",
  route: "#/routes/orders.read",
  differences: "#/differences",
  migrations: "#/migrations",
  policies: "#/policies",
  history: "#/history",
  keys: "#/keys",
  login: "#/login",
  "a route that is not there": "#/routes/nobody",
} as const;

/** The rule of axe-core that depends on a theme. */
const COLOURS = ["color-contrast"];

function themeOf(page: Page): Promise<string> {
  return page.evaluate<string>("document.documentElement.dataset.theme");
}

/** In a window of this width, after what follows its size (charts) has followed. */
async function drawnTo(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}

/** What a page shows last: when it is there the rest is. */
async function settled(page: Page): Promise<void> {
  await until(
    () => page.locator(".waiting, .chart-empty").count(),
    (count) => count === 0,
    5_000,
  );
}

test("the script is under 120 KiB compressed, in all", () => {
  const folder = fileURLToPath(new URL("../../dist/dashboard/assets/", import.meta.url));
  const scripts = readdirSync(folder).filter((name) => name.endsWith(".js"));
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(folder + name)).length, 0);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeGreaterThan(10 * 1024);
  expect(bytes).toBeLessThan(120 * 1024);
});

inChromium("the dashboard's pages", (browser) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await startShop(undefined, "policies: { networks: { deny: [10.0.0.0/8] } }\n");
    await shop.visit("/api/orders/1", 40);
    for (let id = 1; id <= 40; id++) await shop.visit(`/api/orders/${id}`);
    await shop.visit("/api/products", 10);
    await shop.visit("/api/search?q=lamp", 10);
    await until(
      () => shop.control.status(),
      ({ routes }) =>
        routes.every((route) => route.id !== "products.list" || route.comparisons.mismatch === 10),
    );
  });
  afterAll(async () => {
    await shop?.stop();
  });

  // Each width is where one theme's pages are opened, and what the other's are drawn to: half of the pages are loaded.
  for (const [theme, ...widths] of [
    ["light", 1440, 360],
    ["dark", 360, 1440],
  ] as const) {
    describe(`${theme}, ${widths[0]} px, then ${widths[1]}`, () => {
      let visitor: Visitor;
      beforeAll(async () => {
        visitor = await visit(browser(), shop.adminUrl, { colorScheme: theme });
      });
      afterAll(async () => {
        await visitor?.close();
      });

      async function accessibleAndFits(width: number): Promise<void> {
        const { page, complaints } = visitor;
        await drawnTo(page, width);
        await settled(page);
        // Each theme meets both widths, but only colours are of the theme: all else is looked at once for each width.
        const only = width === widths[0] ? undefined : COLOURS;
        expect(await violations(page, only), `${width} px`).toEqual([]);
        expect(await overflow(page), `${width} px`).toBe(0);
        expect(complaints, `${width} px`).toEqual([]);
      }

      test.each(Object.entries(PAGES))(
        "%s is accessible, fits, and asks nobody else",
        async (_name, hash) => {
          await drawnTo(visitor.page, widths[0]);
          await visitor.open(hash);
          for (const width of widths) {
            await accessibleAndFits(width);
            expect(await themeOf(visitor.page)).toBe(theme);
          }
        },
      );

      test("the dialog is accessible and fits", async () => {
        const { page } = visitor;
        await drawnTo(page, widths[0]);
        await visitor.open("#/routes/products.list");
        await page.getByRole("button", { name: "Shift …" }).click();
        await page.getByRole("spinbutton", { name: /Modern serves/ }).fill("10");
        await page.getByText("10 % of clients move").first().waitFor();
        for (const width of widths) await accessibleAndFits(width);
      });
    });
  }

  test("what would be wrong would be found", async () => {
    const visitor = await visit(browser(), shop.adminUrl);
    await visitor.open("#/");
    const wrong = `<img src="/favicon.svg"><p style="color: red">inline</p><div class="wide">wide</div>`;
    await visitor.page.evaluate(`document.body.insertAdjacentHTML("beforeend", ${JSON.stringify(wrong)});
      document.querySelector(".wide").style.width = "9000px"; console.error("said");
      fetch("http://127.0.0.2:9/elsewhere").catch(() => undefined)`);
    expect(await violations(visitor.page)).toEqual([expect.stringContaining("image-alt")]);
    expect(await overflow(visitor.page)).toBeGreaterThan(1_000);
    const found = visitor.complaints.join("\n");
    expect(found).toContain("policy: style-src-attr");
    expect(found).toContain("policy: connect-src");
    expect(found).toContain("console: said");
    await visitor.close();
  });

  describe("what they say", () => {
    let visitor: Visitor;
    beforeAll(async () => {
      visitor = await visit(browser(), shop.adminUrl);
    });
    afterAll(async () => {
      expect(visitor.complaints).toEqual([]);
      await visitor.close();
    });

    test("the overview says how far, how many, whether answers agree, and what comes next", async () => {
      const { page } = visitor;
      await visitor.open("#/");
      const tiles = page.getByRole("region", { name: "Where the migration stands" });
      await tiles.getByText("1 of 7").waitFor();
      await tiles.getByText("2 splitting · 3 shadowing · 1 not begun").waitFor();
      await page.getByText("products.list: 100 % of 10 compared answers differ").waitFor();
      expect(await page.getByText("Nothing needs attention").count()).toBe(0);
      const status = await shop.control.status();
      const rows = page.getByRole("table", { name: "Routes" }).locator("tbody tr:has(th a)");
      expect(await rows.count()).toBe(status.routes.length);
      // What needs attention stands above everything, on every width, and its route above the others.
      for (const width of [1440, 390]) {
        await drawnTo(page, width);
        const attention = await page.getByRole("region", { name: "Needs attention" }).boundingBox();
        const figures = await tiles.boundingBox();
        expect(attention?.y).toBeLessThan(figures?.y ?? 0);
      }
      await drawnTo(page, 1440);
      expect(await rows.first().locator("th a").textContent()).toBe("products.list");
      await page.getByRole("heading", { name: "Next step" }).waitFor();
      await page.getByText("Half of the clients, once the answers agree").waitFor();
      await page.getByText("It has to wait").waitFor();
      await page.getByRole("img", { name: /Requests answered by modern: now/ }).waitFor();
    });

    test("the route table is searched, filtered by phase and sorted", async () => {
      const { page } = visitor;
      await visitor.open("#/");
      const names = page.getByRole("table", { name: "Routes" }).locator("tbody th a");
      const seen = (wanted: readonly string[]) =>
        until(
          () => names.allTextContents(),
          (texts) => JSON.stringify(texts) === JSON.stringify(wanted),
          5_000,
        );
      await page.getByRole("button", { name: "needs attention" }).click();
      await seen(["products.list", "products.search"]);
      await page.getByRole("button", { name: "needs attention" }).click();
      await page.getByRole("button", { name: "Route", exact: true }).click();
      await page.getByRole("button", { name: /^splitting/ }).click();
      await seen(["orders.list", "orders.read"]);
      await page.getByRole("searchbox").fill("read");
      await seen(["orders.read"]);
      await page.getByRole("button", { name: "all", exact: true }).click();
      await seen(["customers.read", "orders.read", "products.read"]);
      await page.getByRole("button", { name: "Position" }).click();
      await seen(["products.read", "orders.read", "customers.read"]);
      expect(await page.getByRole("columnheader", { name: "Position" }).getAttribute("aria-sort")).toBe(
        "descending",
      );
    });

    test("a route shows both sides, its charts as tables, what was compared and its part of the ledger", async () => {
      const { page } = visitor;
      await visitor.open("#/routes/orders.read");
      const { routes } = await shop.control.status();
      const known = routes.find(({ id }) => id === "orders.read");
      const requests = page
        .getByRole("table", { name: /What each side answered/ })
        .locator("tbody tr")
        .first();
      const cells = await requests.locator("td:not(.delta)").allTextContents();
      expect(cells.map(Number)).toEqual([
        known?.legacy.requests,
        known?.modern.requests,
        known?.shadow.legacy.requests,
        known?.shadow.modern.requests,
      ]);
      await page
        .getByText(
          `mismatches among ${(known?.comparisons.match ?? 0) + (known?.comparisons.mismatch ?? 0)} compared`,
        )
        .waitFor();
      await page.locator("figure.chart").nth(5).waitFor();
      expect(await page.locator("figure.chart").count()).toBe(6);
      await page.locator("figure", { hasText: "Requests a minute" }).locator("summary").click();
      const table = page.getByRole("table", { name: "Requests a minute" });
      await table.getByText("r4 migration modern 0 % → 25 % by ben").waitFor();
      await page.getByText("Wednesday: first quarter of the clients").first().waitFor();
      await page.getByRole("button", { name: "7 d" }).click();
      expect(page.url()).toContain("range=7d");
    });

    test("a difference opens to its samples, side by side and marked, and to the YAML that ignores it", async () => {
      const { page } = visitor;
      await visitor.open("#/differences?q=total&by=route");
      await page.getByRole("button", { name: "$.total" }).click();
      const samples = page.getByRole("table", { name: "Samples of $.total" });
      await samples.waitFor();
      await page.getByText(/first seen .* last/).waitFor();
      const row = samples.locator("tbody tr").first();
      const [legacy, modern] = await row.locator("td code.value").allTextContents();
      expect(Number(legacy)).toBeGreaterThan(0);
      expect(Number(legacy)).not.toBe(Number(modern));
      expect(await row.locator("mark").count()).toBeGreaterThan(0);
      await row.getByText(/^GET \/\S+/).waitFor();
      await row.getByText("legacy 200, modern 200").waitFor();
      await page.getByRole("button", { name: "Ignore this …" }).click();
      const [first, last] = await page.locator(".ignore pre").allTextContents();
      expect(first).toMatch(/^tolerance: \{ "\$\.total": 0\.\d+ \}\n$/);
      expect(last).toBe(`ignore: ["$.updatedAt", "$.total"]\n`);
      await page.getByText("orders.yaml:3").waitFor();
      // As on a page that came over plain HTTP from another machine.
      await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
      await page.getByRole("button", { name: "Copy the line for ignore" }).click();
      await page.getByText("the text is selected").waitFor();
      expect(await page.evaluate<string>("getSelection().toString()")).toContain("$.total");
    });

    test("differences are added up by path over routes, and each opens to those that have it", async () => {
      const { page } = visitor;
      await visitor.open("#/differences");
      const all = await shop.control.mismatches(undefined);
      const paths = new Set(all.map(({ path, kind }) => `${path} ${kind}`));
      const rows = page.locator("ul.groups > li.difference");
      await until(
        () => rows.count(),
        (count) => count === paths.size,
        5_000,
      );
      const many = all.find(
        ({ path, kind }) => all.filter((row) => row.path === path && row.kind === kind).length > 1,
      );
      if (many !== undefined)
        await rows
          .filter({ hasText: many.path })
          .getByText(/^\d+ routes$/)
          .first()
          .waitFor();
      await rows.first().getByText("not known yet").waitFor();
      await page.getByRole("button", { name: "$.total" }).click();
      await page.getByRole("table", { name: "Samples of $.total" }).waitFor();
    });

    test("a route says path, methods, upstreams and key, how modern stands beside legacy, and what becomes of a request", async () => {
      const { page } = visitor;
      await visitor.open("#/routes/orders.read");
      const facts = page.getByRole("region", { name: "What it is" });
      await facts.getByText("/api/orders/{id}").first().waitFor();
      for (const text of ["GET", "orders", "cookie:device", "of step 5"])
        await facts.getByText(text).first().waitFor();
      const errors = page.getByRole("row", { name: /^Error rate/ });
      expect(await errors.locator("td.delta").textContent()).toBe("the same");
      // The gate that waits is drawn where its limit is.
      await page.locator("figure", { hasText: "Mismatch rate" }).getByText("gate of step 5").waitFor();
      const box = page.getByRole("region", { name: "Explain a request" });
      await box.getByRole("button", { name: "Explain" }).click();
      await box.getByText("GET on this path matches orders.read").waitFor();
      await page.getByText(/^Times are in /).waitFor();
    });

    test("the pointer over a chart moves nothing", async () => {
      const { page } = visitor;
      await visitor.open("#/routes/orders.read");
      await settled(page);
      const figure = page.locator("figure", { hasText: "Requests a minute" });
      const plot = figure.locator(".plot");
      await plot.scrollIntoViewIfNeeded();
      const places = () =>
        page.evaluate<string>(
          "JSON.stringify([...document.querySelectorAll('.plot, .legend li, .chart-table')].map((each) => { const { x, y, height } = each.getBoundingClientRect(); return [x, y, height]; }))",
        );
      const before = await places();
      for (const share of [0.3, 0.6, 0.9]) {
        const { width = 0 } = (await plot.boundingBox()) ?? {};
        await plot.hover({ position: { x: width * share, y: 60 } });
        await page.evaluate(
          "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
        );
        expect(await places()).toBe(before);
      }
    });

    test("back to here in the history is a rollback to that revision, previewed", async () => {
      const { page } = visitor;
      await visitor.open("#/history?route=orders.read");
      const entries = page.locator("ol.ledger > li");
      await entries.first().waitFor();
      const first = entries.last();
      const revision = ((await first.locator(".entry-revision").textContent()) ?? "").slice(1);
      // The newest is where the route stands.
      expect(
        await entries
          .first()
          .getByRole("button", { name: /^Back to here/ })
          .count(),
      ).toBe(0);
      await first.getByRole("button", { name: /^Back to here/ }).click();
      const dialog = page.getByRole("dialog");
      expect(await dialog.getByLabel(/Back to revision/).inputValue()).toBe(revision);
      await dialog
        .getByText(/of clients move/)
        .first()
        .waitFor();
      await dialog.getByRole("button", { name: "Cancel" }).click();
    });

    test("headers that are not compared and differ stand below the differences, and are none", async () => {
      const { page } = visitor;
      for (const place of ["#/differences", "#/routes/products.list"]) {
        await visitor.open(place);
        const noticed = page.getByRole("region", { name: "Not compared, and different" });
        await noticed.getByText("cache-control").waitFor();
        await noticed.getByText("modern lacks it").waitFor();
      }
      const paths = (await shop.control.mismatches("products.list")).map(({ path }) => path);
      expect(paths).toContain("header.vary");
      expect(paths).not.toContain("header.cache-control");
    });

    test("the migrations say what is applied, and of the next one what it changes and waits for", async () => {
      const { page } = visitor;
      await visitor.open("#/migrations");
      const steps = page.locator("ol.steps > li");
      await until(
        () => steps.count(),
        (count) => count === 6,
        5_000,
      );
      expect(await page.locator(".step-applied").count()).toBe(4);
      const next = page.locator(".step-next");
      await next.getByText("modern 25 % → 50 %").first().waitFor();
      const gate = next.locator("table.gate").first();
      expect(await gate.locator("tbody tr").count()).toBe(5);
      await gate.getByText("needs 420 more comparisons").waitFor();
      await gate.getByText("at least 500").waitFor();
    });

    test("the history has every entry, filtered and with its evidence", async () => {
      const { page } = visitor;
      await visitor.open("#/history");
      const entries = page.locator("ol.ledger > li");
      await until(
        () => entries.count(),
        (count) => count === 4,
        5_000,
      );
      await page.getByRole("searchbox", { name: /person/ }).fill("ben");
      await until(
        () => entries.count(),
        (count) => count === 2,
        5_000,
      );
      await page.getByRole("searchbox", { name: /route or reason/ }).fill("quarter");
      await until(
        () => entries.count(),
        (count) => count === 1,
        5_000,
      );
      await page.getByRole("button", { name: /^Evidence of r4/ }).click();
      await page
        .getByRole("table", { name: "Evidence by route" })
        .getByRole("rowheader", { name: /orders.read/ })
        .waitFor();
    });

    test("the theme is chosen by a button and kept", async () => {
      const { page } = visitor;
      await visitor.open("#/");
      await page.getByRole("button", { name: "Dark theme" }).click();
      await page.reload();
      expect(await themeOf(page)).toBe("dark");
      await page.getByRole("button", { name: "Dark theme" }).click();
      expect(await themeOf(page)).toBe("light");
    });
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../e2e/until.ts";
import { certificate } from "../support/certificates.ts";
import { inChromium } from "./in-chromium.ts";
import { LONG_ID, manyRoutes, type Scene, startScene } from "./scenes.ts";
import { type Visitor, visit } from "./visitor.ts";

inChromium("what a person meets", (browser) => {
  describe("a dead upstream behind forty-one routes, in an environment with a name", () => {
    let scene: Scene;
    let visitor: Visitor;
    beforeAll(async () => {
      const routes = manyRoutes(41);
      scene = await startScene({ routes, name: "production", adminToken: "secret-of-the-scene" });
      for (let area = 1; area <= 8; area++)
        await scene.control.shift({
          target: { cohort: `area-0${area}` },
          modern: 100,
          reason: "all of it",
          by: "ann",
        });
      await scene.killModern();
      await scene.ask(
        routes.map(({ id }) => id),
        20,
      );
      visitor = await visit(browser(), scene.adminUrl);
    });
    afterAll(async () => {
      expect(visitor.complaints).toEqual([]);
      await visitor.close();
      await scene.stop();
    });

    test("is one entry in red, and leads to its routes", async () => {
      const { page } = visitor;
      await visitor.open("#/");
      const items = page.locator("ul.attention > li");
      await items.getByText(/^Error: upstream orders: .*; 41 routes go there$/).waitFor();
      expect(await items.count()).toBe(1);
      expect(await items.first().getAttribute("class")).toBe("attention-error");
      await items.getByRole("link", { name: /^Its routes, 40 of them failing/ }).click();
      await page.getByRole("button", { name: /only upstream orders/ }).waitFor();
      const first = page.locator("table.routes tbody tr:has(th a)").first();
      await until(
        () => first.textContent(),
        (text) => text?.includes("100 %") === true,
        5_000,
      );
      expect(await first.getAttribute("class")).toContain("row-error");
    });

    test("the environment is in title and header", async () => {
      const { page } = visitor;
      await visitor.open("#/history");
      await page.locator(".environment", { hasText: "production" }).waitFor();
      await until(
        () => page.title(),
        (title) => title === "History · production · fig",
        5_000,
      );
    });

    test("the login says what the browser keeps, and that is what it keeps", async () => {
      const { page } = visitor;
      await visitor.open("#/login");
      await page.getByText(/kept? it nowhere|keeps it nowhere/).waitFor();
      await page.getByText(/The browser keeps a cookie instead, for at most twelve hours/).waitFor();
      await page.getByLabel(/Your name/).fill("ada");
      await page.getByLabel("Admin token").fill("secret-of-the-scene");
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("button", { name: "Log out" }).waitFor();
      const { cookies, origins } = await page.context().storageState();
      expect(cookies).toMatchObject([{ httpOnly: true, sameSite: "Strict" }]);
      const lastsSeconds = (cookies[0]?.expires ?? 0) - Date.now() / 1000;
      expect(lastsSeconds).toBeGreaterThan(11 * 3600);
      expect(lastsSeconds).toBeLessThanOrEqual(12 * 3600);
      expect(JSON.stringify([cookies, origins])).not.toContain("secret-of-the-scene");
      await page.getByRole("button", { name: "Log out" }).click();
    });
  });

  test("upstreams and certificates are shown to who has logged in, and not asked for before", async () => {
    const token = "secret-of-the-scene";
    const ends = new Date(Date.now() + 20 * 86_400_000).toISOString();
    const scene = await startScene({
      routes: [{ id: "orders" }],
      adminToken: token,
      listen: [
        "127.0.0.1:0",
        { address: "127.0.0.1:0", tls: certificate({ names: ["shop.test"], to: ends }) },
      ],
      monolith: (origin) => ({
        urls: [origin, "http://127.0.0.1:1"],
        ejection: { failures: 1, for: "10m", max: 50 },
      }),
    });
    await scene.ask(["orders"], 10);
    const visitor = await visit(browser(), scene.adminUrl);
    const { page } = visitor;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await visitor.open("#/");
    await page.locator("table.routes tbody tr:has(th a)").first().waitFor();
    await visitor.open("#/login");
    expect(asked).toContain("/api/v1/overview");
    expect(asked.filter((path) => /upstreams|certificates/.test(path))).toEqual([]);
    await page.getByLabel(/Your name/).fill("ada");
    await page.getByLabel("Admin token").fill(token);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
    await visitor.open("#/");
    const upstreams = page.getByRole("region", { name: "Upstreams" });
    await upstreams.getByText(/^monolith: 2 addresses; 10 tries answered, 1 refused; 1 ejection$/).waitFor();
    expect(await upstreams.locator("td").first().textContent()).toBe("127.0.0.1:1");
    expect(await upstreams.locator("td").nth(1).textContent()).toBe("ejected");
    const certificates = page.getByRole("region", { name: "Certificates" });
    expect(await certificates.locator("tbody td").allTextContents()).toEqual([
      "shop.test",
      expect.stringMatching(/ 20\d\d, /),
      expect.stringMatching(/^19 d/),
    ]);
    expect(visitor.complaints).toEqual([]);
    await visitor.close();
    await scene.stop();
  });

  describe("names of 100 characters, and no traffic", () => {
    let scene: Scene;
    beforeAll(async () => {
      const other = LONG_ID.replace("catalogue", "customers");
      scene = await startScene({
        routes: [{ id: LONG_ID }, { id: other, cohort: LONG_ID.replaceAll("x", "y") }],
        name: "n".repeat(40),
        steps: { "0001-long.yaml": `changes:\n  ${LONG_ID}: { modern: 100 }\n` },
      });
      await scene.control.shift({
        target: { route: LONG_ID },
        modern: 0,
        shadow: 100,
        reason: "r".repeat(200),
        by: "b".repeat(100),
      });
      await scene.control.shift({
        target: { route: other },
        modern: 0,
        shadow: 100,
        reason: "a mark that turns\u202e the line",
        by: "mal\u202elory",
      });
    });
    afterAll(() => scene.stop());

    test.each([
      ["light", 1440],
      ["dark", 390],
    ] as const)("fit in %s at %i px", async (colorScheme, width) => {
      const visitor = await visit(browser(), scene.adminUrl, {
        colorScheme,
        viewport: { width, height: 900 },
      });
      const { page } = visitor;
      for (const hash of ["#/", `#/routes/${LONG_ID}`, "#/history", "#/differences", "#/migrations"]) {
        await visitor.open(hash);
        await until(
          () => page.locator(".waiting").count(),
          (count) => count === 0,
          5_000,
        );
        const over = await page.evaluate<number>(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        expect([hash, over]).toEqual([hash, 0]);
      }
      expect(visitor.complaints).toEqual([]);
      await visitor.close();
    });

    test("differences of such a route fit, and a name that would turn the line does not", async () => {
      await scene.ask([LONG_ID], 18);
      const visitor = await visit(browser(), scene.adminUrl, { viewport: { width: 390, height: 900 } });
      const { page } = visitor;
      await visitor.open("#/differences");
      await page.locator(".differences > li:not(.difference-names)").first().waitFor();
      const over = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(over).toBe(0);
      await visitor.open("#/history");
      await page.getByText("mal\\u{202e}lory").first().waitFor();
      expect(await page.locator("body").textContent()).not.toContain("\u202e");
      await visitor.close();
    });
  });
});

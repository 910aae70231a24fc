import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FigReady, type ReadyProcess, startFig } from "../e2e/fig-process.ts";
import { until } from "../e2e/until.ts";
import { inChromium } from "./in-chromium.ts";
import { type Visitor, visit } from "./visitor.ts";

/** Texts that would act if any of them became markup, an attribute or a script. */
const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "</td></tr></table><script>alert(2)</script>",
  "\"'><svg onload=alert(3)>",
  "javascript:alert(4)",
  "{{constructor.constructor('alert(5)')()}}",
  "\u202eright to left\u0000",
];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TOKEN = "whole-answers-of-the-scene";

async function side(total: number): Promise<Server> {
  const server = createServer((request, response) => {
    const evil = request.url?.includes("evil") ?? false;
    const body = {
      items: Array.from({ length: 40 }, (_, i) => ({ id: i, sku: `A-${i}` })),
      customer: { name: "Ann", email: "ann@example.com" },
      total,
      ...(evil ? Object.fromEntries(HOSTILE.map((text, i) => [text, i % 2 === 0 ? text : total])) : {}),
    };
    response.setHeader("content-type", "application/json");
    if (evil) response.setHeader("x-evil", HOSTILE[0] as string);
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

inChromium("whole answers on the page of differences", (browser) => {
  let [folder, servers] = ["", [] as Server[]];
  let door: ReadyProcess<FigReady>;
  let visitor: Visitor;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fig-wholes-"));
    servers = [await side(10), await side(11)];
    mkdirSync(join(folder, "routes"));
    const config = join(folder, "fig.yaml");
    const [legacy, modern] = servers.map(originOf);
    writeFileSync(
      config,
      `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nadminToken: ${TOKEN}\nsamples: { keys: ["${"k".repeat(32)}"] }\nupstreams: { legacy: "${legacy}", modern: "${modern}" }\n`,
    );
    writeFileSync(
      join(folder, "routes", "routes.yaml"),
      `routes:\n  - { id: orders, match: { path: "/orders/{id}" }, legacy: legacy, modern: modern, start: { shadow: 100 }, compare: { redact: [$.customer.email], samples: { bodies: true } } }\n`,
    );
    door = await startFig(config);
    for (const path of ["/orders/evil?token=s3cr3t-of-a-client", "/orders/2"]) {
      const headers = { authorization: "Bearer s3cr3t-of-a-client", "x-it": 'it\'s "here"' };
      await fetch(new URL(path, door.ready.url), { headers });
      await until(
        async () => (await ask(`/whole-answers?route=orders`)) as { id: string }[],
        (rows) => Array.isArray(rows) && rows.length >= 1,
        30_000,
      );
    }
    visitor = await visit(browser(), door.ready.adminUrl);
  });
  afterAll(async () => {
    await visitor?.close();
    await door?.stop();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  async function ask(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return (await fetch(new URL(`/api/v1${path}`, door.ready.adminUrl), { headers })).json();
  }

  test("nobody sees or asks for one before a login", async () => {
    const { page } = visitor;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await visitor.open("#/differences?by=route");
    await page.locator(".difference button").first().click();
    await page.getByText("Log in to see samples").waitFor();
    expect(asked.filter((path) => path.includes("whole"))).toEqual([]);
    const refused = await fetch(new URL("/api/v1/whole-answers?route=orders", door.ready.adminUrl));
    expect(refused.status).toBe(401);
  });

  test("both answers stand side by side, with what differs marked, equal parts folded, and nothing hostile at work", async () => {
    const { page } = visitor;
    await visitor.open("#/login");
    await page.getByLabel(/Your name/).fill("ada");
    await page.getByLabel("Admin token").fill(TOKEN);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
    let alerts = 0;
    page.on("dialog", (dialog) => {
      alerts++;
      void dialog.dismiss();
    });
    await visitor.open("#/differences?by=route");
    await page.locator(".difference", { hasText: "$.total" }).locator("button").first().click();
    const wholes = page.getByRole("region", { name: "Whole answers that differ at $.total" });
    // By keyboard alone.
    const toggle = wholes.getByRole("button", { name: /evil/ });
    await toggle.focus();
    await page.keyboard.press("Enter");
    const table = wholes.locator("table.whole");
    await table.waitFor();
    const differing = table.locator("tr.whole-differs", { hasText: '"total"' });
    expect(await differing.locator("mark").allTextContents()).toEqual(["10", "11"]);
    for (const text of HOSTILE.slice(0, 5))
      expect(await table.textContent()).toContain(JSON.stringify(text).slice(1, -1));
    expect(await table.locator("img, script, svg").count()).toBe(0);
    const fold = table.getByRole("button", { name: /"items": \[ … \]/ });
    expect(await fold.getAttribute("aria-expanded")).toBe("false");
    await fold.focus();
    await page.keyboard.press("Enter");
    await table.getByText('"sku": "A-39"').first().waitFor();
    await page.keyboard.press("Enter");
    const shown = await page.content();
    expect(shown).not.toContain("s3cr3t-of-a-client");
    expect(shown).not.toContain("ann@example.com");
    await wholes.getByRole("button", { name: "Copy as curl" }).click();
    await page
      .getByText(/Copied\.|The text is selected/)
      .first()
      .waitFor();
    const command = await wholes.locator(".whole-curl pre").textContent();
    expect(command).toContain("authorization: REDACTED");
    expect(command).toContain("token=REDACTED");
    expect(command).toContain("'x-it: it'\\''s \"here\"'");
    expect(alerts).toBe(0);
  });

  test.each(["light", "dark"] as const)(
    "nothing is cut off at 390 px, and axe finds nothing: %s",
    async (theme) => {
      const { page } = visitor;
      await page.evaluate(`document.documentElement.setAttribute("data-theme", "${theme}")`);
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 });
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
        expect(wide).toBeLessThanOrEqual(width);
        const shots = process.env.FIG_PICTURES;
        if (shots !== undefined)
          await page
            .locator(".wholes")
            .first()
            .screenshot({ path: join(shots, `whole-${theme}-${width}.png`) });
      }
      await page.evaluate(readFileSync(AXE, "utf8"));
      const found = await page.evaluate(async () => {
        type Found = { readonly id: string; readonly nodes: readonly { readonly html: string }[] };
        const { axe } = globalThis as unknown as {
          axe: { run(within: string): Promise<{ readonly violations: readonly Found[] }> };
        };
        return (await axe.run(".wholes")).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(found).toEqual([]);
      expect(visitor.complaints).toEqual([]);
    },
  );
});

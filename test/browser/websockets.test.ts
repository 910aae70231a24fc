import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFig } from "../e2e/fig-process.ts";
import { Client, Side } from "../e2e/support/socket-world.ts";
import { until } from "../e2e/until.ts";
import { overflow, violations } from "./axe.ts";
import { inChromium } from "./in-chromium.ts";
import { startScene } from "./scenes.ts";
import { type Visitor, visit } from "./visitor.ts";

const CHAT = `websockets:
  - id: chat
    path: /chat
    limits: { buffer: 2KiB }
    routes:
      $connect: { modern: legacy, retired: true }
      $default: { legacy: legacy, modern: modern, respond: true }
      total: { legacy: legacy, modern: modern, respond: true, safe: true, start: { modern: 0, shadow: 100 } }
`;

inChromium("WebSocket APIs", (browser) => {
  let folder: string;
  let sides: readonly Side[];
  let fig: Awaited<ReturnType<typeof startFig>>;
  let visitor: Visitor;
  const open: Client[] = [];

  beforeAll(async () => {
    sides = [await Side.start(), await Side.start()];
    for (const [at, side] of sides.entries())
      side.answer = ({ event }, response) => {
        const { body = "" } = event;
        if (body.includes("fail")) response.statusCode = 500;
        response.end(
          body.includes("much")
            ? "x".repeat(5_000)
            : JSON.stringify({ total: body.includes("odd") ? at : 1 }),
        );
      };
    folder = await mkdtemp(join(tmpdir(), "fig-websockets-"));
    await mkdir(join(folder, "routes"));
    const upstreams = { legacy: sides[0]?.url, modern: sides[1]?.url };
    const settings = `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\nupstreams: ${JSON.stringify(upstreams)}\n`;
    await writeFile(join(folder, "fig.yaml"), settings);
    await writeFile(join(folder, "routes", "chat.yaml"), CHAT);
    fig = await startFig(join(folder, "fig.yaml"));
    visitor = await visit(browser(), fig.ready.adminUrl);
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.close();
    await fig.stop();
    for (const side of sides) side.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function connected(): Promise<Client> {
    const client = await new Client(`${fig.ready.url}/chat`).open();
    open.push(client);
    return client;
  }

  test("connections, messages by route and side, differences and ends stand on the overview, and follow", async () => {
    const { page } = visitor;
    await visitor.open("#/");
    const card = page.getByRole("region", { name: "WebSockets", exact: true });
    const chat = card.getByRole("region", { name: "WebSocket API chat" });
    await chat.getByText("0 connections").first().waitFor();
    await chat.getByText("No connection has ended.").waitFor();

    const [one, two] = [await connected(), await connected()];
    for (const body of ["even", "odd"]) {
      one.say({ action: "total", [body]: 1 });
      await one.hears();
    }
    two.say({ action: "other", fail: 1 });
    await two.hears();
    await chat.getByText("2 connections").waitFor();
    await chat.getByText("3 messages came; 2 answers sent").waitFor();
    await chat.getByText("1 failed").waitFor();
    const messages = chat.getByRole("table", { name: "Messages of chat by route and side" });
    const total = messages.getByRole("row", { name: /^total chat\.total/ });
    // The split, messages a second by side, errors, shadowed, compared, and how many of these differ.
    await total.getByText("100 %", { exact: false }).first().waitFor();
    const cells = await until(
      () => total.locator("td").allTextContents(),
      (texts) => texts[5] === "2",
      20_000,
    );
    expect(Number(cells[1])).toBeGreaterThan(0);
    expect(cells.slice(2, 6)).toEqual(["0.00", "0", "2", "2"]);
    expect(cells[6]).toContain("50.0 %");
    const other = messages.getByRole("row", { name: /^\$default chat\.default/ });
    expect((await other.locator("td").allTextContents())[3]).toBe("1");

    two.say({ action: "other", much: 1 });
    await two.closed;
    await chat.getByText("1 connection", { exact: true }).last().waitFor();
    const ends = chat.getByRole("table", { name: "Connections of chat that ended, by why" });
    await ends.getByRole("row", { name: "reads too slowly (1008) 1" }).waitFor();
    one.socket.close(1000);
    await ends.getByRole("row", { name: "closed by its client (1000) 1" }).waitFor();
    await chat.getByText("0 connections").waitFor();
  });

  test("they stand on the page of a route of messages, which the keyboard reaches from the overview", async () => {
    const { page } = visitor;
    await visitor.open("#/");
    const messages = page.getByRole("table", { name: "Messages of chat by route and side" });
    const link = messages.getByRole("link", { name: "total" });
    await link.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "chat.total" }).waitFor();
    const card = page.getByRole("region", { name: "WebSockets", exact: true });
    await card.getByRole("row", { name: /^total chat\.total/ }).waitFor();
    // What is wider than the page scrolls by itself, and the keyboard reaches it.
    const scrolls = card.getByRole("region", { name: "Messages of chat, table" });
    await scrolls.focus();
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(
      "Messages of chat, table",
    );
  });

  test.each(["light", "dark"] as const)(
    "%s, wide and narrow, is accessible and fits",
    async (colorScheme) => {
      const other = await visit(browser(), fig.ready.adminUrl, { colorScheme });
      const { page } = other;
      for (const hash of ["#/", "#/routes/chat.total"]) {
        await other.open(hash);
        await page.getByRole("region", { name: "WebSocket API chat" }).waitFor();
        await until(
          () => page.locator(".waiting, .chart-empty").count(),
          (count) => count === 0,
          5_000,
        );
        for (const width of [1440, 360]) {
          await page.setViewportSize({ width, height: 900 });
          await page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
          );
          expect(await violations(page), `${hash} ${width} px`).toEqual([]);
          expect(await overflow(page), `${hash} ${width} px`).toBe(0);
        }
      }
      expect(other.complaints).toEqual([]);
      await other.close();
    },
  );

  test("a front door without such an API shows nothing of it", async () => {
    const scene = await startScene({ routes: [{ id: "orders" }] });
    const other = await visit(browser(), scene.adminUrl);
    const answered = other.page.waitForResponse((response) => response.url().endsWith("/api/v1/websockets"));
    await other.open("#/");
    expect(await (await answered).json()).toEqual([]);
    await other.page.locator("table.routes tbody tr:has(th a)").first().waitFor();
    expect(await other.page.getByRole("region", { name: "WebSockets" }).count()).toBe(0);
    expect(other.complaints).toEqual([]);
    await other.close();
    await scene.stop();
  });
});

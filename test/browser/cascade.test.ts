import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FigReady, type ReadyProcess, startFig } from "../e2e/fig-process.ts";
import { inChromium } from "./in-chromium.ts";
import { type Visitor, visit } from "./visitor.ts";

inChromium("a difference that others follow from", (browser) => {
  const servers: Server[] = [];
  let folder: string;
  let fig: ReadyProcess<FigReady>;
  let visitor: Visitor;

  const serving = async (id: string) => {
    const server = createServer((_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id, links: { self: `/orders/${id}` } }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fig-browser-cascade-"));
    for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
    const [legacy, modern] = [await serving("l-0815"), await serving("m-4711")];
    const upstreams = `upstreams: { legacy: "${legacy}", modern: "${modern}" }`;
    writeFileSync(
      join(folder, "fig.yaml"),
      `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: sqlite:state.db\ndefault: legacy\n${upstreams}\n`,
    );
    writeFileSync(
      join(folder, "routes", "orders.yaml"),
      "routes:\n  - { id: orders, match: { path: /orders }, modern: modern, start: { shadow: 100 } }\n",
    );
    fig = await startFig(join(folder, "fig.yaml"));
    await (await fetch(`${fig.ready.url}/orders`)).text();
    visitor = await visit(browser(), fig.ready.adminUrl);
  }, 120_000);

  afterAll(async () => {
    expect(visitor?.complaints).toEqual([]);
    await visitor?.close();
    await fig?.stop();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is one row, which opens to what follows, and that opens to its paths and values", async () => {
    const { page } = visitor;
    await visitor.open("#/differences");
    const rows = page.locator("ul.groups > li.difference");
    await rows.first().waitFor();
    expect(await rows.count()).toBe(1);
    await page.getByRole("button", { name: "$.id" }).click();
    const below = page.locator("details.cascade");
    await below.getByText("1 path follows from it, and counts with it").click();
    await below.getByText("$.links.self").waitFor();
    await below.getByText("holds the value that differs, in 1 comparison").waitFor();
    await below.getByText('"/orders/m-4711"').waitFor();
  }, 60_000);
});

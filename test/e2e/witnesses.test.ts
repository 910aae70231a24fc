import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RouteGate } from "../../src/control/contract.ts";
import { askAdmin } from "./fig-process.ts";
import { type ReadyDoor, runFig, startFig } from "./in-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { until } from "./until.ts";

let folder: string;
let fig: ReadyDoor;
const servers: Server[] = [];

/** A shop whose order 13 is wrong, if `faulty`. */
async function startShop(faulty: boolean): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ path, total: faulty && path === "/orders/13" ? 1 : 0 }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const routeOf = (id: string) => `
  - id: ${id}
    match: { path: "/${id}/{id}" }
    modern: modern
    start: { shadow: 100 }
    sticky: [header:x-user]`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fig-e2e-witnesses-"));
  for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
  const [legacy, modern] = [await startShop(false), await startShop(true)];
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: sqlite:state.db
routes: routes
migrations: migrations
default: legacy
upstreams:
  legacy: ${legacy}
  modern: ${modern}
`,
  );
  writeFileSync(join(folder, "routes", "shop.yaml"), `routes:${routeOf("orders")}${routeOf("prices")}\n`);
  writeFileSync(
    join(folder, "migrations", "0001-some.yaml"),
    "changes:\n  orders: { modern: 10, gate: { maxMismatchRate: 5 } }\n  prices: { modern: 10, gate: { maxMismatchRate: 0.5 } }\n",
  );
  fig = await startFig(join(folder, "fig.yaml"));
}, 60_000);

afterAll(async () => {
  await fig?.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  readonly user: string;
  readonly path: string;
}

async function send(asked: readonly Asked[]): Promise<void> {
  const client = new KeepAliveClient(fig.ready.url);
  for (const { user, path } of asked) await client.ask("GET", path, { "x-user": user });
  client.close();
}

/** What the gate says once all that was sent is compared, and what `fig gate` says of it. */
async function gateAfter(route: string, compared: number) {
  const found = await until(
    () => askAdmin<RouteGate>(fig.ready.adminUrl, "GET", `/routes/${route}/gate`),
    ({ comparisons: { match, mismatch } }) => match + mismatch === compared,
  );
  const said = await runFig(["gate", route, "-c", join(folder, "fig.yaml")]);
  expect(said.code).toBe(0);
  const [condition] = found.gate?.conditions ?? [];
  return { found, condition, text: said.stdout.replace(/\s+/g, " ") };
}

test("one client that polls one wrong URL 200 times among 400 right ones of others is one mismatch for the gate, which says so", async () => {
  const asked = Array.from({ length: 400 }, (_, i): Asked[] => {
    const right = { user: `user-${i % 40}`, path: `/orders/${1000 + i}` };
    return i % 2 === 0 ? [right, { user: "poller", path: "/orders/13" }] : [right];
  }).flat();
  await send(asked);
  const { found, condition, text } = await gateAfter("orders", 600);
  expect(found.comparisons).toMatchObject({ match: 400, mismatch: 200 });
  expect(found.methods).toMatchObject([{ method: "GET", compared: 600, mismatches: 200 }]);
  // Two where a minute passed meanwhile.
  const counted = condition?.counted?.mismatches ?? 0;
  expect([1, 2]).toContain(counted);
  expect(condition).toMatchObject({
    state: "holds",
    counted: { comparisons: 400 + counted },
    judged: `of 600 comparisons ${400 + counted} count: the others were the same request of the same client within a minute`,
  });
  expect(text).toContain(condition?.judged as string);
  expect(text).toContain("600 of 600 requests were compared");
}, 120_000);

test("one client that polls one right URL 1,000 times does not make a gate of 0.5 % hold", async () => {
  await send(Array.from({ length: 1000 }, () => ({ user: "poller", path: "/prices/1" })));
  const { condition, text } = await gateAfter("prices", 1000);
  expect(condition?.state).toBe("unknown");
  expect(condition?.counted?.comparisons).toBeLessThanOrEqual(3);
  expect(condition?.missing).toMatch(/^needs 65\d more comparisons without a mismatch \(0 of [123] so far\)/);
  expect(text).toMatch(/of 1,000 comparisons [123] counts?: the others were the same request/);
  await send(Array.from({ length: 660 }, (_, i) => ({ user: `user-${i % 7}`, path: `/prices/${10 + i}` })));
  expect((await gateAfter("prices", 1660)).condition).toMatchObject({
    state: "holds",
    counted: { mismatches: 0 },
  });
}, 120_000);

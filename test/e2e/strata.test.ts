import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MigrationPlan, RouteGate, ShiftResult } from "../../src/control/contract.ts";
import { askAdmin } from "./fig-process.ts";
import { type ReadyDoor, runFig, startFig } from "./in-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { until } from "./until.ts";

let folder: string;
let fig: ReadyDoor;
const servers: Server[] = [];

/** A shop whose refunds are wrong, if `faulty`, and whose reports are too large to compare. */
async function startShop(faulty: boolean): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    response.setHeader("content-type", "application/json");
    if (path.startsWith("/api/reports/")) response.end(JSON.stringify({ rows: "x".repeat(5_000) }));
    else response.end(JSON.stringify({ path, total: faulty && path.startsWith("/api/refunds/") ? 1 : 0 }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fig-e2e-strata-"));
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
workers: 2
upstreams:
  legacy: ${legacy}
  modern: ${modern}
`,
  );
  writeFileSync(
    join(folder, "routes", "shop.yaml"),
    `routes:
  - id: shop
    match: { path: "/api/{rest+}" }
    modern: modern
    start: { shadow: 100 }
    shadow: { maxBody: 2KiB }
`,
  );
  writeFileSync(
    join(folder, "migrations", "0001-some.yaml"),
    "changes:\n  shop: { modern: 10 }\ngate:\n  maxMismatchRate: 1\n",
  );
  fig = await startFig(join(folder, "fig.yaml"));
}, 60_000);

afterAll(async () => {
  await fig?.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const gate = () => askAdmin<RouteGate>(fig.ready.adminUrl, "GET", "/routes/shop/gate");
const ended = ({ comparisons: { match, mismatch, inconclusive } }: RouteGate) =>
  match + mismatch + inconclusive;
const figCli = (...args: string[]) => runFig([...args, "-c", join(folder, "fig.yaml")]);

async function send(paths: readonly string[]): Promise<void> {
  const clients = [new KeepAliveClient(fig.ready.url), new KeepAliveClient(fig.ready.url)];
  for (const [i, path] of paths.entries()) await clients[i % 2]?.ask("GET", path);
  for (const client of clients) client.close();
}

test("a rare endpoint that is wholly wrong fails a gate that the route as a whole would hold, and is named everywhere", async () => {
  const paths = Array.from({ length: 3000 }, (_, i) =>
    i % 250 === 0 ? `/api/refunds/${i}` : i % 300 === 7 ? `/api/reports/${i}` : `/api/items/${i}?page=1`,
  );
  await send(paths);
  const found = await until(gate, (now) => ended(now) === paths.length);
  const answers = (count: number) => ({
    legacy: expect.objectContaining({ answers: count, errors: 0 }),
    modern: expect.objectContaining({ answers: count, errors: 0 }),
  });
  expect(found.templates).toEqual([
    { name: "GET /api/items/{number}", compared: 2978, mismatches: 0, without: {}, answers: answers(2978) },
    { name: "GET /api/refunds/{number}", compared: 12, mismatches: 12, without: {}, answers: answers(12) },
    {
      name: "GET /api/reports/{number}",
      compared: 0,
      mismatches: 0,
      without: { too_large: 10 },
      answers: answers(10),
    },
  ]);
  expect(found.unseen).toEqual(["none was compared of GET /api/reports/{number} (too_large 10)"]);
  expect(found).toMatchObject({ step: 1, gate: { state: "fails", holds: false } });
  const [condition] = found.gate?.conditions ?? [];
  expect(condition?.missing).toContain(
    "12 of 12 compared answers to GET /api/refunds/{number} differ, most often $.total (value, 12 times)",
  );
  expect(condition?.parts?.[0]).toMatchObject({ name: "GET /api/refunds/{number}", state: "fails" });

  const plan = await askAdmin<MigrationPlan>(fig.ready.adminUrl, "GET", "/migrations/plan");
  expect(plan.allowed).toBe(false);
  expect(plan.gates[0]?.conditions[0]?.parts).toEqual(condition?.parts);
  expect(plan.unseen).toContain("shop: none was compared of GET /api/reports/{number} (too_large 10)");

  const said = await figCli("gate", "shop");
  expect(said.code).toBe(0);
  expect(said.stdout).toContain("GET /api/refunds/{number}");
  expect(said.stdout).toContain("too_large 10");
  expect(said.stdout).toContain("does not hold");
  for (const line of said.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect((await figCli("migrate", "plan")).stdout).toContain(
    "FAIL GET /api/refunds/{number}: 12 of 12 differ",
  );
}, 180_000);

test("what had no request since the last step is named, and its evidence is in the ledger", async () => {
  const { revision } = await askAdmin<{ revision: number }>(fig.ready.adminUrl, "GET", "/revision");
  const moved = await askAdmin<ShiftResult>(fig.ready.adminUrl, "POST", "/routes/shop/shift", {
    ...{ modern: 0, shadow: 100, fresh: true, reason: "anew", by: "test", expectedRevision: revision },
  });
  expect(moved.written).toBe(true);
  await send(["/api/items/1", "/api/items/2"]);
  const found = await until(gate, (now) => ended(now) === 2);
  expect(found.quiet).toEqual(["GET /api/refunds/{number}", "GET /api/reports/{number}"]);
  expect(found.unseen).toEqual([
    "no request since its last step of GET /api/refunds/{number}, GET /api/reports/{number}",
  ]);
  expect(found.gate?.quiet).toEqual(found.quiet);
  const up = await figCli("migrate", "up", "--force", "--by", "test");
  expect(up.code).toBe(0);
  expect(up.stdout + up.stderr).toContain("no request since its last step");
}, 60_000);

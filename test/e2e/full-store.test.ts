import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Overview, Series } from "../../src/control/board-contract.ts";
import type { RouteStatus } from "../../src/control/contract.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { copyFullStore, FULL, routeName, routesYaml } from "../support/full-store.ts";

const DAY = 24 * 3_600_000;
let folder = "";
let door: FrontDoor;
let adminUrl = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fig-full-"));
  await copyFullStore(join(folder, "state.db"));
  writeFileSync(join(folder, "routes.yaml"), routesYaml(FULL));
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: sqlite:${join(folder, "state.db")}
routes: routes.yaml
default: legacy
upstreams: { legacy: "http://127.0.0.1:9", modern: "http://127.0.0.1:9" }
`,
  );
  door = new FrontDoor(join(folder, "fig.yaml"), { quiet: true });
  ({ adminUrl } = await door.listen());
}, 120_000);

afterAll(async () => {
  await door?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${adminUrl}/api/v1${path}`);
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
}

test("2,000 routes, 100,000 entries and 30 days of rollups: the first view is there within a second", async () => {
  const start = performance.now();
  const [overview, rows] = await Promise.all([
    get<Overview>("/overview"),
    get<readonly RouteStatus[]>("/routes?limit=50"),
  ]);
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(overview.revision).toBe(FULL.entries);
  expect(overview.routes.total).toBe(FULL.routes);
  const { legacy, shadowing, splitting, cutover, retired } = overview.routes.phases;
  expect(legacy + shadowing + splitting + cutover + retired).toBe(FULL.routes);
  expect(overview.total.legacy + overview.total.modern).toBeGreaterThan(0);
  const phases = Object.values(overview.series.phases);
  for (const i of overview.series.at.keys()) {
    expect(phases.reduce((sum, column) => sum + (column[i] as number), 0)).toBe(FULL.routes);
  }
  expect(rows).toHaveLength(50);
});

test("charts, pages of the ledger and a search answer from such a store", async () => {
  const id = routeName(7);
  const month = await get<Series>(`/series?route=${id}&from=${Date.now() - 30 * DAY}`);
  expect(month.stepMs).toBe(2 * 3_600_000);
  expect(month.overall.legacy.requests + month.overall.modern.requests).toBe(40 * (FULL.days * 24 + 1));
  const newest = await get<readonly LedgerEntry[]>(`/ledger?order=newest&limit=3&route=${id}`);
  expect(newest.map(({ revision }) => revision % FULL.routes)).toEqual([7, 7, 7]);
  const found = await get<readonly LedgerEntry[]>(
    "/ledger?order=newest&limit=5&by=person-3&query=step%20999",
  );
  expect(found.every(({ by, reason }) => by === "person-3" && reason.startsWith("step 999"))).toBe(true);
  expect(found).toHaveLength(5);
  const day = `from=${Date.now() - 20 * DAY}&to=${Date.now() - 19 * DAY}`;
  const events = await get<readonly LedgerEntry[]>(`/ledger?order=newest&limit=200&${day}`);
  expect(events).toHaveLength(200);
});

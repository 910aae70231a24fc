import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MismatchReport, Noticed, RouteStatus, Status } from "../../src/control/contract.ts";
import { askAdmin, type FigReady, type ReadyProcess, runFig, startFig } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { until } from "./until.ts";

const REQUESTS = 600;
let folder: string;
let fig: ReadyProcess<FigReady>;
const servers: Server[] = [];

const shuffled = <Value>(values: readonly Value[]): Value[] =>
  values
    .map((value) => [Math.random(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);

/** A shop in which much is another each time, and `total` says what the order says: wrong for every twentieth, if `faulty`. */
async function startShop(faulty: boolean): Promise<string> {
  let served = 0;
  const server = createServer((request, response) => {
    const number = Number(request.url?.split("/").at(-1));
    const body = JSON.stringify({
      id: number,
      requestId: randomUUID(),
      servedAt: new Date().toISOString(),
      served: ++served,
      total: faulty && number % 20 === 0 ? number + 1 : number,
      lines: shuffled([1, 2, 3, 4, 5, 6, 7]).map((line) => ({
        line,
        sku: `s-${line}`,
        readAt: Date.now() + served,
      })),
      tags: shuffled([..."abcdefgh"]),
    });
    response.setHeader("content-type", "application/json");
    response.setHeader("etag", `"${randomUUID().slice(0, 8)}"`);
    response.end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fig-e2e-noise-"));
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
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
  writeFileSync(
    join(folder, "routes", "shop.yaml"),
    `routes:
  # Orders, read alone.
  - id: orders
    match: { path: "/orders/{id}" }
    modern: modern
    start: { shadow: 100 }
    compare:
      control: 20 # percent
      headers: [content-type, etag]
`,
  );
  fig = await startFig(join(folder, "fig.yaml"));
}, 60_000);

afterAll(async () => {
  await fig?.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const admin = <Answer>(path: string) => askAdmin<Answer>(fig.ready.adminUrl, "GET", path);
const figDiff = (...args: string[]) => runFig(["diff", ...args, "-c", join(folder, "fig.yaml")]);

test("Of times, ids, counters, ETags and random order nothing remains; of a wrong total on 5 % every one, without a rule", async () => {
  const client = new KeepAliveClient(fig.ready.url);
  for (let i = 1; i <= REQUESTS; i++) await client.ask("GET", `/orders/${i}`);
  client.close();
  const ended = ({ comparisons }: RouteStatus) => comparisons.match + comparisons.mismatch;
  const status = await until(
    () => admin<Status>("/status"),
    (now) => now.routes.some((route) => ended(route) === REQUESTS),
  );
  expect(status.routes[0]?.comparisons).toMatchObject({ mismatch: REQUESTS / 20, inconclusive: 0 });
  const differences = await admin<MismatchReport[]>("/mismatches?route=orders");
  expect(differences.map(({ path, count }) => [path, count])).toEqual([["$.total", REQUESTS / 20]]);

  const [noticed] = await admin<Noticed[]>("/noticed?route=orders");
  const { paths = [], controls = 0, uncontrolled } = noticed?.noise ?? {};
  expect(controls).toBeGreaterThanOrEqual(200 + 40);
  expect(uncontrolled).toEqual([]);
  const stateOf = (path: string) => paths.find((each) => each.path === path)?.state;
  for (const path of ["$.requestId", "header.etag"])
    expect([path, stateOf(path)]).toEqual([path, "unprovable"]);
  for (const { path, hidden, array } of paths.filter(({ path: each }) => /^\$\.(lines|tags)$/.test(each)))
    expect([path, array, hidden > 0]).toEqual([path, path === "$.lines" ? "key sku" : "unordered", true]);
  expect(paths.filter(({ state }) => state === "real").map(({ path }) => path)).toEqual(
    stateOf("$.total") === "real" ? ["$.total"] : [],
  );

  const { stdout } = await figDiff("orders");
  expect(stdout).toMatch(/\$\.total/);
  expect(stdout).toMatch(/header\.etag\s.*never the same/);
});

test("What is worth a rule is said with its evidence, and written into the route's file beside its comments", async () => {
  const { stdout, code } = await figDiff("orders", "--suggest", "--apply");
  expect([code, stdout]).toEqual([0, expect.stringContaining('arrays: { "$.lines": { key: "sku" } }')]);
  expect(stdout).toContain("$.total: modern's own; no rule should hide it");
  const file = readFileSync(join(folder, "routes", "shop.yaml"), "utf8");
  expect(file).toMatch(/^routes:\n {2}# Orders, read alone\.\n/);
  expect(file).toContain("control: 20 # percent\n");
  expect(file).toMatch(/^ {6}arrays: \{ .*"\$\.lines": \{ key: "sku" \}.* \}$/m);
  expect((await runFig(["check", "-c", join(folder, "fig.yaml")])).code).toBe(0);
});

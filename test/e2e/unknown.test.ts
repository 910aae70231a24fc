import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import type { MigrationPlan, MigrationStatus, RouteStatus, Status } from "../../src/control/contract.ts";
import type { Overview, Rates } from "../../src/control/index.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { askAdmin } from "./fig-process.ts";
import { runFig } from "./in-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(state = ""): Promise<SplitDoor> {
  const sides: SideUpstream[] = [await startSide("legacy"), await startSide("modern")];
  open.push(...sides);
  const door = await startSplitDoor(sides[0] as SideUpstream, sides[1] as SideUpstream, state);
  open.push(door);
  return door;
}

async function serve(door: SplitDoor, count: number): Promise<void> {
  const client = new KeepAliveClient(door.url);
  try {
    for (let i = 0; i < count; i++) await client.ask("GET", "/a", { "x-user-id": "ada" });
  } finally {
    client.close();
  }
}

const get = <T>(door: SplitDoor, path: string) => askAdmin<T>(door.adminUrl, "GET", path);
const shadow = (door: SplitDoor) =>
  askAdmin(door.adminUrl, "POST", "/routes/shop/shift", { shadow: 100, reason: "look" });
const fig = (door: SplitDoor, ...words: readonly string[]) =>
  runFig([...words, "-c", door.config, "--admin", door.adminUrl]);
const requests = ({ legacy, modern }: Pick<RouteStatus, "legacy" | "modern">) =>
  legacy.requests + modern.requests;

async function awayStatus(door: SplitDoor): Promise<Status & { unknown: NonNullable<Status["unknown"]> }> {
  const status = await until(
    () => get<Status>(door, "/status"),
    ({ unknown }) => unknown !== undefined,
  );
  return status as Status & { unknown: NonNullable<Status["unknown"]> };
}

/** Every answer of a door whose store cannot be read and whose figures were read when it had answered `read` requests. */
async function expectSaidAway(door: SplitDoor, read: number, here: number): Promise<void> {
  // Who writes counters may find it out before who reads: then it is said a moment later that it cannot be reached.
  const said = ({ since }: { readonly since: string }) =>
    `cannot be reached since ${since.slice(0, 19).replace("T", " ")}Z`;
  const status = await until(
    () => awayStatus(door),
    ({ problems, unknown }) => problems.some((problem) => problem.includes(said(unknown))),
  );
  const { since } = status.unknown;
  expect(status.revision).toBe(1);
  const one = await get<RouteStatus>(door, "/routes/shop");
  const listed = await get<readonly RouteStatus[]>(door, "/routes");
  for (const row of [one, status.routes[0], listed[0]] as readonly RouteStatus[]) {
    expect(row).toMatchObject({
      position: { shadow: 100 },
      unknown: { since, read: expect.any(String), here },
    });
    expect(requests(row)).toBe(read);
  }
  const overview = await get<Overview>(door, "/overview");
  expect(overview).toMatchObject({ revision: 1, now: { legacy: read }, unknown: { since } });
  expect(await get<Rates>(door, "/rates")).toMatchObject({
    routes: [{ requests: read }],
    unknown: { since },
  });
  const plan = await get<MigrationPlan>(door, "/migrations/plan");
  expect(plan).toMatchObject({ allowed: false, unknown: { since } });
  for (const path of ["/ledger", "/ledger?evidence=false", "/series?route=shop", "/noticed", "/migrations"]) {
    const answer = await fetch(new URL(`/api/v1${path}`, door.adminUrl));
    expect([path, answer.status, answer.headers.get("x-fig-store-away")]).toEqual([path, 503, since]);
    expect(await answer.json()).toMatchObject({
      error: { code: "store_unavailable", details: { unknown: { since }, revision: 1 } },
    });
  }
}

/** What the command line makes of it. */
async function expectCliSaysAway(door: SplitDoor, here: number): Promise<void> {
  const said = (await awayStatus(door)).unknown.since.slice(0, 19).replace("T", " ");
  const [shown, detailed, history] = [
    await fig(door, "status"),
    await fig(door, "status", "--route", "shop"),
    await fig(door, "history"),
  ];
  expect(shown.stdout).toContain(`cannot be reached since ${said}`);
  expect(shown.stdout).toMatch(/figures are as of \d{4}-/);
  expect(detailed.stdout).toContain("figures as of");
  expect(detailed.stdout).toContain(`${here} answered by this front door since it started`);
  expect(detailed.stdout).not.toContain("no requests");
  expect([history.code, history.stderr]).toEqual([1, expect.stringContaining(`reached since ${said}`)]);
  expect(history.stdout).toContain("shadow 0 → 100 %");
  for (const words of [["diff"], ["migrate", "status"]]) {
    const refused = await fig(door, ...words);
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(`reached since ${said}`);
  }
}

test("requests that were not flushed yet are counted, and no traffic is said as that", {
  timeout: 90_000,
}, async () => {
  const door = await start();
  const quiet = await fig(door, "status", "--route", "shop");
  expect(quiet.stdout).toContain("no requests in its evidence window, which opened");
  await serve(door, 300);
  const [row] = (await get<Status>(door, "/status")).routes;
  expect([requests(row as RouteStatus), row?.unknown]).toEqual([300, undefined]);
});

test("a state file that is gone is said by every answer, with what memory has, and never as a new state", {
  timeout: 90_000,
}, async () => {
  const door = await start();
  await shadow(door);
  await serve(door, 60);
  await get<Overview>(door, "/overview");
  await get<Rates>(door, "/rates");
  for (const end of ["", "-wal", "-shm"])
    rmSync(join(dirname(door.config), `state.db${end}`), { force: true });
  await awayStatus(door);
  await serve(door, 30);
  await expectSaidAway(door, 60, 90);
  await expectCliSaysAway(door, 90);
});

test("figures that nobody read before are not shown as zeros", { timeout: 90_000 }, async () => {
  const door = await start();
  await serve(door, 60);
  for (const end of ["", "-wal", "-shm"])
    rmSync(join(dirname(door.config), `state.db${end}`), { force: true });
  const { unknown, routes } = await awayStatus(door);
  expect(unknown.read).toBeNull();
  expect(routes[0]?.unknown).toMatchObject({ read: null, here: 60 });
  const { stdout } = await fig(door, "status", "--route", "shop");
  expect(stdout).toContain("its figures are not known");
  expect(stdout).toContain("60 answered by this front door since it started");
});

test("a state file that another program locked is read, and what it misses is said", {
  timeout: 90_000,
}, async () => {
  const door = await start();
  await shadow(door);
  const file = new DatabaseSync(join(dirname(door.config), "state.db"));
  open.push(file);
  file.exec("BEGIN EXCLUSIVE");
  await serve(door, 10);
  const { unknown, routes } = await awayStatus(door);
  expect(unknown.what).toContain("does not take the counters");
  expect(routes[0]).toMatchObject({ position: { shadow: 100 }, unknown: { here: 10 } });
  file.exec("ROLLBACK");
  const after = await until(
    () => get<Status>(door, "/status"),
    (status) => status.unknown === undefined,
  );
  expect(requests(after.routes[0] as RouteStatus)).toBe(10);
  expect(await get<readonly MigrationStatus[]>(door, "/migrations")).toEqual([]);
});

withRedis("a front door whose Redis hangs", () => {
  test("says so in every answer, and forgets it when Redis goes on", { timeout: 90_000 }, async () => {
    const redis = await RedisServer.start({ durable: true });
    open.push({ close: () => redis.remove() });
    const door = await start(`state: ${redis.url}\n`);
    await shadow(door);
    await serve(door, 60);
    await get<Overview>(door, "/overview");
    await get<Rates>(door, "/rates");
    redis.freeze();
    try {
      await serve(door, 30);
      await until(
        () => get<Status>(door, "/status"),
        ({ problems }) => problems.some((problem) => problem.includes("cannot be reached since")),
      );
      await expectSaidAway(door, 60, 90);
    } finally {
      redis.resume();
    }
    const after = await until(
      () => get<Status>(door, "/status"),
      (status) => status.unknown === undefined && requests(status.routes[0] as RouteStatus) === 90,
    );
    expect(after.problems).toEqual([]);
  });
});

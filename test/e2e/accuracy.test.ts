import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { RouteStatus, ShiftResult, Status } from "../../src/control/contract.ts";
import { mergeCounts, type WindowCounts } from "../../src/domain/counters.ts";
import { openStore } from "../../src/store/index.ts";
import { type CountingUpstream, startCountingUpstream } from "./counting-upstreams.ts";
import { askAdmin, type FigReady, type ReadyProcess, runFig, startFig } from "./fig-process.ts";
import { type Answer, KeepAliveClient } from "./keep-alive-client.ts";
import { until } from "./until.ts";

const FIG_YAML = `listen: 127.0.0.1:\${FIG_PORT:-0}
admin: 127.0.0.1:0
state: sqlite:state.db
routes: routes
migrations: migrations
default: legacy
debugHeaders: true
upstreams:
  legacy: \${LEGACY_URL}
  modern: \${MODERN_URL}
`;

const routesYaml = (start: string, more = "") => `routes:
  - id: shop
    match: { path: "/{kind}/{number}" }
    modern: modern
    sticky: [header:x-user-id]
    start: ${start}
    shadow: { concurrency: 1000, timeout: 20s }
${more}`;

/** Matches /extra/1 better than shop does: its x-fig-route shows that a reload is in force. */
const EXTRA_ROUTE = `  - id: extra
    match: { path: "/extra/{number}" }
    modern: modern
`;

let folder: string;
let config: string;
let legacy: CountingUpstream;
let modern: CountingUpstream;
let doors: ReadyProcess<FigReady>[];
let clients: KeepAliveClient[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fig-e2e-accuracy-"));
  config = join(folder, "fig.yaml");
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
  writeFileSync(config, FIG_YAML);
  legacy = await startCountingUpstream("legacy");
  modern = await startCountingUpstream("modern");
  doors = [];
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  await Promise.all(doors.map((door) => door.stop()));
  await legacy.close();
  await modern.close();
  rmSync(folder, { recursive: true, force: true });
});

const writeRoutes = (text: string) => writeFileSync(join(folder, "routes/shop.yaml"), text);

async function startDoor(port = "0"): Promise<ReadyProcess<FigReady>> {
  const env = { FIG_PORT: port, LEGACY_URL: legacy.url, MODERN_URL: modern.url };
  const door = await startFig(config, env);
  doors.push(door);
  return door;
}

function newClient(url: string): KeepAliveClient {
  const client = new KeepAliveClient(url);
  clients.push(client);
  return client;
}

/** What the load generator counts by itself: every complete answer, by route and side. */
class Counted {
  readonly sides = new Map<string, number>();
  unsafe = 0;
  all = 0;

  add(method: string, answer: Answer): void {
    const key = `${answer.headers["x-fig-route"]} ${answer.headers["x-fig-side"]}`;
    this.sides.set(key, (this.sides.get(key) ?? 0) + 1);
    if (method === "POST") this.unsafe++;
    this.all++;
  }

  of(route: string, side: string): number {
    return this.sides.get(`${route} ${side}`) ?? 0;
  }
}

const KINDS = ["same", "differs", "same", "fails"];

/** Clients that ask until told to stop; a door that is away is asked again and nothing is counted. */
function startLoad(urls: readonly string[], counted: Counted, perDoor = 8) {
  let running = true;
  const loops = urls.flatMap((url) =>
    Array.from({ length: perDoor }, async (_, number) => {
      const client = newClient(url);
      for (let turn = number; running; turn++) {
        const method = turn % 7 === 0 ? "POST" : "GET";
        const path = `/${KINDS[turn % KINDS.length]}/${turn}`;
        try {
          // Who writes is another client: a read that a write of its key overlapped would be no comparison.
          const who = method === "POST" ? `writer-${number}` : `user-${number}`;
          counted.add(
            method,
            await client.ask(method, path, { "x-user-id": who }, method === "POST" ? "{}" : ""),
          );
        } catch {
          await delay(10);
        }
      }
    }),
  );
  return {
    more: (requests: number) => {
      const goal = counted.all + requests;
      return until(
        () => counted.all,
        (all) => all >= goal,
        40_000,
      );
    },
    stop: () => {
      running = false;
      return Promise.all(loops);
    },
  };
}

function shadowsOf(upstream: CountingUpstream, kinds: readonly string[]): number {
  let sum = 0;
  for (const [path, count] of upstream.seen.shadows) {
    if (kinds.some((kind) => path.startsWith(`/${kind}/`))) sum += count;
  }
  return sum;
}

async function windows(route: string, revisions: readonly number[]): Promise<(WindowCounts | undefined)[]> {
  const store = await openStore(`sqlite:${join(folder, "state.db")}`, systemClock);
  const epoch = (await store.readDefinitions()).get(route)?.epoch ?? 0;
  const keys = revisions.map((revision) => ({ route, revision, epoch }));
  const evidence = await store.readCounts(keys);
  await store.close();
  return revisions.map((revision) => evidence.find((one) => one.window.revision === revision)?.counts);
}

const sum = (counts: Readonly<Record<string, number | undefined>>) =>
  Object.values(counts).reduce<number>((total, one) => total + (one ?? 0), 0);

test("Two doors on one store, a reload and a restart under load: status equals the load generator's own counts", async () => {
  writeRoutes(routesYaml("{ modern: 40, shadow: 100 }"));
  const first = await startDoor();
  const second = await startDoor();
  const counted = new Counted();
  const load = startLoad([first.ready.url, second.ready.url], counted);
  await load.more(300);

  writeRoutes(routesYaml("{ modern: 40, shadow: 100 }", EXTRA_ROUTE));
  first.signal("SIGHUP");
  for (const door of [first, second]) {
    const probe = newClient(door.ready.url);
    await until(
      async () => {
        const answer = await probe.ask("GET", "/extra/1", { "x-user-id": "probe" });
        counted.add("GET", answer);
        return answer.headers["x-fig-route"];
      },
      (route) => route === "extra",
    );
  }
  await load.more(300);

  expect(await first.stop()).toBe(0);
  const again = await startDoor(new URL(first.ready.url).port);
  expect(again.ready.url).toBe(first.ready.url);
  await load.more(300);
  await load.stop();

  const shop = (status: Status) => status.routes.find((route) => route.id === "shop") as RouteStatus;
  const served = (route: RouteStatus) => route.legacy.requests + route.modern.requests;
  const all = counted.of("shop", "legacy") + counted.of("shop", "modern");
  const live = await until(
    () => askAdmin<Status>(second.ready.adminUrl, "GET", "/status"),
    (status) => served(shop(status)) >= all,
  );
  expect(served(shop(live))).toBe(all);

  expect(await again.stop()).toBe(0);
  expect(await second.stop()).toBe(0);
  const env = { LEGACY_URL: legacy.url, MODERN_URL: modern.url };
  const printed = await runFig(["status", "--json", "-c", config], env);
  expect(printed.stderr).toBe("");
  const route = shop(JSON.parse(printed.stdout) as Status);
  expect(route.legacy.requests).toBe(counted.of("shop", "legacy"));
  expect(route.modern.requests).toBe(counted.of("shop", "modern"));
  expect(legacy.seen.served + modern.seen.served).toBe(counted.all);

  // Outcomes follow from what the shadowed sides received: a 500 is inconclusive only where it served the client.
  const kinds = ["same", "differs", "fails", "extra"];
  expect(route.shadow.legacy.requests).toBe(shadowsOf(legacy, kinds));
  expect(route.shadow.modern.requests).toBe(shadowsOf(modern, kinds));
  expect(route.comparisons.match).toBe(
    shadowsOf(legacy, ["same", "extra"]) + shadowsOf(modern, ["same", "extra"]),
  );
  expect(route.comparisons.mismatch).toBe(
    shadowsOf(legacy, ["differs", "fails"]) + shadowsOf(modern, ["differs"]),
  );
  expect(route.comparisons.inconclusive).toBe(shadowsOf(modern, ["fails"]));
  // Clients come first: on a busy machine shadows wait, and past the bound they are shed. They are counted all the same.
  const { shed = 0, ...others } = route.notCompared;
  expect(others).toEqual({ serving_error: shadowsOf(modern, ["fails"]), unsafe_method: counted.unsafe });
  const shadowed = shadowsOf(legacy, kinds) + shadowsOf(modern, kinds);
  expect(shadowed + shed + counted.unsafe).toBe(served(route));
  expect(route.comparisons.match + route.comparisons.mismatch + sum(route.notCompared)).toBe(served(route));
}, 120_000);

test("Shifts under load on two doors: the windows together hold every request once, sampled or not", async () => {
  writeRoutes(routesYaml("{ modern: 0, shadow: 100 }"));
  const first = await startDoor();
  const second = await startDoor();
  const counted = new Counted();
  const load = startLoad([first.ready.url, second.ready.url], counted);
  const positions = [
    { modern: 30, shadow: 50 },
    { modern: 100, shadow: 100 },
    { modern: 10, shadow: 0 },
  ];
  for (const [index, position] of positions.entries()) {
    await load.more(150);
    const door = index % 2 === 0 ? first : second;
    const shift = { ...position, reason: "under load", by: "test" };
    const result = await askAdmin<ShiftResult>(door.ready.adminUrl, "POST", "/routes/shop/shift", shift);
    expect(result.entries.map((entry) => entry.revision)).toEqual([index + 1]);
  }
  await load.more(150);
  await load.stop();
  expect(await first.stop()).toBe(0);
  expect(await second.stop()).toBe(0);

  const found = await windows("shop", [0, 1, 2, 3]);
  const total = mergeCounts(found.map((counts) => counts as WindowCounts));
  expect(total.legacy.requests).toBe(counted.of("shop", "legacy"));
  expect(total.modern.requests).toBe(counted.of("shop", "modern"));
  expect(total.shadow.legacy.requests).toBe(shadowsOf(legacy, ["same", "differs", "fails"]));
  expect(total.shadow.modern.requests).toBe(shadowsOf(modern, ["same", "differs", "fails"]));
  expect(total.notCompared.unsafe_method).toBe(counted.unsafe);
  for (const counts of found as WindowCounts[]) {
    const requests = counts.legacy.requests + counts.modern.requests;
    expect(counts.comparisons.match + counts.comparisons.mismatch + sum(counts.notCompared)).toBe(requests);
    expect(requests).toBeGreaterThan(0);
  }
}, 120_000);

test("An answer that comes after a shift counts in the window its request began in, on either door", async () => {
  writeRoutes(routesYaml("{ modern: 0, shadow: 100 }"));
  const first = await startDoor();
  const second = await startDoor();
  const late = [first, second].map((door, number) =>
    newClient(door.ready.url).ask("GET", `/held/${number}`, { "x-user-id": "late" }),
  );
  await until(
    () => legacy.seen.served,
    (served) => served === 2,
  );
  const shift = { modern: 100, shadow: 100, reason: "while in flight", by: "test" };
  await askAdmin<ShiftResult>(first.ready.adminUrl, "POST", "/routes/shop/shift", shift);
  await until(
    () => askAdmin<Status>(second.ready.adminUrl, "GET", "/status"),
    (status) => status.revision === 1,
  );
  for (const door of [first, second]) {
    const client = newClient(door.ready.url);
    const early = await until(
      () => client.ask("GET", "/same/1", { "x-user-id": "early" }),
      (answer) => answer.headers["x-fig-side"] === "modern",
    );
    expect(early.status).toBe(200);
  }
  expect(legacy.release()).toBe(2);
  for (const answer of await Promise.all(late)) expect(answer.headers["x-fig-side"]).toBe("legacy");
  expect(await first.stop()).toBe(0);
  expect(await second.stop()).toBe(0);

  const [before, after] = await windows("shop", [0, 1]);
  const strays = legacy.seen.served - 2;
  expect(before?.legacy.requests).toBe(2 + strays);
  expect(before?.modern.requests).toBe(0);
  expect(before?.comparisons).toEqual({ match: 2 + strays, mismatch: 0, inconclusive: 0 });
  expect(after?.legacy.requests).toBe(0);
  expect(after?.modern.requests).toBe(2);
  expect(after?.comparisons).toEqual({ match: 2, mismatch: 0, inconclusive: 0 });
});

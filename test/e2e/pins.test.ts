import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { pinCookieName } from "../../src/domain/pins.ts";
import { startCountingUpstream } from "./counting-upstreams.ts";
import { askAdmin, startFig } from "./fig-process.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const ROUTES = `routes:
  - id: orders.write
    match: { path: "/orders", methods: [POST] }
    modern: modern
    cohort: orders
    sticky: [header:x-user]
    pinAfterWrite: 10m
  - id: orders.read
    match: { path: "/orders/{id}", methods: [GET] }
    modern: modern
    cohort: orders
    sticky: [header:x-user]
    start: { modern: 100, shadow: 100 }
`;

/** Doors of one state; reads are modern's, writes still legacy's. */
async function shop(doors: number, workers: number) {
  const folder = mkdtempSync(join(tmpdir(), "fig-pins-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const legacy = await startCountingUpstream("legacy");
  const modern = await startCountingUpstream("modern");
  cleanups.push(
    () => legacy.close(),
    () => modern.close(),
  );
  writeFileSync(join(folder, "routes.yaml"), ROUTES);
  const started = [];
  for (let door = 0; door < doors; door++) {
    const file = join(folder, `fig-${door}.yaml`);
    const settings = [
      ...["listen: 127.0.0.1:0", "admin: 127.0.0.1:0", `workers: ${workers}`, "debugHeaders: true"],
      ...["default: legacy", "routes: routes.yaml", `state: sqlite:${join(folder, "state.db")}`],
      `upstreams: { legacy: ${legacy.url}, modern: ${modern.url} }`,
    ];
    writeFileSync(file, `${settings.join("\n")}\n`);
    const fig = await startFig(file, {}, { detached: true });
    cleanups.push(() => fig.stop());
    started.push(fig.ready);
  }
  return started;
}

type Door = Awaited<ReturnType<typeof shop>>[number];

/** Over a connection of its own, so that any worker may have it. */
async function ask({ url }: Door, method: string, path: string, headers: Record<string, string>) {
  const answer = await fetch(`${url}${path}`, { method, headers: { connection: "close", ...headers } });
  await answer.text();
  const [set] = answer.headers.getSetCookie();
  return { side: answer.headers.get("x-fig-side"), cookie: set?.split(";", 1)[0] };
}

async function times<T>(count: number, run: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let i = 0; i < count; i++) all.push(await run());
  return all;
}

const explained = ({ adminUrl }: Door, headers: Record<string, string>) =>
  askAdmin<{ readonly side: string; readonly pinned: string | null; readonly shadow: string }>(
    adminUrl,
    "POST",
    "/explain",
    { method: "GET", url: "/orders/1", headers },
  );

interface Preview {
  readonly effects: readonly {
    readonly recent?: {
      readonly text: string;
      readonly clients: { readonly of: number; readonly moving: number; readonly share: number } | null;
      readonly requests: { readonly of: number; readonly share: number } | null;
    };
  }[];
}

test("a preview says who of the recent clients moves, over workers, and the state has no key of theirs", {
  timeout: 120_000,
}, async () => {
  const [door] = (await shop(1, 2)) as [Door];
  const preview = async (modern: number) => {
    const request = { modern, reason: "look", by: "test", dryRun: true };
    const { effects } = await askAdmin<Preview>(door.adminUrl, "POST", "/routes/orders.read/shift", request);
    return effects[0]?.recent;
  };
  expect((await preview(0))?.text).toBe("who moves is not known: no request came in the last minute");
  const reads = await times(60, () =>
    ask(door, "GET", "/orders/1", { "x-user": `u${Math.floor(Math.random() * 20)}` }),
  );
  expect(new Set(reads.map(({ side }) => side))).toEqual(new Set(["modern"]));
  const whole = await preview(0);
  expect(whole?.clients?.of).toBeLessThanOrEqual(20);
  expect(whole?.clients).toMatchObject({ share: 100, moving: whole?.clients?.of });
  expect(whole?.requests).toMatchObject({ share: 100, of: 60 });
  const half = await preview(50);
  expect(half?.clients?.moving).toBeLessThan(whole?.clients?.of ?? 0);
  expect(half?.text).toMatch(/^of the last minute: \d+(\.\d)? % of the clients, \d+ of \d+, and /);
});

describe("a client that has just written", () => {
  test("reads where it wrote, through whichever worker and door, and explain says so", {
    timeout: 120_000,
  }, async () => {
    const doors = await shop(2, 2);
    const [first, second] = doors as [Door, Door];
    const user = { "x-user": "ana" };
    expect((await ask(second, "GET", "/orders/1", user)).side).toBe("modern");
    const { cookie = "", side } = await ask(first, "POST", "/orders", user);
    expect(side).toBe("legacy");
    expect(cookie).toMatch(new RegExp(`^${pinCookieName("orders")}=legacy\\.\\d+$`));
    for (const door of doors) {
      const reads = await times(12, () => ask(door, "GET", "/orders/1", { cookie }));
      expect(new Set(reads.map((read) => read.side))).toEqual(new Set(["legacy"]));
      expect(await explained(door, { cookie })).toMatchObject({ side: "legacy", pinned: "legacy" });
      expect((await explained(door, { cookie })).shadow).toMatch(/^no: its client has just written/);
    }
    // Without cookies, by its key: every worker of the door that took the write.
    const reads = await until(
      () => times(12, () => ask(first, "GET", "/orders/1", user)),
      (all) => all.every((read) => read.side === "legacy"),
    );
    expect(reads).toHaveLength(12);
    expect(await explained(first, user)).toMatchObject({ side: "legacy", pinned: "legacy" });
    // Another door knows nothing of it, and neither does anybody of another client.
    expect((await ask(second, "GET", "/orders/1", user)).side).toBe("modern");
    expect(await explained(second, user)).toMatchObject({ side: "modern", pinned: null });
    expect((await ask(first, "GET", "/orders/1", { "x-user": "ben" })).side).toBe("modern");

    interface Status {
      readonly routes: readonly {
        readonly id: string;
        readonly pinned: { readonly legacy: number };
        readonly notCompared: { readonly pinned?: number };
      }[];
    }
    const status = await until(
      () => askAdmin<Status>(first.adminUrl, "GET", "/status"),
      ({ routes }) => (routes.find(({ id }) => id === "orders.read")?.pinned.legacy ?? 0) >= 36,
    );
    const read = status.routes.find(({ id }) => id === "orders.read");
    expect(read?.notCompared.pinned).toBe(read?.pinned.legacy);
    const metrics = await (await fetch(`${first.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/fig_pinned_requests_total\{route="orders.read",side="legacy"\} \d+/);
  });

  test("is on legacy after a rollback to 0, whatever its cookie says", { timeout: 120_000 }, async () => {
    const [door] = (await shop(1, 1)) as [Door];
    const shift = (route: string, modern: number) =>
      askAdmin(door.adminUrl, "POST", `/routes/${route}/shift`, { modern, reason: "test", by: "test" });
    await shift("orders.write", 100);
    const { cookie = "", side } = await ask(door, "POST", "/orders", { "x-user": "ana" });
    expect(side).toBe("modern");
    await shift("orders.read", 50);
    // A client of legacy's that wrote on modern.
    const pinned = await times(8, () =>
      ask(door, "GET", "/orders/1", { cookie, "x-user": `u${Math.random()}` }),
    );
    expect(new Set(pinned.map((read) => read.side))).toEqual(new Set(["modern"]));
    await askAdmin(door.adminUrl, "POST", "/routes/orders.write/rollback", { reason: "broken", by: "test" });
    await shift("orders.read", 0);
    const sent: readonly Record<string, string>[] = [
      { cookie },
      { "x-user": "ana" },
      { cookie, "x-user": "ana" },
    ];
    for (const headers of sent) {
      expect((await ask(door, "GET", "/orders/1", headers)).side).toBe("legacy");
      expect((await ask(door, "POST", "/orders", headers)).side).toBe("legacy");
      expect((await explained(door, headers)).side).toBe("legacy");
    }
  });
});

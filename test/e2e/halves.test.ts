import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { MismatchReport } from "../../src/control/contract.ts";
import { figErrorOf } from "../../src/domain/errors.ts";
import type { RecentComparison } from "../../src/domain/outcomes.ts";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import type { CreateServing } from "../../src/serving/contract.ts";
import { overAChannel } from "../support/serving-over-channel.ts";
import { startCountingUpstream } from "./counting-upstreams.ts";
import { until } from "./until.ts";

const WHY = { reason: "because" };
const FREE = { listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function sides() {
  const legacy = await startCountingUpstream("legacy");
  const modern = await startCountingUpstream("modern");
  cleanups.push(
    () => legacy.close(),
    () => modern.close(),
  );
  return { legacy, modern };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fig-halves-"));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A port on which nothing listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const inThisProcess = () => undefined;
const acrossAChannel = (): CreateServing => {
  const { create, close } = overAChannel();
  cleanups.push(close);
  return create;
};

describe.each([
  ["in one process", 1, inThisProcess],
  ["with a channel between them", 1, acrossAChannel],
  ["with two workers", 2, inThisProcess],
])("a front door's halves, %s", (_, workers, creation) => {
  /** A reload reads `source` again. */
  async function opened(source: object) {
    const door = new FrontDoor(Object.assign(source, { workers }), { quiet: true }, creation());
    cleanups.push(() => door.close());
    const { url, adminUrl } = await door.listen();
    return {
      door,
      url,
      ask: async (path: string) => (await fetch(`${url}${path}`)).text(),
      status: async (path: string) => {
        const response = await fetch(`${url}${path}`);
        await response.arrayBuffer();
        return response.status;
      },
      admin: async <T>(path: string) => (await (await fetch(`${adminUrl}/api/v1${path}`)).json()) as T,
      metrics: async () => (await fetch(`${adminUrl}/metrics`)).text(),
    };
  }

  const route = { id: "shop", match: { path: "/{rest+}" }, legacy: "legacy", modern: "modern" };

  test("answer, count, compare, and tell", async () => {
    const { legacy, modern } = await sides();
    const { door, ask, admin, metrics } = await opened({
      ...FREE,
      upstreams: { legacy: legacy.url, modern: modern.url },
      routes: [{ ...route, start: { modern: 0, shadow: 100 } }],
    });
    for (let i = 0; i < 5; i++) expect(await ask(`/differs/${i}`)).toContain('"side":"legacy"');
    const { routes } = await until(
      () => door.status(),
      (status) => status.routes[0]?.comparisons.mismatch === 5,
    );
    expect(routes[0]?.legacy.requests).toBe(5);
    const rows = await admin<readonly MismatchReport[]>("/mismatches?route=shop");
    expect(rows.map(({ path, count }) => [path, count])).toEqual([["$.side", 5]]);
    const comparisons = await admin<readonly RecentComparison[]>("/comparisons?route=shop&outcome=mismatch");
    expect(comparisons.map(({ path }) => path).sort()).toEqual([0, 1, 2, 3, 4].map((i) => `/differs/${i}`));
    const text = await metrics();
    expect(text).toContain('fig_requests_total{route="shop",side="legacy",code="200"} 5\n');
    expect(text).toContain('fig_comparisons_total{route="shop",outcome="mismatch"} 5\n');
    expect(text).toContain('fig_lane_requests_total{lane="fast"} 5\n');
    expect(text).toContain('fig_position_percent{route="shop",kind="shadow"} 100\n');
  });

  test("show no credential of a request's id and path, nor keep one", async () => {
    const { legacy, modern } = await sides();
    const { door, admin, url } = await opened({
      ...FREE,
      upstreams: { legacy: legacy.url, modern: modern.url },
      routes: [{ ...route, start: { modern: 0, shadow: 100 } }],
    });
    const token = "eyJhbGciOiJIUzI1NiJ9.SECRET.SECRET";
    const headers = { "x-request-id": token };
    await fetch(`${url}/differs/${token};sid=SECRET?code=SECRET&page=2`, { headers });
    await until(
      () => door.status(),
      (status) => status.routes[0]?.comparisons.mismatch === 1,
    );
    const comparisons = await admin<readonly RecentComparison[]>("/comparisons?route=shop");
    expect(comparisons.map(({ path, requestId }) => [path, requestId])).toEqual([
      ["/differs/[redacted];sid=[redacted]", "[redacted]"],
    ]);
    const [row] = await admin<readonly MismatchReport[]>("/mismatches?route=shop");
    expect(row?.samples).toMatchObject([
      {
        requestId: "[redacted]",
        method: "GET",
        target: "/differs/[redacted];sid=[redacted]?code=[redacted]&page=2",
        statuses: { legacy: 200, modern: 200 },
      },
    ]);
  });

  test("have a shift in force when it is answered", async () => {
    const { legacy, modern } = await sides();
    const { door, ask } = await opened({
      ...FREE,
      upstreams: { legacy: legacy.url, modern: modern.url },
      routes: [route],
    });
    for (let i = 0; i < 10; i++) {
      await door.shift("shop", { modern: 100, ...WHY });
      expect(await ask("/differs/x")).toContain('"side":"modern"');
      await door.rollback("shop", WHY);
      expect(await ask("/differs/x")).toContain('"side":"legacy"');
    }
    const { revision, routes } = await door.status();
    expect(revision).toBe(20);
    expect(routes[0]?.position.modern).toBe(0);
  });

  test("bring other files in force without a request that finds no upstream", async () => {
    const { legacy, modern } = await sides();
    // What is there before a reload and what comes with it have no upstream in common.
    const source = {
      ...FREE,
      upstreams: {} as Record<string, string>,
      routes: [] as object[],
      default: "",
    };
    const turnTo = (turn: number) => {
      const name = `turn-${turn}`;
      source.upstreams = { [name]: turn % 2 === 0 ? legacy.url : modern.url };
      source.default = name;
      source.routes = [{ ...route, legacy: name, modern: name }];
    };
    turnTo(0);
    const { door, ask, status } = await opened(source);
    let over = false;
    const seen = new Map<number, number>();
    const client = async () => {
      while (!over) {
        const code = await status("/x");
        seen.set(code, (seen.get(code) ?? 0) + 1);
      }
    };
    const clients = Promise.all([client(), client(), client(), client()]);
    for (let turn = 1; turn <= 30; turn++) {
      turnTo(turn);
      await door.reload();
      const side = turn % 2 === 0 ? "legacy" : "modern";
      expect(await ask("/differs/x")).toContain(`"side":"${side}"`);
    }
    over = true;
    await clients;
    expect([...seen.keys()]).toEqual([200]);
    expect(seen.get(200)).toBeGreaterThan(30);
    expect((await door.status()).problems).toEqual([]);
  });

  test("say which upstream keeps failing", async () => {
    const { legacy } = await sides();
    const dead = `http://127.0.0.1:${await deadPort()}`;
    const { door, status } = await opened({
      ...FREE,
      default: "legacy",
      upstreams: { legacy: { urls: [legacy.url, dead] } },
      routes: [],
    });
    expect((await door.status()).problems).toEqual([]);
    for (let i = 0; i < 12; i++) expect(await status("/x")).toBe(200);
    expect((await door.status()).problems).toEqual([
      `upstream legacy: ${dead} keeps failing and is left out for a while`,
    ]);
  });

  test("leave nothing open where the address is taken", async () => {
    const { legacy } = await sides();
    const source = { ...FREE, listen: new URL(legacy.url).host, default: "legacy" };
    const door = new FrontDoor(
      { ...source, workers, upstreams: { legacy: legacy.url }, routes: [] },
      { quiet: true },
      creation(),
    );
    const error = figErrorOf(await door.listen().catch((cause: unknown) => cause));
    expect(error?.code).toBe("address_in_use");
    expect(error?.remedy).toContain("port 0");
  });

  test("finish what is under way, and write down the last of it", async () => {
    const { legacy, modern } = await sides();
    const path = folder();
    const source = {
      ...FREE,
      state: `sqlite:${join(path, "state.db")}`,
      upstreams: { legacy: legacy.url, modern: modern.url },
      routes: [{ ...route, start: { modern: 0, shadow: 100 } }],
    };
    const { door, ask, status } = await opened(source);
    await door.shift("shop", { shadow: 50, ...WHY });
    const held = [ask("/held/1"), ask("/held/2")];
    await until(
      () => legacy.seen.served,
      (served) => served === 2,
    );
    expect(await status("/x")).toBe(200);
    const closed = door.close();
    // Drained, it takes nobody, and waits for these two.
    await until(
      () =>
        status("/x").then(
          () => "taken",
          () => "refused",
        ),
      (outcome) => outcome === "refused",
    );
    expect(legacy.release()).toBe(2);
    expect(await Promise.all(held)).toEqual(['{"path":"/held/1"}', '{"path":"/held/2"}']);
    expect(await closed).toEqual({ brokenOff: 0 });
    const again = await opened(source);
    const { revision, routes } = await again.door.status();
    expect(revision).toBe(1);
    const [shop] = routes;
    expect(shop?.legacy.requests).toBeGreaterThanOrEqual(3);
    const { match, mismatch, inconclusive } = shop?.comparisons ?? { match: 0, mismatch: 0, inconclusive: 0 };
    const { skipped = 0, shed = 0 } = shop?.notCompared ?? {};
    expect(match + mismatch + inconclusive + skipped + shed).toBe(shop?.legacy.requests);
  });
});

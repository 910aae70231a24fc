import { afterAll, beforeAll, expect, test } from "vitest";
import type { RouteStatus, SideStatus, Status } from "../../src/control/contract.ts";
import type { Side } from "../../src/domain/position.ts";
import { inChromium } from "../browser/in-chromium.ts";
import { visit } from "../browser/visitor.ts";
import { series } from "../support/series.ts";
import { askAdmin, runFig } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type DelayingSide, quantileOf, startDelayingSide } from "./support/delaying-side.ts";
import { cellsOf, numberIn, textWith } from "./support/page-figures.ts";
import { type SplitDoor, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const CLIENTS = 16;
const EACH = 5;
const ALL = CLIENTS * EACH;
/** Every fifth request is answered differently by the two sides, every fifth with 503 by both. */
const KINDS = ["", "differs", "", "fails", ""];
const QUANTILES = ["p50", "p95", "p99"] as const;
/** What the issue allows between a quantile that is told and the one that was injected. */
const WITHIN = 0.05;
const SIDES = [
  ["legacy", "modern"],
  ["modern", "legacy"],
] as const;

let upstreams: Record<Side, DelayingSide>;
let door: SplitDoor;
/** What the load generator counted. */
const counted = { legacy: { requests: 0, errors: 0 }, modern: { requests: 0, errors: 0 }, differ: 0 };

const shop = (status: Status) => status.routes.find((route) => route.id === "shop") as RouteStatus;

beforeAll(async () => {
  upstreams = {
    legacy: await startDelayingSide("legacy", 1),
    modern: await startDelayingSide("modern", 1.5),
  };
  door = await startSplitDoor(upstreams.legacy, upstreams.modern);
  await askAdmin(door.adminUrl, "POST", "/routes/shop/shift", {
    modern: 40,
    shadow: 100,
    reason: "measured",
  });
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => load(number)));
  await until(
    () => askAdmin<Status>(door.adminUrl, "GET", "/status"),
    (status) => shop(status).comparisons.match + shop(status).comparisons.mismatch === ALL,
    // Of the shadows of a new route only a few are under way at once.
    40_000,
  );
}, 90_000);

afterAll(async () => {
  await door?.close();
  for (const side of Object.values(upstreams ?? {})) side.close();
});

async function load(number: number): Promise<void> {
  const client = new KeepAliveClient(door.url);
  for (let turn = 0; turn < EACH; turn++) {
    // 20 to 1,500 ms, in no order: long enough that what a busy machine adds stays well under 5 %.
    const held = 20 + (((turn * CLIENTS + number) * 67) % 1481);
    const kind = KINDS[turn % KINDS.length] as string;
    const answer = await client.ask("GET", `/item/${held}?${kind}`, { "x-user-id": `user-${number}` });
    const side = counted[answer.headers["x-fig-side"] as Side];
    side.requests++;
    if (answer.status === 503) side.errors++;
    if (kind === "differs") counted.differ++;
  }
  client.close();
}

function expectNear(told: number, delays: readonly number[], quantile: (typeof QUANTILES)[number]): void {
  const injected = quantileOf(delays, Number(quantile.slice(1)) / 100);
  expect(Math.abs(told / injected - 1), `${quantile}: ${told} told, ${injected} injected`).toBeLessThan(
    WITHIN,
  );
}

test("status and /metrics say what the load generator counted, and quantiles within 5 % of the delays injected", async () => {
  expect([counted.legacy.requests + counted.modern.requests, counted.differ]).toEqual([ALL, ALL / 5]);
  expect(counted.modern.requests).toBeGreaterThan(ALL / 5);
  const printed = await runFig(["status", "--json", "-c", door.config, "--admin", door.adminUrl]);
  expect(printed.stderr).toBe("");
  const told = shop(JSON.parse(printed.stdout) as Status);
  expect(told.comparisons).toEqual({
    match: ALL - counted.differ,
    mismatch: counted.differ,
    inconclusive: 0,
  });
  expect(told.notCompared).toEqual({});
  const metrics = series(await (await fetch(new URL("/metrics", door.adminUrl))).text());
  const metric = (name: string, labels: string) => metrics.get(`${name}{${labels}}`);

  for (const [side, other] of SIDES) {
    const labels = `route="shop",side="${side}"`;
    const { requests, errors } = counted[side];
    expect([told[side].requests, told[side].errors]).toEqual([requests, errors]);
    expect(metric("fig_requests_total", `${labels},code="200"`)).toBe(requests - errors);
    expect(metric("fig_requests_total", `${labels},code="503"`)).toBe(errors);
    expect(metric("fig_request_duration_seconds_count", labels)).toBe(requests);
    expect(metric("fig_request_duration_seconds_bucket", `le="+Inf",${labels}`)).toBe(requests);
    expect(told.shadow[side].requests).toBe(counted[other].requests);
    expect(told.shadow[side].errors).toBe(counted[other].errors);
    expect(metric("fig_shadow_duration_seconds_count", labels)).toBe(counted[other].requests);
    expect(metric("fig_shadow_requests_total", `${labels},outcome="sent"`)).toBe(counted[other].requests);
    for (const quantile of QUANTILES) {
      const exact = `${labels},percentile="${quantile.slice(1)}"`;
      const { served, shadowed } = upstreams[side];
      const checks: [SideStatus, readonly number[], string][] = [
        [told[side], served, "fig_request_duration_quantile_seconds"],
        [told.shadow[side], shadowed, "fig_shadow_duration_quantile_seconds"],
      ];
      for (const [status, delays, gauge] of checks) {
        expectNear(status[quantile] as number, delays, quantile);
        expectNear((metric(gauge, exact) as number) * 1000, delays, quantile);
      }
    }
  }
  for (const [outcome, count] of [
    ["match", ALL - counted.differ],
    ["mismatch", counted.differ],
  ] as const) {
    expect(metric("fig_comparisons_total", `route="shop",outcome="${outcome}"`)).toBe(count);
  }
});

inChromium("the dashboard's own page", (browser) => {
  test("says what the load generator counted, and quantiles within 5 % of the delays injected", async () => {
    const { legacy, modern, differ } = counted;
    const { page, open, close, complaints } = await visit(browser(), door.adminUrl);
    await open("#/routes/shop");
    const sides = page.getByRole("table", { name: /What each side answered/ });
    const cells = (row: string) => cellsOf(sides, row);
    expect(await cells("Requests")).toEqual([legacy, modern, modern, legacy].map(({ requests }) => requests));
    expect(await cells("Errors")).toEqual([legacy, modern, modern, legacy].map(({ errors }) => errors));
    for (const quantile of QUANTILES) {
      const told = await cells(quantile);
      const { legacy: old, modern: fresh } = upstreams;
      for (const [at, delays] of [old.served, fresh.served, old.shadowed, fresh.shadowed].entries())
        expectNear(told[at] as number, delays, quantile);
    }
    const outcomes = page.getByRole("table", { name: /what became of their comparison/ });
    expect((await cellsOf(outcomes, "match"))[0]).toBe(ALL - differ);
    expect((await cellsOf(outcomes, "mismatch"))[0]).toBe(differ);
    await page.getByText(`mismatches among ${ALL} compared`).waitFor();
    // The charts: what they draw, minute by minute.
    for (const [title, totals] of [
      ["Requests a minute", [legacy.requests, modern.requests, modern.requests, legacy.requests]],
      ["Comparisons a minute", [0, differ, ALL - differ]],
    ] as const) {
      await page.locator("figure", { hasText: title }).locator("summary").click();
      const rows = page.getByRole("table", { name: title }).locator("tbody tr");
      await until(
        async () => {
          const texts = await rows.evaluateAll((all) =>
            all.map((row) => [...row.querySelectorAll("td.num")].map((cell) => cell.textContent)),
          );
          return totals.map((_, at) => texts.reduce((sum, row) => sum + numberIn(row[at] ?? "–"), 0));
        },
        (sums) => JSON.stringify(sums) === JSON.stringify(totals),
        10_000,
      );
    }

    await open("#/");
    const tiles = page.getByRole("region", { name: "Where the migration stands" });
    await textWith(tiles, `${ALL} compared, 0 not`);
    await textWith(tiles, `${ALL} copies; no client waits`);
    const share = (count: number, of: number) => `${((count / of) * 100).toFixed(1)} %`;
    await textWith(tiles, `${share(modern.requests, ALL)} of ${ALL} `);
    for (const [side] of SIDES) {
      const { requests, errors } = counted[side];
      const cost = tiles.locator("dl.pair > div", { hasText: side }).locator("dd");
      await textWith(cost, `${share(errors, requests)} errors`);
      const p95 = /p95 (.*?s) /.exec((await cost.textContent()) as string)?.[1] as string;
      expectNear(numberIn(p95), upstreams[side].served, "p95");
    }
    const row = page.getByRole("table", { name: "Routes" }).locator("tbody tr", { hasText: "shop" });
    await row.getByTitle(`${ALL} requests`).waitFor();
    await close();
    expect(complaints).toEqual([]);
  });
});

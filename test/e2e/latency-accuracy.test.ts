import { afterEach, beforeEach, expect, test } from "vitest";
import type { RouteStatus, SideStatus, Status } from "../../src/control/contract.ts";
import type { Side } from "../../src/domain/position.ts";
import { series } from "../support/series.ts";
import { askAdmin, runFig } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type DelayingSide, quantileOf, startDelayingSide } from "./support/delaying-side.ts";
import { type SplitDoor, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const CLIENTS = 24;
const EACH = 15;
const QUANTILES = [0.5, 0.95, 0.99] as const;
/** What the issue allows between a quantile that is told and the one that was injected. */
const WITHIN = 0.05;

let legacy: DelayingSide;
let modern: DelayingSide;
let door: SplitDoor;
let clients: KeepAliveClient[];

beforeEach(async () => {
  legacy = await startDelayingSide("legacy", 1);
  modern = await startDelayingSide("modern", 1.5);
  door = await startSplitDoor(legacy, modern);
  clients = Array.from({ length: CLIENTS }, () => new KeepAliveClient(door.url));
});

afterEach(async () => {
  for (const client of clients) client.close();
  await door.close();
  legacy.close();
  modern.close();
});

const shop = (status: Status) => status.routes.find((route) => route.id === "shop") as RouteStatus;

function expectNear(told: number, injected: number, what: string): void {
  expect(Math.abs(told / injected - 1), `${what}: ${told} told, ${injected} injected`).toBeLessThan(WITHIN);
}

test("status and /metrics say what the load generator counted, and quantiles within 5 % of the delays injected", {
  timeout: 60_000,
}, async () => {
  await askAdmin(door.adminUrl, "POST", "/routes/shop/shift", {
    modern: 40,
    shadow: 100,
    reason: "measured",
  });
  const counted: Record<Side, number> = { legacy: 0, modern: 0 };
  await Promise.all(
    clients.map(async (client, number) => {
      for (let turn = 0; turn < EACH; turn++) {
        // 20 to 200 ms, each about as often as every other, in no order.
        const held = 20 + (((turn * CLIENTS + number) * 67) % 181);
        const answer = await client.ask("GET", `/item/${held}`, { "x-user-id": `user-${number}` });
        expect(answer.status).toBe(200);
        counted[answer.headers["x-fig-side"] as Side]++;
      }
    }),
  );
  const all = CLIENTS * EACH;
  expect([counted.legacy + counted.modern, counted.modern > all / 5]).toEqual([all, true]);
  const live = await until(
    () => askAdmin<Status>(door.adminUrl, "GET", "/status"),
    (status) => shop(status).comparisons.match === all,
  );
  expect(shop(live).notCompared).toEqual({});

  const printed = await runFig(["status", "--json", "-c", door.config, "--admin", door.adminUrl]);
  expect(printed.stderr).toBe("");
  const told = shop(JSON.parse(printed.stdout) as Status);
  const metrics = series(await (await fetch(new URL("/metrics", door.adminUrl))).text());
  const metric = (name: string, labels: string) => metrics.get(`${name}{${labels}}`);

  for (const [side, upstream, other] of [
    ["legacy", legacy, "modern"],
    ["modern", modern, "legacy"],
  ] as const) {
    const labels = `route="shop",side="${side}"`;
    expect([told[side].requests, told[side].errors]).toEqual([counted[side], 0]);
    expect(metric("fig_requests_total", `${labels},code="200"`)).toBe(counted[side]);
    expect(metric("fig_request_duration_seconds_count", labels)).toBe(counted[side]);
    expect(metric("fig_request_duration_seconds_bucket", `le="+Inf",${labels}`)).toBe(counted[side]);
    expect(told.shadow[side].requests).toBe(counted[other]);
    expect(metric("fig_shadow_duration_seconds_count", labels)).toBe(counted[other]);
    expect(metric("fig_shadow_requests_total", `${labels},outcome="sent"`)).toBe(counted[other]);
    for (const q of QUANTILES) {
      const name = `p${q * 100}` as "p50" | "p95" | "p99";
      const exact = `${labels},percentile="${q * 100}"`;
      const checks: [SideStatus, readonly number[], string][] = [
        [told[side], upstream.served, "fig_request_duration_quantile_seconds"],
        [told.shadow[side], upstream.shadowed, "fig_shadow_duration_quantile_seconds"],
      ];
      for (const [status, delays, gauge] of checks) {
        const injected = quantileOf(delays, q);
        expectNear(status[name] as number, injected, `${side} ${name} in status`);
        expectNear((metric(gauge, exact) as number) * 1000, injected, `${side} ${gauge} ${q}`);
      }
    }
  }
  expect(metric("fig_comparisons_total", 'route="shop",outcome="match"')).toBe(all);
});

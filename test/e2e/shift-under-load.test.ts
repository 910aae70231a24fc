import { afterEach, beforeEach, expect, test } from "vitest";
import type { ShiftResult } from "../../src/control/contract.ts";
import { askAdmin } from "./fig-process.ts";
import { SideLoad, Timeline } from "./support/side-load.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

let legacy: SideUpstream;
let modern: SideUpstream;
let door: SplitDoor;

beforeEach(async () => {
  legacy = await startSide("legacy");
  modern = await startSide("modern");
  door = await startSplitDoor(legacy, modern);
});

afterEach(async () => {
  await door.close();
  legacy.close();
  modern.close();
});

test("0 → 10 → 50 → 100 → rollback under 64 keep-alive connections: no request fails, each side is the hash's", {
  timeout: 90_000,
}, async () => {
  const timeline = new Timeline(0);
  const load = new SideLoad({ url: door.url, path: "/a", cohort: "shop", connections: 64, timeline });
  const moreRequests = async () => {
    const enough = load.fewest + 10;
    await until(
      () => load.fewest,
      (fewest) => fewest >= enough,
      30_000,
    );
  };
  const modernKeys = (percent: number) =>
    load.keys.filter((key) => load.verdict(key, percent) === "modern").length;

  await moreRequests();
  for (const percent of [10, 50, 100]) {
    const shift = () =>
      askAdmin<ShiftResult>(door.adminUrl, "POST", "/routes/shop/shift", {
        modern: percent,
        reason: "a step",
      });
    const { changes } = await timeline.during(percent, shift);
    expect(changes.map(({ route, to }) => [route, to.modern])).toEqual([["shop", percent]]);
    await moreRequests();
  }
  const back = () =>
    askAdmin<ShiftResult>(door.adminUrl, "POST", "/routes/shop/rollback", { reason: "the way back" });
  const { changes } = await timeline.during(50, back);
  expect(changes.map(({ to }) => to.modern)).toEqual([50]);
  await moreRequests();
  await load.stop();

  expect(load.failures).toEqual([]);
  expect(load.failed).toBe(0);
  expect(load.connectionsOpened).toBe(64);
  // Each step moved some of these very clients, or their sides would prove nothing.
  expect([0, 10, 50, 100].map(modernKeys)).toEqual([0, expect.any(Number), expect.any(Number), 64]);
  expect(modernKeys(10)).toBeGreaterThan(0);
  expect(modernKeys(50)).toBeGreaterThan(modernKeys(10));
  expect(modernKeys(50)).toBeLessThan(64);
});

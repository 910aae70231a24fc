import { expect, test } from "vitest";
import { createMismatchBook } from "../../src/compare/index.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { definitionOf } from "../support/exchange-world.ts";
import { aConfig, aDoor, HandClock, onStore } from "./harness.ts";

const DIFFERS = { mismatches: [{ path: "$.x", kind: "value", legacy: "1", modern: "2" }] } as const;
const REQUEST = { requestId: "q", method: "GET", target: "/a" };

test("the rows of windows that are over are written, then forgotten: a route that is shifted for ever costs no more", async () => {
  const clock = new HandClock();
  const mismatches = createMismatchBook({ now: () => clock.now() });
  const routes = [definitionOf({ id: "a" })];
  const { store, live, control, tally } = await aDoor(aConfig({ routes }), { clock, mismatches });
  const windows = [];
  for (let i = 0; i < 300; i++) {
    const now = tally("a");
    windows.push(now.key);
    now.compared("mismatch");
    mismatches.add(now.key, DIFFERS, REQUEST, 1);
    await live.flush();
    expect(await store.readMismatches(now.key)).toMatchObject([{ path: "$.x", count: 1 }]);
    await control.shift({ target: { route: "a" }, fresh: true, reason: "again", by: "ann" });
  }
  await live.flush();
  const held = windows.filter((window) => mismatches.rows(window).length > 0);
  expect(held).toEqual(windows.slice(-256));
  await live.close();
});

test("rows that could not be written yet are not forgotten", async () => {
  const clock = new HandClock();
  const mismatches = createMismatchBook({ now: () => clock.now() });
  const routes = [definitionOf({ id: "a" })];
  const config = aConfig({ routes });
  const { store, live, tally } = await aDoor(config, { clock, mismatches });
  const elsewhere = onStore(store, clock, config);
  const { key } = tally("a");
  tally("a").compared("mismatch");
  mismatches.add(key, DIFFERS, REQUEST, 1);
  const put = store.putCounts.bind(store);
  store.putCounts = () => Promise.reject(new Error("away"));
  for (let i = 1; i <= 300; i++) {
    const { entries } = await elsewhere.shift({
      target: { route: "a" },
      fresh: true,
      reason: "again",
      by: "ann",
    });
    await live.apply(entries[0] as LedgerEntry);
    await expect(live.flush()).rejects.toThrow("away");
  }
  expect(tally("a").key.revision).toBe(300);
  expect(mismatches.rows(key)).toHaveLength(1);
  store.putCounts = put;
  await live.flush();
  expect(await store.readMismatches(key)).toHaveLength(1);
  await live.close();
});

test("evidence of 400 routes that leave the files and come back is added up, in the store and on the charts", async () => {
  const clock = new HandClock();
  const mismatches = createMismatchBook({ now: () => clock.now() });
  const ids = Array.from({ length: 400 }, (_, i) => `r${i}`);
  const routes = ids.map((id) => definitionOf({ id, match: { ...definitionOf({}).match, path: `/${id}` } }));
  const { store, live, tally } = await aDoor(aConfig({ routes }), { clock, mismatches });
  const windows = ids.map((id) => tally(id).key);
  const count = () => {
    for (const id of ids) {
      tally(id).answered("modern", 200, 1000, false, true);
      tally(id).shadowed("legacy", "sent");
      tally(id).compared("mismatch");
      mismatches.add(tally(id).key, DIFFERS, REQUEST, 1);
    }
  };
  for (let times = 1; times <= 3; times++) {
    count();
    await live.rollUp();
    expect(ids.map((id) => tally(id).key)).toEqual(windows);
    const evidence = await store.readCounts(windows);
    expect(evidence).toHaveLength(400);
    for (const { window, counts } of evidence) {
      expect([
        window.route,
        counts.modern.requests,
        counts.unsafeModern,
        counts.comparisons.mismatch,
      ]).toEqual([window.route, times, times, times]);
      expect(counts.shadowOutcomes.legacy.sent).toBe(times);
    }
    for (const window of [windows[0], windows[200], windows[399]] as const) {
      expect(await store.readMismatches(window as (typeof windows)[0])).toMatchObject([{ count: times }]);
    }
    const range = { from: clock.now() - 60_000, to: clock.now() + 60_000 };
    for (const route of ["r0", "r399"]) {
      const [minute] = await store.readRollups({ route, step: "minute", ...range });
      expect(minute?.counts.modern.requests).toBe(times);
    }
    await live.reload(aConfig({ routes: [] }));
    await live.flush();
    await live.reload(aConfig({ routes }));
  }
  await live.close();
});

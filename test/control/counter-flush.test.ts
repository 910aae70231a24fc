import { expect, test } from "vitest";
import { createMismatchBook } from "../../src/compare/index.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { definitionOf } from "../support/exchange-world.ts";
import { aConfig, aDoor, HandClock, onStore } from "./harness.ts";

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
    mismatches.add(now.key, [{ path: "$.x", kind: "value", legacy: "1", modern: "2" }], "q", 1);
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
  mismatches.add(key, [{ path: "$.x", kind: "value", legacy: "1", modern: "2" }], "q", 1);
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

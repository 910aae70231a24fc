import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { DOOR_ENDED_MS, DOORS_KEPT, FOLDED_KEPT_MS } from "../../src/store/retention.ts";
import { countsOf, rowOf, upTo, windowOf } from "../conformance/store-values.ts";
import { StoreFolder } from "./folder.ts";

const folder = new StoreFolder();
const window = windowOf("a", 1, 1);
const doors = DOORS_KEPT + 10;

function put(store: Awaited<ReturnType<StoreFolder["open"]>>, door: string, legacy: number) {
  const mismatches = [rowOf("$.total", legacy, 1_000, 2_000)];
  const counts = countsOf({ legacy, modern: 1, unsafe: 1 });
  return store.putCounts(door, [{ window, counts, mismatches }]);
}

function rowsOf(table: string): number {
  const database = new DatabaseSync(folder.file(), { readOnly: true });
  const row = database.prepare(`SELECT count(*) AS n FROM ${table}`).get();
  database.close();
  return Number(row?.n);
}

test("doors that ended a day ago are added up into one row, and every sum stays what it was", async () => {
  const store = await folder.open();
  for (const i of upTo(doors)) await put(store, `door ${i}`, i);
  const before = await store.readCounts([window]);
  const rows = await store.readMismatches(window);
  expect(before[0]?.counts.legacy.requests).toBe((doors * (doors + 1)) / 2);
  folder.now += DOOR_ENDED_MS + 1;
  await put(store, "door today", 1);
  expect(rowsOf("mismatches")).toBe(2);
  const after = await store.readCounts([window]);
  expect(after[0]?.counts.legacy.requests).toBe((before[0]?.counts.legacy.requests ?? 0) + 1);
  expect((await store.readMismatches(window))[0]?.count).toBe((rows[0]?.count ?? 0) + 1);
  expect(await store.unsafeModernSince("a", 0)).toBe(doors + 1);
});

test("a door that was added up and writes again is not counted twice", async () => {
  const store = await folder.open();
  for (const i of upTo(doors)) await put(store, `door ${i}`, 1);
  folder.now += DOOR_ENDED_MS + 1;
  await put(store, "door today", 1);
  await put(store, "door 1", 1);
  expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe(doors + 1);
  expect((await store.readMismatches(window))[0]?.count).toBe(doors + 1);
  expect(await store.unsafeModernSince("a", 0)).toBe(doors + 1);
});

test("who was added up is remembered for a week, not for as long as the window", async () => {
  const store = await folder.open();
  for (const i of upTo(doors)) await put(store, `door ${i}`, 1);
  folder.now += DOOR_ENDED_MS + 1;
  await put(store, "door today", 1);
  expect(rowsOf("counts")).toBe(doors + 2);
  folder.now += FOLDED_KEPT_MS + 1;
  for (const i of upTo(DOORS_KEPT)) await put(store, `door ${i} next week`, 1);
  expect(rowsOf("counts")).toBe(DOORS_KEPT + 2);
  expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe(doors + 1 + DOORS_KEPT);
});

test("doors that said that they ended are added up at once", async () => {
  const store = await folder.open();
  for (const i of upTo(doors)) {
    await put(store, `run.${i}`, i);
    await store.endDoor(`run.${i}`);
  }
  expect(rowsOf("mismatches")).toBeLessThanOrEqual(DOORS_KEPT + 1);
  expect(rowsOf("doors")).toBe(0);
  expect((await store.readCounts([window]))[0]?.counts.legacy.requests).toBe((doors * (doors + 1)) / 2);
});

test("doors that ended less than a day ago, or are few, keep their rows", async () => {
  const store = await folder.open();
  for (const i of upTo(doors)) await put(store, `door ${i}`, 1);
  expect(rowsOf("mismatches")).toBe(doors);
  folder.now += DOOR_ENDED_MS - 1;
  await put(store, "door later", 1);
  expect(rowsOf("mismatches")).toBe(doors + 1);
});

import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { OrderLease, OrderLost } from "../../../src/front-door/acme/lease.ts";
import { NO_ORDER, orderIn } from "../../../src/front-door/acme/records.ts";
import type { Store } from "../../../src/store/contract.ts";
import { openStore } from "../../../src/store/index.ts";

const ANSWER = { type: "http-01", token: "t", keyAuthorization: "t.k" } as const;

async function opened(): Promise<Store> {
  const store = await openStore("memory:", systemClock);
  onTestFinished(() => store.close());
  return store;
}

const recordIn = async (store: Store) => (await store.readRecords(["order"])).get("order");

test("of two doors one takes it; what it shows and how it ended is for all to read", async () => {
  const store = await opened();
  const taken = await Promise.all(["a", "b"].map((door) => OrderLease.take(store, "order", door, undefined)));
  const [lease] = taken.filter((one) => one !== undefined);
  expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
  await Promise.all([lease?.beat(), lease?.show([ANSWER]), lease?.beat()]);
  const { holder } = orderIn(await recordIn(store));
  expect(orderIn(await recordIn(store))).toEqual({ ...NO_ORDER, holder, answers: [ANSWER] });
  await lease?.release({ failures: 2, error: "why", pauseMs: 5 });
  expect(orderIn(await recordIn(store))).toEqual({ ...NO_ORDER, failures: 2, error: "why", pauseMs: 5 });
});

test("a door that another took it from learns so, and writes nothing more", async () => {
  const store = await opened();
  const first = await OrderLease.take(store, "order", "a", undefined);
  const second = await OrderLease.take(store, "order", "b", await recordIn(store));
  await expect(first?.beat()).rejects.toThrow(OrderLost);
  await expect(first?.release(NO_ORDER)).rejects.toThrow(OrderLost);
  await second?.show([ANSWER]);
  expect(orderIn(await recordIn(store))).toMatchObject({ holder: "b", answers: [ANSWER] });
});

test("a write whose answer was lost does not lose the lease", async () => {
  const store = await opened();
  let lose = false;
  const doubtful = {
    ...store,
    readRecords: store.readRecords,
    async swapRecord(name: string, version: number, text: string) {
      const done = await store.swapRecord(name, version, text);
      if (!lose) return done;
      lose = false;
      throw new Error("away");
    },
  } as Store;
  const lease = await OrderLease.take(doubtful, "order", "a", undefined);
  lose = true;
  await expect(lease?.beat()).rejects.toThrow("away");
  await lease?.show([ANSWER]);
  expect(orderIn(await recordIn(store))).toMatchObject({ holder: "a", answers: [ANSWER] });
});

test("a record that nobody can have written means nothing", () => {
  for (const text of ["", "{", "[]", "null", '"x"', '{"answers":[null,{"type":"http-01"}],"failures":"2"}'])
    expect(orderIn({ version: 1, text })).toEqual(NO_ORDER);
});

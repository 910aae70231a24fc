import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { EndedSessionsKeeper } from "../../src/control/ended-sessions.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";
import type { EndedSessions } from "../../src/domain/ended-sessions.ts";
import type { Store } from "../../src/store/contract.ts";
import { openStore } from "../../src/store/index.ts";
import { until } from "../e2e/until.ts";

const keepers: EndedSessionsKeeper[] = [];
afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.close();
});

const TOLD = { policies: { login: { backchannel: "/out" } }, routes: [] } as unknown as FrontDoorConfig;
const LATER = Date.now() + 3_600_000;
const ended = (n: number, until = LATER): EndedSessions => ({
  who: `who ${n}`,
  before: n % 2 === 0 ? null : n,
  until,
  token: `token ${n}`,
});

/** A front door that follows a store, and what those that serve there were told. */
async function doorOf(store: Pick<Store, "readRecords" | "swapRecord">) {
  const known = new Map<string, EndedSessions>();
  const failed: string[] = [];
  const keeper = new EndedSessionsKeeper({
    store,
    clock: systemClock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    serving: {
      endSessions: async (message) => {
        for (const one of message.ended) known.set(one.token, one);
        failed.push(...message.failed);
      },
    },
  });
  keepers.push(keeper);
  await keeper.use(TOLD);
  return { keeper, known, failed };
}

const open = () => openStore("memory:", systemClock);
const has = (of: { readonly known: ReadonlyMap<string, EndedSessions> }, count: number) =>
  until(
    () => of.known.size,
    (size) => size === count,
  );

test("what two front doors write at the same time is known at each, and at one that comes later", async () => {
  const store = await open();
  const [one, other] = [await doorOf(store), await doorOf(store)];
  for (let n = 0; n < 700; n++) (n % 2 === 0 ? one : other).keeper.append([ended(n)]);
  await Promise.all([has(one, 700), has(other, 700)]);
  expect(one.known.get("token 7")).toEqual(ended(7));
  expect(one.known.get("token 8")).toEqual(ended(8));
  const later = await doorOf(store);
  expect(later.known.size).toBe(700);
  // Over several records, none of them long.
  const pages = await store.readRecords([
    "logins/ended",
    "logins/ended/0",
    "logins/ended/1",
    "logins/ended/2",
  ]);
  expect(pages.size).toBeGreaterThanOrEqual(3);
  for (const { text } of pages.values()) expect(text.length).toBeLessThan(32 * 1024);
  await store.close();
});

test("what is over is told to nobody", async () => {
  const store = await open();
  const one = await doorOf(store);
  one.keeper.append([ended(1, Date.now() - 1), ended(2)]);
  await has(one, 1);
  const later = await doorOf(store);
  expect([...later.known.keys()]).toEqual(["token 2"]);
  await store.close();
});

test("a page that somebody began and did not say is gone on with", async () => {
  const store = await open();
  const one = await doorOf(store);
  one.keeper.append(Array.from({ length: 256 }, (_, n) => ended(n)));
  await has(one, 256);
  const other = await doorOf({
    readRecords: (names) => store.readRecords(names),
    // It dies before it says so.
    swapRecord: async (name, version, text) =>
      name === "logins/ended" ? false : store.swapRecord(name, version, text),
  });
  other.keeper.append([ended(300)]);
  await has(one, 257);
  one.keeper.append([ended(301)]);
  await Promise.all([has(one, 258), has(other, 258)]);
  await store.close();
});

test("a store that is away keeps nothing, and says so of each", async () => {
  const store = await open();
  let away = false;
  const door = await doorOf({
    readRecords: async (names) => {
      if (away) throw new Error("away");
      return store.readRecords(names);
    },
    swapRecord: (name, version, text) => store.swapRecord(name, version, text),
  });
  away = true;
  door.keeper.append([ended(1), ended(2)]);
  await until(
    () => door.failed.length,
    (count) => count === 2,
  );
  expect(door.known.size).toBe(0);
  away = false;
  door.keeper.append([ended(3)]);
  await has(door, 1);
  await store.close();
});

test.each([3, 300])(
  "a state that was emptied, with %i in it before, is followed from its beginning",
  async (before) => {
    const store = await open();
    const emptied = await open();
    let isEmptied = false;
    const of = () => (isEmptied ? emptied : store);
    const door = await doorOf({
      readRecords: (names) => of().readRecords(names),
      swapRecord: (name, version, text) => of().swapRecord(name, version, text),
    });
    door.keeper.append(Array.from({ length: before }, (_, n) => ended(n)));
    await has(door, before);
    isEmptied = true;
    door.keeper.append([ended(1000)]);
    await has(door, before + 1);
    const other = await doorOf(emptied);
    other.keeper.append([ended(1001), ended(1002)]);
    await has(door, before + 3);
    await store.close();
    await emptied.close();
  },
);

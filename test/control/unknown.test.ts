import { expect, test } from "vitest";
import { FigError } from "../../src/domain/errors.ts";
import type { Store } from "../../src/store/contract.ts";
import { aRoute, aStep, at } from "../domain/definitions.ts";
import { aConfig, aDoor, errorOf, HandClock, openMemory, times, WHO } from "./harness.ts";

const a = aRoute("a");
const b = aRoute("b");
const config = aConfig({
  routes: [a, b],
  migrations: [aStep(1, { a: { shadow: 100 } }), aStep(2, { b: { modern: 1 } })],
});

const CALLS = [
  "read",
  "readCounts",
  "readDefinitions",
  "readMismatches",
  "readRollups",
  "putCounts",
] as const;

/** A front door with step 1 applied and 20 requests of a, and a switch for its store. */
async function begin() {
  const clock = new HandClock();
  const store: Store = await openMemory(clock);
  let health: ((reachable: boolean) => void) | undefined;
  const watch = store.watch.bind(store);
  store.watch = (after, listener, onHealth) => {
    health = onHealth;
    return watch(after, listener, onHealth);
  };
  const own = Object.fromEntries(CALLS.map((name) => [name, store[name].bind(store)]));
  const gone = () => Promise.reject(new FigError("store_unavailable", "gone", { remedy: "Bring it back." }));
  const door = await aDoor(config, { store, clock });
  await door.control.migrate({ action: "up", by: "ana", reason: "go" });
  clock.pass(5000);
  times(20, () => door.tally("a").answered("legacy", 200, 2000, false, false));
  return {
    ...door,
    away(...calls: readonly (typeof CALLS)[number][]) {
      for (const name of calls.length === 0 ? CALLS : calls) Object.assign(store, { [name]: gone });
      if (calls.length === 0) health?.(false);
      return new Date(clock.now()).toISOString();
    },
    back() {
      Object.assign(store, own);
      health?.(true);
    },
  };
}

test("what was read last is shown while the store is away, with its time, and no longer when it is back", async () => {
  const door = await begin();
  const read = new Date(door.clock.now()).toISOString();
  await door.control.status();
  door.clock.pass(10_000);
  const since = door.away();
  door.clock.pass(10_000);
  times(5, () => door.tally("a").answered("legacy", 200, 2000, false, false));
  const status = await door.control.status();
  expect(status).toMatchObject({
    revision: 1,
    unknown: { since, read },
    migrations: { applied: 1, pending: 1 },
  });
  expect(status.problems[0]).toContain("cannot be reached since 2026-11-22 00:00:15Z");
  for (const row of [status.routes[0], await door.board.route("a")]) {
    expect(row).toMatchObject({
      position: at(0, 100),
      legacy: { requests: 20 },
      unknown: { since, read, here: 25 },
    });
  }
  expect(await door.board.overview()).toMatchObject({ unknown: { since }, migrations: { pending: 1 } });

  door.back();
  const after = await door.control.status();
  expect(after.unknown).toBeUndefined();
  expect(after.routes[0]).toMatchObject({ legacy: { requests: 25 } });
  expect(after.routes[0]?.unknown).toBeUndefined();
  // Answers are shared by all who ask within a second.
  door.clock.pass(2000);
  const overview = await door.board.overview();
  expect([overview.unknown, overview.now.legacy]).toEqual([undefined, 25]);
});

test("figures that were never read are said to be unknown, and so are those of a window that opened since", async () => {
  const door = await begin();
  const since = door.away();
  expect((await door.control.status()).routes[0]).toMatchObject({
    legacy: { requests: 0 },
    unknown: { since, read: null, here: 20 },
  });
  door.back();
  await door.control.status();
  await door.control.shift({ target: { route: "a" }, modern: 10, ...WHO });
  door.away();
  const [first, second] = (await door.control.status()).routes;
  expect([first?.unknown?.read, typeof second?.unknown?.read]).toEqual([null, "string"]);
});

test("steps are told from the ledger in force, and no gate holds that nobody could judge", async () => {
  const door = await begin();
  const since = door.away();
  const steps = await door.control.migrations();
  expect(steps.map(({ state, unknown }) => [state, unknown?.since])).toEqual([
    ["applied", since],
    ["pending", since],
  ]);
  expect(await door.control.plan()).toMatchObject({
    next: { number: 2 },
    allowed: false,
    reasons: [expect.stringContaining("cannot be reached since 2026-11-22 00:00:05Z")],
    unknown: { since, read: null },
  });
});

test("a ledger that cannot be read is an error with the newest entries from memory, never an empty list", async () => {
  const door = await begin();
  const since = door.away();
  const query = { order: "newest", limit: 10, evidence: false } as const;
  for (const asked of [door.control.history(undefined), door.board.ledger(query)]) {
    const error = await errorOf(asked);
    expect(error).toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("cannot be reached since 2026-11-22 00:00:05Z: gone"),
      remedy: "Bring it back.",
      details: { unknown: { since, read: null }, revision: 1, entries: [{ revision: 1, evidence: {} }] },
    });
  }
});

test("differences read last stay, marked; that there were none is not known to be so still", async () => {
  const door = await begin();
  const query = { limit: 10, offset: 0, withheld: false } as const;
  expect((await door.board.differences(query)).rows).toEqual([]);
  const rates = await door.board.rates();
  expect(rates.unknown).toBeUndefined();
  door.clock.pass(10_000);
  const since = door.away();
  expect(await errorOf(door.board.differences(query))).toMatchObject({
    code: "store_unavailable",
    details: { unknown: { since } },
  });
  expect(await door.board.rates()).toEqual({ ...rates, unknown: { ...EXPECTED, since, read: rates.at } });
});

const EXPECTED = { what: expect.stringContaining("cannot be reached") };

test("a store that takes no counters is read, and what is missing is said", async () => {
  const door = await begin();
  await door.live.flush();
  times(5, () => door.tally("a").answered("legacy", 200, 2000, false, false));
  const since = door.away("putCounts");
  const { routes, unknown } = await door.control.status();
  expect(unknown).toMatchObject({ since, what: expect.stringContaining("does not take the counters") });
  expect(routes[0]).toMatchObject({ legacy: { requests: 20 }, unknown: { here: 25 } });
  expect((await door.control.plan()).allowed).toBe(false);
});

import { expect, test } from "vitest";
import type { LocalKeeper } from "../../src/control/index.ts";
import { FigError } from "../../src/domain/errors.ts";
import type { LocalRollback } from "../../src/domain/local-rollback.ts";
import type { Store } from "../../src/store/contract.ts";
import { aRoute, at } from "../domain/definitions.ts";
import { aConfig, aDoor, HandClock, onStore, openMemory, WHO } from "./harness.ts";

const config = aConfig({ routes: [aRoute("a"), aRoute("b")] });
const shiftOf = (route: string, modern: number) => ({ target: { route }, modern, ...WHO });
const HELD: LocalRollback = { id: "e1", at: "", by: "ada", reason: "it burns", routes: { a: 0 } };

class HandLocal implements LocalKeeper {
  held: LocalRollback | undefined;
  problem = undefined;
  readonly settledIds: string[] = [];
  private listener = () => {};

  constructor(held?: LocalRollback) {
    this.held = held;
  }

  onChange(listener: () => void): void {
    this.listener = listener;
  }

  async settled(id: string): Promise<void> {
    this.settledIds.push(id);
    this.put(undefined);
  }

  put(held: LocalRollback | undefined): void {
    this.held = held;
    this.listener();
  }
}

/** Refuses to write while it is away; reads as before. */
function refusing(store: Store) {
  const state = { away: true };
  const away = () => Promise.reject(new FigError("store_unavailable", "the disk is full"));
  const proxy = new Proxy(store, {
    get: (target, name) => {
      if (name === "append" && state.away) return away;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { proxy, state };
}

async function aHeldDoor(held?: LocalRollback) {
  const clock = new HandClock();
  const store = await openMemory(clock);
  await onStore(store, clock, config).shift(shiftOf("a", 50));
  await onStore(store, clock, config).shift(shiftOf("b", 20));
  const { proxy, state } = refusing(store);
  const local = new HandLocal(held);
  const door = await aDoor(config, { store: proxy, clock, local });
  const stands = (id: string) => door.tableRef.current.byId(id)?.position;
  return { ...door, clock, real: store, state, local, stands };
}

test("it lowers modern here at once though the store takes nothing, never raises it, and is said", async () => {
  const { local, stands, live } = await aHeldDoor();
  expect(stands("a")).toEqual(at(50));
  local.put({ ...HELD, routes: { a: 0, b: 70, gone: 0 } });
  expect([stands("a"), stands("b")]).toEqual([at(0), at(20)]);
  expect(live.problems().join()).toContain("a at modern 0");
  expect(live.problems().join()).toContain("gone: no route here has this id");
  local.put(undefined);
  expect(live.problems()).toEqual([]);
  // Another door may have written it: while the store is away that cannot be told at once.
  expect(stands("a")).toEqual(at(0));
  await expect.poll(() => stands("a"), { timeout: 10_000 }).toEqual(at(50));
});

test("a door that starts has it in force from its first request, and a shift of others changes nothing", async () => {
  const { stands, real, clock } = await aHeldDoor(HELD);
  expect(stands("a")).toEqual(at(0));
  await onStore(real, clock, config).shift(shiftOf("a", 80));
  await expect.poll(() => stands("b")).toEqual(at(20));
  expect(stands("a")).toEqual(at(0));
});

test("when the store is back it is written once, the lower modern wins over a newer entry, and both are named", async () => {
  const { stands, real, clock, state, local, control } = await aHeldDoor(HELD);
  await onStore(real, clock, config).shift(shiftOf("a", 80));
  state.away = false;
  await expect.poll(() => local.settledIds, { timeout: 10_000 }).toEqual(["e1"]);
  expect(stands("a")).toEqual(at(0));
  const [entry, ...more] = await real.read(3);
  expect(more).toEqual([]);
  expect(entry).toMatchObject({
    kind: "rollback",
    by: "ada",
    reason: "it burns (held on one front door as e1, over revision 3)",
    changes: [{ route: "a", from: at(80), to: at(0), undone: [3, 1] }],
    evidence: { local: { id: "e1", over: [{ route: "a", modern: 80, revision: 3 }] } },
  });
  // The same again (its file could not be removed, say) is not written twice, nor does it undo what came later.
  await control.shift(shiftOf("a", 10));
  local.put(HELD);
  await expect.poll(() => local.settledIds, { timeout: 10_000 }).toEqual(["e1", "e1"]);
  expect([stands("a"), (await real.read(0)).length]).toEqual([at(10), 5]);
});

test("where the ledger stands as low already nothing is written", async () => {
  const { real, state, local } = await aHeldDoor({ ...HELD, routes: { b: 20 } });
  state.away = false;
  await expect.poll(() => local.settledIds, { timeout: 10_000 }).toEqual(["e1"]);
  expect(await real.read(0)).toHaveLength(2);
});

test("front doors that stood differently meanwhile are listed in the ledger, status and attention until the route is shifted", async () => {
  const { real, clock, state, local, control, board } = await aHeldDoor(HELD);
  const other = await aDoor(config, { store: real, clock });
  const same = await aDoor(config, { store: real, clock, local: new HandLocal({ ...HELD, id: "e2" }) });
  state.away = false;
  await expect.poll(() => local.settledIds, { timeout: 10_000 }).toEqual(["e1"]);
  const said = "meanwhile these front doors stood differently: a door (a at modern 50)";
  for (const each of [control, other.control, same.control]) {
    await expect
      .poll(async () => (await each.status()).problems.join("\n"), { timeout: 10_000 })
      .toContain(`a was held lower on one front door alone, which is revision 3 now; ${said}`);
    const entries = await each.history("a");
    expect(entries.at(-1)).toMatchObject({
      evidence: { local: { id: "e1", others: ["a door (a at modern 50)"] } },
    });
  }
  const { attention } = await board.overview();
  expect(attention).toMatchObject([{ kind: "stood_apart", severity: "warning", route: "a" }]);
  const { entries } = await board.ledger({ order: "newest", limit: 1, evidence: true });
  expect(entries).toMatchObject([{ evidence: { local: { others: ["a door (a at modern 50)"] } } }]);
  await control.shift(shiftOf("a", 10));
  expect((await control.status()).problems).toEqual([]);
});

test("a store that hung for a while does not put off that it is written, nor the counters for long", async () => {
  const { live, local, state, clock, tally, real } = await aHeldDoor();
  const { putCounts } = real;
  let hung = false;
  real.putCounts = (...args) => {
    if (!hung) clock.pass(5_000);
    hung = true;
    return putCounts.apply(real, args);
  };
  tally("b").answered("legacy", 200, 1000, false, false);
  await expect.poll(() => hung, { timeout: 5_000 }).toBe(true);
  state.away = false;
  local.put(HELD);
  await expect.poll(() => local.settledIds, { timeout: 5_000 }).toEqual(["e1"]);
  tally("b").answered("legacy", 200, 1000, false, false);
  clock.pass(10_000);
  const counted = async () => {
    const { counts } = (await real.readCounts([{ route: "b", revision: 2, epoch: 1 }]))[0] ?? {};
    return counts?.legacy.requests;
  };
  await expect.poll(counted, { timeout: 5_000 }).toBe(2);
  await live.close();
});

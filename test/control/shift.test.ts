import { describe, expect, test } from "vitest";
import type { GateDefinition } from "../../src/domain/gate/contract.ts";
import { aRoute, aStep, at } from "../domain/definitions.ts";
import { aConfig, aDoor, errorOf, HandClock, onStore, openMemory, times, WHO } from "./harness.ts";

const gate: GateDefinition = {
  minComparisons: 10,
  maxMismatchRate: undefined,
  maxErrorRateIncrease: undefined,
  maxLatencyRatio: undefined,
  minDurationMs: undefined,
};

const read = aRoute("orders.read", { cohort: "orders" });
const list = aRoute("orders.list", { cohort: "orders" });
const stock = aRoute("stock");
const config = aConfig({ routes: [read, list, stock] });

describe("a shift by hand to where a step's gate does not let anybody", () => {
  const migrations = [
    aStep(1, { a: { modern: 5 } }, { name: "free" }),
    aStep(2, { a: { modern: 50 }, b: { modern: 50 } }, { name: "half", gate }),
  ];
  const waiting = aConfig({ routes: [aRoute("a", { start: at(0, 100) }), aRoute("b")], migrations });
  const request = { target: { route: "a" }, modern: 50, ...WHO };

  test("is done, and says before and after that the step would be refused, with the evidence", async () => {
    const door = await aDoor(waiting);
    const before = await door.control.shift({ ...request, dryRun: true });
    const after = await door.control.shift(request);
    for (const result of [before, after]) {
      expect(result).toMatchObject({
        gates: [],
        stepGates: [
          {
            number: 2,
            name: "half",
            gate: { route: "a", holds: false, conditions: [{ value: 0, bound: 10 }] },
          },
        ],
        warnings: [
          "step 0002-half would be refused: the gate does not hold for a (minComparisons is 0, must be at least 10); this shift is not bound by it",
        ],
      });
    }
    expect(after.entries[0]?.evidence).toMatchObject({ stepGates: [{ number: 2 }], forced: false });
  });

  test("says nothing where the gate holds, where modern falls, and where the steps are done", async () => {
    const door = await aDoor(waiting);
    times(10, () => door.tally("a").compared("match"));
    expect((await door.control.shift(request)).stepGates).toBeUndefined();
    expect((await door.control.shift({ ...request, modern: 20 })).stepGates).toBeUndefined();
    await door.control.shift({ ...request, modern: 5 });
    await door.control.migrate({ action: "to", to: 2, by: "ana", force: true });
    expect((await door.control.shift({ ...request, modern: 100 })).warnings).toEqual([]);
  });
});

describe("shift", () => {
  test("writes one entry and has it in force when it answers", async () => {
    const door = await aDoor(config);
    const result = await door.control.shift({ target: { route: "stock" }, modern: 10, shadow: 50, ...WHO });
    expect(result).toMatchObject({
      written: true,
      dryRun: false,
      changes: [{ route: "stock", from: at(0), to: at(10, 50), hash: stock.hash }],
      entries: [{ revision: 1, kind: "shift", by: "ana", reason: "because", migration: null }],
    });
    expect(door.tableRef.current.byId("stock")?.position).toEqual(at(10, 50));
    expect(door.live.revision()).toBe(1);
  });

  test("a part left out stays as it is", async () => {
    const door = await aDoor(config);
    await door.control.shift({ target: { route: "stock" }, modern: 10, shadow: 50, ...WHO });
    await door.control.shift({ target: { route: "stock" }, modern: 20, ...WHO });
    expect(door.tableRef.current.byId("stock")?.position).toEqual(at(20, 50));
  });

  test("a cohort moves in one revision", async () => {
    const door = await aDoor(config);
    const result = await door.control.shift({ target: { cohort: "orders" }, modern: 10, ...WHO });
    expect(result.entries).toHaveLength(1);
    expect(result.entries[0]?.changes.map((change) => change.route)).toEqual(["orders.read", "orders.list"]);
    expect(result.warnings).toEqual([]);
  });

  test("one route of a cohort alone is warned about", async () => {
    const door = await aDoor(config);
    const result = await door.control.shift({ target: { route: "orders.read" }, modern: 10, ...WHO });
    expect(result.written).toBe(true);
    expect(result.warnings).toEqual([
      "orders.read moves to modern 10 without the rest of cohort orders (orders.list): a client may meet both sides",
    ]);
    const shadow = await door.control.shift({ target: { route: "orders.read" }, shadow: 10, ...WHO });
    expect(shadow.warnings).toEqual([]);
  });

  test("a retired route is refused, a cohort leaves it out", async () => {
    const retired = aRoute("orders.old", { cohort: "orders", retired: true, legacy: undefined });
    const door = await aDoor(aConfig({ routes: [read, retired, aRoute("gone", { retired: true })] }));
    const alone = await errorOf(
      door.control.shift({ target: { route: "orders.old" }, modern: 10, force: true, ...WHO }),
    );
    expect(alone.code).toBe("refused");
    expect(alone.message).toContain("orders.old is retired");
    const cohort = await door.control.shift({ target: { cohort: "orders" }, modern: 10, ...WHO });
    expect(cohort.changes.map((change) => change.route)).toEqual(["orders.read"]);
    expect(cohort.warnings).toContain("retired and left out: orders.old");
    const all = await errorOf(door.control.shift({ target: { cohort: "gone" }, modern: 10, ...WHO }));
    expect(all.code).toBe("refused");
  });

  test("a sandboxed route stays at 0, force or not, until the word is removed", async () => {
    const route = aRoute("pay", { shadow: { ...stock.shadow, writes: "sandboxed" } });
    const door = await aDoor(aConfig({ routes: [route] }));
    const refusal = await errorOf(
      door.control.shift({ target: { route: "pay" }, modern: 0.01, force: true, ...WHO }),
    );
    expect(refusal.code).toBe("refused");
    expect(refusal.remedy).toContain("writes: sandboxed");
    expect((await door.control.shift({ target: { route: "pay" }, shadow: 100, ...WHO })).written).toBe(true);
    await door.live.reload(aConfig({ routes: [aRoute("pay")] }));
    expect((await door.control.shift({ target: { route: "pay" }, modern: 1, ...WHO })).written).toBe(true);
  });

  test("the position it already has writes nothing, fresh always writes", async () => {
    const door = await aDoor(config);
    const same = await door.control.shift({ target: { route: "stock" }, modern: 0, ...WHO });
    expect(same).toMatchObject({ written: false, entries: [], changes: [] });
    const fresh = await door.control.shift({ target: { route: "stock" }, fresh: true, ...WHO });
    expect(fresh).toMatchObject({ written: true, changes: [{ from: at(0), to: at(0) }] });
    expect(door.tally("stock").key.revision).toBe(1);
  });

  test("a dry run says what would be written and writes nothing", async () => {
    const door = await aDoor(config);
    const result = await door.control.shift({ target: { route: "stock" }, modern: 10, dryRun: true, ...WHO });
    expect(result).toMatchObject({ written: false, dryRun: true, entries: [], changes: [{ to: at(10) }] });
    expect(await door.store.read(0)).toEqual([]);
  });

  test.each([
    ["unknown_route", { target: { route: "nope" }, modern: 1 }],
    ["unknown_route", { target: { route: "(default)" }, modern: 1 }],
    ["unknown_cohort", { target: { cohort: "nope" }, modern: 1 }],
    ["invalid_request", { target: { route: "stock" } }],
    ["invalid_request", { target: { route: "stock" }, modern: 10.001 }],
    ["invalid_request", { target: { route: "stock" }, modern: -1 }],
    ["invalid_request", { target: { route: "stock" }, shadow: 101 }],
    ["invalid_request", { target: { route: "stock" }, shadow: Number.NaN }],
    ["invalid_request", { target: { route: "stock" }, modern: 1, reason: " " }],
    ["invalid_request", { target: { route: "stock" }, modern: 1, reason: "x".repeat(2001) }],
    ["invalid_request", { target: { route: "stock" }, modern: 1, by: "" }],
    ["unknown_revision", { target: { route: "stock" }, modern: 1, expectedRevision: 7 }],
    ["unknown_revision", { target: { route: "stock" }, modern: 1, expectedRevision: -1 }],
  ] as const)("refuses with %s: %j", async (code, request) => {
    const door = await aDoor(config);
    const error = await errorOf(door.control.shift({ ...WHO, ...request }));
    expect(error.code).toBe(code);
    expect(error.remedy).toBeTruthy();
    expect(await door.store.read(0)).toEqual([]);
  });

  test("an expected revision is a conflict only if that route has a newer entry", async () => {
    const door = await aDoor(config);
    await door.control.shift({ target: { route: "stock" }, modern: 10, ...WHO });
    await door.control.shift({ target: { route: "orders.read" }, modern: 10, ...WHO });
    const stale = await errorOf(
      door.control.shift({
        target: { route: "stock" },
        modern: 20,
        expectedRevision: 0,
        force: true,
        ...WHO,
      }),
    );
    expect(stale).toMatchObject({
      code: "conflict",
      remedy: "read status again and retry",
      details: { expectedRevision: 0, conflict: { revision: 1 } },
    });
    const fine = await door.control.shift({
      target: { route: "stock" },
      modern: 20,
      expectedRevision: 1,
      ...WHO,
    });
    expect(fine.entries[0]?.revision).toBe(3);
  });

  test("of two concurrent writers exactly one wins and the other is told who", async () => {
    const door = await aDoor(config);
    for (let round = 1; round <= 20; round++) {
      const both = await Promise.allSettled([
        door.control.shift({ target: { route: "stock" }, modern: round, ...WHO }),
        onStore(door.store, door.clock, config).shift({
          target: { route: "stock" },
          modern: round + 50,
          ...WHO,
        }),
      ]);
      const lost = both.filter((each) => each.status === "rejected");
      expect(lost).toHaveLength(1);
      expect(lost[0]?.reason).toMatchObject({ code: "conflict", details: { conflict: { revision: round } } });
    }
    expect(await door.store.read(0)).toHaveLength(20);
  });

  test("shifts of other routes do not conflict", async () => {
    const door = await aDoor(config);
    await Promise.all([
      door.control.shift({ target: { route: "stock" }, modern: 1, ...WHO }),
      door.control.shift({ target: { route: "orders.read" }, modern: 1, ...WHO }),
    ]);
    expect(door.live.revision()).toBe(2);
  });

  test("goes on under a new id, and a writer that knows the old one conflicts", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const before = onStore(store, clock, aConfig({ routes: [aRoute("old")] }));
    const after = onStore(store, clock, aConfig({ routes: [aRoute("new", { formerly: ["old"] })] }));
    await before.shift({ target: { route: "old" }, modern: 10, ...WHO });
    expect((await after.status()).routes[0]).toMatchObject({ id: "new", position: at(10) });
    const byOldName = await after.shift({
      target: { route: "old" },
      modern: 20,
      expectedRevision: 1,
      ...WHO,
    });
    expect(byOldName.changes).toMatchObject([{ route: "new", from: at(10), to: at(20) }]);
    await before.shift({ target: { route: "old" }, modern: 30, ...WHO });
    const stale = await errorOf(
      after.shift({ target: { route: "new" }, modern: 40, expectedRevision: 2, ...WHO }),
    );
    expect(stale.code).toBe("conflict");
  });
});

test("methods of which nothing was compared are named with their share, gate or not, and the entry keeps it", async () => {
  const door = await aDoor(config);
  await door.control.shift({ target: { route: "stock" }, shadow: 100, ...WHO });
  const tally = door.tableRef.current.byId("stock")?.tally;
  times(6, () => tally?.asked("GET"));
  times(4, () => tally?.asked("POST"));
  const unseen = "stock: not compared, since it is not shadowed: POST (40 %) of 10 requests";
  const result = await door.control.shift({ target: { route: "stock" }, modern: 10, ...WHO });
  expect(result).toMatchObject({ warnings: [unseen], entries: [{ evidence: { unseen: [unseen] } }] });
  const back = await door.control.shift({ target: { route: "stock" }, modern: 0, ...WHO });
  expect(back.warnings).toEqual([]);
});

describe("the gate of fig shift", () => {
  const gated = aConfig({ routes: [read, list, stock], gate });

  test("is asked where modern rises, and only there", async () => {
    const door = await aDoor(gated);
    const shadow = await door.control.shift({ target: { route: "stock" }, shadow: 100, ...WHO });
    expect(shadow.gates).toEqual([]);
    const refusal = await errorOf(door.control.shift({ target: { route: "stock" }, modern: 10, ...WHO }));
    expect(refusal.code).toBe("gate_refused");
    expect(refusal.message).toBe(
      "the gate does not hold for stock (minComparisons is 0, must be at least 10)",
    );
    expect(refusal.details).toMatchObject({
      gates: [{ route: "stock", holds: false, conditions: [{ missing: "needs 10 more comparisons" }] }],
    });
    times(10, () => door.tally("stock").compared("match"));
    const up = await door.control.shift({ target: { route: "stock" }, modern: 10, ...WHO });
    expect(up).toMatchObject({ written: true, gates: [{ route: "stock", holds: true }] });
    const down = await door.control.shift({ target: { route: "stock" }, modern: 5, ...WHO });
    expect(down.written).toBe(true);
  });

  test("is held by every route of a cohort by itself, never pooled", async () => {
    const door = await aDoor(gated);
    await door.control.shift({ target: { cohort: "orders" }, shadow: 100, ...WHO });
    times(100, () => door.tally("orders.read").compared("match"));
    const refusal = await errorOf(door.control.shift({ target: { cohort: "orders" }, modern: 10, ...WHO }));
    expect(refusal.details).toMatchObject({
      gates: [
        { route: "orders.read", holds: true },
        { route: "orders.list", holds: false },
      ],
    });
  });

  test("a dry run refuses what the real one would", async () => {
    const door = await aDoor(gated);
    const refusal = await errorOf(
      door.control.shift({ target: { route: "stock" }, modern: 10, dryRun: true, ...WHO }),
    );
    expect(refusal.code).toBe("gate_refused");
  });

  test("force goes over it, and the entry keeps what was known", async () => {
    const door = await aDoor(gated);
    await door.control.shift({ target: { route: "stock" }, shadow: 100, ...WHO });
    door.tally("stock").answered("legacy", 200, 2000, false, false);
    const forced = await door.control.shift({ target: { route: "stock" }, modern: 10, force: true, ...WHO });
    expect(forced.warnings[0]).toMatch(/^forced: the gate does not hold/);
    const [, entry] = await door.store.read(0);
    expect(entry?.evidence).toMatchObject({
      forced: true,
      overridden: [expect.stringContaining("minComparisons")],
      gates: [{ route: "stock", holds: false }],
      windows: { stock: { legacy: { requests: 1, errors: 0 }, comparisons: { match: 0 } } },
    });
    const plain = await door.control.shift({ target: { route: "stock" }, modern: 5, force: true, ...WHO });
    expect(plain.entries[0]?.evidence).toMatchObject({ forced: false });
  });

  test("a shift, fresh and a changed definition each begin a new window", async () => {
    const door = await aDoor(gated);
    const fill = () => times(10, () => door.tally("stock").compared("match"));
    const up = (modern: number) => door.control.shift({ target: { route: "stock" }, modern, ...WHO });
    await door.control.shift({ target: { route: "stock" }, shadow: 100, ...WHO });
    fill();
    await door.control.shift({ target: { route: "stock" }, fresh: true, ...WHO });
    expect((await errorOf(up(10))).code).toBe("gate_refused");
    fill();
    await door.live.reload({ ...gated, routes: [read, list, { ...stock, hash: "edited" }] });
    expect((await errorOf(up(10))).code).toBe("gate_refused");
    fill();
    expect((await up(10)).written).toBe(true);
    expect((await errorOf(up(20))).code).toBe("gate_refused");
  });

  test("evidence of all front doors counts, and survives them", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const one = await aDoor(gated, { store, clock });
    const two = await aDoor(gated, { store, clock });
    await one.control.shift({ target: { route: "stock" }, shadow: 100, ...WHO });
    await expect.poll(() => two.live.revision()).toBe(1);
    times(5, () => one.tally("stock").compared("match"));
    times(5, () => two.tally("stock").compared("mismatch"));
    await two.live.close();
    await one.live.close();
    const up = await onStore(store, clock, gated).shift({ target: { route: "stock" }, modern: 10, ...WHO });
    expect(up.gates).toMatchObject([{ holds: true, conditions: [{ value: 10 }] }]);
  });

  test("what was counted for another definition proves nothing", async () => {
    const door = await aDoor(gated);
    await door.control.shift({ target: { route: "stock" }, shadow: 100, ...WHO });
    times(10, () => door.tally("stock").compared("match"));
    await door.live.flush();
    const edited = onStore(door.store, door.clock, { ...gated, routes: [{ ...stock, hash: "edited" }] });
    const refusal = await errorOf(edited.shift({ target: { route: "stock" }, modern: 10, ...WHO }));
    expect(refusal.code).toBe("gate_refused");
  });

  test("its window opens at the last shift or at a later change of the definition", async () => {
    const timed = aConfig({
      routes: [stock],
      gate: { ...gate, minComparisons: undefined, minDurationMs: 600_000 },
    });
    const door = await aDoor(timed);
    door.clock.pass(599_999);
    expect((await errorOf(door.control.shift({ target: { route: "stock" }, modern: 1, ...WHO }))).code).toBe(
      "gate_refused",
    );
    door.clock.pass(1);
    expect((await door.control.shift({ target: { route: "stock" }, modern: 1, ...WHO })).written).toBe(true);
    door.clock.pass(500_000);
    await door.live.reload({ ...timed, routes: [{ ...stock, hash: "edited" }] });
    door.clock.pass(599_999);
    const refusal = await errorOf(door.control.shift({ target: { route: "stock" }, modern: 2, ...WHO }));
    expect(refusal.details).toMatchObject({ gates: [{ conditions: [{ missing: "needs 1 ms more" }] }] });
  });
});

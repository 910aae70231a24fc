import { describe, expect, test } from "vitest";
import type { GateDefinition } from "../../src/domain/gate/contract.ts";
import { aRoute, at } from "../domain/definitions.ts";
import { aConfig, aDoor, errorOf, onStore, WHO } from "./harness.ts";

const impossible: GateDefinition = {
  minComparisons: 1_000_000,
  maxMismatchRate: undefined,
  maxErrorRateIncrease: undefined,
  maxLatencyRatio: undefined,
  minDurationMs: undefined,
};
const a = aRoute("a");
const b = aRoute("b");
const config = aConfig({ routes: [a, b] });

const shiftOf = (route: string, modern: number) => ({ target: { route }, modern, ...WHO });

describe("rollback", () => {
  test("undoes the newest shift in one entry that names it, and never asks a gate", async () => {
    const door = await aDoor(aConfig({ routes: [a, b], gate: impossible }));
    await door.control.shift({ ...shiftOf("a", 50), force: true });
    const result = await door.control.rollback({ route: "a", ...WHO });
    expect(result).toMatchObject({
      written: true,
      gates: [],
      entries: [{ revision: 2, kind: "rollback", changes: [{ from: at(50), to: at(0), undone: [1] }] }],
    });
    expect(door.tableRef.current.byId("a")?.position).toEqual(at(0));
  });

  test("nothing to undo is refused", async () => {
    const door = await aDoor(config);
    expect((await errorOf(door.control.rollback({ route: "a", ...WHO }))).code).toBe("nothing_to_undo");
    expect((await errorOf(door.control.rollback({ route: undefined, ...WHO }))).code).toBe("nothing_to_undo");
  });

  test("--all is one revision for every route", async () => {
    const door = await aDoor(config);
    await door.control.shift(shiftOf("a", 10));
    await door.control.shift(shiftOf("b", 20));
    const result = await door.control.rollback({ route: undefined, ...WHO });
    expect(result.entries).toHaveLength(1);
    expect(result.changes.map(({ route, to }) => [route, to.modern])).toEqual([
      ["a", 0],
      ["b", 0],
    ]);
  });

  test("--to restores what held after a revision, raising modern if need be", async () => {
    const door = await aDoor(config);
    await door.control.shift(shiftOf("a", 10));
    await door.control.shift(shiftOf("b", 20));
    await door.control.shift(shiftOf("a", 0));
    await door.control.shift(shiftOf("b", 30));
    expect((await errorOf(door.control.rollback({ route: "a", ...WHO }))).code).toBe("refused");
    const result = await door.control.rollback({ route: undefined, to: 2, ...WHO });
    expect(result.changes.map(({ route, to }) => [route, to.modern])).toEqual([
      ["a", 10],
      ["b", 20],
    ]);
    expect((await errorOf(door.control.rollback({ route: "a", to: 99, ...WHO }))).code).toBe(
      "unknown_revision",
    );
  });

  test("a dry run writes nothing, a stale expectation conflicts", async () => {
    const door = await aDoor(config);
    await door.control.shift(shiftOf("a", 10));
    const dry = await door.control.rollback({ route: "a", dryRun: true, ...WHO });
    expect(dry).toMatchObject({ written: false, dryRun: true, changes: [{ to: at(0) }] });
    const stale = await errorOf(door.control.rollback({ route: "a", expectedRevision: 0, ...WHO }));
    expect(stale.code).toBe("conflict");
    expect(await door.store.read(0)).toHaveLength(1);
  });

  test("says how many unsafe requests modern has served since, also in closed windows and under a former id", async () => {
    const door = await aDoor(config);
    await door.control.shift(shiftOf("a", 10));
    door.tally("a").answered("modern", 201, 1000, false, true);
    door.tally("a").answered("modern", 200, 1000, false, false);
    await door.live.flush();
    await door.control.shift({ target: { route: "a" }, fresh: true, ...WHO });
    door.tally("a").answered("modern", 201, 1000, false, true);
    await door.live.flush();
    const renamed = onStore(
      door.store,
      door.clock,
      aConfig({ routes: [aRoute("z", { formerly: ["a"] }), b] }),
    );
    const result = await renamed.rollback({ route: "z", ...WHO });
    expect(result.unsafeServed).toEqual({ z: 2 });
    expect(result.entries[0]?.evidence).toMatchObject({ unsafeServed: { z: 2 } });
  });

  test("does not wait for counters that cannot be written", async () => {
    const door = await aDoor(config);
    await door.control.shift(shiftOf("a", 10));
    door.store.putCounts = async () => {
      throw new Error("disk full");
    };
    door.tally("a").answered("modern", 200, 1000, false, false);
    expect((await door.control.rollback({ route: "a", ...WHO })).written).toBe(true);
  });
});

import { describe, expect, test } from "vitest";
import { FigError } from "../../src/domain/errors.ts";
import { RETIRED_HASH } from "../../src/domain/route-hash.ts";
import type { Store } from "../../src/store/contract.ts";
import { aRoute, aStep, at } from "../domain/definitions.ts";
import { aConfig, aDoor, errorOf, HandKeeper, onStore, WHO } from "./harness.ts";

const by = "ana";
const a = aRoute("a");
const b = aRoute("b");
const retired = aRoute("a", { retired: true, legacy: undefined, hash: `${RETIRED_HASH}a` });
const steps = [
  aStep(1, { a: { modern: 10 } }, { name: "ten" }),
  aStep(2, { a: { modern: 100 } }, { name: "all" }),
  aStep(3, { b: { modern: 10 } }, { name: "next" }),
];

/** Two steps applied, and their route retired. */
async function retiredDoor(copy?: HandKeeper) {
  const door = await aDoor(
    aConfig({ routes: [a, b], migrations: steps }),
    copy === undefined ? {} : { copy },
  );
  await door.control.migrate({ action: "to", to: 2, by });
  await door.live.reload(aConfig({ routes: [retired, b], migrations: steps }));
  return door;
}

describe("a finished migration", () => {
  test("leaves the files: the steps archived, the retired route deleted, nothing missed", async () => {
    const copy = new HandKeeper();
    const door = await retiredDoor(copy);
    const result = await door.control.migrate({ action: "squash", to: 2, by });
    expect(result).toMatchObject({
      written: true,
      changes: [],
      entries: [
        {
          kind: "baseline",
          migration: { number: 2, name: "all" },
          changes: [],
          evidence: {
            steps: [
              { number: 1, revision: 1 },
              { number: 2, revision: 2 },
            ],
          },
        },
      ],
    });
    const left = aConfig({ routes: [b], migrations: steps.slice(2) });
    await door.live.reload(left);
    expect(door.tableRef.current.routes.map(({ definition }) => definition.id)).toEqual(["b"]);
    expect((await door.control.status()).problems).toEqual([]);
    expect((await door.board.overview()).attention.map(({ kind }) => kind)).toEqual(["gate_holds"]);
    expect((await door.control.migrations()).map(({ number, name, state }) => [number, name, state])).toEqual(
      [
        [1, "ten", "archived"],
        [2, "all", "archived"],
        [3, "next", "pending"],
      ],
    );
    expect((await door.control.history(undefined)).map(({ kind }) => kind)).toEqual([
      "migration",
      "migration",
      "baseline",
    ]);
    // Another start, with the store and without it.
    const again = await aDoor(left, { store: door.store, clock: door.clock });
    expect((await again.control.status()).problems).toEqual([]);
    const away = { ...bound(door.store), read: gone, readDefinitions: gone, noteDefinitions: gone };
    const blind = await aDoor(left, { store: away, clock: door.clock, copy: copy.restarted() });
    expect(blind.tableRef.current.routes).toHaveLength(1);
    await again.control.migrate({ action: "up", by });
    expect(again.tableRef.current.byId("b")?.position).toEqual(at(10));
    await again.control.migrate({ action: "down", by });
  });

  test("a step that comes with the number of an archived one is late, not taken for it", async () => {
    const door = await retiredDoor();
    await door.control.migrate({ action: "squash", to: 2, by });
    const other = aStep(1, { b: { modern: 5 } }, { name: "from-a-branch", hash: "other" });
    await door.live.reload(aConfig({ routes: [b], migrations: [other] }));
    expect((await door.control.status()).problems).toEqual([
      expect.stringMatching(
        /step 0001-from-a-branch is late: its number is that of 0001-ten, which is archived/,
      ),
    ]);
    expect((await door.control.migrations()).map(({ name, state, late }) => [name, state, late])).toEqual([
      ["from-a-branch", "pending", true],
      ["all", "archived", false],
    ]);
    const refused = await errorOf(door.control.migrate({ action: "up", by }));
    expect([refused.code, refused.remedy]).toEqual([
      "late_step",
      expect.stringContaining("give its file the next free number, 0003, or apply it now"),
    ]);
    await door.control.migrate({ action: "up", by, force: true });
    expect(door.tableRef.current.byId("b")?.position).toEqual(at(5));
    expect((await door.control.status()).problems).toEqual([]);

    // Only renamed, or only edited: nobody misses the file as it was applied, so nobody minds.
    const { hash, name } = other;
    const same = [
      aStep(1, { b: { modern: 9 } }, { name, hash: "edited" }),
      aStep(1, {}, { name: "renamed", hash }),
    ];
    for (const file of same) {
      await door.live.reload(aConfig({ routes: [b], migrations: [file] }));
      expect((await door.control.status()).problems).toEqual([]);
      expect(await door.control.plan()).toMatchObject({ next: null });
    }
  });

  test("a retired route may be deleted without more ado; one that was never loaded as retired may not", async () => {
    const door = await retiredDoor();
    await door.live.reload(aConfig({ routes: [b] }));
    expect((await door.control.status()).problems).toEqual([
      expect.stringContaining("step 0001-ten was applied (revision 1), but its file is gone"),
      expect.stringContaining("archive it with `fig migrate squash --to 2`"),
    ]);
    await door.control.migrate({ action: "squash", to: 2, by });
    expect((await door.control.status()).problems).toEqual([]);

    const early = await aDoor(aConfig({ routes: [a, b], migrations: steps }));
    await early.control.migrate({ action: "to", to: 2, by });
    const error = await errorOf(early.live.reload(aConfig({ routes: [b] })));
    expect(error.remedy).toContain("let a front door load it with `retired: true` before it goes");
    await early.live.reload(aConfig({ routes: [retired, b], migrations: steps }));
    await early.live.reload(aConfig({ routes: [b] }));
  });

  test("only what is applied and as its files say can be archived, and once it is, it stays", async () => {
    const door = await retiredDoor();
    const squash = (to: number) => door.control.migrate({ action: "squash", to, by });
    const pending = await errorOf(squash(3));
    expect(pending).toMatchObject({ code: "refused" });
    expect(pending.message).toContain("0003-next is pending");
    expect((await errorOf(squash(9))).message).toContain("is pending");
    const edited = steps.map((step) => (step.number === 1 ? { ...step, hash: "other" } : step));
    await door.live.reload(aConfig({ routes: [retired, b], migrations: edited }));
    expect((await errorOf(squash(2))).message).toContain("was edited after it was applied");
    await door.live.reload(aConfig({ routes: [retired, b], migrations: steps }));
    expect(await door.control.migrate({ action: "squash", to: 2, by, dryRun: true })).toMatchObject({
      written: false,
    });
    await squash(2);
    expect(await squash(1)).toMatchObject({
      written: false,
      warnings: ["the steps up to 2 are archived already"],
    });
    expect(await errorOf(door.control.migrate({ action: "down", by }))).toMatchObject({
      code: "nothing_to_undo",
      message: "the last applied step, 0002-all, is archived",
    });
    expect((await errorOf(door.control.migrate({ action: "to", to: 0, by }))).code).toBe("refused");
    expect(await door.control.migrate({ action: "to", to: 2, by })).toMatchObject({ written: false });
    await door.live.reload(aConfig({ routes: [retired, b], migrations: edited }));
    expect((await door.control.status()).problems).toEqual([]);
  });

  test("a step that comes in below the baseline is late, not lost", async () => {
    const store = (await retiredDoor()).store;
    const clock = (await aDoor(aConfig())).clock;
    const before = onStore(
      store,
      clock,
      aConfig({ routes: [retired, b], migrations: [steps[1]] as typeof steps }),
    );
    await before.migrate({ action: "squash", to: 2, by });
    const forgotten = aStep(1, { b: { modern: 5 } }, { name: "other", hash: "other" });
    const control = onStore(store, clock, aConfig({ routes: [retired, b], migrations: [forgotten] }));
    // Its number is that of an archived step, and nothing else is: never applied, so not said to be.
    expect((await control.migrations())[0]).toMatchObject({
      number: 1,
      name: "other",
      state: "pending",
      late: true,
      revision: null,
    });
    const three = await aDoor(aConfig({ routes: [a, b], migrations: [steps[1]] as typeof steps }));
    await three.control.migrate({ action: "up", by });
    await three.control.migrate({ action: "squash", to: 2, by });
    await three.live.reload(aConfig({ routes: [a, b], migrations: [forgotten] }));
    expect(await errorOf(three.control.migrate({ action: "up", by }))).toMatchObject({
      code: "late_step",
      message: "step 0001-other is late: the steps around it are archived; it would move b to modern 5 %",
    });
  });

  test("a rollback of an archived step's route moves the route, and the step is not pending again", async () => {
    const door = await aDoor(aConfig({ routes: [a, b], migrations: steps.slice(0, 1) }));
    await door.control.migrate({ action: "up", by });
    await door.control.migrate({ action: "squash", to: 1, by });
    await door.control.rollback({ route: "a", ...WHO });
    expect(door.tableRef.current.byId("a")?.position).toEqual(at(0));
    expect((await door.control.plan()).next).toBeNull();
    expect((await door.control.migrations()).map(({ state }) => state)).toEqual(["archived"]);
  });
});

async function gone(): Promise<never> {
  throw new FigError("store_unavailable", "gone");
}

function bound(store: Store): Store {
  return new Proxy(store, {
    get: (from, name) => Reflect.get(from, name).bind?.(from) ?? Reflect.get(from, name),
  });
}

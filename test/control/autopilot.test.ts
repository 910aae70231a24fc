import { describe, expect, test } from "vitest";
import type { GateDefinition } from "../../src/domain/gate/contract.ts";
import type { Store } from "../../src/store/contract.ts";
import { aRoute, aStep, at } from "../domain/definitions.ts";
import { aConfig, aDoor, errorOf, HandClock, onStore, openMemory, times, WHO } from "./harness.ts";

const gate: GateDefinition = {
  minComparisons: 10,
  maxMismatchRate: undefined,
  maxErrorRateIncrease: undefined,
  maxLatencyRatio: undefined,
  minDurationMs: undefined,
};
const steps = [
  aStep(1, { a: { shadow: 100 } }, { name: "shadow" }),
  aStep(2, { a: { modern: 10 } }, { name: "ten", gate }),
  aStep(3, { a: { modern: 100 } }, { name: "all", gate }),
];
const config = aConfig({ routes: [aRoute("a")], migrations: steps });

type Door = Awaited<ReturnType<typeof aDoor>>;

/** Requests that both sides answered alike, and a second that passes; seen by the store. */
async function asked(door: Door, requests = 20, compared = requests) {
  times(requests, () => door.tally("a").answered("legacy", 200, 1000, false, false));
  times(compared, () => door.tally("a").compared("match"));
  door.clock.pass(1000);
  await door.live.flush();
}

/** Looks twice with requests between: the first look alone cannot know that they come. */
async function looks(door: Door): Promise<boolean> {
  await door.pilot.look();
  await asked(door);
  return door.pilot.look();
}

const kinds = async (door: Door) => (await door.control.history(undefined)).map(({ kind }) => kind);

describe("the autopilot", () => {
  test("walks to 100 % by itself, each move a revision of its own kind with its evidence", async () => {
    const door = await aDoor(config);
    await door.control.autopilot.start({ by: "ana", reason: "ready" });
    expect(await door.pilot.look()).toBe(true);
    expect(await looks(door)).toBe(true);
    expect(await looks(door)).toBe(true);
    expect(await looks(door)).toBe(false);
    const entries = await door.control.history(undefined);
    expect(entries.map(({ kind, by, migration }) => [kind, by, migration?.number])).toEqual([
      ["autopilot", "autopilot", 1],
      ["autopilot", "autopilot", 2],
      ["autopilot", "autopilot", 3],
    ]);
    expect(entries[2]?.evidence).toMatchObject({
      autopilot: { startedBy: "ana", reason: "ready", to: null },
      gates: [{ route: "a", holds: true }],
      windows: { a: { comparisons: { match: 20 } } },
    });
    expect(await door.control.autopilot.status()).toMatchObject({
      ...{ state: "running", by: "ana", waitsFor: "steps", says: "no step is pending", step: null },
    });
    expect(door.pilot.moves).toBe(3);
    // Undone as a person's step is.
    await door.control.migrate({ action: "down", by: "ana" });
    expect((await door.control.migrations()).at(-1)).toMatchObject({ number: 3, state: "pending" });
  });

  test("waits for a gate that does not hold, and says when it expects to move", async () => {
    const door = await aDoor(config);
    await door.control.autopilot.start(WHO);
    await door.pilot.look();
    await asked(door, 5);
    door.clock.pass(59_000);
    await door.pilot.look();
    const status = await door.control.autopilot.status();
    expect(status).toMatchObject({ waitsFor: "gate", step: { number: 2 }, gates: [{ holds: false }] });
    expect(Date.parse(status.expectedAt ?? "") - door.clock.now()).toBe(60_000);
  });

  test("never moves on silence: a gate that holds by what came a while ago is not enough", async () => {
    const slow = steps.map((step) =>
      step.number === 2 ? { ...step, autopilot: { waitMs: 600_000 } } : step,
    );
    const door = await aDoor(aConfig({ routes: [aRoute("a")], migrations: slow }));
    await door.control.autopilot.start(WHO);
    await door.pilot.look();
    expect(await looks(door)).toBe(false);
    door.clock.pass(600_000);
    expect(await door.pilot.look()).toBe(false);
    expect(await door.control.autopilot.status()).toMatchObject({
      waitsFor: "traffic",
      gates: [{ holds: true }],
    });
    await asked(door, 1);
    expect(await door.pilot.look()).toBe(true);
  });

  test("goes as far as it was told, and waits as long as a step declares", async () => {
    const slow = steps.map((step) => (step.number === 2 ? { ...step, autopilot: { waitMs: 60_000 } } : step));
    const door = await aDoor(aConfig({ routes: [aRoute("a")], migrations: slow }));
    await door.control.autopilot.start({ ...WHO, to: 2 });
    await door.pilot.look();
    expect(await looks(door)).toBe(false);
    expect(await door.control.autopilot.status()).toMatchObject({
      waitsFor: "wait",
      says: "step 2 (ten) waits for 59 s more after the move before it",
      times: { text: null, waitMs: 60_000 },
    });
    door.clock.pass(59_000);
    expect(await door.pilot.look()).toBe(true);
    expect(await looks(door)).toBe(false);
    expect((await door.control.autopilot.status()).says).toBe(
      "it stands after step 2, as far as it was to go",
    );
    expect(await errorOf(door.control.autopilot.start({ ...WHO, to: 9 }))).toMatchObject({
      code: "invalid_request",
    });
  });

  test("its wait goes by a clock that nobody moves, where the move was seen; else by the ledger's time", async () => {
    const slow = [
      steps[0] ?? aStep(1, {}),
      aStep(2, { a: { shadow: 50 } }, { autopilot: { waitMs: 60_000 } }),
    ];
    const files = aConfig({ routes: [aRoute("a")], migrations: slow });
    const clock = new HandClock();
    const store = await openMemory(clock);
    const door = await aDoor(files, { clock, store });
    await door.control.autopilot.start(WHO);
    await door.pilot.look();
    const micros = clock.micros.bind(clock);
    const stood = micros();
    clock.micros = () => stood + 1_000_000;
    // Somebody sets the clock an hour on.
    clock.pass(3_600_000);
    expect(await door.pilot.look()).toBe(false);
    expect((await door.control.autopilot.status()).waitsFor).toBe("wait");
    const fresh = await aDoor(files, { clock, store });
    expect(await fresh.pilot.look()).toBe(true);
  });

  test("pause, resume and stop are the state's, whichever door is asked", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const [one, two] = [await aDoor(config, { clock, store }), await aDoor(config, { clock, store })];
    expect(await errorOf(two.control.autopilot.pause({ by: "bo" }))).toMatchObject({ code: "refused" });
    await one.control.autopilot.start(WHO);
    expect(await two.control.autopilot.pause({ by: "bo", reason: "release" })).toMatchObject({
      ...{ state: "paused", by: "bo", reason: "release" },
    });
    expect([await one.pilot.look(), await two.pilot.look()]).toEqual([false, false]);
    expect(one.pilot.state).toBe("paused");
    await one.control.autopilot.resume({ by: "ana" });
    expect(await two.pilot.look()).toBe(true);
    await onStore(store, clock, config).autopilot.stop({ by: "cy" });
    expect((await one.control.autopilot.status()).says).toBe("stopped by cy");
    expect(await looks(one)).toBe(false);
  });

  test("what is taken back pauses it until somebody resumes it", async () => {
    const door = await aDoor(config);
    await door.control.autopilot.start(WHO);
    await door.pilot.look();
    await looks(door);
    await door.control.rollback({ route: "a", ...WHO });
    expect(await looks(door)).toBe(false);
    expect(await door.control.autopilot.status()).toMatchObject({
      state: "paused",
      waitsFor: "person",
      stuck: true,
    });
    expect(door.events.at(-1)).toMatchObject({ type: "autopilot", data: { state: "paused" } });
    expect(await door.control.autopilot.resume({ by: "ana" })).toMatchObject({ state: "running" });
    expect(await door.pilot.look()).toBe(true);
    expect(await kinds(door)).toEqual(["autopilot", "autopilot", "rollback", "autopilot"]);
  });

  test("of two doors that try at once one writes the step, and the other says nothing", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const doors = [await aDoor(config, { clock, store }), await aDoor(config, { clock, store })] as const;
    await doors[0].control.autopilot.start(WHO);
    // Both have judged before either writes.
    let waiting: (() => void)[] = [];
    const append = store.append.bind(store);
    (store as { append: Store["append"] }).append = async (...given) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length < 2) return;
        for (const each of waiting) each();
        waiting = [];
      });
      return append(...given);
    };
    const moved = await Promise.all(doors.map((door) => door.pilot.look()));
    expect(moved.sort()).toEqual([false, true]);
    expect(await kinds(doors[0])).toEqual(["autopilot"]);
    expect(doors.flatMap(({ lines }) => lines).filter(({ level }) => level !== "info")).toEqual([]);
  });

  test("an order that comes while the gate is judged is obeyed", async () => {
    const door = await aDoor(config);
    await door.control.autopilot.start(WHO);
    const read = door.store.readCounts.bind(door.store);
    let told = false;
    (door.store as { readCounts: Store["readCounts"] }).readCounts = async (windows) => {
      if (!told) {
        told = true;
        await door.control.autopilot.pause({ by: "bo" });
      }
      return read(windows);
    };
    expect(await door.pilot.look()).toBe(false);
    expect(await kinds(door)).toEqual([]);
  });

  test("waits while the store is away, and for drift, a step without a gate and a shift in between", async () => {
    const ungated = aConfig({ routes: [aRoute("a")], migrations: [aStep(1, { a: { modern: 10 } })] });
    const bare = await aDoor(ungated);
    await bare.control.autopilot.start(WHO);
    expect(await bare.pilot.look()).toBe(false);
    expect((await bare.control.autopilot.status()).says).toBe(
      "step 1 (step) raises a without a gate: apply it by hand, or give it one (`none` says that it needs none)",
    );
    const door = await aDoor(config);
    await door.control.autopilot.start(WHO);
    await door.pilot.look();
    await door.control.shift({ target: { route: "a" }, modern: 1, ...WHO });
    expect(await looks(door)).toBe(false);
    expect(await door.control.autopilot.status()).toMatchObject({ waitsFor: "refused", stuck: true });
    await door.store.close();
    expect(await door.pilot.look()).toBe(false);
    expect(door.tableRef.current.byId("a")?.position).toEqual(at(1, 100));
  });

  test("somebody is told once it waits for longer than is declared", async () => {
    const door = await aDoor(config);
    await door.control.autopilot.start(WHO);
    await door.pilot.look();
    const told = async () =>
      (await door.board.overview()).attention.filter(({ kind }) => kind === "autopilot");
    expect(await told()).toEqual([]);
    door.clock.pass(24 * 3_600_000 + 1);
    expect(await told()).toMatchObject([
      { severity: "warning", message: expect.stringContaining("step 2 (ten) waits") },
    ]);
  });
});

test("a route that a guard took back pauses it, and is held until both are resumed", async () => {
  const door = await aDoor(config);
  await door.control.autopilot.start(WHO);
  await door.pilot.look();
  await looks(door);
  const change = { route: "a", from: at(10, 100), to: at(0, 100), hash: "hash-of-a", undone: [2] };
  const draft = { kind: "guard", by: "guard", reason: "errors", migration: null, evidence: {} } as const;
  const written = await door.store.append({ ...draft, changes: [change] }, { revision: 2, routes: ["a"] });
  if (written.ok) await door.live.apply(written.entry);
  expect(await looks(door)).toBe(false);
  expect(await door.control.autopilot.status()).toMatchObject({ state: "paused", waitsFor: "person" });
  expect(await door.control.autopilot.resume({ by: "ana" })).toMatchObject({
    ...{ state: "running", waitsFor: "refused", says: expect.stringContaining("a guard took a back") },
  });
  expect(await looks(door)).toBe(false);
  expect(await kinds(door)).toEqual(["autopilot", "autopilot", "guard"]);
});

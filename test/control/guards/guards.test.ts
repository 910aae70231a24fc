import { describe, expect, test } from "vitest";
import type { GuardRules } from "../../../src/domain/guards.ts";
import type { Store } from "../../../src/store/contract.ts";
import { aRoute } from "../../domain/definitions.ts";
import { aConfig, aDoor, errorOf, HandClock, openMemory, times, WHO } from "../harness.ts";

const DAY_MS = 24 * 3_600_000;
const RULES: GuardRules = {
  errors: true,
  latency: { p95: 1.5 },
  mismatches: undefined,
  sampleRatio: true,
  maxTrips: 3,
};

type Door = Awaited<ReturnType<typeof aDoor>>;

const config = (rules: Partial<GuardRules> = {}) =>
  aConfig({ routes: [aRoute("a", { guards: { ...RULES, ...rules }, start: { modern: 10, shadow: 0 } })] });

/** So many clients, each of another key, get an error of modern's. */
function fails(door: Door, clients: number, from = 0): void {
  const { guard } = door.tableRef.current.byId("a") ?? {};
  for (let i = 0; i < clients; i++)
    guard?.answered("errors", true, from + i, { requestId: `r${i}`, status: 500 });
  door.guardFeed.flush();
}

const modern = (door: Door) => door.tableRef.current.byId("a")?.position.modern;
const guardEntries = async (door: Door) => (await door.store.read(0)).filter(({ kind }) => kind === "guard");
/** What was begun has been written. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A store that takes nothing and answers nothing, until it is let go. */
function hanging(store: Store) {
  const { promise: letGo, resolve: release } = Promise.withResolvers<void>();
  const appended: number[] = [];
  const hung: Store = Object.create(store, {
    append: {
      value: async (...args: Parameters<Store["append"]>) => {
        await letGo;
        appended.push(1);
        return store.append(...args);
      },
    },
    putCounts: { value: () => letGo },
  });
  return { store: hung, release, appended };
}

describe("the clock of a front door is set", () => {
  test.for([
    ["a year back", -365 * DAY_MS],
    ["two days ahead", 2 * DAY_MS],
  ] as const)("%s: the route is back all the same, and the ledger says so once", async ([, by]) => {
    const door = await aDoor(config(), { clock: new HandClock() });
    fails(door, 3);
    door.clock.jump(by);
    fails(door, 20, 100);
    await settled();
    expect(modern(door)).toBe(0);
    expect(await guardEntries(door)).toHaveLength(1);
  });

  test("back, in the middle of a slow hour: latencies are looked at afresh as ever", async () => {
    const door = await aDoor(config({ errors: false }));
    const second = async (micros: number) => {
      const tally = door.tally("a");
      times(90, () => tally.answered("legacy", 200, 20_000, false, false));
      times(10, () => tally.answered("modern", 200, micros, false, false));
      door.clock.pass(1000);
      await door.live.flush();
    };
    for (let i = 0; i < 300; i++) await second(20_000);
    door.clock.jump(-30 * DAY_MS);
    let seconds = 0;
    while (modern(door) === 10 && seconds < 120) {
      await second(60_000);
      await settled();
      seconds++;
    }
    expect(modern(door)).toBe(0);
    expect(seconds).toBeLessThan(60);
    expect((await guardEntries(door))[0]?.evidence.guard).toMatchObject({ guard: "latency" });
  });
});

describe("the store hangs while a guard takes a route back", () => {
  test("the route is back at once, another trip is not lost, and the ledger says each once", async () => {
    const { store, release, appended } = hanging(await openMemory(new HandClock()));
    const door = await aDoor(config(), { store });
    fails(door, 20);
    expect(modern(door)).toBe(0);
    await settled();
    expect(door.live.trips.problems()).toHaveLength(1);
    void door.live.trips.settle();
    release();
    await settled();
    await door.live.trips.settle();
    await settled();
    expect(appended).toEqual([1]);
    expect(await guardEntries(door)).toHaveLength(1);
    expect(door.live.trips.problems()).toEqual([]);
    expect(modern(door)).toBe(0);
  });

  test("and somebody else takes it back meanwhile: nothing is written twice", async () => {
    const shared = await openMemory(new HandClock());
    const { store, release } = hanging(shared);
    const door = await aDoor(config(), { store });
    const other = await aDoor(config(), { store: shared });
    fails(door, 20);
    fails(other, 20);
    await settled();
    expect([modern(door), modern(other)]).toEqual([0, 0]);
    release();
    await settled();
    await door.live.trips.settle();
    expect(await guardEntries(other)).toHaveLength(1);
    expect(modern(door)).toBe(0);
  });
});

describe("a front door that heard nothing for long", () => {
  test("takes back nothing that somebody resumed meanwhile, by what it saw before", async () => {
    const shared = await openMemory(new HandClock());
    const { store, release, appended } = hanging(shared);
    const door = await aDoor(config(), { store });
    const other = await aDoor(config(), { store: shared });
    fails(door, 20);
    fails(other, 20);
    await settled();
    await other.control.resume({ route: "a", ...WHO });
    await other.control.shift({ target: { route: "a" }, modern: 10, ...WHO, force: true });
    release();
    await settled();
    await door.live.trips.settle();
    await settled();
    expect(appended).toHaveLength(1);
    expect(await guardEntries(other)).toHaveLength(1);
    expect([modern(door), modern(other)]).toEqual([10, 10]);
    // What it sees from then on counts.
    fails(door, 20, 100);
    await settled();
    expect(await guardEntries(other)).toHaveLength(2);
  });
});

describe("files that come in force while a route is watched", () => {
  test("take nothing away of what was seen, unless they change what its guards go by", async () => {
    const door = await aDoor(config());
    fails(door, 4);
    await door.live.reload(config());
    fails(door, 5, 100);
    await settled();
    expect(modern(door)).toBe(0);
    const other = await aDoor(config());
    fails(other, 4);
    await other.live.reload(config({ latency: undefined }));
    fails(other, 5, 100);
    await settled();
    expect(modern(other)).toBe(10);
  });
});

describe("a route that was taken back as often as it may", () => {
  test("is said to stay until it moves, and that is said again where it stands then", async () => {
    const door = await aDoor(config({ maxTrips: 0 }));
    const said = () => door.events.filter(({ type }) => type === "guard").length;
    fails(door, 20);
    fails(door, 20, 100);
    await door.live.reload(config({ maxTrips: 0 }));
    fails(door, 20, 200);
    expect([said(), door.live.trips.problems().length, modern(door)]).toEqual([1, 1, 10]);
    await door.control.shift({ target: { route: "a" }, modern: 0, ...WHO });
    expect(door.live.trips.problems()).toEqual([]);
    await door.control.shift({ target: { route: "a" }, modern: 10, ...WHO, force: true });
    fails(door, 20, 300);
    expect([said(), door.live.trips.problems().length]).toEqual([2, 1]);
  });
});

describe("the guard of the sample ratio", () => {
  test("takes a route back whose clients all come to modern, where 10 % were to", async () => {
    const door = await aDoor(config());
    const tally = door.tally("a");
    for (let key = 0; key < 400; key++) tally.keyHash(key * 8, "modern");
    tally.answered("modern", 200, 1_000, false, false);
    await door.live.flush();
    await settled();
    expect(modern(door)).toBe(0);
    const [trip] = await guardEntries(door);
    expect(trip?.reason).toMatch(/^sampleRatio: \d+ of \d+ keys looked at came to modern, 100 %, where 10 %/);
    const again = door.control.shift({ target: { route: "a" }, modern: 10, ...WHO });
    expect(await errorOf(again)).toMatchObject({ code: "held" });
  });

  test("leaves one alone whose clients come as they were split", async () => {
    const door = await aDoor(config());
    const tally = door.tally("a");
    for (let key = 0; key < 4000; key++) tally.keyHash(key * 8, key % 10 === 0 ? "modern" : "legacy");
    tally.answered("modern", 200, 1_000, false, false);
    await door.live.flush();
    await settled();
    expect(modern(door)).toBe(10);
  });
});

import { afterEach, describe, expect, test, vi } from "vitest";
import type { LedgerQuery } from "../../src/control/board-contract.ts";
import { paceOfDifferences } from "../../src/control/difference-page.ts";
import { paceMicros } from "../../src/control/shared-answers.ts";
import { FigError } from "../../src/domain/errors.ts";
import type { GateDefinition } from "../../src/domain/gate/contract.ts";
import type { MigrationDefinition } from "../../src/domain/migration.ts";
import { definitionOf } from "../support/exchange-world.ts";
import { aConfig, aDoor, HandClock, openMemory } from "./harness.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const doors: Awaited<ReturnType<typeof aDoor>>[] = [];
afterEach(async () => {
  for (const { live } of doors.splice(0)) await live.close();
});

function route(id: string, over: Parameters<typeof definitionOf>[0] = {}) {
  return definitionOf({
    ...over,
    id,
    cohort: over.cohort ?? id,
    match: { ...definitionOf({}).match, path: `/${id}` },
  });
}

async function door(over: Parameters<typeof aConfig>[0] = {}, shared: Parameters<typeof aDoor>[1] = {}) {
  const made = await aDoor(
    aConfig({
      routes: [route("a"), route("b"), route("c", { formerly: ["old-c"], cohort: "old-c" })],
      ...over,
    }),
    shared,
  );
  doors.push(made);
  const serve = (id: string, side: "legacy" | "modern", times: number, micros = 1_000) => {
    for (let i = 0; i < times; i++) made.tally(id).answered(side, 200, micros, false, false);
  };
  const shift = (id: string, modern: number, shadow = 0) =>
    made.control.shift({ target: { route: id }, modern, shadow, reason: `to ${modern}`, by: "ann" });
  return { ...made, serve, shift };
}

function stepOfA(gate: Partial<GateDefinition>): MigrationDefinition {
  const none = {
    minComparisons: undefined,
    maxMismatchRate: undefined,
    maxErrorRateIncrease: undefined,
    maxLatencyRatio: undefined,
    minDurationMs: undefined,
  };
  return {
    number: 1,
    name: "first",
    description: "",
    changes: { a: { modern: 10 } },
    gate: { ...none, ...gate },
    hash: "00000000000000aa",
    source: { file: "m.yaml", line: 1, column: 1 },
  };
}

const PAGE: LedgerQuery = { order: "newest", limit: 100, evidence: true };

describe("the overview", () => {
  test("says modern's share now and since the first entry, routes by phase, and how both came about", async () => {
    const { board, clock, serve, shift } = await door();
    serve("a", "legacy", 30);
    await shift("a", 10);
    await shift("b", 0, 100);
    serve("a", "legacy", 60);
    serve("a", "modern", 10);
    const early = await board.overview();
    expect(early).toMatchObject({
      revision: 2,
      since: new Date(clock.now()).toISOString(),
      now: { legacy: 90, modern: 10, share: 10 },
      routes: { total: 3, phases: { legacy: 1, shadowing: 1, splitting: 1, cutover: 0, retired: 0 } },
    });
    clock.pass(2 * HOUR);
    await shift("a", 100);
    serve("a", "modern", 50);
    const { now, total, series, routes } = await board.overview();
    expect(now).toEqual({ legacy: 0, modern: 50, share: 100 });
    expect(total).toEqual({ legacy: 90, modern: 60, share: 40 });
    expect(routes.phases).toMatchObject({ cutover: 1, shadowing: 1, splitting: 0 });
    expect(series.phases.splitting[0]).toBe(1);
    expect(series.phases.cutover.at(-1)).toBe(1);
    expect(series.phases.legacy).toEqual(series.at.map(() => 1));
  });

  test("a route that is retired now was not when it was shifted", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const before = await door({}, { store, clock });
    await before.shift("b", 10);
    await before.shift("a", 50);
    clock.pass(2 * HOUR);
    await before.shift("a", 100);
    clock.pass(HOUR);
    const routes = [route("a", { retired: true }), route("b"), route("c", { retired: true })];
    const { board } = await door({ routes }, { store, clock });
    const { phases } = (await board.overview()).series;
    // Of c no ledger knows anything else.
    expect([phases.splitting[0], phases.cutover[0], phases.retired[0]]).toEqual([2, 0, 1]);
    expect([phases.splitting.at(-2), phases.cutover.at(-2), phases.retired.at(-2)]).toEqual([1, 1, 1]);
    expect([phases.splitting.at(-1), phases.cutover.at(-1), phases.retired.at(-1)]).toEqual([1, 0, 2]);
  });

  test("without a ledger entry it says so, and shows the last day", async () => {
    const { board, serve } = await door();
    serve("a", "legacy", 3);
    const overview = await board.overview();
    expect(overview).toMatchObject({ since: null, revision: 0, now: { share: 0 }, total: { legacy: 3 } });
    expect(overview.series.phases.legacy.every((count) => count === 3)).toBe(true);
  });

  test("is worked out once for all who ask within a second, and anew at once after a shift", async () => {
    const { board, clock, serve, shift, store } = await door();
    let reads = 0;
    const { readCounts } = store;
    store.readCounts = (windows) => {
      reads++;
      return readCounts.call(store, windows);
    };
    serve("a", "legacy", 5);
    const all = await Promise.all(Array.from({ length: 10 }, () => board.overview()));
    expect(new Set(all).size).toBe(1);
    const before = reads;
    serve("a", "legacy", 5);
    expect((await board.overview()).now.legacy).toBe(5);
    expect(reads).toBe(before);
    await shift("a", 10);
    expect((await board.overview()).revision).toBe(1);
    expect(
      (await board.routes({ query: "a", phase: "splitting", limit: 1, offset: 0 })).rows[0]?.position.modern,
    ).toBe(10);
    clock.pass(2_000);
    expect((await board.overview()).now.legacy).toBe(10);
  });

  test("names what waits, fails or is stale, the gravest first, each with a remedy", async () => {
    const step = stepOfA({ minComparisons: 5 });
    const { board, clock, shift, invalid, problems, tally } = await door({ migrations: [step] });
    await shift("a", 0, 100);
    await shift("b", 0, 100);
    for (let i = 0; i < 20; i++) tally("b").notCompared("shed");
    for (let i = 0; i < 80; i++) tally("b").compared("match");
    tally("a").notCompared("unsafe_method");
    clock.pass(15 * MINUTE);
    invalid.push({ file: "/app/routes/x.yaml", line: 3, column: 5, message: "no", remedy: "write yes" });
    problems.push("upstream orders: http://127.0.0.1:3001 keeps failing and is left out for a while");
    const { attention, attentionTotal, migrations } = await board.overview();
    expect(attention.map(({ kind, severity, route: id }) => [kind, severity, id])).toEqual([
      ["invalid_files", "error", null],
      ["upstream", "error", null],
      ["shedding", "warning", "b"],
      ["no_evidence", "warning", "a"],
      ["gate_waits", "info", null],
    ]);
    expect(attentionTotal).toBe(5);
    expect(attention.every(({ remedy }) => remedy.length > 5)).toBe(true);
    expect(attention[0]).toMatchObject({ message: "/app/routes/x.yaml:3:5: no", remedy: "Write yes." });
    expect(attention[2]?.message).toContain("20 % of its shadows were shed");
    expect(migrations).toMatchObject({ applied: 0, pending: 1, next: { number: 1, allowed: false } });
    clock.pass(2 * HOUR);
    await board.overview();
    clock.pass(2 * HOUR);
    const later = (await board.overview()).attention.map(({ kind, route: id }) => `${kind} ${id}`);
    expect(later).toContain("stale_evidence b");
  });

  test("names answers that differ and modern's failures beyond what a waiting gate allows, surely and not by bad luck", async () => {
    const step = stepOfA({ maxMismatchRate: 10 });
    const { board, clock, tally } = await door({ migrations: [step] });
    const compare = (id: string, match: number, mismatch: number) => {
      for (let i = 0; i < match; i++) tally(id).compared("match");
      for (let i = 0; i < mismatch; i++) tally(id).compared("mismatch");
    };
    const answer = (id: string, side: "legacy" | "modern", good: number, bad: number) => {
      for (let i = 0; i < good + bad; i++)
        tally(id).answered(side, i < good ? 200 : 502, 1_000, i >= good, false);
    };
    // 5 % differ: too many for b and not for a, whose step allows 10 %; 1 of 50 may be bad luck.
    compare("a", 950, 50);
    compare("b", 950, 50);
    compare("c", 49, 1);
    // c fails as legacy does, b does not.
    answer("b", "legacy", 1_000, 0);
    answer("b", "modern", 930, 70);
    answer("c", "legacy", 930, 70);
    answer("c", "modern", 930, 70);
    const said = async () => {
      clock.pass(2_000);
      const { attention } = await board.overview();
      return attention.filter(({ kind }) => kind === "mismatches" || kind === "modern_errors");
    };
    const found = await said();
    expect(found.map(({ kind, severity, route: id }) => [kind, severity, id])).toEqual([
      ["modern_errors", "warning", "b"],
      ["mismatches", "warning", "b"],
    ]);
    expect(found[0]?.message).toBe("b: modern fails 7 % of 1,000 answers, legacy fails 0 %");
    expect(found[1]?.message).toBe("b: 5 % of 1,000 compared answers differ, more than 1 %");
    compare("a", 0, 200);
    expect((await said()).map(({ kind, route: id }) => `${kind} ${id}`)).toContain("mismatches a");
  });

  test("stays there while the store is away, and says that it is", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const { board, shift, serve, problems } = await door({}, { store, clock });
    serve("a", "legacy", 5);
    await shift("a", 10);
    const away = () => Promise.reject(new FigError("store_unavailable", "away"));
    Object.assign(store, {
      read: away,
      readCounts: away,
      readDefinitions: away,
      readRollups: away,
      putCounts: away,
    });
    problems.push("the state store cannot be reached");
    const { revision, routes, attention } = await board.overview();
    expect([revision, routes.phases.splitting]).toEqual([1, 1]);
    expect(attention.map(({ message }) => message).join()).toContain("cannot be reached");
  });
});

describe("series", () => {
  test("have every step of the range, with quantiles, comparisons and the rate's interval", async () => {
    const { board, clock, serve, tally } = await door();
    const first = clock.now();
    serve("a", "legacy", 10, 20_000);
    for (let i = 0; i < 98; i++) tally("a").compared("match");
    for (let i = 0; i < 2; i++) tally("a").compared("mismatch");
    tally("a").notCompared("shed");
    await board.series({ route: "a", step: "auto" });
    clock.pass(3 * MINUTE);
    serve("a", "modern", 5, 40_000);
    const series = await board.series({ route: "a", from: first, to: clock.now(), step: "auto" });
    expect(series.stepMs).toBe(MINUTE);
    expect(series.at).toEqual([0, 1, 2].map((n) => first + n * MINUTE));
    clock.pass(MINUTE - 1);
    const whole = await board.series({ route: "a", from: first, step: "auto" });
    expect(whole.legacy.requests).toEqual([10, 0, 0, 0]);
    expect(whole.modern.requests).toEqual([0, 0, 0, 5]);
    expect(whole.legacy.p95[0]).toBeCloseTo(20, 0);
    expect(whole.modern.p50[3]).toBeCloseTo(40, 0);
    expect(whole.legacy.p50[1]).toBeNull();
    expect(whole.comparisons.match).toEqual([98, 0, 0, 0]);
    expect(whole.notCompared).toEqual({ shed: [1, 0, 0, 0] });
    // As a gate at 95 % has 2 in 100.
    expect(whole.mismatchRate.value).toEqual([2, null, null, null]);
    expect(whole.mismatchRate.low[0]).toBeCloseTo(0.0336, 4);
    expect(whole.mismatchRate.high[0]).toBeCloseTo(9.429, 3);
    expect(whole.overall).toMatchObject({
      match: 98,
      mismatch: 2,
      modern: { requests: 5 },
      legacy: { requests: 10 },
    });
    expect((await board.series({ from: first, step: "auto" })).overall.legacy.requests).toBe(10);
  });

  test("of a long range are put together, and older than two days are made of hours", async () => {
    const { board, clock, serve } = await door();
    for (let hour = 0; hour < 60; hour++) {
      serve("a", "legacy", hour + 1);
      await board.series({ route: "a", step: "auto" });
      clock.pass(HOUR);
    }
    const to = clock.now();
    const day = await board.series({ route: "a", from: to - 24 * HOUR, to, step: "auto" });
    expect(day.stepMs).toBe(5 * MINUTE);
    expect(day.at.length).toBe(288);
    const all = await board.series({ route: "a", from: to - 60 * HOUR, to, step: "auto" });
    expect([all.stepMs, all.at.length]).toEqual([HOUR, 60]);
    expect(all.legacy.requests).toEqual(Array.from({ length: 60 }, (_, hour) => hour + 1));
    const ever = await board.series({ route: "a", from: 0, to, step: "auto" });
    expect(ever.at.length).toBeLessThanOrEqual(362);
    expect(ever.overall.legacy.requests).toBe((60 * 61) / 2);
    expect((await board.series({ route: "a", from: 0, to, step: "minute" })).at.length).toBe(2_880);
  });

  test("of a range that is none, and of a route that nobody knows, are refused", async () => {
    const { board, clock } = await door();
    const now = clock.now();
    await expect(board.series({ from: now, to: now - 1, step: "auto" })).rejects.toMatchObject({
      code: "invalid_request",
    });
    await expect(board.series({ route: "nope", step: "auto" })).rejects.toMatchObject({
      code: "unknown_route",
    });
    await expect(board.latencies({ route: "nope" })).rejects.toMatchObject({ code: "unknown_route" });
    await expect(board.route("nope")).rejects.toMatchObject({ code: "unknown_route" });
    await expect(board.ledger({ ...PAGE, route: "nope" })).rejects.toMatchObject({ code: "unknown_route" });
    expect((await board.series({ route: "(default)", step: "auto" })).overall.match).toBe(0);
  });
});

test("latencies of both sides come over the same buckets, of the window or of a range", async () => {
  const { board, clock, serve, shift, tally } = await door();
  serve("a", "legacy", 3, 10_000);
  await shift("a", 10);
  serve("a", "legacy", 5, 10_000);
  serve("a", "modern", 4, 40_000);
  tally("a").shadowAnswered("modern", 200, 20_000, false);
  await board.overview();
  const { edgesMs, legacy, modern, shadow } = await board.latencies({ route: "a" });
  expect(edgesMs.length).toBe(legacy.length + 1);
  const at = (ms: number) => edgesMs.findIndex((edge, i) => edge <= ms && ms < (edgesMs[i + 1] ?? 0));
  expect([legacy[at(10)], modern[at(40)], shadow.modern[at(20)]]).toEqual([5, 4, 1]);
  expect([legacy, modern, shadow.legacy].map((counts) => counts.reduce((a, b) => a + b, 0))).toEqual([
    5, 4, 0,
  ]);
  expect(at(10)).toBe(0);
  expect(at(40)).toBe(legacy.length - 1);
  clock.pass(1);
  const ranged = await board.latencies({ route: "a", from: clock.now() - HOUR });
  expect(ranged.legacy.reduce((a, b) => a + b, 0)).toBe(8);
  expect(await board.latencies({ route: "b" })).toMatchObject({ edgesMs: [], legacy: [], modern: [] });
});

describe("differences", () => {
  const difference = (path: string, count: number, kind: "value" | "extra" = "value") => ({
    path,
    kind,
    count,
    firstSeen: "2026-11-22T00:00:00.000Z",
    lastSeen: "2026-11-22T00:00:01.000Z",
    samples: [{ legacy: "1", modern: "2", at: "2026-11-22T00:00:01.000Z", requestId: "r" }],
  });
  const ALL = { limit: 50, offset: 0, withheld: false };

  async function differing(perRoute: number) {
    const rows = Array.from({ length: perRoute }, (_, i) => difference(`$.p${i}`, perRoute - i));
    const made = await door(
      {},
      { mismatches: { rows: (key) => (key.route === "a" ? rows : []), drop: () => undefined } },
    );
    made.tally("a").compared("mismatch");
    return { ...made, rows };
  }

  test("come in pages, the most frequent first, searched by path, route and kind", async () => {
    const { board, rows, clock } = await differing(120);
    rows.push(difference("$.Total", 500, "extra"));
    const paths = async (query: object) => {
      const { total, rows: found } = await board.differences({ ...ALL, ...query });
      return [total, ...found.map(({ path }) => path)];
    };
    expect(await paths({ limit: 2 })).toEqual([121, "$.Total", "$.p0"]);
    expect(await paths({ limit: 2, offset: 119 })).toEqual([121, "$.p118", "$.p119"]);
    expect(await paths({ kind: "extra" })).toEqual([1, "$.Total"]);
    expect(await paths({ query: "P11", limit: 1 })).toEqual([11, "$.p11"]);
    expect((await paths({ query: "A" }))[0]).toBe(121);
    expect(await paths({ route: "b" })).toEqual([0]);
    clock.pass(1_000);
    const { rows: kept } = await board.differences({ ...ALL, withheld: true, limit: 1 });
    expect(kept).toMatchObject([
      { path: "$.Total", withheld: true, samples: [], ignore: [{ file: "routes.yaml" }] },
    ]);
    const keys = async (withheld: boolean) => {
      const { rows: found } = await board.differences({ ...ALL, query: "$.p0", withheld });
      return found[0]?.ignore.map(({ key }) => key);
    };
    // A tolerance is worked out from values of answers, which are not shown before login.
    expect([await keys(false), await keys(true)]).toEqual([["tolerance", "ignore"], ["ignore"]]);
  });

  test("of one page are the same frozen rows for all who ask, with samples and without", async () => {
    const { board } = await differing(3);
    const [first, again, withheld] = await Promise.all(
      [ALL, ALL, { ...ALL, withheld: true }].map((query) => board.differences(query)),
    );
    expect(again?.rows).toBe(first?.rows);
    expect(Object.isFrozen(first?.rows)).toBe(true);
    expect(first?.rows[0]?.samples).toHaveLength(1);
    expect(withheld?.rows[0]?.samples).toEqual([]);
  });

  test("that are few may be read again soon; many keep to their share of the time", () => {
    const reading = (rows: number, routes: number) =>
      paceMicros(
        1_000_000,
        paceOfDifferences({ rows: Array.from({ length: rows }) as never, routes, pages: new Map() }),
      );
    expect([reading(100, 400), reading(101, 400), reading(0, 2_000)]).toEqual([500_000, 5e7, 5e7]);
  });
});

test("routes come in pages, searched and sorted", async () => {
  const routes = Array.from({ length: 30 }, (_, i) => route(`r-${String(i).padStart(2, "0")}`));
  const { board, clock, serve, shift, tally } = await door({ routes });
  serve("r-07", "legacy", 5);
  serve("r-21", "legacy", 9);
  tally("r-03").shadowAnswered("modern", 200, 50_000, false);
  await shift("r-12", 50);
  clock.pass(2_000);
  const ids = async (query: object) => {
    const { rows, total } = await board.routes({ limit: 3, offset: 0, ...query });
    return [total, ...rows.map(({ id }) => id)];
  };
  expect(await ids({})).toEqual([31, "r-00", "r-01", "r-02"]);
  expect(await ids({ offset: 29 })).toEqual([31, "r-29", "(default)"]);
  expect(await ids({ order: "desc", offset: 29 })).toEqual([31, "r-00", "(default)"]);
  expect(await ids({ sort: "p95", order: "desc" })).toEqual([31, "r-03", "r-07", "r-21"]);
  expect(await ids({ sort: "requests", order: "desc" })).toEqual([31, "r-21", "r-07", "(default)"]);
  expect(await ids({ phase: "splitting" })).toEqual([1, "r-12"]);
  expect(await ids({ query: "R-1", order: "desc" })).toEqual([10, "r-19", "r-18", "r-17"]);
  expect(await ids({ sort: "lastShift", order: "desc" })).toEqual([31, "r-12", "(default)", "r-00"]);
});

describe("the ledger", () => {
  test("comes in pages from either end, of a route under its former ids, in a range of time", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    const before = await door({ routes: [route("a"), route("old-c")] }, { store, clock });
    const start = clock.now();
    for (let i = 1; i <= 4; i++) {
      await before.shift(i % 2 === 0 ? "a" : "old-c", i);
      clock.pass(MINUTE);
    }
    const { board, shift } = await door({}, { store, clock });
    await shift("c", 9);
    const revisions = async (query: Partial<LedgerQuery>) => {
      const { entries, next } = await board.ledger({ ...PAGE, ...query });
      return [entries.map(({ revision }) => revision), next];
    };
    expect(await revisions({})).toEqual([[5, 4, 3, 2, 1], null]);
    expect(await revisions({ limit: 2 })).toEqual([[5, 4], 4]);
    expect(await revisions({ limit: 2, before: 4 })).toEqual([[3, 2], 2]);
    expect(await revisions({ limit: 2, before: 2 })).toEqual([[1], null]);
    expect(await revisions({ order: "oldest", limit: 2 })).toEqual([[1, 2], 2]);
    expect(await revisions({ order: "oldest", limit: 3, after: 2 })).toEqual([[3, 4, 5], null]);
    expect(await revisions({ route: "c" })).toEqual([[5, 3, 1], null]);
    expect(await revisions({ route: "old-c", order: "oldest", limit: 2 })).toEqual([[1, 3], 3]);
    expect(await revisions({ from: start + MINUTE, to: start + 3 * MINUTE })).toEqual([[3, 2], null]);
    expect(await revisions({ route: "a", from: start + 2 * MINUTE })).toEqual([[4], null]);
    expect(await revisions({ route: "b" })).toEqual([[], null]);
  });

  test("without evidence is read once for all who ask, until an entry comes", async () => {
    const { board, shift, store } = await door();
    await shift("a", 10);
    const read = vi.spyOn(store, "read");
    const bare = { ...PAGE, evidence: false };
    const [first, again] = await Promise.all([board.ledger(bare), board.ledger(bare)]);
    expect(again.entries).toBe(first.entries);
    expect(Object.isFrozen(first.entries)).toBe(true);
    expect(first.entries).toMatchObject([{ revision: 1, evidence: {} }]);
    const reads = read.mock.calls.length;
    expect((await board.ledger(PAGE)).entries[0]?.evidence).toMatchObject({ forced: false });
    expect(read.mock.calls.length).toBe(2 * reads);
    await shift("b", 10);
    expect((await board.ledger(bare)).entries).toHaveLength(2);
  });

  test("is searched by kind, author, route and reason, a bounded number of entries at a time", async () => {
    const { board, control, store } = await door();
    const draft = (reason: string, by: string) => ({
      kind: "shift" as const,
      by,
      reason,
      migration: null,
      changes: [{ route: "a", from: { modern: 0, shadow: 0 }, to: { modern: 1, shadow: 0 }, hash: "x" }],
      evidence: {},
    });
    await store.append(draft("the very first", "bob"), { revision: 0, routes: [] });
    for (let i = 0; i < 5_200; i++) await store.append(draft("noise", "ann"), { revision: 0, routes: [] });
    await control.rollback({ route: "a", reason: "Too SLOW", by: "cid" });
    const find = async (query: Partial<LedgerQuery>) => {
      const { entries, next } = await board.ledger({ ...PAGE, ...query });
      return [entries.length, next];
    };
    expect(await find({ kind: "rollback" })).toEqual([1, 203]);
    expect(await find({ query: "slow", limit: 1 })).toEqual([1, 5_202]);
    expect(await find({ query: "slow", by: "ann" })).toEqual([0, 203]);
    // The first page of a search may end before anything is found; the next goes on.
    expect(await find({ by: "bob" })).toEqual([0, 203]);
    expect(await find({ by: "bob", before: 203 })).toEqual([1, null]);
    expect(await find({ by: "bob", order: "oldest" })).toEqual([1, 5_000]);
  });
});

describe("rates", () => {
  test("are of the last five minutes and no older, of what ran, and name the slower side's p95", async () => {
    const clock = new HandClock();
    const { board, serve, live } = await door({}, { clock });
    const none = await board.rates();
    expect(none.routes).toEqual([]);
    serve("a", "legacy", 5, 900_000);
    await live.flush();
    clock.pass(6 * MINUTE);
    serve("a", "legacy", 90, 10_000);
    serve("a", "modern", 30, 40_000);
    await live.flush();
    clock.pass(MINUTE);
    const { seconds, routes } = await board.rates();
    expect(routes.map(({ id, requests, errors }) => [id, requests, errors])).toEqual([["a", 120, 0]]);
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(seconds).toBeLessThanOrEqual(120);
    expect(routes[0]?.perSecond).toBeCloseTo(120 / seconds, 9);
    expect(routes[0]?.p95).toBeCloseTo(40, 0);
  });
});

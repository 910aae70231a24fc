import { describe, expect, test } from "vitest";
import { murmur2Latin1 } from "../../src/domain/split.ts";
import { aRoute, aStep, at } from "../domain/definitions.ts";
import { aConfig, aDoor, errorOf, HandClock, onStore, openMemory, times, WHO } from "./harness.ts";

const a = aRoute("a");
const b = aRoute("b");
const config = aConfig({
  routes: [a, b],
  migrations: [aStep(1, { a: { shadow: 100 } }), aStep(2, { b: { shadow: 1 } })],
});

describe("status", () => {
  test("shows every route as the contract has it, and (default) last", async () => {
    const door = await aDoor(config);
    await door.control.migrate({ action: "up", by: "ana", reason: "go" });
    door.clock.pass(5000);
    const tally = door.tally("a");
    times(99, () => tally.answered("legacy", 200, 2000, false, false));
    tally.answered("legacy", 500, 2000, true, false);
    tally.shadowAnswered("modern", 200, 3000, false);
    tally.compared("match");
    tally.compared("mismatch");
    tally.notCompared("skipped");
    tally.fellBack(true);
    door.tally("(default)").answered("legacy", 404, 1000, false, false);
    const status = await door.control.status();
    expect(status).toMatchObject({
      stateId: door.store.stateId,
      revision: 1,
      problems: [],
      migrations: { applied: 1, pending: 1 },
    });
    expect(status.routes.map((route) => route.id)).toEqual(["a", "b", "(default)"]);
    const [first, second, last] = status.routes;
    expect(first).toMatchObject({
      cohort: "a",
      phase: "shadowing",
      position: at(0, 100),
      since: "2026-11-22T00:00:00.000Z",
      legacy: { requests: 100, errors: 1 },
      modern: { requests: 0, errors: 0, p50: null, p95: null, p99: null },
      shadow: { modern: { requests: 1 }, legacy: { requests: 0 } },
      comparisons: { match: 1, mismatch: 1, inconclusive: 0 },
      notCompared: { skipped: 1 },
      fallbacks: 1,
      declined: 0,
      pinned: { legacy: 0, modern: 0 },
      lastShift: { revision: 1, at: "2026-11-22T00:00:00.000Z", by: "ana", reason: "go", kind: "migration" },
      drifted: false,
      definitionDrift: false,
    });
    expect(first?.legacy.p50).toBeCloseTo(2, 1);
    expect(second).toMatchObject({ phase: "legacy", lastShift: null, since: "2026-11-22T00:00:00.000Z" });
    expect(last).toMatchObject({ phase: "legacy", legacy: { requests: 1 }, lastShift: null });
  });

  test("phases are read off the position", async () => {
    const retired = aRoute("old", { retired: true, legacy: undefined });
    const door = await aDoor(aConfig({ routes: [a, b, retired] }));
    await door.control.shift({ target: { route: "a" }, modern: 100, ...WHO });
    await door.control.shift({ target: { route: "b" }, modern: 0.01, ...WHO });
    const phases = (await door.control.status()).routes.map((route) => route.phase);
    expect(phases).toEqual(["cutover", "splitting", "retired", "legacy"]);
  });

  test("counts since the window opened only", async () => {
    const door = await aDoor(config);
    door.tally("a").answered("legacy", 200, 1000, false, false);
    await door.control.shift({ target: { route: "a" }, fresh: true, ...WHO });
    expect((await door.control.status()).routes[0]?.legacy.requests).toBe(0);
  });

  test("says what is outside the ledger: problems, and files that did not pass with their place", async () => {
    const door = await aDoor(config);
    door.problems.push("upstream orders: every URL is ejected");
    const place = { file: "routes/a.yaml", line: 3, column: 7 };
    door.invalid.push({ ...place, message: "modern is missing", remedy: "name an upstream" });
    expect((await door.control.status()).problems).toEqual([
      "upstream orders: every URL is ejected",
      "routes/a.yaml:3:7: modern is missing; name an upstream",
    ]);
  });

  test("says definitionDrift where the last entry was written with another definition", async () => {
    const door = await aDoor(config);
    await door.control.shift({ target: { route: "a" }, modern: 10, ...WHO });
    const other = onStore(door.store, door.clock, aConfig({ routes: [{ ...a, hash: "other" }, b] }));
    const status = await other.status();
    expect(status.routes[0]?.definitionDrift).toBe(true);
    expect(status.routes[1]?.definitionDrift).toBe(false);
    expect(status.problems.join()).toContain("definitionDrift");
    await other.shift({ target: { route: "a" }, fresh: true, ...WHO });
    expect((await other.status()).routes[0]?.definitionDrift).toBe(false);
  });

  test("a changed comparison opens a window and is no drift; a retired route has none that a shift could settle", async () => {
    const [before, after] = [
      aRoute("a", { servingHash: "same" }),
      aRoute("a", { servingHash: "same", hash: "other" }),
    ];
    const door = await aDoor(aConfig({ routes: [before] }));
    await door.control.shift({ target: { route: "a" }, modern: 10, ...WHO });
    await door.live.reload(aConfig({ routes: [after] }));
    expect(await door.control.status()).toMatchObject({
      problems: [],
      routes: [{ definitionDrift: false }, {}],
    });
    const other = { ...after, servingHash: "another" };
    await door.live.reload(aConfig({ routes: [other] }));
    expect((await door.control.status()).problems.join()).toContain("(definitionDrift)");
    await door.live.reload(aConfig({ routes: [{ ...other, retired: true }] }));
    expect(await door.control.status()).toMatchObject({
      problems: [],
      routes: [{ definitionDrift: false }, {}],
    });
  });

  test("says whose each problem is", async () => {
    const door = await aDoor(aConfig({ routes: [a, b], migrations: [aStep(1, { a: { modern: 10 } })] }));
    await door.control.migrate({ action: "up", by: "ana" });
    await door.control.shift({ target: { route: "a" }, modern: 20, ...WHO });
    door.problems.push("upstream orders: every URL is ejected");
    expect((await door.control.status()).problemRoutes).toEqual([null, "a"]);
  });

  test("calls the default modern where routes go to it and none comes from it", async () => {
    const route = aRoute("a", { legacy: { upstream: "monolith", path: undefined } });
    const start = aConfig({ routes: [route] });
    expect((await (await aDoor(start)).control.status()).routes.at(-1)).toMatchObject({
      id: "(default)",
      phase: "legacy",
    });
    const door = await aDoor(start);
    door.tally("(default)").answered("legacy", 200, 1000, false, false);
    await door.live.reload(aConfig({ routes: [route], defaultUpstream: "orders" }));
    expect(door.tableRef.current.byId("(default)")).toMatchObject({ always: "modern" });
    door.tally("(default)").answered("modern", 200, 1000, false, false);
    expect((await door.control.status()).routes.at(-1)).toMatchObject({
      id: "(default)",
      phase: "retired",
      position: at(100),
      legacy: { requests: 0 },
      modern: { requests: 1 },
    });
    const explained = await door.control.explain({ method: "GET", url: "/x" });
    expect(explained).toMatchObject({ side: "modern", upstream: "orders" });
    expect(explained.why.join()).toContain("the default upstream orders gets it");
    // Both ways at once: then it is where routes come from.
    await door.live.reload(
      aConfig({
        routes: [route, aRoute("c", { legacy: { upstream: "orders", path: undefined } })],
        defaultUpstream: "orders",
      }),
    );
    expect((await door.control.status()).routes.at(-1)?.phase).toBe("legacy");
  });

  test("the pages of (default) are empty, not an error", async () => {
    const door = await aDoor(config);
    expect(await door.control.mismatches("(default)")).toEqual([]);
    expect(await door.control.history("(default)")).toEqual([]);
    const query = { order: "newest" as const, limit: 5, evidence: false };
    expect(await door.board.ledger({ ...query, route: "(default)" })).toMatchObject({ entries: [] });
    const differences = await door.board.differences({
      route: "(default)",
      limit: 5,
      offset: 0,
      withheld: false,
    });
    expect(differences).toMatchObject({ total: 0, rows: [] });
    expect((await errorOf(door.control.mismatches("nope"))).code).toBe("unknown_route");
  });

  test("says when one sticky key makes more than a fifth of a route's traffic", async () => {
    const door = await aDoor(config);
    const tally = door.tally("a");
    for (let i = 0; i < 1000; i++) {
      tally.answered("legacy", 200, 1000, false, false);
      tally.keyHash(i % 10 < 3 ? 7 : 1000 + i);
    }
    const [problem] = (await door.control.status()).problems;
    expect(problem).toMatch(/^a: one sticky key makes (29|30)[.\d]* % of 1,000 requests/);
  });

  test("says when the values of a sticky key rarely repeat, as those of a token that is renewed", async () => {
    const door = await aDoor(config);
    const random = (i: number) => murmur2Latin1(`key ${i}`);
    for (let i = 0; i < 3000; i++) {
      for (const id of ["a", "b"]) door.tally(id).answered("legacy", 200, 1000, false, false);
      door.tally("a").keyHash(random(i));
      door.tally("b").keyHash(random(i % 1500));
    }
    const { problems } = await door.control.status();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /^a: the values of its sticky key rarely repeat \(about (?:0\.[89]\d?|1(?:\.\d+)?) different ones for each of 3,000 requests\).*; use client/,
    );
    await door.control.shift({ target: { route: "a" }, modern: 100, ...WHO });
    expect((await door.control.status()).problems).toEqual([]);
  });

  test("says nothing of keys that share the traffic, nor of a handful of requests", async () => {
    const door = await aDoor(config);
    for (let i = 0; i < 1000; i++) {
      door.tally("a").answered("legacy", 200, 1000, false, false);
      door.tally("a").keyHash(i % 6);
    }
    for (let i = 0; i < 50; i++) {
      door.tally("b").answered("legacy", 200, 1000, false, false);
      door.tally("b").keyHash(7);
    }
    expect((await door.control.status()).problems).toEqual([]);
  });

  test("names a route that left the files while modern serves it", async () => {
    const door = await aDoor(config);
    await door.control.shift({ target: { route: "b" }, modern: 10, ...WHO });
    const without = onStore(door.store, door.clock, aConfig({ routes: [a] }));
    expect((await without.status()).problems.join()).toContain(
      "b is in no route file, but its modern stands at 10",
    );
  });

  test("without a front door ever started it shows where things stand, with nothing counted", async () => {
    const clock = new HandClock();
    const status = await onStore(await openMemory(clock), clock, config).status();
    expect(status.revision).toBe(0);
    expect(await onStore(await openMemory(clock), clock, config).revision()).toMatchObject({ revision: 0 });
    expect(status.routes[0]).toMatchObject({ since: null, position: at(0), legacy: { requests: 0 } });
  });

  test("follows a store that was put back to an older state", async () => {
    const clock = new HandClock();
    const [newer, older] = [await openMemory(clock), await openMemory(clock)];
    let store = newer;
    const both = new Proxy(newer, {
      get: (_, name) => Reflect.get(store, name).bind?.(store) ?? Reflect.get(store, name),
    });
    const control = onStore(both, clock, config);
    await control.shift({ target: { route: "a" }, modern: 10, ...WHO });
    await control.shift({ target: { route: "a" }, modern: 20, ...WHO });
    await onStore(older, clock, config).shift({
      target: { route: "a" },
      modern: 5,
      by: "bob",
      reason: "other",
    });
    expect((await control.status()).routes[0]?.position.modern).toBe(20);
    store = older;
    expect((await control.status()).routes[0]?.position.modern).toBe(5);
  });
});

describe("history and mismatches", () => {
  test("history is oldest first, of one route under its former ids too", async () => {
    const clock = new HandClock();
    const store = await openMemory(clock);
    await onStore(store, clock, aConfig({ routes: [aRoute("old"), b] })).shift({
      target: { route: "old" },
      modern: 1,
      ...WHO,
    });
    const control = onStore(store, clock, aConfig({ routes: [aRoute("new", { formerly: ["old"] }), b, a] }));
    await control.shift({ target: { route: "b" }, modern: 1, ...WHO });
    await control.shift({ target: { route: "new" }, modern: 2, ...WHO });
    const revisions = async (route?: string) => (await control.history(route)).map((entry) => entry.revision);
    expect(await revisions()).toEqual([1, 2, 3]);
    expect(await revisions("new")).toEqual([1, 3]);
    expect(await revisions("old")).toEqual([1, 3]);
    expect(await revisions("a")).toEqual([]);
    expect((await errorOf(control.history("nope"))).code).toBe("unknown_route");
  });

  test("mismatches of the open window come with the number of comparisons, most frequent first", async () => {
    const row = (path: string, count: number) => ({
      path,
      kind: "value" as const,
      count,
      firstSeen: "2026-11-22T00:00:00.000Z",
      lastSeen: "2026-11-22T00:00:01.000Z",
      samples: [],
    });
    const rows = new Map([
      ["a", [row("$.x", 1)]],
      ["b", [row("$.y", 3), row("status", 2)]],
    ]);
    const door = await aDoor(config, {
      mismatches: { rows: (window) => rows.get(window.route) ?? [], drop: () => undefined },
    });
    times(5, () => door.tally("b").compared("match"));
    times(3, () => door.tally("b").compared("mismatch"));
    door.tally("a").compared("mismatch");
    const reports = await door.control.mismatches(undefined);
    expect(reports.map(({ route, path, count, comparisons }) => [route, path, count, comparisons])).toEqual([
      ["b", "$.y", 3, 8],
      ["b", "status", 2, 8],
      ["a", "$.x", 1, 1],
    ]);
    expect(await door.control.mismatches("a")).toHaveLength(1);
    await door.control.shift({ target: { route: "a" }, fresh: true, ...WHO });
    expect(await door.control.mismatches("a")).toEqual([]);
    expect((await errorOf(door.control.mismatches("nope"))).code).toBe("unknown_route");
  });
});

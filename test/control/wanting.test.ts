import { afterEach, describe, expect, test } from "vitest";
import type { RouteQuery } from "../../src/control/board-contract.ts";
import type { DoorProblem } from "../../src/control/contract.ts";
import { definitionOf } from "../support/exchange-world.ts";
import { aConfig, aDoor } from "./harness.ts";

const MINUTE = 60_000;
const doors: Awaited<ReturnType<typeof aDoor>>[] = [];
afterEach(async () => {
  for (const { live } of doors.splice(0)) await live.close();
});

function route(id: string, over: Parameters<typeof definitionOf>[0] = {}) {
  const usual = definitionOf({});
  return definitionOf({
    cohort: id,
    legacy: { upstream: "monolith", path: undefined },
    modern: { upstream: "orders", path: undefined },
    ...over,
    id,
    match: { ...usual.match, path: `/${id}` },
  });
}

async function door(routes: readonly ReturnType<typeof route>[], over: Parameters<typeof aConfig>[0] = {}) {
  const made = await aDoor(aConfig({ routes, ...over }));
  doors.push(made);
  const serve = (id: string, side: "legacy" | "modern", times: number, error = false) => {
    for (let i = 0; i < times; i++) made.tally(id).answered(side, error ? 502 : 200, 1_000, error, false);
  };
  const shift = (id: string, modern: number, shadow = 0) =>
    made.control.shift({ target: { route: id }, modern, shadow, reason: `to ${modern}`, by: "ann" });
  const ids = async (query: Partial<RouteQuery>) => {
    const { rows } = await made.board.routes({ limit: 100, offset: 0, ...query });
    return rows.map(({ id }) => id);
  };
  return { ...made, serve, shift, ids };
}

const OUT: DoorProblem = {
  kind: "upstream",
  upstream: "orders",
  message: "upstream orders: http://127.0.0.1:3001 keeps failing and is left out for a while",
};

describe("one cause is one entry", () => {
  const forty = Array.from({ length: 40 }, (_, at) => route(`r${at}`));

  test("an upstream that is out, with forty routes that fail for it", async () => {
    const { board, serve, shift, problems, clock, ids } = await door([...forty, route("other")]);
    for (const { id } of forty) {
      await shift(id, 10);
      serve(id, "modern", 30, true);
    }
    clock.pass(MINUTE);
    problems.push(OUT);
    const { attention, attentionTotal } = await board.overview();
    expect(attentionTotal).toBe(1);
    expect(attention[0]).toMatchObject({
      kind: "upstream",
      severity: "error",
      upstream: "orders",
      message: `${OUT.message}; 41 routes go there`,
    });
    expect(attention[0]?.routes?.toSorted()).toEqual(forty.map(({ id }) => id).toSorted());
    // The table still says it of each.
    expect(await ids({ attention: "true" })).toHaveLength(40);
    expect(await ids({ upstream: "orders" })).toHaveLength(41);
  });

  test("routes that fail on one upstream together, while nobody says yet that it is out", async () => {
    const { board, serve, shift, clock } = await door(forty);
    for (const { id } of forty) {
      await shift(id, 10);
      serve(id, "modern", 30, true);
    }
    clock.pass(MINUTE);
    const { attention } = await board.overview();
    expect(attention).toHaveLength(1);
    expect(attention[0]).toMatchObject({
      kind: "failing",
      severity: "error",
      route: null,
      upstream: "orders",
    });
    expect(attention[0]?.message).toMatch(
      /^upstream orders: 40 routes fail there; the first: r0: every one of 30/,
    );
  });

  test("one of two URLs that is out explains nothing that fails", async () => {
    const { board, serve, shift, problems, clock } = await door([route("a")], {
      upstreams: new Map([
        ...aConfig().upstreams,
        [
          "orders",
          { ...aConfig().upstreams.get("orders"), urls: ["http://127.0.0.1:1", "http://127.0.0.1:2"] },
        ],
      ] as never),
    });
    await shift("a", 10);
    serve("a", "modern", 30, true);
    clock.pass(MINUTE);
    problems.push(OUT);
    const { attention } = await board.overview();
    expect(attention.map(({ kind }) => kind)).toEqual(["upstream", "failing"]);
  });
});

describe("a route that fails for its clients", () => {
  test("is an error, whichever side it is, and no longer one when they are answered", async () => {
    const { board, serve, clock } = await door([route("a"), route("b")]);
    serve("b", "legacy", 10_000);
    // Written to the minute in which they are read.
    await board.overview();
    clock.pass(10 * MINUTE);
    serve("b", "legacy", 20, true);
    serve("a", "legacy", 20);
    clock.pass(MINUTE);
    const found = (await board.overview()).attention;
    expect(found).toMatchObject([{ kind: "failing", severity: "error", route: "b" }]);
    expect(found[0]?.message).toContain("every one of 20 answers to clients failed");
    expect(found[0]?.remedy).toContain("Find out why legacy fails");
    clock.pass(10 * MINUTE);
    serve("b", "legacy", 20);
    clock.pass(MINUTE);
    expect((await board.overview()).attention).toEqual([]);
  });

  test("what only shadows meet stays a warning", async () => {
    const { board, shift, tally, clock } = await door([route("a")]);
    await shift("a", 0, 100);
    for (let i = 0; i < 50; i++) tally("a").shadowAnswered("modern", 500, 1_000, true);
    clock.pass(MINUTE);
    expect((await board.overview()).attention).toMatchObject([
      { kind: "modern_errors", severity: "warning" },
    ]);
  });
});

describe("the table of routes", () => {
  async function four() {
    const made = await door([
      route("a", { cohort: "shop" }),
      route("b"),
      route("c", { cohort: "shop" }),
      route("d"),
    ]);
    made.serve("a", "legacy", 10);
    made.serve("b", "legacy", 400);
    made.serve("c", "legacy", 20, true);
    made.serve("d", "legacy", 97);
    made.serve("d", "legacy", 3, true);
    made.clock.pass(MINUTE);
    return made;
  }

  test("has the worst first: what needs attention, then errors, then the busiest; (default) behind its equals", async () => {
    const { ids } = await four();
    expect(await ids({ sort: "worst" })).toEqual(["c", "d", "b", "a", "(default)"]);
    expect(await ids({ sort: "rate", order: "desc" })).toEqual(["b", "d", "c", "a", "(default)"]);
    expect(await ids({ attention: "true" })).toEqual(["c"]);
  });

  test("has cohorts together, where the first of their routes stands", async () => {
    const { board, ids } = await four();
    expect(await ids({ sort: "worst", group: "cohort" })).toEqual(["c", "a", "d", "b", "(default)"]);
    const { rows } = await board.routes({ sort: "id", limit: 1, offset: 0 });
    expect(rows[0]).toMatchObject({ id: "a", cohortRoutes: 2, attention: null });
  });

  test("says how many requests a second there are lately, and in which minutes", async () => {
    const { board, serve, clock } = await four();
    await board.overview();
    clock.pass(6 * MINUTE);
    serve("a", "legacy", 60);
    clock.pass(MINUTE);
    const { rows } = await board.routes({ query: "a", limit: 1, offset: 0 });
    const { recent } = rows[0] ?? {};
    expect(recent).toMatchObject({ requests: 60, errors: 0 });
    expect(recent?.minutes).toHaveLength(15);
    expect(recent?.minutes.filter((count) => count > 0)).toEqual([10, 60]);
  });
});

test("a route's definition says path, methods, upstreams and key, and the gate that waits, without values of headers", async () => {
  const { board } = await door(
    [route("a", { sticky: [{ kind: "cookie", name: "device" }, { kind: "ip" }] })],
    {
      gate: {
        minComparisons: undefined,
        maxMismatchRate: 0.5,
        maxErrorRateIncrease: undefined,
        maxLatencyRatio: { p95: 1.2 },
        minDurationMs: undefined,
      },
      name: "production",
    },
  );
  expect(board.name()).toBe("production");
  expect((await board.overview()).name).toBe("production");
  expect(await board.definition("a")).toMatchObject({
    match: { path: "/a", methods: null },
    legacy: { upstream: "monolith" },
    modern: { upstream: "orders" },
    sticky: ["cookie:device", "ip"],
    gate: { step: null, maxMismatchRate: 0.5, maxLatencyRatio: { p50: null, p95: 1.2 } },
  });
  expect((await board.definition("(default)")).match.path).toBe("/{any+}");
  await expect(board.definition("nobody")).rejects.toMatchObject({ code: "unknown_route" });
});

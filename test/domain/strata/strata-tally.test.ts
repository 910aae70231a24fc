import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StrataCounts } from "../../../src/domain/counter-shapes.ts";
import { MAX_STRATA, StrataTally, type StratumOutcome } from "../../../src/domain/strata/strata-tally.ts";

const ALL = "/{rest+}";

/** A word that is like no other number's. */
const word = (number: number, prefix = "") =>
  `${prefix}${number}`.replace(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)));

function counted(paths: readonly string[], outcome: StratumOutcome = "match"): StrataTally {
  const tally = new StrataTally();
  for (const path of paths) tally.count({ method: "GET", path: ALL, captures: [path] }, outcome);
  return tally;
}

const namesOf = (tally: StrataTally) => Object.keys(tally.counts()).sort();
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

describe("templates", () => {
  test("what the route's own template names is taken from it", () => {
    const tally = new StrataTally();
    tally.count({ method: "GET", path: "/api/orders/{id}", captures: ["17"] }, "match");
    tally.count({ method: "GET", path: "/api/orders/{id}", captures: ["18"] }, "mismatch");
    tally.count({ method: "POST", path: "/api/orders/{id}", captures: ["x"] }, "raced");
    expect(tally.counts()).toEqual({
      "GET /api/orders/{id}": [2, 1],
      "POST /api/orders/{id}": [0, 0, { raced: 1 }],
    });
  });

  test("the rest of a path is told apart by its segments; ids are folded by their form", () => {
    const tally = new StrataTally();
    for (const rest of ["users/1", "users/2", "users/me", "users/2/orders/2026-11-30", "users"])
      tally.count({ method: "GET", path: "/api/{rest+}", captures: [rest] }, "match");
    expect(tally.counts()).toEqual({
      "GET /api/users/{number}": [2, 0],
      "GET /api/users/me": [1, 0],
      "GET /api/users/{number}/orders/{date}": [1, 0],
      "GET /api/users": [1, 0],
    });
  });

  test("names are folded once there are too many below a node, with all that lies below them; frequent ones stay", () => {
    const paths = [
      ...many(20, () => "users/me"),
      ...many(300, (i) => `users/${word(i, "u")}`),
      ...many(300, (i) => `users/${word(i, "u")}/posts`),
    ];
    const tally = counted(paths);
    expect(tally.counts()).toEqual({
      "GET /users/me": [20, 0],
      "GET /users/{name}": [300, 0],
      "GET /users/{name}/posts": [300, 0],
    });
    expect(tally.others).toBe(0);
  });

  test("fifty endpoints below one node stay apart, and the first segment is never folded", () => {
    const resources = many(50, (i) => `v1/${word(i, "r")}`);
    expect(namesOf(counted(resources))).toHaveLength(50);
    const first = many(100, (i) => word(i, "first"));
    expect(namesOf(counted(first))).toHaveLength(100);
  });

  test("what lies deep is one, and methods of rare names are counted together", () => {
    const tally = new StrataTally();
    tally.count({ method: "PURGE", path: ALL, captures: ["a/b/c/d/e/f/g/h/i/j"] }, "match");
    expect(namesOf(tally)).toEqual(["other /a/b/c/d/e/f/g/h/**"]);
  });
});

describe("bounds", () => {
  test("with too many strata the rarest are given up, and counted; those that came often stay", () => {
    const tally = counted([
      ...many(20, () => "checkout"),
      ...many(5_000, (i) => word(i, "scan")),
      ...many(20, () => "late"),
    ]);
    const counts = tally.counts();
    expect(counts["GET /checkout"]).toEqual([20, 0]);
    expect(counts["GET /late"]).toEqual([20, 0]);
    expect(Object.keys(counts)).toHaveLength(MAX_STRATA + 1);
    expect(counts["GET (other)"]?.[0]).toBe(tally.others);
  });

  test("where every place is taken by one that came often, a new one is of the others", () => {
    const tally = counted(many(MAX_STRATA * 8, (i) => word(i % MAX_STRATA, "p")));
    tally.count({ method: "GET", path: ALL, captures: ["new"] }, "mismatch");
    expect(tally.counts()["GET (other)"]).toEqual([1, 1]);
    expect(tally.others).toBe(1);
  });

  test("but not for ever: what has not come for long makes room", () => {
    const tally = counted([
      ...many(MAX_STRATA * 8, (i) => word(i % MAX_STRATA, "scanned")),
      ...many(11_000, (i) => (i % 400 === 0 ? "refunds" : "items")),
    ]);
    const { "GET /refunds": refunds, "GET /items": items } = tally.counts();
    expect(refunds?.[0]).toBeGreaterThan(1);
    expect(items?.[0]).toBeGreaterThan(900);
    expect(sumOf(tally.counts())[0]).toBe(MAX_STRATA * 8 + 11_000);
  });

  test("under pressure rare names are folded before a stratum is given up", () => {
    const paths = many(40, (i) => many(10, (j) => `a/${word(i, "x")}/${word(j, "y")}`)).flat();
    const tally = counted(paths);
    expect(tally.others).toBe(0);
    expect(namesOf(tally).length).toBeLessThan(MAX_STRATA);
    expect(namesOf(tally).some((name) => name.includes("{name}"))).toBe(true);
  });

  test("all windows share one room, and give it back", () => {
    const room = { left: 3 };
    const tallies = many(2, () => new StrataTally(room));
    for (const tally of tallies)
      for (const path of ["a", "b", "c"])
        tally.count({ method: "GET", path: ALL, captures: [path] }, "match");
    expect(room.left).toBe(0);
    expect(tallies.map(({ others }) => others)).toEqual([0, 3]);
    for (const tally of tallies) tally.release();
    expect(room.left).toBe(3);
  });
});

const sumOf = (counts: StrataCounts) =>
  Object.values(counts).reduce<[number, number, number]>(
    ([compared, mismatched, without], [a, b, c = {}]) => [
      compared + a,
      mismatched + b,
      without + Object.values(c).reduce<number>((sum, count) => sum + (count ?? 0), 0),
    ],
    [0, 0, 0],
  );

test("operations are told apart beside their path, and a batch counts for each", () => {
  const tally = new StrataTally();
  const of = { method: "POST", path: "/graphql", captures: [] };
  tally.count({ ...of, operations: ["GetCart"] }, "match");
  tally.count({ ...of, operations: ["GetCart", "(anonymous)"] }, "mismatch");
  tally.count(of, "too_large");
  tally.answered({ ...of, operations: ["GetCart"] }, { side: "legacy", micros: 1_000, error: false });
  expect(tally.counts()).toEqual({
    "POST /graphql GetCart": [2, 1, {}, { legacy: [1, 0, [23, 1]], modern: [0, 0, []] }],
    "POST /graphql (anonymous)": [1, 1],
    "POST /graphql": [0, 0, { too_large: 1 }],
  });
});

test("made-up names of operations are one stratum once there are too many", () => {
  const tally = new StrataTally();
  for (let i = 0; i < 2 * MAX_STRATA; i++)
    tally.count({ method: "POST", path: ALL, captures: ["graphql"], operations: [word(i, "op")] }, "match");
  const counts = tally.counts();
  expect(Object.keys(counts)).toHaveLength(MAX_STRATA + 1);
  expect(counts["POST (other)"]?.[0]).toBe(MAX_STRATA);
});

test("whatever comes, what was counted adds up, within the bounds", () => {
  const segment = fc.oneof(
    fc.constantFrom("users", "orders", "me", "17", "", "v1", "550e8400-e29b-41d4-a716-446655440000"),
    fc.nat({ max: 400 }).map((i) => word(i, "n")),
    fc.string({ maxLength: 12 }),
  );
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "PURGE"),
    path: fc.array(segment, { minLength: 1, maxLength: 10 }).map((segments) => segments.join("/")),
    outcome: fc.constantFrom<StratumOutcome>("match", "mismatch", "raced", "too_large"),
    times: fc.integer({ min: 1, max: 9 }),
    operation: fc.option(fc.constantFrom("GetCart", "(anonymous)", "cart.get"), { nil: undefined }),
    answered: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 300, size: "max" }), (requests) => {
      const tally = new StrataTally();
      const expected: [number, number, number] = [0, 0, 0];
      let answers = 0;
      for (const { method, path, outcome, times, operation, answered } of requests) {
        const operations = operation === undefined ? undefined : [operation];
        const of = { method, path: ALL, captures: [path], operations };
        for (let i = 0; i < times; i++) tally.count(of, outcome);
        if (answered) tally.answered(of, { side: "modern", micros: 1_000, error: true });
        if (answered) answers++;
        const verdict = outcome === "match" || outcome === "mismatch";
        if (verdict) expected[0] += times;
        if (outcome === "mismatch") expected[1] += times;
        if (!verdict) expected[2] += times;
      }
      const counts = tally.counts();
      expect(sumOf(counts)).toEqual(expected);
      const modern = Object.values(counts).flatMap(([, , , each]) =>
        each === undefined ? [] : [each.modern],
      );
      expect(modern.reduce((sum, [count]) => sum + count, 0)).toBe(answers);
      expect(modern.reduce((sum, [, errors]) => sum + errors, 0)).toBe(answers);
      for (const [count, , histogram] of modern)
        expect(histogram.reduce((sum, each, at) => sum + (at % 2 === 0 ? 0 : each), 0)).toBe(count);
      // One more for each method: what is not told apart.
      expect(Object.keys(counts).length).toBeLessThanOrEqual(MAX_STRATA + 3);
      for (const name of Object.keys(counts)) expect(name.length).toBeLessThan(500);
    }),
    { numRuns: 25 },
  );
});

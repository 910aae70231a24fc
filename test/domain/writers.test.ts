import { describe, expect, test } from "vitest";
import type { RouteDefinition } from "../../src/domain/route.ts";
import { cohortWriters, filesWriters, takesWrites } from "../../src/domain/writers.ts";
import { aRoute } from "./definitions.ts";

function routeOf(id: string, methods: readonly string[] | undefined, more: Partial<RouteDefinition> = {}) {
  const { match } = aRoute(id);
  return aRoute(id, { cohort: "orders", match: { ...match, path: `/${id}`, methods }, ...more });
}

const read = routeOf("read", ["GET", "HEAD"]);
const create = routeOf("create", ["POST"]);
const change = routeOf("change", ["PUT"]);
const at = (positions: Record<string, number>) => (route: RouteDefinition) => positions[route.id] ?? 0;

describe("a cohort has two writers", () => {
  test("where routes that take writes stand apart, and then each is named with its position", () => {
    const [found, ...more] = cohortWriters([read, create, change], at({ create: 25 }));
    expect(more).toEqual([]);
    expect(found?.message).toBe(
      "cohort orders has two writers, so a client's writes go to both sides: create at modern 25, change at modern 0",
    );
    expect(found?.remedy).toContain("`fig shift --cohort orders --modern 0 ");
  });

  test.each([
    ["they stand together", [create, change], {}],
    ["the other route only reads", [create, read], { read: 100 }],
    ["they are of two cohorts", [create, { ...change, cohort: "apart" }], { create: 25 }],
  ] as const)("not where %s", (_, routes, positions) => {
    expect(cohortWriters(routes, at(positions))).toEqual([]);
  });

  test("a route takes writes unless its methods are safe or its file says that they only read", () => {
    const { shadow } = create;
    expect([read, create, routeOf("any", undefined)].map(takesWrites)).toEqual([false, true, true]);
    expect(takesWrites({ ...create, shadow: { ...shadow, safe: true } })).toBe(false);
    // Of a service's calls some write.
    expect(takesWrites({ ...create, shadow: { ...shadow, safe: { operations: ["Get"] } } })).toBe(true);
  });
});

describe("files say before anything is served", () => {
  const step = (number: number, changes: Record<string, { modern: number }>) => ({
    ...{ number, name: "move", description: "", changes, gate: undefined, hash: "" },
    source: { file: "", line: 1, column: 1 },
  });

  test("that routes of a cohort start apart", () => {
    const started = { ...create, start: { modern: 100, shadow: 0 } };
    expect(filesWriters([started, change], [])).toMatchObject([
      { message: expect.stringContaining("would start with two writers"), remedy: expect.any(String) },
    ]);
  });

  test("which step parts them, and not those that follow", () => {
    const steps = [
      step(3, { change: { modern: 10 } }),
      step(2, { create: { modern: 10 } }),
      step(4, { create: { modern: 50 } }),
      step(1, { read: { modern: 100 } }),
    ];
    const found = filesWriters([read, create, change], steps);
    expect(found.map(({ message }) => /step \S+/.exec(message)?.[0])).toEqual([
      "step 0002-move",
      "step 0004-move",
    ]);
    const together = [step(1, { create: { modern: 10 }, change: { modern: 10 } })];
    expect(filesWriters([create, change], together)).toEqual([]);
  });

  test("that writes on one path are no cohort, whatever its captures are called", () => {
    const { match } = create;
    const put = { ...change, cohort: "change", match: { ...match, path: "/orders/{id}", methods: ["PUT"] } };
    const del = { ...create, cohort: "c", match: { ...match, path: "/orders/{order}", methods: ["DELETE"] } };
    const get = { ...read, cohort: "read", match: { ...match, path: "/orders/{id}", methods: ["GET"] } };
    const [found, ...more] = filesWriters([put, del, get], []);
    expect(more).toEqual([]);
    expect(found?.message).toContain("change, create of cohort c take writes on one path, /orders/{id}");
    expect(filesWriters([put, { ...del, cohort: "change" }, get], [])).toEqual([]);
    const elsewhere = { ...del, match: { ...del.match, host: "other.test" } };
    expect(filesWriters([put, elsewhere], [])).toEqual([]);
  });
});

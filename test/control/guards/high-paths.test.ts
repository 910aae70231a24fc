import { expect, test } from "vitest";
import { HighPaths } from "../../../src/control/guards/high-paths.ts";

test.for([
  ["$.total", "$.total", true],
  ["$.total", "$.subtotal", false],
  ["$.total", "$.total.cents", true],
  ["$.order.total", "$.order", true],
  ["$.order.total", "$", true],
  ["$.items[*].price", "$.items[*].price", true],
  ["$.items[*].price", "$.items[*].name", false],
  ["$.items[*].price", "$.items", true],
  ["$.users.*.role", "$.users.ada.role", true],
  ["$.users.*.role", "$.users.*.role", true],
  ["$..price", "$.a.b[*].price", true],
  ["$..price", "$.a.b[*].prices", false],
  ["$.total", "status", false],
  ["$.total", "header.etag", false],
] as const)("a difference is grave or not: %s has %s: %s", ([pattern, path, grave]) => {
  const paths = HighPaths.of([pattern]);
  expect(paths?.has(path)).toBe(grave);
  expect(paths?.has(path)).toBe(grave);
});

test("a route that names none has none", () => {
  expect(HighPaths.of(undefined)).toBeUndefined();
  expect(HighPaths.of([])).toBeUndefined();
});

const status = (legacy: number | undefined, modern: number | undefined) => ({
  mismatches: [{ path: "status", kind: "value" as const }],
  statuses: { legacy, modern } as Partial<Record<"legacy" | "modern", number>>,
});
const body = (kind: "missing" | "extra" | "type" | "value") => ({ mismatches: [{ path: "body", kind }] });

test.for([
  ["modern does not find what legacy has", status(200, 404), true],
  ["modern has what legacy does not find", status(404, 200), true],
  ["modern sends clients elsewhere", status(200, 302), true],
  ["the class is the same, so that bodies were compared", status(200, 201), false],
  ["modern fails, which errors tell", status(200, 503), false],
  ["legacy fails", status(503, 200), false],
  [
    "modern is not there",
    { ...status(200, undefined), mismatches: [{ path: "status", kind: "error" }] },
    false,
  ],
  ["modern has no body", body("missing"), true],
  ["modern's body is a page in place of JSON", body("type"), true],
  ["two texts differ", body("value"), false],
] as const)("two answers differ where it is grave or not: %s: %s", ([, answers, grave]) => {
  expect(HighPaths.of(["$.total"])?.differs(answers)).toBe(grave);
  expect(HighPaths.of([], { empty: true })?.differs(answers)).toBe(false);
});

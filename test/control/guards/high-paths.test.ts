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

import { expect, test } from "vitest";
import { parse } from "yaml";
import { ignoreAdvice } from "../../src/control/ignore-advice.ts";
import { definitionOf } from "../support/exchange-world.ts";

const plain = definitionOf({});
const route = {
  ...plain,
  compare: { ...plain.compare, ignore: ["$.readAt"], headers: ["content-type", "vary"] },
  source: { file: "/app/routes/orders.yaml", line: 12, column: 5 },
};

test("what is ignored already stays in it, and it fits into a compare that has other keys", () => {
  const advice = ignoreAdvice(route, '$.items[*]["a: b"]');
  expect(advice).toMatchObject({ key: "ignore", file: "/app/routes/orders.yaml", line: 12 });
  const file = `routes:\n  - id: a\n    compare:\n      redact: [$.email]\n      ${advice?.yaml}`;
  expect(parse(file)).toEqual({
    routes: [{ id: "a", compare: { redact: ["$.email"], ignore: ["$.readAt", '$.items[*]["a: b"]'] } }],
  });
});

test("a path ignored already is not ignored twice; a header leaves the list of those compared", () => {
  expect(ignoreAdvice(route, "$.readAt")?.yaml).toBe(`ignore: ["$.readAt"]\n`);
  expect(ignoreAdvice(route, "header.Vary")).toMatchObject({
    key: "headers",
    yaml: `headers: ["content-type"]\n`,
  });
});

test("a status and a whole body cannot be ignored", () => {
  expect([ignoreAdvice(route, "status"), ignoreAdvice(route, "body"), ignoreAdvice(route, "$")]).toEqual([
    null,
    null,
    null,
  ]);
});

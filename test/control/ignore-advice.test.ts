import { expect, test } from "vitest";
import { parse } from "yaml";
import { ignoreAdvice } from "../../src/control/ignore-advice.ts";
import type { MismatchKind } from "../../src/domain/outcomes.ts";
import type { CompareOptions } from "../../src/domain/route.ts";
import { definitionOf } from "../support/exchange-world.ts";

const plain = definitionOf({});

function routeWith(compare: Partial<CompareOptions> = {}) {
  return {
    ...plain,
    compare: { ...plain.compare, ignore: ["$.readAt"], headers: ["content-type", "vary"], ...compare },
    source: { file: "/app/routes/orders.yaml", line: 12, column: 5 },
  };
}

type Values = readonly (string | undefined)[];

const adviceFor = (
  path: string,
  kind: MismatchKind = "value",
  samples: readonly Values[] = [],
  compare: Partial<CompareOptions> = {},
) =>
  ignoreAdvice(routeWith(compare), {
    path,
    kind,
    samples: samples.map(([legacy, modern]) => ({ legacy, modern })),
  });
const yamlFor = (...of: Parameters<typeof adviceFor>) => adviceFor(...of).map(({ yaml }) => yaml);

test("paths of markup are advised as they are", () => {
  expect(yamlFor("/html/body/p/@class")).toEqual(['ignore: ["$.readAt", "/html/body/p/@class"]\n']);
});

test("what is ignored already stays in it, and it fits into a compare that has other keys", () => {
  const [advice] = adviceFor('$.items[*]["a: b"]');
  expect(advice).toMatchObject({ key: "ignore", file: "/app/routes/orders.yaml", line: 12 });
  const file = `routes:\n  - id: a\n    compare:\n      redact: [$.email]\n      ${advice?.yaml}`;
  expect(parse(file)).toEqual({
    routes: [{ id: "a", compare: { redact: ["$.email"], ignore: ["$.readAt", '$.items[*]["a: b"]'] } }],
  });
});

test("a path ignored already is not ignored twice; a header leaves the list of those compared", () => {
  expect(yamlFor("$.readAt")).toEqual([`ignore: ["$.readAt"]\n`]);
  expect(adviceFor("header.Vary")).toMatchObject([{ key: "headers", yaml: `headers: ["content-type"]\n` }]);
});

test("an array in another order is compared without its order before it is ignored", () => {
  const arrays = { "$.tags": { mode: "unordered" }, "$.rows": { mode: "key", key: "id" } } as const;
  const [first, last] = yamlFor("$.hits", "order", [["[1,2]", "[2,1]"]], { arrays });
  expect(parse(first as string)).toEqual({
    arrays: { "$.tags": "unordered", "$.rows": { key: "id" }, "$.hits": "unordered" },
  });
  expect(last).toBe(`ignore: ["$.readAt", "$.hits"]\n`);
  expect(yamlFor("$", "order")).toEqual([`arrays: { "$": "unordered" }\n`]);
});

test("numbers get the tolerance under which no sample differs, before they are ignored", () => {
  const samples = [
    ["0.30", "0.29"],
    ["10.5", "10.498"],
  ];
  const [first, last] = yamlFor("$.total", "value", samples, { tolerance: { "$.tax": 0.1 } });
  expect(parse(first as string)).toEqual({ tolerance: { "$.tax": 0.1, "$.total": 0.01 } });
  expect(last).toBe(`ignore: ["$.readAt", "$.total"]\n`);
  expect(yamlFor("$.total", "value", [["1", "3"]], { tolerance: { "$.total": 5 } })[0]).toContain(": 5 }");
  // One value that is no number, or a sample that was kept from us, and a tolerance would not do.
  expect(yamlFor("$.total", "value", [["1", '"2"']])).toHaveLength(1);
  expect(yamlFor("$.total", "value", [])).toHaveLength(1);
});

test("no line is offered that would change nothing", () => {
  const beyond = [["9007199254740993", "9007199254740992"]];
  expect(yamlFor("$.id", "value", beyond)[0]).toBe(`tolerance: { "$.id": 1 }\n`);
  expect(yamlFor("$.id", "value", [["1.00000000000000000001", "1"]])[0]).toContain(": 1e-20 }");
  expect(yamlFor("$.id", "value", [["1e400", "2e400"]])).toEqual([`ignore: ["$.readAt", "$.id"]\n`]);
  expect(yamlFor("$.list[*]", "extra", [[undefined, "null"]])).toEqual([
    `ignore: ["$.readAt", "$.list[*]"]\n`,
  ]);
  const cut = `$.${"a".repeat(254)}…`;
  for (const kind of ["value", "order", "missing"] as const) expect(adviceFor(cut, kind)).toEqual([]);
  expect(adviceFor("$.more…")).toHaveLength(1);
});

test("null beside nothing gets nulls: absent", () => {
  expect(yamlFor("$.note", "missing", [["null", undefined]])[0]).toBe(`nulls: "absent"\n`);
  expect(yamlFor("$.note", "extra", [[undefined, "null"]])[0]).toBe(`nulls: "absent"\n`);
  expect(yamlFor("$.note", "extra", [[undefined, "1"]])).toHaveLength(1);
});

test("an entry with a reason keeps it", () => {
  const ignore = [{ path: "$.at", reason: "a clock", until: "2027-01-31" }, "$.b"];
  const [advice] = yamlFor("$.c", "value", [], { ignore });
  expect(parse(advice as string)).toEqual({ ignore: [...ignore, "$.c"] });
});

test("two statuses of one class can be declared equal; others, and a whole body, can not be left out", () => {
  expect(yamlFor("status", "value", [["404", "410"]])).toEqual(["status: [[404, 410]]\n"]);
  expect(yamlFor("status", "value", [["404", "410"]], { status: [[410, 404]] })).toEqual([
    "status: [[404, 410]]\n",
  ]);
  expect(adviceFor("status", "value", [["200", "404"]])).toEqual([]);
  expect(adviceFor("status", "error", [["200", '"timeout"']])).toEqual([]);
  expect([adviceFor("status"), adviceFor("body"), adviceFor("$")]).toEqual([[], [], []]);
});

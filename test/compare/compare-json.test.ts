import { describe, expect, test } from "vitest";
import { MAX_JSON_DEPTH } from "../../src/compare/json-parse.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { answer, job, jsonMismatches, named } from "./jobs.ts";

const kinds = (legacy: string, modern: string, options = {}) =>
  named(jsonMismatches(legacy, modern, options));

describe("JSON bodies", () => {
  test("key order and white space are no difference", () => {
    expect(kinds('{"a":1,"b":[1,2]}', ' { "b" : [1, 2],\n"a": 1 }')).toEqual([]);
  });

  test("every kind is named at its path", () => {
    expect(kinds('{"a":{"b":1}}', '{"a":{"b":2}}')).toEqual(["value $.a.b"]);
    expect(kinds('{"a":1}', '{"a":"1"}')).toEqual(["type $.a"]);
    expect(kinds('{"a":null}', '{"a":false}')).toEqual(["type $.a"]);
    expect(kinds('{"a":1,"b":2}', '{"a":1}')).toEqual(["missing $.b"]);
    expect(kinds('{"a":1}', '{"a":1,"b":null}')).toEqual(["extra $.b"]);
    expect(kinds('{"a":[1,2,3]}', '{"a":[3,1,2]}')).toEqual(["order $.a"]);
    expect(kinds('{"a":[1,2,3]}', '{"a":[1,3]}')).toEqual(["length $.a"]);
    expect(kinds('{"a":[{"b":1}]}', '{"a":[{"b":2}]}')).toEqual(["value $.a[*].b"]);
    expect(kinds("[1]", "{}")).toEqual(["type $"]);
    expect(kinds("1", "2")).toEqual(["value $"]);
  });

  test("values are JSON text, and nothing on the side where they are missing", () => {
    expect(jsonMismatches('{"a":"x","b":[1,{"c":null}]}', '{"a":1.50}')).toEqual([
      { path: "$.a", kind: "type", legacy: '"x"', modern: "1.50" },
      { path: "$.b", kind: "missing", legacy: '[1,{"c":null}]', modern: undefined },
    ]);
  });

  test("odd member names are quoted, and a control character never comes through", () => {
    expect(kinds('{"odd key":1,"a.b":1,"*":1,"":1}', '{"odd key":2,"a.b":2,"*":2,"":2}')).toEqual([
      'value $["odd key"]',
      'value $["a.b"]',
      'value $["*"]',
      'value $[""]',
    ]);
    const [found] = jsonMismatches('{"\\u001b[2J":"\\u009b\\u202e"}', '{"\\u001b[2J":1}');
    expect(found?.path).toBe('$["\\u001b[2J"]');
    expect(found?.legacy).toBe('"\\u009b\\u202e"');
  });

  test("keys that JavaScript treats specially are only keys", () => {
    expect(kinds('{"__proto__":{"x":1},"constructor":1}', '{"__proto__":{"x":2},"toString":1}')).toEqual([
      "value $.__proto__.x",
      "missing $.constructor",
      "extra $.toString",
    ]);
    expect(kinds("{}", '{"hasOwnProperty":1}', { ignore: ["$.toString"] })).toEqual([
      "extra $.hasOwnProperty",
    ]);
  });

  test("a name that its object repeats is not the same as a single one", () => {
    expect(kinds('{"a":1,"a":2}', '{"a":2}')).toEqual(["length $.a"]);
    expect(kinds('{"a":1,"a":2}', '{"a":3}')).toEqual(["length $.a", "value $.a"]);
    expect(kinds('{"a":1,"a":2}', '{"a":1,"a":3}')).toEqual(["value $.a"]);
    expect(kinds('{"a":1,"b":0,"a":2}', '{"a":1,"a":2,"b":0}')).toEqual([]);
  });

  test("the same finding in many elements is one finding", () => {
    const items = (n: number) =>
      JSON.stringify({ items: Array.from({ length: 50 }, (_, i) => ({ i, etag: i * n })) });
    expect(kinds(items(2), items(3))).toEqual(["value $.items[*].etag"]);
  });

  test("a verdict holds at most a hundred mismatches, the first in document order", () => {
    const record = (value: unknown) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, value]));
    const wide = (n: number) => JSON.stringify(record(record(n)));
    const found = kinds(wide(1), wide(2));
    expect(found).toHaveLength(100);
    expect(found.slice(0, 2)).toEqual(["value $.k0.k0", "value $.k0.k1"]);
  });

  test("arrays of different length are compared where they differ, not after", () => {
    expect(kinds("[9,1,2,3]", "[1,2,3]")).toEqual(["length $"]);
    expect(jsonMismatches('[{"a":1},{"a":2},{"a":5}]', '[{"a":1},{"a":3}]')).toEqual([
      {
        ...{ path: "$", kind: "length", legacy: "3", modern: "2" },
        cascade: [
          {
            path: "$[*]",
            kind: "missing",
            by: "element",
            places: 1,
            legacy: '{"[2]":{"a":5}}',
            modern: undefined,
          },
        ],
      },
      { path: "$[*].a", kind: "value", legacy: "2", modern: "3" },
    ]);
  });

  test("an edit inside a reordered unordered array is found in the element it happened to", () => {
    const legacy = '[{"id":1,"n":"a","p":1},{"id":2,"n":"b","p":2},{"id":3,"n":"c","p":3}]';
    const modern = '[{"id":3,"n":"c","p":9},{"id":1,"n":"a","p":1},{"id":2,"n":"b","p":8}]';
    const unordered = { arrays: { $: { mode: "unordered" } } };
    expect(jsonMismatches(legacy, modern, unordered as never)).toEqual([
      { path: "$[*].p", kind: "value", legacy: "2", modern: "8" },
    ]);
    expect(kinds("[1,2,2]", "[2,1,1]", unordered)).toEqual(["value $[*]"]);
    expect(kinds("[1,2]", "[2,1,3]", unordered)).toEqual(["extra $[*]"]);
    expect(kinds("[1,2]", "[2]", unordered)).toEqual(["missing $[*]"]);
  });

  test("elements matched by key may move; those without the key are matched as they are", () => {
    const byId = { arrays: { "$.items": { mode: "key", key: "id" } } };
    const wrap = (items: string) => `{"items":${items}}`;
    expect(
      kinds(wrap('[{"id":1,"a":1},{"id":2,"a":2}]'), wrap('[{"id":2,"a":2},{"id":1,"a":1}]'), byId),
    ).toEqual([]);
    expect(
      kinds(wrap('[{"id":1,"a":1},{"id":2,"a":2}]'), wrap('[{"id":2,"a":3},{"id":1.0,"a":1}]'), byId),
    ).toEqual(["value $.items[*].a"]);
    expect(kinds(wrap('[{"id":1},{"id":2}]'), wrap('[{"id":2},{"id":4}]'), byId)).toEqual([
      "missing $.items[*]",
      "extra $.items[*]",
    ]);
    expect(kinds(wrap('[{"id":1},7,8]'), wrap('[8,{"id":1},7]'), byId)).toEqual([]);
    expect(
      kinds(wrap('[{"id":1,"a":1},{"id":1,"a":2}]'), wrap('[{"id":1,"a":2},{"id":1,"a":1}]'), byId),
    ).toEqual([]);
    expect(kinds(wrap('[{"id":"1"}]'), wrap('[{"id":1}]'), byId)).toEqual([
      "missing $.items[*]",
      "extra $.items[*]",
    ]);
  });

  test("ignored places may differ, be missing or be extra", () => {
    const options = { ignore: ["$.at", "$.items[*].etag", '$["x y"]'] };
    expect(
      kinds('{"at":1,"items":[{"etag":1,"a":1}],"x y":1}', '{"items":[{"a":1}],"x y":{"z":1}}', options),
    ).toEqual([]);
    expect(kinds('{"items":[{"etag":1}]}', '{"items":[{"etag":2},{"etag":3}]}', options)).toEqual([
      "length $.items",
    ]);
    expect(kinds("1", "2", { ignore: ["$"] })).toEqual([]);
  });

  test("ignored members do not keep unordered elements apart", () => {
    const options = { ignore: ["$[*].etag"], arrays: { $: { mode: "unordered" } } };
    expect(
      kinds('[{"etag":1,"a":1},{"etag":2,"a":2}]', '[{"etag":8,"a":2},{"etag":9,"a":1}]', options),
    ).toEqual([]);
  });
});

describe("numbers", () => {
  test("are compared by value, not by spelling", () => {
    expect(kinds("[1,1.0,100,-0,0.5,1e3]", "[1.0,1,1e2,0,5e-1,1000.00]")).toEqual([]);
  });

  test("beyond what a double holds still differ", () => {
    expect(kinds('{"id":9007199254740992}', '{"id":9007199254740993}')).toEqual(["value $.id"]);
    expect(kinds('{"a":0.1}', '{"a":0.1000000000000000000001}')).toEqual(["value $.a"]);
    expect(kinds('{"a":1e400}', '{"a":1e401}')).toEqual(["value $.a"]);
    expect(kinds('{"a":1e99999999999999999999}', '{"a":1e99999999999999999998}')).toEqual(["value $.a"]);
  });

  test("within a tolerance are equal, to the decimal", () => {
    const options = { tolerance: { "$.total": 0.01 } };
    expect(kinds('{"total":0.30}', '{"total":0.29}', options)).toEqual([]);
    expect(kinds('{"total":10}', '{"total":9.99}', options)).toEqual([]);
    expect(kinds('{"total":0.30}', '{"total":0.2899}', options)).toEqual(["value $.total"]);
    expect(kinds('{"total":9007199254740993}', '{"total":9007199254740992.99}', options)).toEqual([]);
    expect(kinds('{"total":9007199254740993}', '{"total":9007199254740992}', options)).toEqual([
      "value $.total",
    ]);
    expect(kinds('{"total":"0.30"}', '{"total":0.30}', options)).toEqual(["type $.total"]);
    expect(kinds('{"total":1e300}', '{"total":1e-300}', options)).toEqual(["value $.total"]);
  });

  test("tolerances reach into unordered arrays, and no element is left over that has a partner", () => {
    const options = { tolerance: { "$[*]": 0.1 }, arrays: { $: { mode: "unordered" } } };
    expect(kinds("[1.0,1.1]", "[1.1,1.2]", options)).toEqual([]);
    expect(kinds("[1.0,1.1]", "[1.15,1.3]", options)).toEqual(["value $[*]"]);
  });

  test("a tolerance keeps an order difference an order difference", () => {
    const options = { tolerance: { "$[*].p": 0.1 } };
    expect(kinds('[{"p":1},{"p":5}]', '[{"p":5.1},{"p":0.9}]', options)).toEqual(["order $"]);
    expect(kinds('[{"p":1},{"p":5}]', '[{"p":1.1},{"p":5}]', options)).toEqual([]);
  });
});

describe("depth", () => {
  const nested = (depth: number, leaf: string) => "[".repeat(depth) + leaf + "]".repeat(depth);

  test("a deep difference is found", () => {
    const found = jsonMismatches(nested(MAX_JSON_DEPTH, "1"), nested(MAX_JSON_DEPTH, "2"));
    expect(found).toHaveLength(1);
    expect(found[0]?.path.length).toBeLessThan(300);
  });

  test("past the bound nobody can tell, and nothing overflows", () => {
    for (const depth of [MAX_JSON_DEPTH + 1, 100_000]) {
      const verdict = verdictOf(job(answer(nested(depth, "1")), answer(nested(depth, "2"))));
      expect(verdict).toMatchObject({ outcome: "inconclusive", reason: "undecodable" });
      expect(verdictOf(job(answer(nested(depth, "1")), answer("[1]"))).reason).toBe("undecodable");
    }
  });
});

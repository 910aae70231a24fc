import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ANY_INDEX, memberStep, parsePathPattern } from "../../src/domain/json-path.ts";

describe("parsePathPattern", () => {
  test.each([
    ["$", []],
    ["$.a", ["a"]],
    ["$.updatedAt", ["updatedAt"]],
    ["$.items[*].etag", ["items", ANY_INDEX, "etag"]],
    ["$[*][*]", [ANY_INDEX, ANY_INDEX]],
    ['$["a b"].c', ["a b", "c"]],
    ["$['it\\'s']", ["it's"]],
    ["$['say \"x\"']", ['say "x"']],
    ['$["\\u00e9\\n"]', ["é\n"]],
    ["$.__proto__.0-x_y@z", ["__proto__", "0-x_y@z"]],
    ['$[""]', [""]],
    ['$["a\u2028b"]', ["a\u2028b"]],
  ])("reads %s", (text, steps) => {
    expect(parsePathPattern(text)).toEqual(steps);
  });

  test.each([
    ["items", '"items" is not a path pattern: it does not begin with $'],
    ["", '"" is not a path pattern: it does not begin with $'],
    ["$.items[0]", '"$.items[0]" is not a path pattern: it names one index'],
    ["$..etag", '"$..etag" is not a path pattern: `..` is not supported'],
    ["$.*", '"$.*" is not a path pattern: `.*` is not supported'],
    ["$.", '"$." is not a path pattern: no name follows the . at position 2'],
    ["$x", '"$x" is not a path pattern: nothing valid follows at position 2'],
    ["$[?(@.a)]", '"$[?(@.a)]" is not a path pattern: filters are not supported'],
    ["$[1:2]", '"$[1:2]" is not a path pattern: slices are not supported'],
    [
      '$["\\x"]',
      '"$[\\"\\\\x\\"]" is not a path pattern: the quoted name at position 2 is not a JSON string',
    ],
    ['$["*"]', '"$[\\"*\\"]" is not a path pattern: a member named "*" cannot be told from [*]'],
  ])("refuses %s", (text, message) => {
    expect(parsePathPattern(text)).toMatchObject({ problem: message });
  });

  test("refuses a pattern of more than a hundred steps", () => {
    expect(parsePathPattern(`$${".a".repeat(100)}`)).toHaveLength(100);
    expect(parsePathPattern(`$${".a".repeat(101)}`)).toHaveProperty("problem");
  });

  test("reads back whatever is written of members and indexes", () => {
    const name = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.constant(ANY_INDEX));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 8 }), (steps) => {
        const text = steps.map((step) => (step === ANY_INDEX ? "[*]" : memberStep(step))).join("");
        expect(parsePathPattern(`$${text}`)).toEqual(steps);
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ELEMENT_STEP,
  markupStep,
  memberStep,
  type PathStep,
  parsePathPattern,
  parsePattern,
} from "../../src/domain/json-path.ts";

const ELEMENT: PathStep = { kind: "element" };
const ANY_MEMBER: PathStep = { kind: "anyMember" };
const member = (name: string): PathStep => ({ kind: "member", name });
const descendant = (name: string): PathStep => ({ kind: "descendant", name });

describe("parsePathPattern", () => {
  test.each([
    ["$", []],
    ["$.a", [member("a")]],
    ["$.updatedAt", [member("updatedAt")]],
    ["$.items[*].etag", [member("items"), ELEMENT, member("etag")]],
    ["$[*][*]", [ELEMENT, ELEMENT]],
    ["$.users.*.seen", [member("users"), ANY_MEMBER, member("seen")]],
    ["$..etag", [descendant("etag")]],
    ['$.a..["b c"][*]', [member("a"), descendant("b c"), ELEMENT]],
    ['$["a b"].c', [member("a b"), member("c")]],
    ["$['it\\'s']", [member("it's")]],
    ["$['say \"x\"']", [member('say "x"')]],
    ['$["\\u00e9\\n"]', [member("é\n")]],
    ["$.__proto__.0-x_y@z", [member("__proto__"), member("0-x_y@z")]],
    ['$[""]', [member("")]],
    ['$["*"]', [member("*")]],
    ['$["a\u2028b"]', [member("a\u2028b")]],
  ] as const)("reads %s", (text, steps) => {
    expect(parsePathPattern(text)).toEqual(steps);
  });

  test.each([
    ["items", '"items" is not a path pattern: it does not begin with $, or with / for XML and HTML'],
    ["", '"" is not a path pattern: it does not begin with $, or with / for XML and HTML'],
    ["$.items[0]", '"$.items[0]" is not a path pattern: it names one index'],
    ["$..", '"$.." is not a path pattern: no name follows the .. at position 2'],
    ["$..*", '"$..*" is not a path pattern: no name follows the .. at position 2'],
    ["$..[*]", '"$..[*]" is not a path pattern: no name follows the .. at position 2'],
    ["$.", '"$." is not a path pattern: no name follows the . at position 2'],
    ["$x", '"$x" is not a path pattern: nothing valid follows at position 2'],
    ["$[?(@.a)]", '"$[?(@.a)]" is not a path pattern: filters are not supported'],
    ["$[1:2]", '"$[1:2]" is not a path pattern: slices are not supported'],
    [
      '$["\\x"]',
      '"$[\\"\\\\x\\"]" is not a path pattern: the quoted name at position 2 is not a JSON string',
    ],
  ])("refuses %s", (text, message) => {
    expect(parsePathPattern(text)).toMatchObject({ problem: message });
  });

  test("refuses a pattern of more than a hundred steps", () => {
    expect(parsePathPattern(`$${".a".repeat(100)}`)).toHaveLength(100);
    expect(parsePathPattern(`$${".a".repeat(101)}`)).toHaveProperty("problem");
  });

  test("reads back whatever is written of members and indexes", () => {
    const name = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.constant("*"));
    const step = fc.oneof(fc.constant(ELEMENT), name.map(member));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const text = steps.map((each) => ("name" in each ? memberStep(each.name) : ELEMENT_STEP)).join("");
        expect(parsePathPattern(`$${text}`)).toEqual(steps);
      }),
    );
  });
});

describe("patterns of markup", () => {
  test.each([
    ["/", []],
    ["/html/body/div/@class", ["html", "body", "div", "@class"].map(member)],
    ["/a[*]/text()", [member("a"), member("text()")]],
    ["//meta/@content", [descendant("meta"), member("@content")]],
    ["/*//@v", [ANY_MEMBER, descendant("@v")]],
    ["/a/@xlink:href", [member("a"), member("@xlink:href")]],
    ["/a/@namespace()", [member("a"), member("@namespace()")]],
  ])("reads %s", (text, steps) => {
    expect(parsePattern(text)).toEqual(steps);
  });

  test.each(["//", "/a/", "/a//*", "/a[1]", "/a[@b='c']", "/a | /b", "/@", "/a b"])("refuses %s", (text) => {
    expect(parsePattern(text)).toMatchObject({
      problem: expect.stringContaining("is not a path pattern: nothing valid follows at position"),
      remedy: expect.stringContaining("/html/body//a/@href"),
    });
  });

  test("leaves those of JSON as they are, and reads back the names that it writes", () => {
    expect(parsePattern("$.a")).toEqual([member("a")]);
    fc.assert(
      fc.property(fc.string(), (name) => {
        const step = markupStep(name);
        expect(parsePattern(step)).toEqual([step === "/*" ? ANY_MEMBER : member(name)]);
      }),
    );
  });
});

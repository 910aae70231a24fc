import fc from "fast-check";
import { expect, test } from "vitest";
import { marked, type Part } from "../../dashboard/src/pages/differences/marked.ts";

const joined = (parts: readonly Part[]) => parts.map(({ text }) => text).join("");
const differing = (parts: readonly Part[]) => parts.flatMap(({ text, differs }) => (differs ? [text] : []));

test("only what differs is marked: a number's digits, a word of a string, a member of an object", () => {
  expect(marked("601.67", "601.66").map(differing)).toEqual([["67"], ["66"]]);
  expect(marked('"blue lamp"', '"blue light"').map(differing)).toEqual([["lamp"], ["light"]]);
  expect(marked('{"a":1,"b":2}', '{"a":1,"b":3}').map(differing)).toEqual([["2"], ["3"]]);
  expect(marked("[1,2,3]", "[1,3]").map(differing)).toEqual([[expect.stringContaining("2")], []]);
});

test("nothing of a sample is lost, cut JSON included, and equal texts have no mark", () => {
  const text = fc.oneof(fc.json({ maxDepth: 2 }), fc.string()).map((all) => all.slice(0, 256));
  fc.assert(
    fc.property(text, text, (legacy, modern) => {
      const [left, right] = marked(legacy, modern);
      expect(joined(left)).toBe(legacy);
      expect(joined(right)).toBe(modern);
      const shared = (parts: readonly Part[]) =>
        parts.flatMap((part) => (part.differs ? [] : [part.text])).join("");
      expect(shared(left)).toBe(shared(right));
      expect(differing(marked(legacy, legacy)[0])).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

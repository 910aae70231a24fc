import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/domain/canonical-json.ts";

test("keys are sorted at every depth, and what is undefined is not there", () => {
  expect(canonicalJson({ b: [{ d: 1, c: "x" }], a: { z: null, y: undefined } })).toBe(
    '{"a":{"z":null},"b":[{"c":"x","d":1}]}',
  );
  expect([canonicalJson(undefined), canonicalJson([undefined]), canonicalJson({ "10": 1, "9": 2 })]).toEqual([
    "null",
    "[null]",
    '{"10":1,"9":2}',
  ]);
});

function turnedRound(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedRound);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([key, member]) => [key, turnedRound(member)]));
}

test("equal content gives equal text, and the text reads back as the value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      expect(canonicalJson(turnedRound(plain))).toBe(canonicalJson(plain));
      expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
    }),
  );
});

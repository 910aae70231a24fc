import fc from "fast-check";
import { expect, test } from "vitest";
import { claimField, identityFields } from "../../src/domain/identity-fields.ts";

const fieldsOf = (claims: Readonly<Record<string, unknown>>) =>
  identityFields({ subject: undefined, claims, forwards: Object.keys(claims) });

test.each<[unknown, string | undefined]>([
  ["ada", "ada"],
  ["Ada Lovelace", "Ada Lovelace"],
  [" ada ", "%20ada%20"],
  ["zoë", "zo%C3%AB"],
  ["100 %", "100 %25"],
  ["a,b", "a%2Cb"],
  ["a\r\nx-evil: 1", "a%0D%0Ax-evil: 1"],
  ["\ud800", "%EF%BF%BD"],
  ["\u{1f600}", "%F0%9F%98%80"],
  ["", ""],
  [true, "true"],
  [12.5, "12.5"],
  [["a", "b,c", 3], "a,b%2Cc,3"],
  [[], ""],
  [{ a: ["b"] }, '{"a":["b"]}'],
  [{ a: 1, b: 2 }, '{"a":1%2C"b":2}'],
  [[{ a: 1 }], '[{"a":1}]'],
  [null, undefined],
  [undefined, undefined],
])("a claim %j stands in its field as %j", (claim, text) => {
  expect(fieldsOf({ team: claim })).toEqual(text === undefined ? [] : ["x-fig-claim-team", text]);
});

test("whatever a text is, its field has printable ASCII alone, and gives it back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const [, value = ""] = identityFields({ subject: text });
      expect(value).toMatch(/^(?:[!-~](?:[ -~]*[!-~])?)?$/);
      expect(decodeURIComponent(value)).toBe(text.toWellFormed());
    }),
  );
});

test.each([
  ["team", "x-fig-claim-team"],
  ["cognito:groups", "x-fig-claim-cognito-groups"],
  ["https://shop.test/roles", "x-fig-claim-https-shop-test-roles"],
  ["Team_Name", "x-fig-claim-team-name"],
])("the claim %s goes on in %s", (claim, field) => {
  expect(claimField(claim)).toBe(field);
});

test("claims that were not asked for stay here, and so do members of every object", () => {
  expect(identityFields({ subject: "ada", claims: { team: "a" } })).toEqual(["x-fig-subject", "ada"]);
  expect(identityFields({ claims: {}, forwards: ["constructor", "__proto__"] })).toEqual([]);
});

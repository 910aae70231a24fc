import fc from "fast-check";
import { expect, test } from "vitest";
import { repeatsMember } from "../../src/tokens/json-members.ts";

test.each([
  '{"a":1,"a":2}',
  '{"a":{"b":1,"c":[{"d":1,"d":1}]}}',
  '{"a":1,"\\u0061":2}',
  '[{"x":1},{"y":1,"y":2}]',
  '{"a\\"":1,"a\\"":2}',
  '{ "a" : {} , "b" : [ ] , "a" : null }',
  '{"":1,"":2}',
])("%s has a member twice", (json) => {
  JSON.parse(json);
  expect(repeatsMember(json)).toBe(true);
});

test.each([
  '{"a":"a","b":"a"}',
  '{"a":["a","a"]}',
  '{"a":{"a":{"a":1}}}',
  '[{"a":1},{"a":1}]',
  '{"a":"\\"a\\":1,","b":"{\\"a\\":1}"}',
  '{"a":[{"b":1},{"b":1}],"b":1}',
  "[]",
  '"a"',
])("%s has none twice", (json) => {
  JSON.parse(json);
  expect(repeatsMember(json)).toBe(false);
});

test("no value that JSON.stringify writes has one, and all that get one more do", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
      const json = JSON.stringify(value);
      expect(repeatsMember(json)).toBe(false);
      const [name = ""] = Object.keys(value);
      const twice = `${json.slice(0, -1)},${JSON.stringify(name)}:0}`;
      expect(repeatsMember(twice)).toBe(true);
    }),
  );
});

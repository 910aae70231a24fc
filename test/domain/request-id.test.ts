import fc from "fast-check";
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { isRequestId, requestIdOf } from "../../src/domain/request-id.ts";

test.each([
  "a",
  "0f8b-11",
  "Root=1-67891233-abcdef012345678912345678",
  "urn:uuid:1234",
  "a+/b==",
  "x".repeat(128),
])("the client's id %s is kept", (id) => {
  expect(requestIdOf(id, systemClock.hex)).toBe(id);
});

test.each([
  ["none", undefined],
  ["empty", ""],
  ["a space", "a b"],
  ["a quote", 'a"b'],
  ["a line break", "a\nb"],
  ["a comma, as two joined headers have", "a, b"],
  ["a byte past ASCII", "a\u00e9"],
  ["a character past a byte", "a\u0141"],
  ["129 characters", "x".repeat(129)],
])("an id with %s is replaced by 32 hex digits", (_what, id) => {
  expect(requestIdOf(id, systemClock.hex)).toMatch(/^[0-9a-f]{32}$/);
});

test("a kept id is the same in JSON, in a header and in a log line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii", maxLength: 8 }), (text) => {
      if (!isRequestId(text)) return true;
      return JSON.stringify(text) === `"${text}"` && text === text.trim() && !/[\s,;"\\<>]/.test(text);
    }),
    { numRuns: 2_000 },
  );
});

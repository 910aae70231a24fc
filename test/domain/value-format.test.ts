import { expect, test } from "vitest";
import { fitsFormats, formatOf } from "../../src/domain/value-format.ts";

test.each([
  [undefined, "none"],
  ["null", "null"],
  ["true", "boolean"],
  ["-1.5e3", "number"],
  ["[1]", "array"],
  ["{}", "object"],
  ['""', "empty text"],
  ['"6ba7b810-9dad-11d1-80b4-00c04fd430c8"', "uuid"],
  ['"2026-11-30"', "ISO date"],
  ['"2026-11-30T01:02:03.004Z"', "ISO time"],
  ['"Mon, 30 Nov 2026 01:02:03 GMT"', "HTTP date"],
  ['"W/\\"1f-a\\""', "weak ETag"],
  ['"\\"1f-a\\""', "ETag"],
  ['"0123456789abcdef"', "hex of 16"],
  ['"c2FsdGVkMTIzNDU2"', "base64 of 16"],
  ['"17"', "digits"],
  ['"https://shop.test/a"', "URL"],
  ['"web-1"', "text"],
  ['"cut in the mid', "text"],
])("the format of %s is %s", (sample, format) => {
  expect(formatOf(sample)).toBe(format);
});

test("a value fits where its format was seen; any form of text fits where any text was", () => {
  expect(fitsFormats("uuid", ["uuid"])).toBe(true);
  expect(fitsFormats("text", ["uuid"])).toBe(false);
  expect(fitsFormats("uuid", ["text"])).toBe(true);
  expect(fitsFormats("null", ["text"])).toBe(false);
  expect(fitsFormats("hex of 31", ["hex of 32"])).toBe(false);
});

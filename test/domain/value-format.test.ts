import { expect, test } from "vitest";
import { fitsFormats, formatOf, knownFormats } from "../../src/domain/value-format.ts";

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
  ['"/interaction/C4ra5tzYCsGrhs8CeTIYA"', "URL dbcd626b"],
  ['"/4aaJq+w/c2FsdGVkMTIzNDU2"', "base64 of 25"],
  ['"/tea"', "URL 030fe0ef"],
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
  // Nothing in the place of a text is no text like others.
  expect(fitsFormats("empty text", ["text"])).toBe(false);
  expect(fitsFormats("empty text", ["text", "empty text"])).toBe(true);
});

test("of more texts than are kept any text fits, and nothing else that was not seen", () => {
  const texts = Array.from({ length: 12 }, (_, i) => `hex of ${8 + i}`);
  const known = knownFormats([...texts, "number"], 8);
  expect(known).toHaveLength(8);
  for (const format of ["uuid", "hex of 19", "number"])
    expect([format, fitsFormats(format, known)]).toEqual([format, true]);
  for (const format of ["null", "none", "array", "empty text"])
    expect([format, fitsFormats(format, known)]).toEqual([format, false]);
  expect(knownFormats([...known, ...texts], 8)).toEqual(expect.arrayContaining(["number", "text"]));
});

const page = (reference: string) => formatOf(JSON.stringify(reference));

test("a reference is of the page that it leads to: ids and values may be others, host, words and names of the query may not", () => {
  const back = page("https://shop.test/signed-in?code=abc&state=1");
  expect(page("https://shop.test/signed-in?state=2&code=xyz#there")).toBe(back);
  for (const other of [
    "https://shop.test/signed-in?error=access_denied&state=1",
    "https://shop.test/signed-out?code=abc&state=1",
    "https://evil.test/signed-in?code=abc&state=1",
    "/signed-in?code=abc&state=1",
  ])
    expect([other, page(other)]).not.toEqual([other, back]);
  expect(page("/interaction/C4ra5tzYCsGrhs8CeTIYA")).toBe(page("/interaction/Q_XwJfUByHII2kgjDH2od7rT"));
  expect(page("/interaction/C4ra5tzYCsGrhs8CeTIYA")).not.toBe(page("/error/C4ra5tzYCsGrhs8CeTIYA"));
});

test("where legacy itself leads to three pages, any page fits; where it leads to two, no third does", () => {
  const seen = ["/ads/shoes", "/ads/hats", "/ads/tea"].map(page);
  expect(fitsFormats(page("/ads/cups"), seen)).toBe(true);
  expect(fitsFormats(page("/ads/cups"), seen.slice(1))).toBe(false);
  expect(fitsFormats("null", seen)).toBe(false);
});

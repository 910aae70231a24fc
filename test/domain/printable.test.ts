import fc from "fast-check";
import { expect, test } from "vitest";
import { isPrintable, printable, printableJson, printableLines } from "../../src/domain/printable.ts";

const line = fc.string({ unit: "binary", maxLength: 200 });
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\u2800]/u;

test("nothing comes out that moves a cursor, turns a direction or hides what follows, whatever came in", () => {
  fc.assert(
    fc.property(line, (text) => {
      expect(printable(text)).not.toMatch(UNSAFE);
      expect(isPrintable(text)).toBe(printable(text) === text);
    }),
  );
});

test("JSON stays the JSON it was", () => {
  fc.assert(
    fc.property(line, (text) => {
      const json = printableJson(JSON.stringify(text));
      expect(json).not.toMatch(UNSAFE);
      expect(JSON.parse(json)).toBe(text);
    }),
  );
});

test("each is written so that one can see what it was", () => {
  const text = "Größe 12 € → ✓ \u001b[2J\u202e\u2028\u200b\ufeff\u{e0041}\ud800";
  expect(printable(text)).toBe(
    "Größe 12 € → ✓ \\u{1b}[2J\\u{202e}\\u{2028}\\u{200b}\\u{feff}\\u{e0041}\\u{d800}",
  );
  expect(printableJson('"\u{e0041}"')).toBe('"\\udb40\\udc41"');
});

test("a page keeps its lines, and nothing that turns a direction", () => {
  expect(printableLines("a\n\tb\u202ec\u2028")).toBe("a\n\tb\\u{202e}c\\u{2028}");
});

test.each([
  ..."\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
  ..."\u0000\u0007\u001b\u007f\u009b\u00ad\u034f\u115f\u180e\u200b\u200d\u2028\u2060\u2800\u3164\ufe0f\ufeff\uffa0\u{e0100}",
])("%j is seen", (char) => {
  const code = `\\u{${char.codePointAt(0)?.toString(16)}}`;
  expect(printable(`a${char}b`)).toBe(`a${code}b`);
  expect(printableLines(`a${char}b`)).toBe(`a${code}b`);
  expect(isPrintable(`a${char}b`)).toBe(false);
});

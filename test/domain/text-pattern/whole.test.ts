import fc from "fast-check";
import { expect, test } from "vitest";
import { compileWholePattern } from "../../../src/domain/text-pattern/whole.ts";

function compiled(source: string) {
  const pattern = compileWholePattern(source);
  if ("problem" in pattern) throw new Error(pattern.problem);
  return pattern;
}

test("a pattern stands for what ECMAScript's matcher takes from the first to the last character", () => {
  const leaf = fc.constantFrom("a", "b", ".", "\\w", "\\d", "[ab]", "[^a]", "\\.", "x");
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b),
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,3}"))
        .map(([a, repeat]) => `(?:${a})${repeat}`),
    ),
  }));
  fc.assert(
    fc.property(
      pattern,
      fc.string({ unit: fc.constantFrom(..."ab.x1\n"), maxLength: 10 }),
      (source, text) => {
        const ours = compileWholePattern(source);
        fc.pre(!("problem" in ours));
        expect(ours.standsFor(text)).toBe(new RegExp(`^(?:${source})$`).test(text));
      },
    ),
    { numRuns: 3000 },
  );
});

test("anchors around a pattern say nothing more", () => {
  const token = compiled("^Bearer [-0-9a-zA-Z._]*$");
  expect(token.standsFor("Bearer abc.def-1")).toBe(true);
  expect(token.standsFor("bearer abc")).toBe(false);
  expect(token.standsFor("Bearer abc\n")).toBe(false);
  expect(compiled("a\\$").standsFor("a$")).toBe(true);
  expect(compiled("").standsFor("")).toBe(true);
  expect(compiled("").standsFor("a")).toBe(false);
});

test("what takes other matchers long takes no time, and what cannot be linear is refused", () => {
  const began = performance.now();
  expect(compiled("(?:a+)+b").standsFor("a".repeat(200_000))).toBe(false);
  expect(performance.now() - began).toBeLessThan(1_000);
  for (const source of ["(a", "(?=a)b", "(a)\\1", `(?:a|b)*a${".".repeat(14)}`, "a{1000}"])
    expect(compileWholePattern(source)).toMatchObject({
      problem: expect.any(String),
      remedy: expect.any(String),
    });
});

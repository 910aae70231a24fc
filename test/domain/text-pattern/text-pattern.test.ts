import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileTextPattern, type TextPattern } from "../../../src/domain/text-pattern/index.ts";

function compiled(source: string): TextPattern {
  const pattern = compileTextPattern(source);
  if ("problem" in pattern) throw new Error(pattern.problem);
  return pattern;
}
const replaced = (source: string, text: string, by = "#") =>
  compiled(source).replaceAll(text, by, 1 << 24)?.text;

test("a nonce, a time and an id are replaced", () => {
  expect(replaced('nonce="[^"]*"', '<script nonce="aB3=">1</script><style nonce="x">', "")).toBe(
    "<script >1</script><style >",
  );
  expect(replaced("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "<at>2026-11-28T21:10:00.5Z</at>")).toBe("<at>#</at>");
  expect(
    replaced("(?:id|ref)=\\x22[0-9a-f]{8}(?:-[0-9a-f]{4}){3}\\u0022", '<a ref="0123abcd-0000-1111-2222"/>'),
  ).toBe("<a #/>");
});

test.each([
  ["^a", "anchors (^) are not supported"],
  ["a$", "anchors ($) are not supported"],
  ["(?=a)", "lookaround, named groups and flags are not supported"],
  ["(a)\\1", "back references are not supported"],
  ["\\bA", "\\b is not supported"],
  ["a*", "it matches where there is nothing"],
  ["", "it matches where there is nothing"],
  ["(a", "the ( at position 1 is not closed"],
  ["a)", "a ) at position 2 closes nothing"],
  ["[a", "the [ at position 1 is not closed"],
  ["*a", "a repeat at position 1 has nothing to repeat"],
  ["a**", "a repeat at position 3 has nothing to repeat"],
  ["[z-a]", "a range in [ ] must go from a character to a later one"],
  ["a{3,1}", "{3,1} has its numbers in the wrong order"],
  ["(?:a{16}){17}", "it stands for more than 256 characters, its repeats written out"],
  ["a.{20}b", "it would take more than 1000 states to look for it in linear time"],
])("%s is refused", (source, message) => {
  expect(compileTextPattern(source)).toMatchObject({
    problem: `${JSON.stringify(source)} is not a pattern for text: ${message}`,
  });
});

test("a result past the bound is none", () => {
  expect(compiled("a").replaceAll("aaaa", "bcd", 12)).toEqual({ text: "bcdbcdbcdbcd", taken: 4 });
  expect(compiled("a").replaceAll("aaaa", "bcd", 11)).toBeUndefined();
});

const canBeEmpty = (source: string) => new RegExp(`^(?:${source})$`).test("");

/**
 * Patterns over a few letters, with everything that the subset has but a repeat of what can be empty: ECMAScript gives up an
 * empty round, and may then find another match.
 */
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "\\W", "\\s", "\\d", "[a-c]", "\\n", "[\\d-]"),
    tie("pattern").map((inner) => `(?:${inner})`),
    fc
      .tuple(
        tie("pattern"),
        fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{0,2}", "{1,2}?"),
      )
      .map(([inner, repeat]) => (canBeEmpty(inner) ? inner : `(${inner})${repeat}`)),
  ),
  pattern: fc
    .array(fc.array(tie("piece"), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((choices) => choices.map((pieces) => pieces.join("")).join("|")),
}));

test("it replaces what ECMAScript would replace", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", " ", "\n"), maxLength: 12 });
  let tried = 0;
  fc.assert(
    fc.property(pattern, text, (source, within) => {
      const own = compileTextPattern(source);
      if ("problem" in own) return;
      tried++;
      expect(own.replaceAll(within, "#", 1 << 20)?.text).toBe(
        within.replaceAll(new RegExp(source, "g"), "#"),
      );
    }),
    { numRuns: 1000 },
  );
  expect(tried).toBeGreaterThan(500);
});

test("what takes a backtracking matcher years, or the square of the text, is one look at each character", () => {
  const text = "a".repeat(1 << 20);
  for (const source of ["(?:a|a)*b", "(?:a*)*b", "a[^b]*b"]) expect(replaced(source, text)).toBe(text);
  expect(replaced("a.*b|a", text)).toBe("#".repeat(1 << 20));
});

test("a match at every character takes little more memory than the text", async () => {
  const module = new URL("../../../src/domain/text-pattern/index.ts", import.meta.url).href;
  const program = `import(${JSON.stringify(module)}).then(({ compileTextPattern }) => {
    const { text } = compileTextPattern("a").replaceAll("a".repeat(2 << 20), "x", 4 << 20);
    require("node:worker_threads").parentPort.postMessage(text.length);
  })`;
  const worker = new Worker(program, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 64 } });
  const chars = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  expect(chars).toBe(2 << 20);
});

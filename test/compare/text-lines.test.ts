import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineDifferences, lineNumbers } from "../../src/compare/text-lines.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { answer, job } from "./jobs.ts";

const rows = (legacy: string, modern: string, options = {}) =>
  verdictOf(job(answer(legacy, "text/plain"), answer(modern, "text/plain"), { options })).mismatches.map(
    ({ path, kind, legacy: left, modern: right }) => [path, kind, left, right],
  );

describe("two texts of several lines", () => {
  test("differ in the lines that were changed, by their numbers", () => {
    expect(rows("a\nold 1\nb\nc\nold 2\nd", "a\nnew 1\nb\nc\nnew 2\nd")).toEqual([
      ["body", "value", '"lines 2, 5: old 1"', '"lines 2, 5: new 1"'],
    ]);
  });

  test("differ in lines that were taken away or put in, as one row each", () => {
    expect(rows("a\nb\nc\nd\n", "a\nd\n")).toEqual([["body", "missing", '"lines 2-3: b"', undefined]]);
    expect(rows("a\n", "a\nb\n")).toEqual([["body", "extra", undefined, '"line 2: b"']]);
    expect(rows("a\nx\nb\nc\n", "a\nb\ny\nz\nc\n")).toEqual([
      ["body", "missing", '"line 2: x"', undefined],
      ["body", "extra", undefined, '"lines 3-4: y"'],
    ]);
    expect(rows("a\nb", "a\nb\n")).toEqual([["body", "extra", undefined, '"line 3: "']]);
  });

  test("differ in the order of lines that were moved, as one row", () => {
    expect(rows("a\nb\nc\nd", "a\nc\nb\nd")).toEqual([["body", "order", '"lines 2-3: b"', '"lines 2-3: c"']]);
    expect(rows("a\nb\nc\nd\nold", "b\na\nc\nd\nnew").map(([, kind]) => kind)).toEqual(["value", "order"]);
  });

  test("of one line each show where they differ, as before", () => {
    expect(rows("abc", "abd")).toEqual([["body", "value", '"abc"', '"abd"']]);
  });

  test("show no credential of a line, nor the content of one that may be redacted", () => {
    const [row] = rows("a\npassword: hunter2\nb", "a\npassword: hunter3\nb");
    expect(JSON.stringify(row)).not.toContain("hunter");
    const redact = { redact: ["$.mail"] };
    expect(JSON.stringify(rows('x\n"mail": "h0rse"\n', "x\ny\n", redact))).not.toContain("h0rse");
  });

  test("are compared as the rules leave them", () => {
    const text = [{ replace: "at [0-9]+", with: "at" }];
    expect(rows("a\nb at 1\n", "a\nb at 2\n", { text })).toEqual([]);
    expect(rows("a\nb at 1\nold\n", "a\nb at 2\nnew\n", { text })).toEqual([
      ["body", "value", '"line 3: old"', '"line 3: new"'],
    ]);
  });

  test("with very many lines between their ends are told where they first differ", () => {
    const many = (line: string) => `${line}\n`.repeat(100_002);
    expect(rows(many("a"), many("b")).map(([, kind]) => kind)).toEqual(["value"]);
  });

  const line = fc.constantFrom("", "a", "b", "c", "d");
  const texts = fc.array(line, { minLength: 1, maxLength: 12 }).map((lines) => lines.join("\n"));

  test("differ in something exactly where they are not equal, and the other way round in the same", () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        fc.pre(a !== b && (a.includes("\n") || b.includes("\n")));
        const forth = lineDifferences(a, b);
        const back = lineDifferences(b, a);
        expect(forth && Object.values(forth).flat().length).toBeGreaterThan(0);
        const swapped = (pairs: readonly (readonly [unknown, unknown])[] = []) =>
          pairs.map(([x, y]) => [y, x]);
        expect(back).toEqual({
          changed: swapped(forth?.changed),
          missing: forth?.extra,
          extra: forth?.missing,
          moved: swapped(forth?.moved),
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test("have every line they name where it is said to be", () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const found = a === b ? undefined : lineDifferences(a, b);
        if (found === undefined) return;
        const { changed, missing, extra, moved } = found;
        const left = [...changed.map(([one]) => one), ...missing, ...moved.map(([one]) => one)];
        const right = [...changed.map(([, one]) => one), ...extra, ...moved.map(([, one]) => one)];
        for (const [text, lines] of [
          [a, left],
          [b, right],
        ] as const) {
          for (const { number, start, text: said } of lines) {
            expect(text.split("\n")[number - 1]).toBe(said);
            expect(text.slice(start, start + said.length)).toBe(said);
          }
        }
        expect(a.split("\n").length - missing.length).toBe(b.split("\n").length - extra.length);
      }),
      { numRuns: 2_000 },
    );
  });
});

test("line numbers are told as ranges, a few of them", () => {
  const lines = (...numbers: number[]) =>
    lineNumbers(numbers.map((number) => ({ number, start: 0, text: "" })));
  expect(lines(4)).toBe("line 4");
  expect(lines(1, 2, 3, 7)).toBe("lines 1-3, 7");
  expect(lines(1, 3, 5, 7, 8)).toBe("lines 1, 3, 5 and 2 more");
});

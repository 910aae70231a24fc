import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instant, millis, move } from "../../src/cli/format.ts";
import { TABLE_WIDTH, tableLines } from "../../src/cli/table.ts";
import { cut, wrap } from "../../src/cli/width.ts";

const line = fc.string({ unit: "binary", maxLength: 200 });

describe("Text for a terminal", () => {
  test("is cut to a width, and only then loses anything", () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 100 }), (text, width) => {
        const short = cut(text, width);
        expect([...short].length).toBeLessThanOrEqual(width);
        if ([...text].length <= width) expect(short).toBe(text);
      }),
    );
  });

  test("wraps without losing anything but spaces at line ends", () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 60 }), (text, width) => {
        const lines = wrap(text, width);
        for (const each of lines) expect([...each].length).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });
});

describe("Tables", () => {
  test("fit 80 columns whatever is in them, titles whole", () => {
    const cell = fc.string({ unit: "grapheme-ascii", maxLength: 120 });
    const columns = [
      { title: "ROUTE" },
      { title: "MODERN", align: "right" as const, max: 12 },
      { title: "BY" },
    ];
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }), (rows) => {
        const lines = tableLines(columns, rows);
        expect(lines).toHaveLength(rows.length + 1);
        for (const each of lines) expect([...each].length).toBeLessThanOrEqual(TABLE_WIDTH);
        expect(lines[0]).toMatch(/ROUTE +MODERN +BY/);
      }),
    );
  });
});

describe("Numbers", () => {
  test("are written as people write them", () => {
    expect([move(10, 10), move(0.1, 25)]).toEqual(["10 %", "0.1 → 25 %"]);
    expect([millis(null), millis(0.1234), millis(12.34), millis(1234.5)]).toEqual([
      "–",
      "0.12",
      "12.3",
      "1,235",
    ]);
    expect(instant("2026-11-22T19:35:49.123Z")).toBe("2026-11-22 19:35:49Z");
    expect(instant("whenever")).toBe("whenever");
  });
});

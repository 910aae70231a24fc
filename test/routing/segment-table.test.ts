import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_VALUE, SegmentTable } from "../../src/routing/segment-table.ts";

test("a text is found wherever it stands in another, and nothing else is: as a Map has it", () => {
  const segment = fc.string({ unit: fc.constantFrom("a", "b", "/", "\u00ff"), maxLength: 5 });
  fc.assert(
    fc.property(fc.uniqueArray(segment), segment, segment, segment, (texts, before, asked, behind) => {
      const table = new SegmentTable(texts.map((text, index) => [text, index]));
      const map = new Map(texts.map((text, index) => [text, index]));
      for (const text of [...texts, asked]) {
        const found = table.find(before + text + behind, before.length, before.length + text.length);
        expect(found).toBe(map.get(text) ?? NO_VALUE);
      }
    }),
  );
});

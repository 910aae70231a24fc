import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeCounts } from "../../src/domain/merge-counts.ts";
import { subtractCounts } from "../../src/domain/subtract-counts.ts";
import { NO_COUNTS, WindowTally } from "../../src/domain/tally.ts";

const event = fc.record({
  side: fc.constantFrom("legacy" as const, "modern" as const),
  code: fc.constantFrom(0, 200, 404, 503),
  micros: fc.integer({ min: 0, max: 3_000_000 }),
  what: fc.constantFrom("answered", "shadowed", "compared", "notCompared", "aborted", "mismatched"),
});
type Happening = typeof event extends fc.Arbitrary<infer T> ? T : never;

function count(tally: WindowTally, { side, code, micros, what }: Happening): void {
  if (what === "answered") tally.answered(side, code, micros, code === 503, code === 404);
  else if (what === "shadowed") tally.shadowAnswered(side, code, micros, code === 503);
  else if (what === "compared") tally.compared(code === 200 ? "match" : "mismatch");
  else if (what === "notCompared") tally.notCompared(code === 200 ? "shed" : "skipped");
  else if (what === "aborted") tally.aborted(side);
  else tally.mismatched(code === 200 ? "value" : "type");
}

test("what came between two readings, added to the first, is the second; and it is what was counted between", () => {
  fc.assert(
    fc.property(fc.array(event), fc.array(event), (first, then) => {
      const [both, only] = [1, 2].map((revision) => new WindowTally({ route: "a", revision, epoch: 1 }));
      if (both === undefined || only === undefined) throw new Error("made above");
      for (const each of first) count(both, each);
      const before = both.counts();
      for (const each of then) {
        count(both, each);
        count(only, each);
      }
      const between = subtractCounts(both.counts(), before);
      expect(mergeCounts([before, between])).toEqual(mergeCounts([both.counts()]));
      expect(between).toEqual(mergeCounts([only.counts()]));
      expect(subtractCounts(before, NO_COUNTS)).toEqual(mergeCounts([before]));
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketOf } from "../../src/domain/histogram.ts";
import { WindowTally } from "../../src/domain/tally.ts";

const WINDOW = { route: "r", revision: 1, epoch: 1 };
const SIDE = fc.constantFrom("legacy", "modern");
const ANSWER = fc.record({
  side: SIDE,
  shadow: fc.boolean(),
  code: fc.constantFrom(0, 101, 200, 200, 200, 204, 404, 500, 503, 599, 600, 999, 1000),
  micros: fc.constantFrom(0, 1, 40, 41, 900, 15_000, 2_000_000, 4e9),
  error: fc.boolean(),
});

test("what is counted is every answer, by side, status and latency, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.array(ANSWER, { maxLength: 60 }), (answers) => {
      const tally = new WindowTally(WINDOW);
      for (const { side, shadow, code, micros, error } of answers) {
        if (shadow) tally.shadowAnswered(side, code, micros, error);
        else tally.answered(side, code, micros, error, false);
      }
      const counts = tally.counts();
      for (const side of ["legacy", "modern"] as const) {
        for (const [counted, shadow] of [
          [counts[side], false],
          [counts.shadow[side], true],
        ] as const) {
          const mine = answers.filter((one) => one.side === side && one.shadow === shadow);
          const codes: Record<string, number> = {};
          const buckets = new Map<number, number>();
          for (const { code, micros } of mine) {
            const status = code < 1000 ? code : 0;
            codes[status] = (codes[status] ?? 0) + 1;
            buckets.set(bucketOf(micros), (buckets.get(bucketOf(micros)) ?? 0) + 1);
          }
          const histogram = [...buckets].sort(([a], [b]) => a - b).flat();
          expect(counted).toEqual({
            requests: mine.length,
            errors: mine.filter(({ error }) => error).length,
            aborted: 0,
            sumMicros: mine.reduce((sum, { micros }) => sum + micros, 0),
            histogram,
            codes,
          });
        }
      }
    }),
  );
});

test("counts that were handed out do not change with what is counted later", () => {
  const tally = new WindowTally(WINDOW);
  const count = () => {
    tally.answered("modern", 200, 10, false, true);
    tally.shadowAnswered("legacy", 200, 10, false);
    tally.unsent("legacy", "skipped");
    tally.shadowed("modern", "sent");
    tally.compared("mismatch");
    tally.mismatched("value");
    tally.notCompared("upgrade");
    tally.fellBack(true);
    tally.aborted("legacy");
    tally.keyHash(7);
  };
  count();
  const first = tally.counts();
  const copy = structuredClone(first);
  count();
  expect(first).toEqual(copy);
  expect(tally.counts().fallbacks).toBe(2);
  expect(new WindowTally(WINDOW).counts().fallbacks).toBe(0);
});

test("the most frequent of few keys is counted exactly, whatever comes between", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 80 }), (keys) => {
      const tally = new WindowTally(WINDOW);
      for (const key of keys) tally.keyHash(key);
      const most = Math.max(0, ...[0, 1, 2, 3, 4].map((key) => keys.filter((one) => one === key).length));
      expect([tally.counts().keyed, tally.counts().topKey]).toEqual([keys.length, most]);
    }),
  );
});

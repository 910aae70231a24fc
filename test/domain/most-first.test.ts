import fc from "fast-check";
import { expect, test } from "vitest";
import { MOST_FIRST, mostFirst } from "../../src/domain/most-first.ts";

test("the same counts are in one order, however they came in", () => {
  const counts = fc.uniqueArray(fc.tuple(fc.string({ maxLength: 3 }), fc.nat({ max: 3 })), {
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(counts, fc.infiniteStream(fc.nat()), (entries, picks) => {
      const shuffled = entries
        .map((entry) => ({ entry, at: picks.next().value }))
        .sort((a, b) => a.at - b.at);
      const sorted = shuffled.map(({ entry }) => entry).sort(MOST_FIRST);
      expect(sorted).toEqual([...entries].sort(MOST_FIRST));
      const counted = sorted.map(([, count]) => count);
      expect(counted).toEqual([...counted].sort((a, b) => b - a));
    }),
  );
});

test("of what is nothing at all, by its logarithm, too", () => {
  const order = mostFirst<readonly [string, number]>(
    ([, ln]) => ln,
    ([name]) => name,
  );
  const least = Number.NEGATIVE_INFINITY;
  const entries = [
    ["b", least],
    ["c", 0],
    ["a", least],
  ] as const;
  expect([...entries].sort(order)).toEqual([
    ["c", 0],
    ["a", least],
    ["b", least],
  ]);
});

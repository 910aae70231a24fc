import fc from "fast-check";
import { expect, test } from "vitest";
import type { EvidenceRow, MismatchRow } from "../../src/domain/outcomes.ts";
import { mergeMismatches } from "../../src/store/merge-mismatches.ts";
import { rowOf } from "../conformance/store-values.ts";

const row: fc.Arbitrary<MismatchRow> = fc
  .tuple(fc.constantFrom("$.a", "$.b", "status"), fc.integer({ min: 1, max: 50 }), fc.nat(1e6), fc.nat(1e6))
  .map(([path, count, first, span]) => rowOf(path, count, first, first + span, count % 4));

test("merging loses no mismatch, whatever the lists and their order", () => {
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 4 }), { maxLength: 5 }), (lists) => {
      const merged = mergeMismatches(lists);
      const total = lists.flat().reduce((sum, { count }) => sum + count, 0);
      expect(merged.reduce((sum, { count }) => sum + count, 0)).toBe(total);
      const counts = (rows: readonly EvidenceRow[]) =>
        rows.map(({ path, count, firstSeen, lastSeen }) => [path, count, firstSeen, lastSeen]);
      expect(counts(mergeMismatches([...lists].reverse()))).toEqual(counts(merged));
      for (const { path, firstSeen, lastSeen } of merged) {
        const same = lists.flat().filter((each) => each.path === path);
        expect(firstSeen).toBe(same.map((each) => each.firstSeen).sort()[0]);
        expect(lastSeen).toBe(
          same
            .map((each) => each.lastSeen)
            .sort()
            .at(-1),
        );
      }
    }),
  );
});

test("a merged row keeps as many samples as the longest list it came from, and never more than 20", () => {
  const [few] = mergeMismatches([[rowOf("$.a", 1, 0, 0, 2)], [rowOf("$.a", 1, 0, 0, 3)]]);
  expect(few?.samples).toHaveLength(3);
  const [many] = mergeMismatches([[rowOf("$.a", 1, 0, 0, 30)], [rowOf("$.a", 1, 0, 0, 30)]]);
  expect(many?.samples).toHaveLength(20);
});

test("samples of several doors are spread over the time of all", () => {
  const at = (minute: number) => new Date(minute * 60_000).toISOString();
  const door = (from: number) => ({
    ...rowOf("$.a", 3, 0, 0, 0),
    samples: [0, 1, 2].map((i) => ({ legacy: "1", modern: "2", at: at(from + i), requestId: `${from}` })),
  });
  const [merged] = mergeMismatches([[door(0)], [door(60)]]);
  expect(merged?.samples.map((sample) => sample.at)).toEqual([at(0), at(60), at(62)]);
});

test("notes are added up as mismatches are, and beside those of the same path", () => {
  const note = { ...rowOf("$.a", 2, 0, 0, 0), kind: "rule_met" as const };
  const merged = mergeMismatches([[rowOf("$.a", 1, 0, 0, 0), note], [note]]);
  expect(merged.map(({ path, kind, count }) => [path, kind, count])).toEqual([
    ["$.a", "rule_met", 4],
    ["$.a", "value", 1],
  ]);
});

test("what follows from a difference comes in one order, whichever door came first", () => {
  const under = (kind: "missing" | "extra", path: string) =>
    ({ kind, path, by: "value", count: 1, places: 1, legacy: "1", modern: "2" }) as const;
  const door = (each: ReturnType<typeof under>) => [{ ...rowOf("$.a", 1, 0, 0, 0), cascade: [each] }];
  const [a, b] = [door(under("missing", "$.x")), door(under("extra", "$.x"))];
  const [one] = mergeMismatches([a, b]);
  expect(one?.cascade?.map(({ kind }) => kind)).toEqual(["extra", "missing"]);
  expect(mergeMismatches([b, a])[0]?.cascade).toEqual(one?.cascade);
});

test("of very many paths the most frequent are kept", () => {
  const list = Array.from({ length: 3_000 }, (_, i) => rowOf(`$.p${i}`, i + 1, 0, 0, 0));
  const merged = mergeMismatches([list]);
  expect(merged).toHaveLength(2_000);
  expect(merged.at(0)?.count).toBe(3_000);
  expect(merged.at(-1)?.count).toBe(1_001);
});

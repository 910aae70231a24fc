import fc from "fast-check";
import { expect, test } from "vitest";
import {
  COUNTERS,
  mergeCounts,
  NO_COUNTS,
  parseCounts,
  subtractCounts,
  type WindowCounts,
} from "../../src/domain/counters.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { anyCounts } from "../support/any-counts.ts";

const newTally = () => new WindowTally({ route: "a", revision: 1, epoch: 1 });

const event = fc.record({
  side: fc.constantFrom("legacy" as const, "modern" as const),
  code: fc.constantFrom(0, 200, 404, 503),
  micros: fc.integer({ min: 0, max: 3_000_000 }),
  what: fc.constantFrom("answered", "shadowed", "compared", "notCompared", "aborted", "mismatched", "unsent"),
});
type Happening = typeof event extends fc.Arbitrary<infer T> ? T : never;

function count(tally: WindowTally, { side, code, micros, what }: Happening): void {
  if (what === "answered") tally.answered(side, code, micros, code === 503, code === 404);
  else if (what === "shadowed") tally.shadowAnswered(side, code, micros, code === 503);
  else if (what === "compared") tally.compared(code === 200 ? "match" : "mismatch");
  else if (what === "notCompared") tally.notCompared(code === 200 ? "shed" : "skipped");
  else if (what === "aborted") tally.aborted(side);
  else if (what === "unsent") tally.unsent(side, code === 200 ? "shed" : "skipped");
  else tally.mismatched(code === 200 ? "value" : "type");
}

test("what came between two readings, added to the first, is the second; and it is what was counted between", () => {
  fc.assert(
    fc.property(fc.array(event), fc.array(event), (first, then) => {
      const [both, only] = [newTally(), newTally()];
      for (const each of first) count(both, each);
      const before = both.counts();
      for (const each of then) {
        count(both, each);
        count(only, each);
      }
      const between = subtractCounts(both.counts(), before);
      expect(mergeCounts([before, between])).toEqual(both.counts());
      expect(between).toEqual(only.counts());
      expect(subtractCounts(before, NO_COUNTS)).toEqual(before);
    }),
  );
});

test("counts are added up in any order and in any groups, and nothing adds nothing", () => {
  fc.assert(
    fc.property(anyCounts, anyCounts, anyCounts, (a, b, c) => {
      const sum = mergeCounts([a, b, c]);
      expect(mergeCounts([c, a, b])).toEqual(sum);
      expect(mergeCounts([mergeCounts([a, b]), c])).toEqual(sum);
      expect(mergeCounts([a, mergeCounts([b, c])])).toEqual(sum);
      expect(mergeCounts([a, NO_COUNTS])).toEqual(a);
    }),
  );
});

test("what was added can be taken away again", () => {
  fc.assert(
    fc.property(anyCounts, anyCounts, (a, b) => {
      expect(subtractCounts(mergeCounts([a, b]), b)).toEqual(a);
      expect(subtractCounts(a, a)).toEqual(NO_COUNTS);
    }),
  );
});

/** A word that is like no other number's. */
const lettersOf = (number: number) =>
  `${number}`.replace(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)));

/** How each counter counts. */
const INCREMENTS: Readonly<Record<keyof WindowCounts, (tally: WindowTally) => void>> = {
  legacy: (tally) => tally.answered("legacy", 200, 1, false, false),
  modern: (tally) => tally.answered("modern", 200, 1, false, false),
  shadow: (tally) => tally.shadowAnswered("modern", 200, 1, false),
  shadowOutcomes: (tally) => tally.shadowed("modern", "sent"),
  comparisons: (tally) => tally.compared("match"),
  notCompared: (tally) => tally.notCompared("upgrade"),
  mismatches: (tally) => tally.mismatched("value"),
  unsafeModern: (tally) => tally.answered("modern", 200, 1, false, true),
  keyed: (tally) => tally.keyHash(1),
  topKey: (tally) => tally.keyHash(1),
  fallbacks: (tally) => tally.fellBack(true),
  declined: (tally) => tally.fellBack(false),
  keys: (tally) => tally.keyHash(8),
  methods: (tally) => tally.asked("POST"),
  comparedMethods: (tally) => tally.compared("match", "POST"),
  mismatchedMethods: (tally) => tally.compared("mismatch", "POST"),
  failedAlone: (tally) => tally.failedAlone("modern"),
  splitKeys: (tally) => tally.keyHash(16, "modern"),
  pinned: (tally) => tally.pinned("legacy"),
  strata: (tally) => tally.stratum({ method: "GET", path: "/a/{id}", captures: ["1"] }, "match"),
  strataOthers: (tally) => {
    for (let i = 0; i < 201; i++)
      for (let j = 0; j < 9; j++)
        tally.stratum({ method: "GET", path: "/{rest+}", captures: [lettersOf(i)] }, "match");
  },
  repeats: (tally) => {
    for (let i = 0; i < 2; i++) tally.answered("modern", 500, 1, true, false, 1);
  },
  forgottenKeys: (tally) => {
    for (let key = 0; key < 2 * 1024; key++) tally.answered("modern", 500, 1, true, false, key);
  },
  sameRequests: (tally) => tally.compared("mismatch", "GET", true),
  unrememberedRequests: (tally) => tally.unremembered(),
};

test.each(Object.keys(COUNTERS) as (keyof WindowCounts)[])("a tally counts %s, and gives a copy", (name) => {
  const tally = newTally();
  expect(tally.counts()).toEqual(NO_COUNTS);
  INCREMENTS[name](tally);
  const once = tally.counts();
  expect(once[name]).not.toEqual(NO_COUNTS[name]);
  INCREMENTS[name](tally);
  const { repeats, forgottenKeys } = tally.counts();
  // The same key again is no other one; if it failed before, it is one that did.
  expect(tally.counts()).toEqual({
    ...mergeCounts([once, once]),
    keys: once.keys,
    splitKeys: once.splitKeys,
    repeats,
    forgottenKeys,
  });
  expect(NO_COUNTS).toEqual(newTally().counts());
});

test("counts of a fig that knew fewer counters, or more, are read: what it did not count is empty", () => {
  fc.assert(
    fc.property(anyCounts, fc.constantFrom(...Object.keys(COUNTERS)), (counts, missing) => {
      const { [missing as keyof WindowCounts]: _, ...older } = counts;
      const read = parseCounts(JSON.stringify({ ...older, newer: { a: 1 } }));
      expect(read).toEqual({ ...counts, [missing]: NO_COUNTS[missing as keyof WindowCounts] });
    }),
  );
});

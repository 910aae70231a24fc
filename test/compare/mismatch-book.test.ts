import fc from "fast-check";
import { expect, test } from "vitest";
import { createMismatchBook, OTHER_PATH } from "../../src/compare/mismatch-book.ts";
import { createRecent } from "../../src/compare/recent.ts";
import type { Mismatch, MismatchKind } from "../../src/domain/outcomes.ts";

const window = (revision: number, route = "r") => ({ route, revision, epoch: 1 });
const mismatch = (path: string, kind: MismatchKind = "value", legacy = "1", modern = "2"): Mismatch => ({
  path,
  kind,
  legacy,
  modern,
});

function book(options: { maxPathsPerWindow?: number; maxPaths?: number } = {}) {
  let time = 0;
  return createMismatchBook({ now: () => time++, ...options });
}

test("mismatches are added up by window, path and kind, most frequent first", () => {
  const subject = book();
  subject.add(window(1), [mismatch("$.a"), mismatch("$.b")], "q0", 5);
  subject.add(window(1), [mismatch("$.b"), mismatch("$.b", "type")], "q1", 5);
  subject.add(window(2), [mismatch("$.a")], "q2", 5);
  const rows = subject.rows(window(1));
  expect(rows.map(({ path, kind, count }) => [path, kind, count])).toEqual([
    ["$.b", "value", 2],
    ["$.b", "type", 1],
    ["$.a", "value", 1],
  ]);
  expect(rows[0]).toMatchObject({
    firstSeen: "1970-01-01T00:00:00.000Z",
    lastSeen: "1970-01-01T00:00:00.001Z",
  });
  expect(subject.rows(window(2))).toHaveLength(1);
  subject.drop(window(1));
  expect(subject.rows(window(1))).toEqual([]);
  expect(subject.rows(window(2))).toHaveLength(1);
});

test("the newest samples are kept, each pair of values once", () => {
  const subject = book();
  for (const [i, modern] of ["a", "b", "a", "c", "d", "a"].entries()) {
    subject.add(window(1), [mismatch("$.a", "value", "1", modern)], `q${i}`, 3);
  }
  expect(subject.rows(window(1))[0]?.samples.map(({ modern, requestId }) => [modern, requestId])).toEqual([
    ["c", "q3"],
    ["d", "q4"],
    ["a", "q5"],
  ]);
  subject.add(window(1), [mismatch("$.a", "value", "1", "e")], "q6", 1);
  expect(subject.rows(window(1))[0]?.samples.map(({ modern }) => modern)).toEqual(["e"]);
});

test("without samples none are kept", () => {
  const subject = book();
  subject.add(window(1), [mismatch("$.a")], "q", 0);
  expect(subject.rows(window(1))[0]).toMatchObject({ count: 1, samples: [] });
});

test("paths past the bound are counted together, and no count is lost", () => {
  const adds = fc.array(
    fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 12 }),
      fc.constantFrom("value", "type"),
    ),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(
      adds,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 10 }),
      (list, perWindow, inAll) => {
        const subject = book({ maxPathsPerWindow: perWindow, maxPaths: inAll });
        for (const [revision, path, kind] of list) {
          subject.add(window(revision), [mismatch(`$.p${path}`, kind as MismatchKind)], "q", 2);
        }
        let apart = 0;
        for (const revision of [1, 2, 3, 4]) {
          const rows = subject.rows(window(revision));
          for (const kind of ["value", "type"]) {
            const counted = rows
              .filter((row) => row.kind === kind)
              .reduce((sum, { count }) => sum + count, 0);
            expect(counted).toBe(list.filter((each) => each[0] === revision && each[2] === kind).length);
          }
          const kept = rows.filter(({ path }) => path !== OTHER_PATH);
          expect(kept.length).toBeLessThanOrEqual(perWindow);
          expect(
            rows.filter(({ path }) => path === OTHER_PATH).every(({ samples }) => samples.length === 0),
          ).toBe(true);
          apart += kept.length;
        }
        expect(apart).toBeLessThanOrEqual(inAll);
      },
    ),
  );
});

test("the path seen least recently goes first", () => {
  const subject = book({ maxPathsPerWindow: 2 });
  for (const path of ["$.a", "$.b", "$.a", "$.c"]) subject.add(window(1), [mismatch(path)], "q", 1);
  expect(subject.rows(window(1)).map(({ path }) => path)).toEqual(["$.a", "$.c", OTHER_PATH]);
});

test("rows are a copy: adding later does not change what was read", () => {
  const subject = book();
  subject.add(window(1), [mismatch("$.a")], "q", 5);
  const rows = subject.rows(window(1));
  subject.add(window(1), [mismatch("$.a", "value", "3")], "q", 5);
  expect(rows[0]).toMatchObject({ count: 1 });
  expect(rows[0]?.samples).toHaveLength(1);
});

test("the newest few are listed newest first", () => {
  const recent = createRecent<number>(3);
  expect(recent.list()).toEqual([]);
  for (const n of [1, 2]) recent.add(n);
  expect(recent.list()).toEqual([2, 1]);
  for (const n of [3, 4, 5]) recent.add(n);
  expect(recent.list()).toEqual([5, 4, 3]);
});

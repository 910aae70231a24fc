import { expect, test } from "vitest";
import { TallyBook } from "../../src/domain/tally-book.ts";

/**
 * Three tables one after the other, each with a window of its own and so many requests under way. Gives which windows are
 * open after a sweep: what is counted in them then is taken for the next flush.
 */
function openAfter(...active: readonly [number, number, number]): boolean[] {
  const book = new TallyBook();
  const windows = active.map((requests, revision) => {
    const tally = book.tally({ route: "a", revision, epoch: 1 });
    book.retain([tally], { active: requests });
    return tally;
  });
  book.sweep();
  for (const tally of windows) tally.compared("match");
  const open = book.takeTouched();
  return windows.map((tally) => open.includes(tally));
}

test("a window stays open until no request has a table any more that could have had it", () => {
  expect(openAfter(0, 0, 0)).toEqual([false, false, true]);
  expect(openAfter(0, 2, 0)).toEqual([false, true, true]);
  expect(openAfter(1, 0, 5)).toEqual([true, true, true]);
});

test("a window that comes in force again is not swept", () => {
  const book = new TallyBook();
  const tally = book.tally({ route: "a", revision: 0, epoch: 1 });
  book.retain([tally], { active: 0 });
  book.retain([], { active: 0 });
  book.retain([tally], { active: 0 });
  book.sweep();
  tally.compared("match");
  expect(book.takeTouched()).toEqual([tally]);
});

import { expect, test } from "vitest";
import { NO_COUNTS, type WindowCounts } from "../../src/domain/counters.ts";
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

/** The book's process totals: comparisons of each route. */
function matches(book: TallyBook): ReadonlyMap<string, number> {
  return new Map([...book.totals()].map(([route, counts]) => [route, counts.comparisons.match]));
}

/** Routes that come, have one comparison each, and go. */
function comeAndGo(book: TallyBook, routes: readonly string[]) {
  const tallies = routes.map((route) => book.tally({ route, revision: 0, epoch: 1 }));
  book.retain(tallies, { active: 0 });
  for (const tally of tallies) tally.compared("match");
  book.takeTouched();
  book.retain([], { active: 0 });
  book.sweep();
  return tallies;
}

const routesFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => `r${first + i}`);

test("no round counts less in a window than it did, however often routes go and come back", () => {
  const book = new TallyBook();
  const routes = routesFrom(0, 400);
  const last = new Map<string, WindowCounts>();
  for (let day = 1; day <= 8; day++) {
    for (const tally of comeAndGo(book, routes)) {
      const name = `${tally.round} ${tally.key.route}`;
      const before = last.get(name) ?? NO_COUNTS;
      expect(tally.counts().comparisons.match).toBe(before.comparisons.match + 1);
      last.set(name, tally.counts());
    }
    const stored = new Map<string, number>();
    for (const [name, { comparisons }] of last) {
      const route = name.split(" ")[1] as string;
      stored.set(route, (stored.get(route) ?? 0) + comparisons.match);
    }
    expect(stored).toEqual(new Map(routes.map((route) => [route, day])));
    expect(matches(book)).toEqual(stored);
  }
});

test("rounds end: those that can still count are few, though the files change all day", () => {
  const book = new TallyBook();
  const begun = new Set<number>();
  for (let change = 0; change < 40; change++) {
    for (const { round } of comeAndGo(book, routesFrom(0, 400))) begun.add(round);
    for (const round of book.takeEnded()) begun.delete(round);
    book.takeForgotten();
    expect(begun.size).toBeLessThan(5);
  }
});

test("windows in which nothing was counted take no room: those that are remembered stay so", () => {
  const book = new TallyBook();
  const [tally] = comeAndGo(book, ["busy"]);
  const idle = routesFrom(0, 1000).map((route) => book.tally({ route, revision: 0, epoch: 1 }));
  book.retain(idle, { active: 0 });
  book.retain([], { active: 0 });
  book.sweep();
  expect(book.takeForgotten()).toEqual([]);
  expect(book.tally({ route: "busy", revision: 0, epoch: 1 })).toBe(tally);
  expect([...matches(book).keys()]).toEqual(["busy"]);
});

test("10,000 routes that are gone keep totals of their own; those before are added up, and none is lost", () => {
  const book = new TallyBook();
  const stays = book.tally({ route: "stays", revision: 0, epoch: 1 });
  stays.compared("match");
  const later = book.tally({ route: "stays", revision: 1, epoch: 1 });
  book.retain([later], { active: 0 });
  book.takeTouched();
  let sum = 1;
  for (let i = 0; i < 12; i++) {
    const tallies = routesFrom(i * 1000, 1000).map((route) => book.tally({ route, revision: 0, epoch: 1 }));
    book.retain([later, ...tallies], { active: 0 });
    for (const tally of tallies) tally.compared("match");
    book.takeTouched();
    book.retain([later], { active: 0 });
    book.sweep();
    book.takeForgotten();
    sum += 1000;
    const now = matches(book);
    expect([...now.values()].reduce((all, one) => all + one, 0)).toBe(sum);
    expect(now.get("stays")).toBe(1);
  }
  const now = matches(book);
  expect(now.size).toBe(10_002);
  expect(now.get("(gone)")).toBe(2000);
  expect(now.get("r1999")).toBe(undefined);
  expect(now.get("r2000")).toBe(1);
  // Gone with the route that stayed longest: both are newer than r2000 and r2001.
  comeAndGo(book, ["r5"]);
  const last = matches(book);
  expect(["r5", "stays", "(gone)"].map((route) => last.get(route))).toEqual([1, 1, 2002]);
});

test("a key that a side failed in another process is no first witness here, in that window alone", () => {
  const told: unknown[] = [];
  const key = { route: "a", revision: 1, epoch: 0 };
  const one = new TallyBook((...news) => told.push(news));
  const other = new TallyBook();
  one.tally(key).answered("modern", 500, 1_000, true, false, 7);
  one.tally(key).answered("modern", 500, 1_000, true, false, 7);
  expect(told).toEqual([[key, "modern", 7]]);
  other.hearFailed({ ...key, revision: 2 }, "modern", 7);
  const tally = other.tally(key);
  other.hearFailed(key, "modern", 7);
  tally.answered("modern", 500, 1_000, true, false, 7);
  tally.answered("legacy", 500, 1_000, true, false, 7);
  expect(tally.counts().repeats).toEqual({ legacy: {}, modern: { answers: 1, errors: 1 } });
});

import { expect, test } from "vitest";
import { TallyBook } from "../../src/domain/tally-book.ts";
import type { CountsPart } from "../../src/serving/contract.ts";
import { Counted } from "../../src/serving/counted.ts";

/** So many windows, each with one comparison. */
function bookOf(windows: number) {
  const book = new TallyBook();
  const tallies = Array.from({ length: windows }, (_, i) =>
    book.tally({ route: `r${i}`, revision: 0, epoch: 1 }),
  );
  book.retain(tallies, { active: 0 });
  for (const tally of tallies) tally.compared("match");
  const rows = [{ path: "$.a", kind: "value", count: 1, firstSeen: "", lastSeen: "", samples: [] } as const];
  const counted = new Counted(book, { rows: ({ route }) => (route === "r1" ? rows : []), drop: () => {} });
  return { book, tallies, counted, rows };
}

async function all(parts: AsyncIterable<CountsPart>): Promise<CountsPart[]> {
  const list: CountsPart[] = [];
  for await (const part of parts) list.push(part);
  return list;
}

const routesOf = (parts: readonly CountsPart[]) =>
  parts.flatMap(({ totals }) => totals.map(({ window }) => window.route));

test("counts come in parts, each window once, with its mismatches; then only what grew", async () => {
  const { tallies, counted, rows } = bookOf(300);
  const parts = await all(counted.counts());
  expect(parts.map(({ totals }) => totals.length)).toEqual([128, 128, 44]);
  expect(new Set(routesOf(parts)).size).toBe(300);
  const totals = parts.flatMap((part) => part.totals);
  expect(new Set(totals.map(({ id }) => id)).size).toBe(300);
  expect(totals.find(({ window }) => window.route === "r1")?.mismatches).toEqual(rows);
  expect(await all(counted.counts())).toEqual([]);
  tallies[3]?.compared("match");
  const [part] = await all(counted.counts());
  expect(part?.totals.map(({ id, counts }) => [id, counts.comparisons.match])).toEqual([
    [totals.find(({ window }) => window.route === "r3")?.id, 2],
  ]);
});

test("who gives up gets what was not written again: the part that was under way, and all behind it", async () => {
  const { counted } = bookOf(300);
  let seen = 0;
  const failing = async () => {
    for await (const _ of counted.counts()) if (++seen === 2) throw new Error("the store is away");
  };
  await expect(failing()).rejects.toThrow("away");
  const again = routesOf(await all(counted.counts()));
  expect(again).toEqual(Array.from({ length: 172 }, (_, i) => `r${i + 128}`));
});

test("what is counted while a part is written comes with the next counts", async () => {
  const { tallies, counted } = bookOf(1);
  for await (const { totals } of counted.counts()) {
    expect(totals[0]?.counts.comparisons.match).toBe(1);
    tallies[0]?.compared("match");
  }
  const [part] = await all(counted.counts());
  expect(part?.totals[0]?.counts.comparisons.match).toBe(2);
});

test("a window that is forgotten is told by its id, once; opened again it has another, in a later round", async () => {
  const book = new TallyBook();
  const counted = new Counted(book, { rows: () => [], drop: () => {} });
  const ids: number[] = [];
  const forgotten: number[] = [];
  const rounds = new Set<number>();
  const window = (revision: number) => ({ route: "a", revision, epoch: 1 });
  for (let revision = 0; revision < 260; revision++) {
    const tally = book.tally(window(revision));
    book.retain([tally], { active: 0 });
    tally.compared("match");
    for (const part of await all(counted.counts())) {
      ids.push(...part.totals.map(({ id }) => id));
      forgotten.push(...part.forgotten);
      for (const { round } of part.totals) rounds.add(round);
    }
  }
  // 256 that closed are kept, and the one in force.
  expect(ids).toHaveLength(260);
  expect(forgotten).toEqual(ids.slice(0, 2));
  book.retain([book.tally(window(0))], { active: 0 });
  book.tally(window(0)).compared("match");
  const [part] = await all(counted.counts());
  expect(part?.totals[0]?.counts.comparisons.match).toBe(1);
  expect(ids).not.toContain(part?.totals[0]?.id);
  expect([...rounds]).not.toContain((part?.totals[0]?.round ?? 0) + 1);
  expect(part?.totals[0]?.round).toBeGreaterThan(0);
});

test("a round of which every window is forgotten is told once it is over, and again to who gave up", async () => {
  const { book, counted } = bookOf(300);
  await all(counted.counts());
  for (let day = 1; day <= 2; day++) {
    // 300 others come and go, so that all before them are forgotten.
    const others = Array.from({ length: 300 }, (_, i) =>
      book.tally({ route: `r${i}`, revision: day, epoch: 1 }),
    );
    book.retain(others, { active: 0 });
    for (const tally of others) tally.compared("match");
    for await (const { endedRounds } of counted.counts()) expect(endedRounds).toEqual([]);
  }
  book.retain([], { active: 0 });
  for await (const { endedRounds } of counted.counts()) expect(endedRounds).toEqual([]);
  const seen: (readonly number[])[] = [];
  const failing = async () => {
    for await (const { endedRounds } of counted.counts()) {
      seen.push(endedRounds);
      throw new Error("the store is away");
    }
  };
  await expect(failing()).rejects.toThrow("away");
  seen.push(...(await all(counted.counts())).map(({ endedRounds }) => endedRounds));
  expect(seen).toEqual([[0], [0]]);
  expect(await all(counted.counts())).toEqual([]);
});

test("the totals of the process come in parts too, every route once", async () => {
  const { counted } = bookOf(20);
  const sizes: number[] = [];
  for await (const part of counted.totals()) sizes.push(part.length);
  expect(sizes).toEqual([16, 4]);
});

import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { RecentShare, recentOfOthers } from "../../src/control/recent-clients.ts";
import { RecentBook } from "../../src/serving/recent-clients.ts";
import { memoryStore } from "../../src/store/memory.ts";

const log = { info: () => {}, warn: () => {}, error: () => {} };

async function doors(count: number) {
  const store = await memoryStore.open("memory:", { now: systemClock.now, hex: systemClock.hex });
  const all = Array.from({ length: count }, (_, i) => {
    const book = new RecentBook(systemClock);
    const read = async () => book.parts(undefined);
    const share = new RecentShare({ store, door: `door-${i}`, read, clock: systemClock, log });
    share.close();
    return { book, share };
  });
  return { store, all };
}

/** A hash that has nothing to do with its number. */
const hash = (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 0;

test("front doors tell each other who came, and not what they told themselves", async () => {
  const { store, all } = await doors(3);
  const now = Date.now();
  expect(await recentOfOthers(store, "door-0", now)).toEqual([]);
  for (const [i, { book, share }] of all.entries()) {
    for (let n = 0; n <= i; n++) book.of("orders").add(hash(n));
    book.of("orders").add(undefined);
    await share.tick();
  }
  const others = await recentOfOthers(store, "door-0", now);
  const seen = others.map(([part]) => [part?.route, part?.recent.keyed, part?.recent.keyless].join(" "));
  expect(seen.toSorted()).toEqual(["orders 2 1", "orders 3 1"]);
  expect(await recentOfOthers(store, undefined, now)).toHaveLength(3);
  // Silent for longer than that, it is gone.
  expect(await recentOfOthers(store, undefined, now + 10 * 60_000)).toEqual([]);
});

test("what is told is bounded, whatever comes, and has no key in it", async () => {
  const { store, all } = await doors(1);
  const [door] = all;
  for (let route = 0; route < 400; route++)
    for (let i = 0; i < 300; i++) door?.book.of(`route-${route}`).add(hash(route * 300 + i));
  await door?.share.tick();
  const record = (await store.readRecords(["clients/recent"])).get("clients/recent");
  expect(record?.text.length).toBeLessThan(50_000);
  const [parts] = await recentOfOthers(store, undefined, Date.now());
  expect(parts).toHaveLength(400);
  expect(parts?.every(({ recent }) => recent.keyed === 300)).toBe(true);
  expect(parts?.flatMap(({ recent }) => recent.keys).every((value) => value < 2 ** 24)).toBe(true);
});

test("clients of before are let go of, and routes that are gone", () => {
  const clock = { ...systemClock, at: 0, micros: () => clock.at };
  const book = new RecentBook(clock);
  book.of("orders").add(hash(1));
  const keyed = () => book.parts(["orders"])[0]?.recent.keyed;
  clock.at += 10 * 60e6;
  book.turn();
  book.of("orders").add(hash(2));
  expect(book.parts(["orders"])[0]).toMatchObject({ seconds: 600, recent: { keyed: 2 } });
  clock.at += 10 * 60e6;
  expect(keyed()).toBe(1);
  clock.at += 10 * 60e6;
  expect(keyed()).toBe(0);
  book.retain(new Set());
  expect(book.parts(undefined)).toEqual([]);
});

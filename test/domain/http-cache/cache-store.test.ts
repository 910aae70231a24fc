import { expect, test } from "vitest";
import { CacheStore } from "../../../src/domain/http-cache/cache-store.ts";
import { type AnswerParts, CachedAnswer } from "../../../src/domain/http-cache/cached-answer.ts";

const PARTS: AnswerParts = {
  status: 200,
  reason: "OK",
  headers: [],
  vary: [],
  varied: [],
  bornAt: 0,
  freshUntil: 1000,
  whileRevalidateUntil: 1000,
  ifErrorUntil: 1000,
  staleAllowed: true,
  openTo: 0,
  etag: undefined,
  lastModified: undefined,
  tags: undefined,
};

function storeOf(limitBytes: number) {
  const store = new CacheStore(limitBytes);
  const space = store.enter("shop", "legacy", "1");
  const put = (path: string, parts: Partial<AnswerParts> = {}, bytes = 1000) =>
    store.put(
      `${space.prefix}${path}`,
      space,
      path,
      "shop.test",
      new CachedAnswer({ ...PARTS, ...parts }, new Uint8Array(bytes)),
    );
  const find = (path: string, fieldOf: (name: string) => string = () => "-") =>
    store.find(`${space.prefix}${path}`, fieldOf);
  return { store, space, put, find };
}

test("the answer that was used longest ago gives way, and bytes add up to nothing when all are gone", () => {
  const { store, space, put, find } = storeOf(10_500);
  for (const path of ["/a", "/b", "/c", "/d"]) expect(put(path)).toBe(true);
  const a = find("/a");
  if (a !== undefined) store.touch(a);
  put("/e");
  expect(["/a", "/b", "/c", "/d", "/e"].filter((path) => find(path) !== undefined)).toEqual([
    "/a",
    "/c",
    "/d",
    "/e",
  ]);
  expect(store.held).toBeLessThanOrEqual(10_500);
  expect(space.counts.evicted).toBe(1);
  expect(store.purge({})).toBe(4);
  expect([store.held, space.bytes, space.entries]).toEqual([0, 0, 0]);
});

test("an answer that is larger than all there is leaves nothing, and what is under way counts", () => {
  const { store, put, find } = storeOf(5_000);
  expect(put("/a", {}, 6_000)).toBe(false);
  expect(store.held).toBe(0);
  put("/b");
  expect(store.reserve(4_500)).toBe(true);
  expect(find("/b")).toBeUndefined();
  expect(put("/c")).toBe(false);
  store.release(4_500);
  expect(put("/c")).toBe(true);
});

test("answers of one key that Vary tells apart are bounded, and the same choice has one", () => {
  const { store, space, put, find } = storeOf(1_000_000);
  for (let i = 0; i < 40; i++) put("/a", { vary: ["accept"], varied: [`+${i}`] });
  expect(space.entries).toBe(32);
  expect(find("/a", () => "+0")).toBeUndefined();
  expect(find("/a", () => "+39")).toBeDefined();
  put("/a", { vary: ["accept"], varied: ["+39"] });
  expect(space.entries).toBe(32);
  expect(store.purge({ path: "/a" })).toBe(32);
});

test("a path that is void is so on every route, with every query, and on its host alone", () => {
  const { store, space, put, find } = storeOf(1_000_000);
  const other = store.enter("list", "modern", "1");
  store.put(`${other.prefix}/a?x`, other, "/a", "shop.test", new CachedAnswer(PARTS, new Uint8Array(1)));
  put("/a");
  put("/b");
  store.invalidate("/a", "elsewhere.test");
  expect(space.entries + other.entries).toBe(3);
  store.invalidate("/a", "shop.test");
  expect([find("/a"), other.entries]).toEqual([undefined, 0]);
  expect(find("/b")).toBeDefined();
});

test("what began before a purge that it falls under may not be stored, and what it does not fall under may", () => {
  const { store } = storeOf(1_000_000);
  const began = store.purges;
  store.purge({ tag: "red" });
  store.purge({ path: "/a*" });
  const answer = { route: "shop", path: "/b", host: "", tags: ["blue"] };
  expect(store.purgedSince(began, answer)).toBe(false);
  expect(store.purgedSince(began, { ...answer, tags: ["red"] })).toBe(true);
  expect(store.purgedSince(began, { ...answer, path: "/abc" })).toBe(true);
  expect(store.purgedSince(store.purges, { ...answer, path: "/abc" })).toBe(false);
  for (let i = 0; i < 200; i++) store.purge({ tag: "green" });
  expect(store.purgedSince(began, answer)).toBe(true);
});

test("a definition that is no longer in force has nothing, its counters go on, and its bytes go with the next answer", () => {
  const { store, space, put } = storeOf(1_000_000);
  put("/a");
  space.counts.hit = 5;
  const next = store.enter("shop", "legacy", "2");
  store.leave(space);
  expect(next.counts.hit).toBe(5);
  expect(store.find(`${next.prefix}/a`, () => "-")).toBeUndefined();
  store.put(`${next.prefix}/b`, next, "/b", "", new CachedAnswer(PARTS, new Uint8Array(1)));
  expect([...store.all()]).toEqual([next]);
  expect(store.held).toBe(next.bytes);
  expect(put("/c")).toBe(false);
});

test("what began before many other paths became void may be stored, whatever these paths are", () => {
  const store = new CacheStore(1e6);
  const began = store.purges;
  const answer = { route: "r", path: "/a/b", host: "shop.test", tags: undefined };
  for (let i = 0; i < 3_000; i++) store.invalidate(`/orders/${i}`, "shop.test");
  store.invalidate("/*", "shop.test");
  store.invalidate("/a/b", "other.test");
  expect(store.purgedSince(began, answer)).toBe(false);
  expect(store.purgedSince(began, { ...answer, path: "/orders/7" })).toBe(true);
  // It is every host's.
  expect(store.purgedSince(began, { ...answer, host: "" })).toBe(true);
  const later = store.purges;
  store.invalidate("/a/%62", "shop.test");
  expect(store.purgedSince(later, answer)).toBe(true);
  expect(store.purgedSince(store.purges, answer)).toBe(false);
});

test("what began before more than is remembered is not stored", () => {
  const store = new CacheStore(1e6);
  const answer = { route: "r", path: "/a", host: "", tags: undefined };
  const began = store.purges;
  for (let i = 0; i < 200; i++) store.invalidate(`/${i}/${"x".repeat(8_000)}`, "");
  expect(store.purgedSince(began, answer)).toBe(true);
  expect(store.purgedSince(store.purges - 50, answer)).toBe(false);
});

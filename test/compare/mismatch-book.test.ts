import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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

const request = (requestId: string, target = "/a") => ({ requestId, method: "GET", target });

function book(options: { maxPathsPerWindow?: number; maxPaths?: number; maxBytes?: number } = {}) {
  let time = 0;
  return createMismatchBook({ now: () => time++, ...options });
}

test("mismatches are added up by window, path and kind, most frequent first", () => {
  const subject = book();
  subject.add(window(1), { mismatches: [mismatch("$.a"), mismatch("$.b")] }, request("q0"), 5);
  subject.add(window(1), { mismatches: [mismatch("$.b"), mismatch("$.b", "type")] }, request("q1"), 5);
  subject.add(window(2), { mismatches: [mismatch("$.a")] }, request("q2"), 5);
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

test("samples say which request they are of, and what each side answered", () => {
  const subject = book();
  const statuses = { legacy: 200, modern: 404 };
  subject.add(window(1), { mismatches: [mismatch("status")], statuses }, request("q", "/a?x=1"), 5);
  expect(subject.rows(window(1))[0]?.samples).toEqual([
    {
      ...{ legacy: "1", modern: "2", at: "1970-01-01T00:00:00.000Z" },
      ...{ requestId: "q", method: "GET", target: "/a?x=1", statuses },
    },
  ]);
});

test("samples are spread over time: a thousand in a second do not push out those of the hour before", () => {
  let time = 0;
  const subject = createMismatchBook({ now: () => time });
  const differ = (target: string) =>
    subject.add(window(1), { mismatches: [mismatch("$.a")] }, request("q", target), 5);
  for (let minute = 0; minute <= 60; minute++) {
    time = minute * 60_000;
    for (let i = 0; i < 50; i++) differ(`/${minute}/${i}`);
  }
  const at = (subject.rows(window(1))[0]?.samples ?? []).map((sample) => Date.parse(sample.at) / 60_000);
  expect(at).toHaveLength(5);
  expect(at[0]).toBe(0);
  expect(at.at(-1)).toBe(60);
  const gaps = at.slice(1).map((each, i) => each - (at[i] as number));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5);
});

test("a rare pair of values stays beside a frequent one, and the same request's difference is kept once", () => {
  let time = 0;
  const subject = createMismatchBook({ now: () => time });
  const differ = (modern: string, target: string) =>
    subject.add(window(1), { mismatches: [mismatch("$.a", "value", "1", modern)] }, request("q", target), 3);
  for (time = 0; time < 100_000; time += 1_000) differ(time === 30_000 ? "rare" : "often", `/${time}`);
  const values = () => subject.rows(window(1))[0]?.samples.map(({ modern }) => modern);
  expect(values()).toContain("rare");
  for (; time < 200_000; time += 1_000) differ("often", "/same");
  const targets = subject.rows(window(1))[0]?.samples.map(({ target }) => target) ?? [];
  expect(targets.filter((target) => target === "/same")).toHaveLength(1);
  expect(values()).toContain("rare");
});

test("headers that are not compared and rules are counted beside mismatches, and are none", () => {
  const subject = book();
  const verdict = {
    mismatches: [],
    unlisted: [{ name: "cache-control", kind: "missing" }] as const,
    rules: { read: "json", met: ["ignore $.a"], hiding: [] } as const,
  };
  for (let i = 0; i < 3; i++) subject.add(window(1), verdict, request("q"), 5);
  expect(
    subject.rows(window(1)).map(({ kind, path, count, samples }) => [kind, path, count, samples]),
  ).toEqual([
    ["unlisted_read", "headers", 3, []],
    ["unlisted_missing", "cache-control", 3, []],
    ["rules_read", "json", 3, []],
    ["rule_met", "ignore $.a", 3, []],
  ]);
});

test("an upstream that makes up headers' names fills no memory", () => {
  const subject = book();
  for (let i = 0; i < 500; i++) {
    const unlisted = [{ name: `x-${i}`, kind: "extra" }] as const;
    subject.add(window(1), { mismatches: [], unlisted }, request("q"), 5);
  }
  const rows = subject.rows(window(1));
  expect(rows.length).toBeLessThanOrEqual(101);
  expect(rows.find(({ path }) => path === OTHER_PATH)?.count).toBe(401);
  const rules = { read: "json", met: ["ignore $.a"], hiding: [] } as const;
  subject.add(window(1), { mismatches: [], rules }, request("q"), 5);
  expect(subject.rows(window(1)).find(({ path }) => path === "ignore $.a")?.count).toBe(1);
});

test("without samples none are kept", () => {
  const subject = book();
  subject.add(window(1), { mismatches: [mismatch("$.a")] }, request("q"), 0);
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
          subject.add(
            window(revision),
            { mismatches: [mismatch(`$.p${path}`, kind as MismatchKind)] },
            request("q"),
            2,
          );
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

test("rows are bounded by what they take, names and samples alike, and counts stay exact", () => {
  const maxBytes = 64 * 1024;
  const subject = book({ maxBytes });
  const long = "x".repeat(256);
  for (let n = 0; n < 1_000; n++) {
    const of = { path: `$.${n}${long}`, kind: "value", legacy: long, modern: long } as const;
    subject.add(window(n % 3), { mismatches: [of] }, request(`q${n}`, `/${long}`), 5);
    expect(subject.bytes).toBeLessThanOrEqual(maxBytes);
  }
  const rows = [0, 1, 2].flatMap((n) => subject.rows(window(n)));
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
  const apart = rows.filter(({ path }) => path !== OTHER_PATH).length;
  expect(apart).toBeGreaterThan(5);
  expect(subject.folded).toBe(1_000 - apart);
  for (const n of [0, 1, 2]) subject.drop(window(n));
  expect(subject.bytes).toBe(0);
});

test("the path seen least recently goes first", () => {
  const subject = book({ maxPathsPerWindow: 2 });
  for (const path of ["$.a", "$.b", "$.a", "$.c"])
    subject.add(window(1), { mismatches: [mismatch(path)] }, request("q"), 1);
  expect(subject.rows(window(1)).map(({ path }) => path)).toEqual(["$.a", "$.c", OTHER_PATH]);
});

test("rows are a copy: adding later does not change what was read", () => {
  const subject = book();
  subject.add(window(1), { mismatches: [mismatch("$.a")] }, request("q"), 5);
  const rows = subject.rows(window(1));
  subject.add(window(1), { mismatches: [mismatch("$.a", "value", "3")] }, request("q"), 5);
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

test("samples hold no more than they are counted for, whatever they were cut from", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const subject = createMismatchBook({ now: () => Date.now() });
  const filler = "y".repeat(8000);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 5000; n++) {
    // As a lane reads a head: one text, of which the parts are cut.
    const head = Buffer.from(`GET /path/to/a/thing/${n} x-request-id-of-${n} ${n}.${filler}`).toString(
      "latin1",
    );
    const [, target = "", id = ""] = head.split(" ", 3);
    const found = mismatch(`$.member.of.${n}`, "value", head.slice(4, 40), head.slice(5, 40));
    subject.add(window(n % 50), { mismatches: [found] }, request(id, target), 5);
  }
  collect();
  const held = process.memoryUsage().heapUsed - before;
  expect(subject.bytes).toBeGreaterThan(1024 * 1024);
  expect(held).toBeLessThan(2 * subject.bytes);
});

test("a row says with which operations it was seen; many are counted together", () => {
  const subject = book();
  const add = (...names: string[]) =>
    subject.add(window(1), { mismatches: [mismatch("$.a")] }, request("q"), 0, names);
  add("GetCart");
  add("GetCart", "GetUser");
  subject.add(window(1), { mismatches: [mismatch("$.b")] }, request("q"), 0);
  const [a, b] = subject.rows(window(1));
  expect(a).toMatchObject({ count: 2, operations: { GetCart: 2, GetUser: 1 } });
  expect(b).not.toHaveProperty("operations", expect.anything());
  for (let i = 0; i < 30; i++) add(`op${i}`);
  const { operations = {} } = subject.rows(window(1))[0] ?? {};
  expect(Object.keys(operations)).toHaveLength(21);
  expect(operations["(other)"]).toBe(12);
});

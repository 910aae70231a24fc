import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf } from "../../../src/backends/s3/object-key.ts";

test.each([
  ["/a.txt", "a.txt"],
  ["/a%20b%2Bc+d", "a b+c+d"],
  ["/%C3%BC", "ü"],
  ["/\xc3\xbc", "ü"],
  ["/a//b", "a//b"],
  ["//a", "/a"],
  ["/", ""],
  ["/a/", "a/"],
  ["/...", "..."],
  ["/a..b", "a..b"],
  ["/%25%32%65", "%2e"],
])("%s names %j", (path, key) => {
  expect(keyOf(path, "")).toBe(key);
  expect(keyOf(path, "site/")).toBe(`site/${key}`);
});

test.each([
  ...["/..", "/../a", "/a/../b", "/a/..", "/.", "/%2e%2e/a", "/.%2E/a", "/a/%2e", "/..\\a", "/a\\..\\b"],
  ...["/a%2fb", "/a%2Fb", "/a%5cb", "/%00", "/%0a", "/%7f", "/%ff", "/%c3", "/%", "/%zz", "a", "*", ""],
])("%j names nothing", (path) => {
  expect(keyOf(path, "")).toBeUndefined();
});

test("a key of more than 1,024 bytes is none, with its prefix", () => {
  expect(keyOf(`/${"k".repeat(1024)}`, "")).toHaveLength(1024);
  expect(keyOf(`/${"k".repeat(1025)}`, "")).toBeUndefined();
  expect(keyOf(`/${"k".repeat(1020)}`, "site/")).toBeUndefined();
  expect(keyOf(`/${"%C3%BC".repeat(513)}`, "")).toBeUndefined();
});

const piece = fc.constantFrom(
  "a",
  ".",
  "..",
  "/",
  "%2e",
  "%2E",
  "%2f",
  "%5c",
  "\\",
  "%25",
  "%00",
  "ü",
  "%C3%BC",
  "%ff",
  ";",
  "?",
  "#",
);

test("whatever is asked for, a key stays below its prefix however it is read", () => {
  let keys = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const key = keyOf(`/${pieces.join("")}`, "site/v1/");
      if (key === undefined) return;
      keys++;
      expect(key.startsWith("site/v1/")).toBe(true);
      // By who takes it for a path of files, slashes merged or not.
      const resolved = new URL(`http://h/${key.replaceAll(/[?#%]/g, "_")}`).pathname;
      expect(resolved.startsWith("/site/v1/")).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(keys).toBeGreaterThan(100);
});

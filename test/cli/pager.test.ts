import { expect, test } from "vitest";
import { Pager } from "../../src/cli/pager.ts";

const LINES = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);

test.each([
  ["one line down, by either key", "j\x1b[B", 3],
  ["back up", "jjjk\x1b[A", 2],
  ["a page", " ", 11],
  ["a page by its key, and back", "\x1b[6~\x1b[6~\x1b[5~", 11],
  ["no further than the last page", "          ", 21],
  ["to the end", "G", 21],
  ["to the begin", "G\x1b[H", 1],
  ["not above the begin", "kkb", 1],
  ["nowhere for other keys", "xyz\x1b[Z", 1],
])("keys move the lines that are shown: %s", (_name, keys, first) => {
  const pager = new Pager();
  expect(pager.type(keys, LINES.length, 10)).toBe(first > 1);
  expect(pager.shown(LINES, 10)).toEqual(LINES.slice(first - 1, first + 9));
  expect(pager.firstShown).toBe(first);
});

test("fewer lines than before leave no empty screen", () => {
  const pager = new Pager();
  pager.type("G", LINES.length, 10);
  expect(pager.shown(LINES.slice(0, 12), 10)).toEqual(LINES.slice(2, 12));
  expect(pager.shown(LINES.slice(0, 4), 10)).toEqual(LINES.slice(0, 4));
});

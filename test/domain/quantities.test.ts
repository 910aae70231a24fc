import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDuration, parseSize, writtenDuration, writtenSize } from "../../src/domain/quantities.ts";

test("durations are read in milliseconds", () => {
  const read = ["250ms", "5s", "2m", "1h", "1.5s", "1.1s", "0.4ms", "0s", "007s"].map(parseDuration);
  expect(read).toEqual([250, 5000, 120_000, 3_600_000, 1500, 1100, 0.4, 0, 7000]);
});

test("sizes are read in bytes", () => {
  expect(["512B", "64KiB", "1MiB", "2GiB", "1.5KiB", "0.5B"].map(parseSize)).toEqual([
    512, 65_536, 1_048_576, 2_147_483_648, 1536, 0.5,
  ]);
});

test.each([
  "",
  "5",
  "s",
  "5 s",
  " 5s",
  "5s ",
  "5S",
  "-5s",
  "+5s",
  "1e3s",
  ".5s",
  "5.s",
  "5d",
  "1m30s",
  "5s\n",
  "5KiB",
])("%j is not a duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each(["", "5", "B", "5KB", "5kib", "5 KiB", "-5B", "5M", "5s"])("%j is not a size", (text) => {
  expect(parseSize(text)).toBeUndefined();
});

test("what is written is what was read, in the largest unit that fits", () => {
  expect([0, 90_000, 3_600_000, 86_400_000, 1500].map(writtenDuration)).toEqual([
    "0h",
    "90s",
    "1h",
    "24h",
    "1500ms",
  ]);
  expect([16 * 1024 ** 2, 1536].map(writtenSize)).toEqual(["16MiB", "1536B"]);
  fc.assert(
    fc.property(fc.nat(2 ** 31), (value) => {
      expect(parseDuration(writtenDuration(value))).toBe(value);
      expect(parseSize(writtenSize(value))).toBe(value);
    }),
  );
});

import { expect, test } from "vitest";
import {
  agoText,
  countText,
  durationText,
  positionText,
  rateText,
  shareText,
} from "../../src/domain/wording.ts";

test("a count has a comma before each three digits", () => {
  const shown = [0, 999, 1_000, 12_345, 1_234_567.6, -1_000, 9_007_199_254_740_991].map(countText);
  expect(shown).toEqual(["0", "999", "1,000", "12,345", "1,234,568", "-1,000", "9,007,199,254,740,991"]);
});

test("a rate above zero never reads as zero, and one below everything never as everything", () => {
  expect([rateText(0, 0), rateText(0, 5), rateText(1, 100_000), rateText(1, 3)]).toEqual([
    "–",
    "0.00 %",
    "<0.01 %",
    "33.33 %",
  ]);
  expect([rateText(99_999, 100_000), rateText(7, 7)]).toEqual([">99.99 %", "100.00 %"]);
});

test("shares and positions are written as they were set", () => {
  expect([25, 0.05, 12.5, 0].map(shareText)).toEqual(["25 %", "0.05 %", "12.5 %", "0 %"]);
  expect(positionText({ modern: 0.5, shadow: 100 })).toBe("modern 0.5 %, shadow 100 %");
  expect([positionText({ shadow: 5 }), positionText({})]).toEqual(["shadow 5 %", ""]);
});

test("a duration has at most two units, rounded up unless it has passed", () => {
  expect([450, 11_001, 250_000, 7_500_000, 259_200_000].map((ms) => durationText(ms))).toEqual([
    "450 ms",
    "12 s",
    "4 min 10 s",
    "2 h 5 min",
    "3 d",
  ]);
  expect(durationText(11_999, Math.floor)).toBe("11 s");
});

test("how long ago is said in one unit, and `just now` to a clock that disagrees", () => {
  const now = Date.parse("2026-11-22T20:00:00Z");
  const passed = [-5000, 0, 1999, 2000, 59_999, 60_000, 250_000, 7_200_000, 200_000_000];
  const expected = [
    "just now",
    "just now",
    "just now",
    "2 s ago",
    "59 s ago",
    "1 min ago",
    "4 min ago",
    "2 h ago",
    "2 d ago",
  ];
  expect(passed.map((ms) => agoText(now - ms, now))).toEqual(expected);
  expect(passed.map((ms) => agoText(new Date(now - ms).toISOString(), now))).toEqual(expected);
  expect(agoText("whenever", now)).toBe("just now");
});

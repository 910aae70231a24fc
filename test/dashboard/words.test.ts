import { expect, test } from "vitest";
import {
  agoText,
  changeText,
  intervalText,
  msText,
  percentText,
  shortCount,
} from "../../dashboard/src/words.ts";

test("a percentage says neither none nor all before it is so", () => {
  const texts = [0, 0.004, 0.37, 12.345, 55, 99.3, 99.996, 100].map(percentText);
  expect(texts).toEqual(["0 %", "< 0.01 %", "0.37 %", "12.3 %", "55.0 %", "99.30 %", "> 99.99 %", "100 %"]);
  expect([null, undefined, Number.NaN].map(percentText)).toEqual(["–", "–", "–"]);
  expect(intervalText(3.224, 4.21)).toBe("3.22 to 4.21 %");
});

test("latencies, counts and times say as much as there is to say", () => {
  expect([0.42, 9.96, 84.6, 1234, 65_000].map(msText)).toEqual([
    "0.4 ms",
    "10.0 ms",
    "85 ms",
    "1.23 s",
    "65.0 s",
  ]);
  expect(msText(null)).toBe("–");
  expect([12_345, 1_234_567].map(shortCount)).toEqual(["12,345", "1.23M"]);
  expect([500, 59_000, 250_000, 90_000_000].map((ms) => agoText(0, ms))).toEqual([
    "just now",
    "59 s ago",
    "4 min ago",
    "1 d ago",
  ]);
});

test("a change names what changes, and what stays where nothing does", () => {
  const from = { modern: 25, shadow: 100 };
  expect(changeText({ from, to: { modern: 50, shadow: 100 } })).toBe("modern 25 % → 50 %");
  expect(changeText({ from, to: { modern: 0, shadow: 20.5 } })).toBe(
    "modern 25 % → 0 %, shadow 100 % → 20.5 %",
  );
  expect(changeText({ from, to: from })).toBe("stays at modern 25 %, shadow 100 %");
});

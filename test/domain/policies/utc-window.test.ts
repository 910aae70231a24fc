import { expect, test } from "vitest";
import { type QuotaPeriod, windowOf } from "../../../src/domain/policies/utc-window.ts";

const at = (text: string) => Date.parse(text);
const window = (period: QuotaPeriod, now: string) => {
  const { start, end } = windowOf(period, at(now));
  return [new Date(start).toISOString(), new Date(end).toISOString()];
};

test.each([
  ["day", "2026-11-29T23:59:59.999Z", "2026-11-29", "2026-11-30"],
  ["day", "2026-11-30T00:00:00Z", "2026-11-30", "2026-12-01"],
  ["week", "2026-11-29T23:59:59.999Z", "2026-11-23", "2026-11-30"],
  ["week", "2026-11-30T00:00:00Z", "2026-11-30", "2026-12-07"],
  ["week", "1970-01-01T00:00:00Z", "1969-12-29", "1970-01-05"],
  ["month", "2026-12-31T23:59:59.999Z", "2026-12-01", "2027-01-01"],
  ["month", "2028-02-29T12:00:00Z", "2028-02-01", "2028-03-01"],
] as const)("the %s of %s is from %s until %s", (period, now, from, to) => {
  expect(window(period, now)).toEqual([`${from}T00:00:00.000Z`, `${to}T00:00:00.000Z`]);
});

test("windows follow one another without a gap, over years", () => {
  for (const period of ["day", "week", "month"] as const) {
    for (let now = at("2023-12-31T12:00:00Z"), end = 0; now < at("2029-01-02"); now = end) {
      const window = windowOf(period, now);
      expect(now).toBeGreaterThanOrEqual(window.start);
      if (end !== 0) expect(window.start).toBe(end);
      end = window.end;
    }
  }
});

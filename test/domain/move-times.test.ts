import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOpen, type MoveTimes, moveTimesText, nextOpen, WEEKDAYS } from "../../src/domain/move-times.ts";

const MINUTE = 60_000;
const at = (text: string) => Date.parse(text);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

const office: MoveTimes = {
  days: ["mon", "tue", "wed", "thu", "fri"],
  hours: { from: 9 * 60, to: 17 * 60 },
  zone: "Europe/Berlin",
};

/** Written without the code under test: Intl's own words for day and minute. */
function openByIntl({ days, hours, zone }: MoveTimes, ms: number): boolean {
  const told = (instant: number) => {
    const parts = new Intl.DateTimeFormat("en-GB", {
      ...{ timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    }).formatToParts(instant);
    const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
    return { day: part("weekday").toLowerCase(), minute: Number(part("hour")) * 60 + Number(part("minute")) };
  };
  const { day, minute } = told(ms);
  const index = WEEKDAYS.indexOf(day as (typeof WEEKDAYS)[number]);
  const allows = (i: number) => days === undefined || days.includes(WEEKDAYS[(i + 7) % 7] as never);
  if (hours === undefined) return allows(index);
  if (hours.to > hours.from) return allows(index) && minute >= hours.from && minute < hours.to;
  return (minute >= hours.from && allows(index)) || (minute < hours.to && allows(index - 1));
}

describe("hours and days of moves", () => {
  test("office hours in Berlin are an hour earlier in UTC in summer than in winter", () => {
    expect(isOpen(office, at("2026-07-06T07:00:00Z"))).toBe(true);
    expect(isOpen(office, at("2026-07-06T06:59:59.999Z"))).toBe(false);
    expect(isOpen(office, at("2026-12-07T07:59:59.999Z"))).toBe(false);
    expect(isOpen(office, at("2026-12-07T08:00:00Z"))).toBe(true);
    expect(isOpen(office, at("2026-12-07T16:00:00Z"))).toBe(false);
  });

  test("after Friday's end comes Monday's beginning, over the change to summer time", () => {
    expect(iso(nextOpen(office, at("2026-03-27T16:00:00Z")))).toBe("2026-03-30T07:00:00.000Z");
    expect(iso(nextOpen(office, at("2026-10-23T15:00:00Z")))).toBe("2026-10-26T08:00:00.000Z");
  });

  test("an hour that the clocks leave out begins where they jump, or the week after", () => {
    const skipped = { days: undefined, hours: { from: 150, to: 210 }, zone: "Europe/Berlin" };
    expect(iso(nextOpen(skipped, at("2026-03-29T00:00:00Z")))).toBe("2026-03-29T01:00:00.000Z");
    const gone: MoveTimes = { days: ["sun"], hours: { from: 120, to: 180 }, zone: "Europe/Berlin" };
    expect(iso(nextOpen(gone, at("2026-03-29T00:00:00Z")))).toBe("2026-04-05T00:00:00.000Z");
  });

  test("an hour that the clocks show twice opens twice", () => {
    const twice = { days: undefined, hours: { from: 150, to: 165 }, zone: "Europe/Berlin" };
    expect(iso(nextOpen(twice, at("2026-10-25T00:00:00Z")))).toBe("2026-10-25T00:30:00.000Z");
    expect(iso(nextOpen(twice, at("2026-10-25T00:50:00Z")))).toBe("2026-10-25T01:30:00.000Z");
  });

  test("a day begins at its midnight, also where the clocks change later on it", () => {
    const sundays: MoveTimes = { days: ["sun"], hours: undefined, zone: "Australia/Lord_Howe" };
    expect(iso(nextOpen(sundays, at("2026-04-04T12:59:59.999Z")))).toBe("2026-04-04T13:00:00.000Z");
  });

  test("hours over midnight belong to the day on which they begin", () => {
    const night: MoveTimes = { days: ["fri"], hours: { from: 22 * 60, to: 4 * 60 }, zone: "UTC" };
    expect(isOpen(night, at("2026-11-28T03:59:00Z"))).toBe(true);
    expect(isOpen(night, at("2026-11-27T03:59:00Z"))).toBe(false);
    expect(iso(nextOpen(night, at("2026-11-28T04:00:00Z")))).toBe("2026-12-04T22:00:00.000Z");
  });

  test("without hours and days it is always open", () => {
    const always = { days: undefined, hours: undefined, zone: "UTC" };
    expect(nextOpen(always, 12_345)).toBe(12_345);
    expect(moveTimesText(always)).toBeUndefined();
    expect(moveTimesText(office)).toBe("mon, tue, wed, thu, fri 09:00-17:00 Europe/Berlin");
  });

  const anyTimes: fc.Arbitrary<MoveTimes> = fc.record({
    days: fc.option(fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }), { nil: undefined }),
    hours: fc.option(
      fc
        .record({ from: fc.integer({ min: 0, max: 95 }), to: fc.integer({ min: 1, max: 96 }) })
        .filter(({ from, to }) => from !== to)
        .map(({ from, to }) => ({ from: from * 15, to: to * 15 })),
      { nil: undefined },
    ),
    zone: fc.constantFrom(
      ...[
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
      ],
      ...["America/St_Johns", "Africa/Casablanca", "+05:30"],
    ),
  });
  /** Half of them near a change of clocks. */
  const changes = ["2026-03-08T07:00Z", "2026-03-29T01:00Z", "2026-04-04T15:00Z", "2026-10-03T15:30Z"];
  const anyInstant = fc.oneof(
    fc.integer({ min: at("2011-12-01T00:00Z"), max: at("2031-01-01T00:00Z") }),
    fc
      .tuple(
        fc.constantFrom(...changes, "2026-10-25T01:00Z", "2026-11-01T06:00Z", "2011-12-30T10:00Z"),
        fc.integer({ min: -200_000_000, max: 200_000_000 }),
      )
      .map(([text, off]) => at(text) + off),
  );

  test("whether it is open is what Intl's day and minute say", () => {
    fc.assert(
      fc.property(anyTimes, anyInstant, (times, ms) => isOpen(times, ms) === openByIntl(times, ms)),
      { numRuns: 500 },
    );
  });

  test("the next opening is open, and nothing between is", () => {
    fc.assert(
      fc.property(anyTimes, anyInstant, (times, ms) => {
        const next = nextOpen(times, ms);
        if (next === undefined) return !isOpen(times, ms);
        if (next < ms || !isOpen(times, next)) return false;
        // Every quarter of an hour: hours and changes of clocks are whole quarters.
        for (let i = Math.ceil(ms / (15 * MINUTE)) * 15 * MINUTE; i < next; i += 15 * MINUTE)
          if (isOpen(times, i)) return false;
        return true;
      }),
      { numRuns: 250 },
    );
  });
});

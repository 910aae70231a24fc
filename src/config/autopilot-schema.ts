import { z } from "zod";
import type { AutopilotTimes } from "../domain/autopilot.ts";
import { DAY_MINUTES, isZone, WEEKDAYS } from "../domain/move-times.ts";
import { choice, textLeaf, Wrong } from "./leaf.ts";
import { duration } from "./scalars.ts";

const MONTH_MS = 31 * 24 * 3_600_000;
const HOURS_LIKE = "write from-to, like 09:00-17:00, or 22:00-04:00 over midnight";

function minutesOf(hours: string, minutes: string): number {
  return Number(hours) * 60 + Number(minutes);
}

function hours() {
  return textLeaf(
    "hours",
    HOURS_LIKE,
    (text) => {
      const [, fromHours, fromMinutes = "", toHours = "", toMinutes = ""] =
        /^(\d{2}):([0-5]\d)-(\d{2}):([0-5]\d)$/.exec(text) ?? [];
      if (fromHours === undefined) return new Wrong("{value} is no span of hours", HOURS_LIKE);
      const from = minutesOf(fromHours, fromMinutes);
      const to = minutesOf(toHours, toMinutes);
      if (from >= DAY_MINUTES || to > DAY_MINUTES)
        return new Wrong("{value} has an hour that no day has", HOURS_LIKE);
      return from === to ? new Wrong("{value} is no time at all", HOURS_LIKE) : { from, to };
    },
    "\\d{2}:[0-5]\\d-\\d{2}:[0-5]\\d",
  );
}

const ZONE_LIKE = "write a name of the IANA database, like Europe/Berlin, or UTC";

function zone() {
  return textLeaf("time zone", ZONE_LIKE, (text) =>
    isZone(text) ? text : new Wrong("{value} is not a time zone", ZONE_LIKE),
  );
}

/** When steps may be applied by themselves: of every step, or of one. */
export const autopilotSchema = z
  .strictObject({
    days: z
      .array(choice(WEEKDAYS, `write some of ${WEEKDAYS.join(", ")}`))
      .optional()
      .describe(
        "On which days. Left out: on every day. Hours over midnight belong to the day on which they begin.",
      ),
    hours: hours().optional().describe("Between which hours, the end excluded. Left out: at any time."),
    zone: zone().optional().describe("Whose clock days and hours are told by. Left out: UTC."),
    wait: duration({ maxMs: MONTH_MS })
      .optional()
      .describe("How long after the move before it. Left out: as soon as its gate holds."),
    patience: duration({ maxMs: MONTH_MS })
      .optional()
      .describe("For how long it may wait for its gate until status asks somebody to look. Left out: 24h."),
  })
  .transform(({ days, hours: span, zone: where, wait, patience }): Partial<AutopilotTimes> => {
    const given = {
      days: days?.length === 0 ? undefined : days,
      hours: span,
      zone: where,
      waitMs: wait,
      patienceMs: patience,
    };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  });

import { STEP_MS, stepStart } from "../domain/rollup.ts";
import type { Rollup, RollupQuery, RollupStep } from "./contract.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { known, Unanswered } from "./redis-errors.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { PUT_ROLLUP } from "./redis-scripts.ts";
import { HOURS_KEPT_MS, MINUTES_KEPT_MS } from "./retention.ts";

/** What a door wrote is remembered for this long. A minute that is written again within that time is replaced. */
const DOOR_MINUTES_MS = 3 * 60 * 60 * 1000;
/** The part of that time left for the network. Closer to the end a minute is not written again, because it would be added a second time. */
const MARGIN_MS = STEP_MS.minute;
/** A door writes its waiting minutes from the oldest on. It never again writes one older than the newest it wrote. */
const PUT_AGAIN_MS = 2 * STEP_MS.minute;
/** Minutes put, and steps read, at once: making and reading the JSON of more would hold up clients. */
const PUT_AT_ONCE = 16;
const READ_AT_ONCE = 250;
/** Doors' clocks may differ: steps this far ahead are read too. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

const KEPT_MS: Readonly<Record<RollupStep, number>> = { minute: MINUTES_KEPT_MS, hour: HOURS_KEPT_MS };

/** How long the minute and the hour of a time are kept from now on, ms. From now: Redis' clock need not be this one. */
export function rollupLives(at: number, now: number): Readonly<Record<RollupStep, number>> {
  const hour = stepStart(at, STEP_MS.hour);
  return {
    minute: at + STEP_MS.minute + MINUTES_KEPT_MS - now,
    hour: hour + STEP_MS.hour + HOURS_KEPT_MS - now,
  };
}

/** Rollups, added up over doors as they are put; Redis forgets by itself what is too old. */
export function redisRollups(link: RedisLink, keys: RedisKeys, now: () => number) {
  /** When a minute was put last, whether answered or not. */
  const tried = new Map<string, number>();

  async function putOne(door: string, at: number, { route, at: minute, counts }: Rollup): Promise<void> {
    const hour = stepStart(minute, STEP_MS.hour);
    const names = [
      keys.rollup("minute", route, minute),
      keys.rollup("hour", route, hour),
      keys.doorMinutes(door, hour),
    ];
    const lives = rollupLives(minute, at);
    const ms = [lives.minute, lives.hour, DOOR_MINUTES_MS].map(String);
    try {
      await link.run(PUT_ROLLUP, names, [`${minute} ${route}`, packCounts(counts), ...ms]);
      tried.set(`${minute} ${door} ${route}`, at);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      tried.set(`${minute} ${door} ${route}`, at);
      throw error.known;
    }
  }

  return {
    async putRollups(door: string, rollups: readonly Rollup[]): Promise<void> {
      const at = now();
      const newest = Math.max(...rollups.map((rollup) => rollup.at));
      const kept = rollups.filter(({ route, at: minute }) => {
        const last = tried.get(`${minute} ${door} ${route}`) ?? at;
        return minute >= at - MINUTES_KEPT_MS && at - last < DOOR_MINUTES_MS - MARGIN_MS;
      });
      for (const name of tried.keys())
        if (Number.parseInt(name, 10) < newest - PUT_AGAIN_MS) tried.delete(name);
      for (let i = 0; i < kept.length; i += PUT_AT_ONCE)
        await Promise.all(kept.slice(i, i + PUT_AT_ONCE).map((rollup) => putOne(door, at, rollup)));
    },

    async readRollups({ route, step, from, to }: RollupQuery): Promise<readonly Rollup[]> {
      const at = now();
      const stepMs = STEP_MS[step];
      const first = Math.ceil(Math.max(from, at - KEPT_MS[step]) / stepMs) * stepMs;
      const starts: number[] = [];
      for (let start = first; start < Math.min(to, at + AHEAD_MS); start += stepMs) starts.push(start);
      const found: Rollup[] = [];
      for (let i = 0; i < starts.length; i += READ_AT_ONCE) {
        const page = starts.slice(i, i + READ_AT_ONCE);
        const command = ["MGET", ...page.map((start) => keys.rollup(step, route, start))];
        const texts = (await known(link.send(command))) as readonly (string | null)[];
        for (const [index, start] of page.entries()) {
          const text = texts[index];
          if (typeof text === "string") found.push({ route, at: start, counts: unpackCounts(text) });
        }
      }
      return found;
    },
  };
}

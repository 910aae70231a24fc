import { STEP_MS, stepStart } from "../domain/rollup.ts";
import type { Rollup, RollupQuery, RollupStep } from "./contract.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { known, Unanswered } from "./redis-errors.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { PUT_ROLLUP } from "./redis-scripts.ts";
import { HOURS_KEPT_MS, MINUTES_KEPT_MS } from "./retention.ts";

/** What one door put is remembered so long: put again until then, a minute is replaced. */
const DOOR_MINUTES_MS = 3 * 60 * 60 * 1000;
/** Of these, for the network: nearer to that end a minute is not put again, because it would be added as a new one. */
const MARGIN_MS = STEP_MS.minute;
/** A door puts the minutes that it has waiting from the oldest on: of those before the newest put, it will put none again. */
const PUT_AGAIN_MS = 2 * STEP_MS.minute;
/** Minutes put, and steps read, at once: making and reading the JSON of more would hold up clients. */
const PUT_AT_ONCE = 16;
const READ_AT_ONCE = 250;
/** Doors' clocks may be apart: steps so far ahead are looked for too. */
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
export class RedisRollups {
  private readonly link: RedisLink;
  private readonly keys: RedisKeys;
  private readonly now: () => number;
  /** When a minute was put last, whether answered or not. */
  private readonly tried = new Map<string, number>();

  constructor(link: RedisLink, keys: RedisKeys, now: () => number) {
    this.link = link;
    this.keys = keys;
    this.now = now;
  }

  async put(door: string, rollups: readonly Rollup[]): Promise<void> {
    const now = this.now();
    const newest = Math.max(...rollups.map(({ at }) => at));
    const kept = rollups.filter(({ route, at }) => {
      const tried = this.tried.get(`${at} ${door} ${route}`) ?? now;
      return at >= now - MINUTES_KEPT_MS && now - tried < DOOR_MINUTES_MS - MARGIN_MS;
    });
    for (const name of this.tried.keys())
      if (Number.parseInt(name, 10) < newest - PUT_AGAIN_MS) this.tried.delete(name);
    for (let i = 0; i < kept.length; i += PUT_AT_ONCE)
      await Promise.all(kept.slice(i, i + PUT_AT_ONCE).map((rollup) => this.putOne(door, now, rollup)));
  }

  async read({ route, step, from, to }: RollupQuery): Promise<readonly Rollup[]> {
    const now = this.now();
    const first = Math.max(Math.ceil(from / STEP_MS[step]) * STEP_MS[step], now - KEPT_MS[step]);
    const starts: number[] = [];
    for (
      let at = Math.ceil(first / STEP_MS[step]) * STEP_MS[step];
      at < Math.min(to, now + AHEAD_MS);
      at += STEP_MS[step]
    )
      starts.push(at);
    const found: Rollup[] = [];
    for (let i = 0; i < starts.length; i += READ_AT_ONCE) {
      const page = starts.slice(i, i + READ_AT_ONCE);
      const command = ["MGET", ...page.map((at) => this.keys.rollup(step, route, at))];
      const texts = (await known(this.link.send(command))) as readonly (string | null)[];
      for (const [index, at] of page.entries()) {
        const text = texts[index];
        if (typeof text === "string") found.push({ route, at, counts: unpackCounts(text) });
      }
    }
    return found;
  }

  private async putOne(door: string, now: number, { route, at, counts }: Rollup): Promise<void> {
    const hour = stepStart(at, STEP_MS.hour);
    const names = [
      this.keys.rollup("minute", route, at),
      this.keys.rollup("hour", route, hour),
      this.keys.doorMinutes(door, hour),
    ];
    const lives = rollupLives(at, now);
    const ms = [lives.minute, lives.hour, DOOR_MINUTES_MS].map(String);
    try {
      await this.link.run(PUT_ROLLUP, names, [`${at} ${route}`, packCounts(counts), ...ms]);
      this.tried.set(`${at} ${door} ${route}`, now);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      this.tried.set(`${at} ${door} ${route}`, now);
      throw error.known;
    }
  }
}

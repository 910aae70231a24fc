import type { Clock } from "../domain/clock.ts";
import { type RecentClients, type RecentPart, thinned } from "../domain/recent-clients.ts";
import type { Log } from "../observe/contract.ts";
import { MAX_RECORD_BYTES, type Store } from "../store/contract.ts";

/** What each front door of a state has seen lately, in one record. */
const RECENT_RECORD = "clients/recent";
const WRITE_MS = 60_000;
/** What a door that went, or hears nothing any more, said last. */
const KEPT_MS = 5 * 60 * 1000;
/** Of one door: beyond it, fewer clients are looked at. */
const MAX_PART_BYTES = 48 * 1024;
const MAX_TRIES = 5;

type Packed = readonly [level: number, keyed: number, keyless: number, ...keys: number[]];

interface DoorPart {
  /** ms since the epoch. */
  readonly at: number;
  readonly seconds: number;
  readonly routes: Readonly<Record<string, Packed>>;
}

type Parts = Readonly<Record<string, DoorPart>>;
type Records = Pick<Store, "readRecords" | "swapRecord">;

async function readParts(store: Records, now: number): Promise<{ version: number; parts: Parts }> {
  const record = (await store.readRecords([RECENT_RECORD])).get(RECENT_RECORD);
  const all = record === undefined ? {} : (JSON.parse(record.text) as Parts);
  const fresh = Object.entries(all).filter(([, { at }]) => Math.abs(now - at) < KEPT_MS);
  return { version: record?.version ?? 0, parts: Object.fromEntries(fresh) };
}

/** What doors of the state, but this one, have seen lately. */
export async function recentOfOthers(
  store: Records,
  door: string | undefined,
  now: number,
): Promise<readonly (readonly RecentPart[])[]> {
  const { parts } = await readParts(store, now);
  return Object.entries(parts).flatMap(([name, { seconds, routes }]) =>
    name === door
      ? []
      : [
          Object.entries(routes).map(([route, [level, keyed, keyless, ...keys]]) => ({
            ...{ route, seconds },
            recent: { level, keyed, keyless, keys },
          })),
        ],
  );
}

/** A part of at most MAX_PART_BYTES: of every route, as many clients fewer as it takes. */
function packed(parts: readonly RecentPart[], at: number): DoorPart {
  const seconds = parts.reduce((most, part) => Math.max(most, part.seconds), 0);
  const pack = ({ level, keyed, keyless, keys }: RecentClients): Packed => [level, keyed, keyless, ...keys];
  for (let level = 0; ; level++) {
    const routes = parts.map(({ route, recent }) => [route, pack(thinned(recent, level))] as const);
    const part = { at, seconds: Math.round(seconds), routes: Object.fromEntries(routes) };
    if (JSON.stringify(part).length <= MAX_PART_BYTES) return part;
    // So many routes that their names alone are too much.
    if (level >= 24) return { ...part, routes: {} };
  }
}

/** Of as many doors as a record holds, those that wrote last. */
function textOf(parts: Parts): string {
  let all = Object.entries(parts).toSorted(([, a], [, b]) => b.at - a.at);
  while (JSON.stringify(Object.fromEntries(all)).length > MAX_RECORD_BYTES) all = all.slice(0, -1);
  return JSON.stringify(Object.fromEntries(all));
}

interface ShareOptions {
  readonly store: Records;
  readonly door: string;
  readonly read: () => Promise<readonly RecentPart[]>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells the other front doors of a state, once a minute, who came here. */
export class RecentShare {
  private readonly options: ShareOptions;
  private readonly timer: NodeJS.Timeout;
  private written = "";
  private failing = false;

  constructor(options: ShareOptions) {
    this.options = options;
    this.timer = setInterval(() => void this.tick(), WRITE_MS);
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Never rejects: nothing is decided by it. */
  async tick(): Promise<void> {
    const { log } = this.options;
    try {
      await this.write();
      this.failing = false;
    } catch (error) {
      if (!this.failing) log.warn({ err: error }, "other front doors are not told who came here lately");
      this.failing = true;
    }
  }

  private async write(): Promise<void> {
    const { store, door, read, clock } = this.options;
    const seen = await read();
    const said = JSON.stringify(seen.map(({ route, recent }) => [route, recent.keyed, recent.keyless]));
    if (seen.length === 0 || said === this.written) return;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const now = clock.now();
      const { version, parts } = await readParts(store, now);
      const text = textOf({ ...parts, [door]: packed(seen, now) });
      if (!(await store.swapRecord(RECENT_RECORD, version, text))) continue;
      this.written = said;
      return;
    }
  }
}

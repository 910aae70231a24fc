import type { Clock } from "../domain/clock.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { type EndedSessions, MAX_ENDED_SESSIONS } from "../domain/ended-sessions.ts";
import type { Log } from "../observe/contract.ts";
import type { ServingMessages } from "../serving/contract.ts";
import type { Store } from "../store/contract.ts";

/** How often the store is asked: a session that ended is over at every front door within a second. */
const LOOK_MS = 400;
/** Of one record: what is read with each look. */
const PAGE_SIZE = 256;
const PAGES = MAX_ENDED_SESSIONS / PAGE_SIZE;
const PAGES_AT_ONCE = 16;
const MAX_TRIES = 20;
const HEAD_RECORD = "logins/ended";

interface Page {
  /** Rising by 1, from 0. A record holds one of every `PAGES`. */
  readonly number: number;
  readonly ended: readonly EndedSessions[];
}

interface KeeperOptions {
  readonly store: Pick<Store, "readRecords" | "swapRecord">;
  readonly serving: Pick<ServingMessages, "endSessions">;
  readonly clock: Clock;
  readonly log: Log;
}

const recordOf = (page: number) => `${HEAD_RECORD}/${page % PAGES}`;

function tellsOfLogouts({ policies, routes }: Pick<FrontDoorConfig, "policies" | "routes">): boolean {
  const tells = (of: FrontDoorConfig["policies"] | undefined) => of?.login?.backchannel !== undefined;
  return tells(policies) || routes.some((route) => tells(route.policies));
}

/**
 * Sessions that providers ended, kept in records of the state for all its front doors: pages that only grow, the oldest written over. What
 * is written is in force here when those that serve were told of it, and elsewhere with the next look.
 */
export class EndedSessionsKeeper {
  private readonly options: KeeperOptions;
  private wanted = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  /** Where reading goes on: a page, how many of it are known, and the token of the last one of them. */
  private page = 0;
  private known = 0;
  private last: string | undefined;
  private isRead = false;
  private failing = false;
  private due: EndedSessions[] = [];
  private writing: Promise<void> | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.options = options;
  }

  /** From now on, if these files have a login that is told of logouts. Resolves when what is kept is in force here, or cannot be. Never rejects. */
  async use(config: Pick<FrontDoorConfig, "policies" | "routes">): Promise<void> {
    if (this.wanted || this.closed || !tellsOfLogouts(config)) return;
    this.wanted = true;
    await this.tick();
  }

  /** Writes these, together with what comes while others are being written. Those that serve are told what became of each. */
  append(ended: readonly EndedSessions[]): void {
    this.due.push(...ended);
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async write(): Promise<void> {
    while (this.due.length > 0) {
      const some = this.due.splice(0, PAGE_SIZE);
      try {
        await this.put(some);
        await this.look();
      } catch (error) {
        this.options.log.error({ err: error }, "what a login's provider ended could not be kept");
        const failed = some.map(({ token }) => token);
        await this.options.serving.endSessions({ ended: [], failed }).catch(() => undefined);
      }
    }
  }

  private async put(some: readonly EndedSessions[]): Promise<void> {
    const { store } = this.options;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { number, version: headVersion } = headOf(await store.readRecords([HEAD_RECORD]));
      const records = await store.readRecords([recordOf(number), recordOf(number + 1)]);
      const versionOf = (page: number) => records.get(recordOf(page))?.version ?? 0;
      const here = [...listIn(records, number), ...some];
      if (here.length <= PAGE_SIZE) {
        if (await store.swapRecord(recordOf(number), versionOf(number), textOf(number, here))) return;
        continue;
      }
      // Another page, unless somebody began it and has not said so.
      const next = number + 1;
      const isBegun = listIn(records, next).length > 0;
      if (!isBegun && !(await store.swapRecord(recordOf(next), versionOf(next), textOf(next, some))))
        continue;
      await store.swapRecord(HEAD_RECORD, headVersion, JSON.stringify({ number: next }));
      if (!isBegun) return;
    }
    throw new Error("others write at the same time, again and again");
  }

  private async tick(): Promise<void> {
    try {
      await this.look();
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        this.options.log.warn(
          { err: error },
          "what logins' providers ended cannot be read from the state store",
        );
      this.failing = true;
    }
    if (!this.closed) this.timer = setTimeout(() => void this.tick(), LOOK_MS).unref();
  }

  /** One at a time, and each begins after it was asked for. */
  private look(): Promise<void> {
    const mine = this.turn.then(() => this.read());
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async read(): Promise<void> {
    const records = await this.options.store.readRecords([HEAD_RECORD, recordOf(this.page)]);
    const { number } = headOf(records);
    const here = listIn(records, this.page);
    // All that is kept: at first, of a state that was emptied or put back, and where pages were written over meanwhile.
    const goesOn = this.known === 0 || here[this.known - 1]?.token === this.last;
    if (!this.isRead || !goesOn || number < this.page - 1 || number - this.page >= PAGES) {
      this.page = Math.max(0, number - PAGES + 1);
      this.known = 0;
    }
    // Somebody may have begun a page behind the head.
    for (let from = this.page; from <= number + 1; from += PAGES_AT_ONCE) {
      const pages = Array.from({ length: Math.min(PAGES_AT_ONCE, number + 2 - from) }, (_, i) => from + i);
      const records = await this.options.store.readRecords(pages.map(recordOf));
      for (const page of pages) {
        const read = pageOf(records.get(recordOf(page))?.text);
        if (read?.number !== page) continue;
        const fresh = page === this.page ? read.ended.slice(this.known) : read.ended;
        if (page > number && read.ended.length === 0) continue;
        if (fresh.length > 0) await this.tell(fresh);
        this.page = page;
        this.known = read.ended.length;
        this.last = read.ended.at(-1)?.token;
      }
    }
    this.isRead = true;
  }

  private async tell(ended: readonly EndedSessions[]): Promise<void> {
    const now = this.options.clock.now();
    await this.options.serving.endSessions({ ended: ended.filter(({ until }) => until > now), failed: [] });
  }
}

type Records = Awaited<ReturnType<Store["readRecords"]>>;

function headOf(records: Records): { readonly number: number; readonly version: number } {
  const record = records.get(HEAD_RECORD);
  if (record === undefined) return { number: 0, version: 0 };
  return { number: (JSON.parse(record.text) as { number: number }).number, version: record.version };
}

/** Of one page; empty where it is not there. */
function listIn(records: Records, page: number): readonly EndedSessions[] {
  const read = pageOf(records.get(recordOf(page))?.text);
  return read?.number === page ? read.ended : [];
}

type Packed = readonly [who: string, before: number | null, until: number, token: string];

function textOf(number: number, ended: readonly EndedSessions[]): string {
  const packed = ended.map(({ who, before, until, token }): Packed => [who, before, until, token]);
  return JSON.stringify({ number, ended: packed });
}

function pageOf(text: string | undefined): Page | undefined {
  if (text === undefined) return undefined;
  const { number, ended } = JSON.parse(text) as { number: number; ended: readonly Packed[] };
  return { number, ended: ended.map(([who, before, until, token]) => ({ who, before, until, token })) };
}

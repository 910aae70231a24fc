import type { Clock } from "../domain/clock.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { FigError, messageOf } from "../domain/errors.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { Position } from "../domain/position.ts";
import { momentText } from "../domain/wording.ts";
import type { FigEvent, Log } from "../observe/contract.ts";
import type { CountingMessages, PlacingMessages } from "../serving/contract.ts";
import type { LastKnownKeeper, Store } from "../store/contract.ts";
import type { LedgerInForce, StoreAway } from "./contract.ts";
import { CounterFlush } from "./counter-flush.ts";
import { Guards } from "./guards/guards.ts";
import { type GuardNotice, GuardTrips } from "./guards/trips.ts";
import { LiveTable } from "./live-table.ts";
import { LocalHold } from "./local-hold.ts";
import type { LocalKeeper } from "./local-keeper.ts";
import { MinuteRollups } from "./minute-rollups.ts";
import type { Resplit } from "./resplit.ts";
import { logLost, RewindWatch, rewoundError } from "./rewind-watch.ts";

const FLUSH_EVERY_MS = 1000;
/** Writing counters may take this share of the time: with thousands of busy routes flushes come less often. */
const FLUSH_SHARE = 0.02;
/** A store that hung for seconds is no reason to leave evidence unwritten for minutes. */
const LONGEST_FLUSH_PAUSE_MS = 10_000;

interface LiveOptions {
  readonly store: Store;
  /** What serves by what is in force here. */
  readonly serving: PlacingMessages & Pick<CountingMessages, "counts">;
  readonly clock: Clock;
  /** This run of this process: never used before in this store. */
  readonly door: string;
  /** What people call it: its host and process. */
  readonly label: string;
  /** Given for a store that may be away when this front door starts: then the last known positions are served. */
  readonly copy?: LastKnownKeeper | undefined;
  /** What this door holds lower than the ledger, from its own disk. */
  readonly local?: LocalKeeper | undefined;
  readonly log: Log;
  readonly onEvent?: ((event: FigEvent) => void) | undefined;
  /** What guards did. */
  readonly onNotice?: ((notice: GuardNotice) => void) | undefined;
}

/** What is in force in a running front door. */
export interface Live {
  /**
   * Brings files and ledger in force, then follows the store. Throws `invalid_files` (details.problems) when a route with
   * modern above 0 is gone from the files, `invalid_route`, `store_unavailable`.
   */
  start(config: FrontDoorConfig): Promise<void>;
  /** Clients are served from now on. Never rejects. */
  listening(): Promise<void>;
  /** Has an entry in force when it resolves. The same entry may come again from the store. */
  apply(entry: LedgerEntry): Promise<void>;
  /** Other files in one swap; throws as `start` does, and then nothing has changed. */
  reload(config: FrontDoorConfig): Promise<void>;
  /** Writes this door's counters to the store. */
  flush(): Promise<void>;
  /** The same, and the charts' minutes up to now. */
  rollUp(): Promise<void>;
  /** Stops following and writes the counters a last time. Never rejects. */
  close(): Promise<void>;
  /** The config in force. Throws before `start`. */
  config(): FrontDoorConfig;
  /** The newest ledger revision in force; 0: none. */
  revision(): number;
  /** The ledger in force. */
  inForce(): LedgerInForce;
  /** Changes of a split that the files in force brought and no entry notes yet (`acceptResplits`). */
  resplits(): readonly Resplit[];
  /** Where the files' routes stand, in their order. */
  positions(): readonly (Position & { readonly route: string })[];
  /** What is wrong between this door and the store, one sentence each. */
  problems(): readonly string[];
  /** Between the last write of counters to the store and the next, ms. */
  counterPauseMs(): number;
  /** Since when the store is away; undefined: it is there. */
  away(): StoreAway | undefined;
  /** What watches the routes here, and what it did. */
  readonly guards: Guards;
  readonly trips: GuardTrips;
}

class LiveDoor implements Live {
  private readonly options: LiveOptions;
  private readonly table: LiveTable;
  private readonly rollups: MinuteRollups;
  private readonly counters: CounterFlush;
  private timer: NodeJS.Timeout | undefined;
  private flushDueMicros = 0;
  private pauseMs = FLUSH_EVERY_MS;
  private unwatch: (() => void) | undefined;
  private reachable = true;
  /** When it was first noticed that the store cannot be read, ms since the epoch. */
  private unreadSince: number | undefined;
  /** What the store answered when it last failed. */
  private why: string | undefined;
  private readonly rewind: RewindWatch;
  private readonly local: LocalHold;
  readonly guards: Guards;
  readonly trips: GuardTrips;
  private closed = false;
  /** Clients are served, but that is not in the store yet. */
  private unheard = false;
  /** Starts and reloads, one after the other. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: LiveOptions) {
    this.options = options;
    this.table = new LiveTable(options);
    this.rewind = new RewindWatch(options.store);
    const { table } = this;
    const writes = {
      writable: () => this.reachable && this.rewind.problem === undefined,
      apply: (entry: LedgerEntry) => this.apply(entry),
    };
    this.local = new LocalHold({ ...{ ...options, table, keeper: options.local }, ...writes });
    this.trips = new GuardTrips({ ...options, table, ...writes });
    this.guards = new Guards({ ...options, trips: this.trips, placed: (route) => table.placedRoute(route) });
    this.rollups = new MinuteRollups({
      ...options,
      onWritten: (at) => this.publish("rollup", { at }),
    });
    this.counters = new CounterFlush({ ...options, rollups: this.rollups, guards: this.guards });
  }

  async start(config: FrontDoorConfig): Promise<void> {
    this.local.start();
    await this.inTurn(() => this.load(config));
    this.unwatch = this.options.store.watch(
      this.table.revision,
      (entries) => this.followed(entries),
      (reachable) => this.health(reachable),
    );
    this.nextTick(FLUSH_EVERY_MS);
  }

  private nextTick(ms: number): void {
    if (this.closed) return;
    this.timer = setTimeout(() => void this.tick(), ms);
    this.timer.unref();
  }

  async apply(entry: LedgerEntry): Promise<void> {
    if (entry.revision <= this.table.revision) {
      // It may have come from the store just now.
      if (this.table.holds(entry)) return this.table.placed;
      await this.lookBack();
    }
    this.refuseRewound();
    if (entry.revision <= this.table.revision)
      throw rewoundError(
        `the store went back behind revision ${this.table.revision}, which is in force here`,
      );
    // Revisions give the order: what was written in between comes first.
    const missing =
      entry.revision === this.table.revision + 1
        ? [entry]
        : await this.options.store.read(this.table.revision);
    await this.take(missing);
    if (this.table.revision < entry.revision) {
      throw new FigError("store_unavailable", `the store does not show revision ${entry.revision} yet`);
    }
  }

  async reload(config: FrontDoorConfig): Promise<void> {
    await this.lookBack();
    const fresh = await this.inTurn(() => {
      this.refuseRewound();
      return this.load(config);
    });
    for (const entry of fresh) this.announce(entry);
    this.publish("reload", { routes: config.routes.length });
  }

  async listening(): Promise<void> {
    try {
      await this.inTurn(() => this.table.listening());
      this.unheard = false;
    } catch {
      // What is away is said already; every second tries again.
      this.unheard = true;
    }
  }

  flush(): Promise<void> {
    return this.counters.flush();
  }

  async rollUp(): Promise<void> {
    await this.counters.flush();
    await this.rollups.write(true);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    this.unwatch?.();
    try {
      await this.counters.flush();
      await this.rollups.write(true);
    } catch (error) {
      this.options.log.error({ err: error }, "the last counters could not be written to the store");
    }
  }

  config(): FrontDoorConfig {
    return this.table.config();
  }

  revision(): number {
    return this.table.revision;
  }

  inForce(): LedgerInForce {
    return { ...this.table.ledger, rewound: this.rewind.problem };
  }

  resplits(): readonly Resplit[] {
    return this.table.unnoted();
  }

  positions(): ReturnType<LiveTable["positions"]> {
    return this.table.positions();
  }

  problems(): readonly string[] {
    const problems: string[] = [];
    if (this.table.fromCopy) problems.push(this.startedAway());
    else if (!this.reachable) {
      const since = momentText(this.away()?.since ?? this.options.clock.now());
      problems.push(
        `the state store cannot be reached since ${since}: the last positions stay in force, and no route can be shifted${this.because()}`,
      );
    }
    if (this.rewind.problem !== undefined) problems.push(this.rewind.problem);
    problems.push(...this.local.problems());
    if (this.counters.problem !== undefined) problems.push(this.counters.problem);
    return problems;
  }

  away(): StoreAway | undefined {
    const { unreadSince, counters } = this;
    const { failingSince } = counters;
    if (unreadSince === undefined)
      return failingSince === undefined ? undefined : { since: failingSince, unread: false };
    // A store that hangs is noticed by what waited for it longest.
    return { since: Math.min(unreadSince, failingSince ?? unreadSince), unread: true };
  }

  /** After everything that may have changed whether the store is there. */
  private noteAway(): void {
    const unread = this.table.fromCopy || !this.reachable || this.rewind.problem !== undefined;
    this.unreadSince = unread ? (this.unreadSince ?? this.options.clock.now()) : undefined;
  }

  private startedAway(): string {
    return this.table.newest === undefined
      ? `the state store could not be used since this front door started${this.sinceText()}, and there is no copy of its positions here: routes stand at their start positions, and no route can be shifted${this.because()}`
      : `the state store could not be used since this front door started${this.sinceText()}: the positions last known here (revision ${this.table.revision}) are in force, and no route can be shifted${this.because()}`;
  }

  private sinceText(): string {
    return this.unreadSince === undefined ? "" : `, ${momentText(this.unreadSince)}`;
  }

  private because(): string {
    return this.why === undefined ? "" : ` (${this.why})`;
  }

  /** The first time that the store is there: everything is read from it, as a start would have. */
  private async catchUp(): Promise<void> {
    if (!this.table.fromCopy || !this.reachable || this.closed) return;
    try {
      for (const entry of await this.inTurn(() => this.load(this.table.config()))) this.announce(entry);
      this.why = undefined;
    } catch (error) {
      const why = messageOf(error);
      if (why !== this.why) this.options.log.error({ err: error }, "the state could not be read yet");
      this.why = why;
    }
  }

  private async load(config: FrontDoorConfig): Promise<readonly LedgerEntry[]> {
    const followed = this.table.revision > 0 && !this.table.fromCopy;
    const fresh = await this.table.load(config);
    if (followed) this.rewind.took(fresh);
    else this.rewind.begin(this.table.fromCopy ? undefined : this.table.newest);
    const { copy, log, store } = this.options;
    if (copy?.last !== undefined) logLost(log, store.stateId, copy.last, this.table.lost);
    this.table.lost = [];
    this.noteAway();
    await this.table.placed;
    return fresh;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** Advances before it waits for anything, so that entries can never overtake each other. */
  private async take(entries: readonly LedgerEntry[]): Promise<void> {
    const fresh = this.table.advance(entries);
    this.rewind.took(fresh);
    await this.table.placed;
    for (const entry of fresh) this.announce(entry);
  }

  private announce(entry: LedgerEntry): void {
    const { revision, kind, by, reason, changes } = entry;
    this.options.log.info({ revision, kind, by, reason, changes }, "a ledger entry is in force");
    this.publish("shift", entry);
  }

  private followed(entries: readonly LedgerEntry[]): void {
    // New entries of a rewound store do not belong on top of what it lost. `lookBack` reads on when the store is itself again.
    if (this.closed || this.rewind.problem !== undefined) return;
    this.take(entries).catch((error: unknown) => {
      this.options.log.error({ err: error }, "ledger entries could not be brought in force");
    });
  }

  private health(reachable: boolean): void {
    if (this.reachable === reachable || this.closed) return;
    this.reachable = reachable;
    this.noteAway();
    this.options.log.warn({ reachable }, reachable ? "the state store is back" : "the state store is away");
    this.publish("health", { store: reachable });
    void this.catchUp();
  }

  private async tick(): Promise<void> {
    if (this.options.clock.micros() >= this.flushDueMicros) await this.flushInTurn();
    await this.catchUp();
    if (this.unheard) await this.listening();
    await this.lookBack();
    await this.local.settle();
    await this.trips.settle();
    this.nextTick(FLUSH_EVERY_MS);
  }

  private async flushInTurn(): Promise<void> {
    const { clock } = this.options;
    const start = clock.micros();
    try {
      await this.counters.flush();
    } catch {
      // Said in problems() and logged by CounterFlush; the next turn tries again.
    }
    const end = clock.micros();
    const pauseMs = Math.min(LONGEST_FLUSH_PAUSE_MS, (end - start) / 1000 / FLUSH_SHARE);
    this.pauseMs = Math.max(FLUSH_EVERY_MS, pauseMs);
    this.flushDueMicros = end + pauseMs * 1000;
    await this.rollups.write();
  }

  counterPauseMs(): number {
    return this.pauseMs;
  }

  private async lookBack(): Promise<void> {
    const unread = this.table.fromCopy || this.table.newest === undefined;
    if ((unread && this.reachable) || this.closed) return;
    const before = this.rewind.problem;
    try {
      if (unread) await this.options.store.read(0, 1);
      else this.followed(await this.rewind.look());
      this.why = undefined;
    } catch (error) {
      // The watch says when the store is away.
      this.why = messageOf(error);
    }
    this.noteAway();
    const { problem } = this.rewind;
    if (problem !== undefined && before === undefined)
      this.options.log.error({ revision: this.table.revision }, problem);
  }

  private refuseRewound(): void {
    if (this.rewind.problem !== undefined) throw rewoundError(this.rewind.problem);
  }

  private publish(type: FigEvent["type"], data: unknown): void {
    const { onEvent, clock } = this.options;
    onEvent?.({ type, at: new Date(clock.now()).toISOString(), data });
  }
}

export function createLive(options: LiveOptions): Live {
  return new LiveDoor(options);
}

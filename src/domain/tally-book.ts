import { mergeCounts, NO_COUNTS, subtractCounts, type WindowCounts } from "./counters.ts";
import { MAX_ALL_FAILED_KEYS } from "./failed-keys.ts";
import type { Side } from "./position.ts";
import { MAX_ALL_STRATA } from "./strata/strata-tally.ts";
import { type TallyRooms, type WindowKey, WindowTally } from "./tally.ts";

/** The requests that took one routing table, and are not over. */
interface Underway {
  readonly active: number;
}

export function windowName(key: WindowKey): string {
  return `${key.revision}.${key.epoch}:${key.route}`;
}

/** Windows that closed and are remembered, should they open again. */
const MAX_SWEPT = 256;
/** Routes that have no window any more and whose process totals are kept apart. */
const MAX_GONE_ROUTES = 10_000;
/** The process totals of all routes beyond these are one: /metrics, added up over routes, never goes down. */
const GONE_ROUTES = "(gone)";

/**
 * Every tally of this process: those in force, those that late answers still count in, and what closed ones came to.
 * /metrics is the sum over a route's tallies; the store gets each touched one once a second.
 *
 * The store keeps absolute totals, so a window that is forgotten must not begin again under the same name. Tallies are
 * made in *rounds*, and each round has a name of its own in the store, as each run of a process has. A round ends for new
 * tallies when one of its tallies is forgotten. A window that was forgotten is therefore always of an earlier round than one
 * that opens.
 */
export class TallyBook {
  private round = 0;
  private readonly rooms: TallyRooms;
  /** How many tallies of a round may still count: those in `open` and in `swept`. */
  private readonly living = new Map<number, number>();
  /** Rounds in which nothing will be counted any more, until `takeEnded` is called. */
  private ended: number[] = [];
  /** The newest closed tallies, for routes that are taken out of the files and put back. */
  private readonly swept = new Map<string, WindowTally>();
  /** Tallies that left `swept`, until `takeForgotten` is called. */
  private forgotten: WindowTally[] = [];
  private readonly open = new Map<string, WindowTally>();
  private readonly closed = new Map<string, WindowCounts>();
  private readonly inForce = new Set<WindowTally>();
  /** From the oldest table that a request still has to the one in force. */
  private readonly tables: Underway[] = [];
  /** Which table was the last with this tally. */
  private readonly lastIn = new WeakMap<WindowTally, Underway>();

  /** `onFailed`: hears of each key that a side failed for the first time in a window. */
  constructor(onFailed?: TallyRooms["onFailed"]) {
    this.rooms = {
      strata: { left: MAX_ALL_STRATA },
      failedKeys: { left: MAX_ALL_FAILED_KEYS },
      onFailed,
    };
  }

  /** What another process heard by `onFailed`. A window that does not count here has nothing to learn. */
  hearFailed(key: WindowKey, side: Side, failed: number): void {
    this.open.get(windowName(key))?.hearFailed(side, failed);
  }

  /** The tally of a window: the one there is, or a new one. In force until `retain` is called without it. */
  tally(key: WindowKey): WindowTally {
    const name = windowName(key);
    let tally = this.open.get(name);
    if (tally === undefined) {
      tally = this.opened(name) ?? this.made(key);
      this.open.set(name, tally);
    }
    this.inForce.add(tally);
    return tally;
  }

  /** Says which tallies the table now in force counts in; others end once no request can count there, and flushed. */
  retain(tallies: Iterable<WindowTally>, requests: Underway): void {
    const before = this.tables.at(-1);
    const now = new Set(tallies);
    for (const tally of this.inForce) {
      if (before !== undefined && !now.has(tally)) this.lastIn.set(tally, before);
    }
    this.inForce.clear();
    for (const tally of now) this.inForce.add(tally);
    if (before !== requests) this.tables.push(requests);
  }

  /** Takes the touched tallies for a flush and clears their mark. */
  takeTouched(): WindowTally[] {
    const touched: WindowTally[] = [];
    for (const tally of this.open.values()) {
      if (!tally.touched) continue;
      tally.touched = false;
      touched.push(tally);
    }
    return touched;
  }

  /** After a flush: folds idle tallies that are not in force into their route's closed counts. */
  sweep(): void {
    const { tables } = this;
    while (tables.length > 1 && tables[0]?.active === 0) tables.shift();
    const busy = new Set(tables);
    const before = this.open.size;
    for (const [name, tally] of this.open) {
      if (tally.touched || tally.inflight > 0 || this.inForce.has(tally)) continue;
      const last = this.lastIn.get(tally);
      if (last !== undefined && busy.has(last)) continue;
      const { route } = tally.key;
      this.open.delete(name);
      if (tally.isEmpty()) {
        if (this.closed.has(route)) this.close(route, NO_COUNTS);
        this.leave(tally);
        continue;
      }
      this.close(route, tally.counts());
      this.swept.set(name, tally);
    }
    for (const [name, tally] of this.swept) {
      if (this.swept.size <= MAX_SWEPT) break;
      this.swept.delete(name);
      this.forget(tally);
    }
    if (this.open.size < before) this.joinGone();
  }

  /** Takes the tallies that will never count again: should their windows open again, they begin with nothing, in a later round. */
  takeForgotten(): readonly WindowTally[] {
    const { forgotten } = this;
    this.forgotten = [];
    return forgotten;
  }

  /** Takes the rounds whose tallies will all never count again. */
  takeEnded(): readonly number[] {
    const { ended } = this;
    this.ended = [];
    return ended;
  }

  private made(key: WindowKey): WindowTally {
    const { round, living } = this;
    living.set(round, (living.get(round) ?? 0) + 1);
    return new WindowTally(key, round, this.rooms);
  }

  private forget(tally: WindowTally): void {
    if (tally.round === this.round) this.round++;
    this.forgotten.push(tally);
    this.leave(tally);
  }

  private leave(tally: WindowTally): void {
    tally.release();
    const { round } = tally;
    const left = (this.living.get(round) ?? 0) - 1;
    if (left > 0) {
      this.living.set(round, left);
      return;
    }
    this.living.delete(round);
    if (round < this.round) this.ended.push(round);
  }

  /** Behind the others: the route that closed longest ago comes first. */
  private close(route: string, counts: WindowCounts): void {
    const before = this.closed.get(route);
    this.closed.delete(route);
    this.closed.set(route, before === undefined ? counts : mergeCounts([before, counts]));
  }

  /** Adds up the routes that are gone for longest. Those in `swept` are newer, and stay by themselves. */
  private joinGone(): void {
    const { closed } = this;
    if (closed.size <= MAX_GONE_ROUTES) return;
    const open = new Set([...this.open.values()].map(({ key }) => key.route)).add(GONE_ROUTES);
    const gone = [...closed.keys()].filter((route) => !open.has(route));
    const joined = gone.slice(0, Math.max(0, gone.length - MAX_GONE_ROUTES));
    if (joined.length === 0) return;
    const all = [GONE_ROUTES, ...joined].map((route) => closed.get(route) ?? NO_COUNTS);
    for (const route of joined) closed.delete(route);
    closed.set(GONE_ROUTES, mergeCounts(all));
  }

  /** A swept window goes on from its totals, in its round. */
  private opened(name: string): WindowTally | undefined {
    const tally = this.swept.get(name);
    if (tally === undefined) return undefined;
    this.swept.delete(name);
    const { route } = tally.key;
    this.closed.set(route, subtractCounts(this.closed.get(route) ?? NO_COUNTS, tally.counts()));
    return tally;
  }

  /**
   * Process totals by route. Each route is counted when it is asked for, so that a reader may pause between two; what is
   * swept meanwhile is still counted once.
   */
  *totals(): Generator<readonly [route: string, counts: WindowCounts]> {
    const byRoute = new Map<string, WindowTally[]>();
    const closed = new Map(this.closed);
    for (const tally of this.open.values()) {
      const list = byRoute.get(tally.key.route);
      if (list === undefined) byRoute.set(tally.key.route, [tally]);
      else list.push(tally);
    }
    for (const [route, counts] of closed) {
      if (!byRoute.has(route)) yield [route, counts];
    }
    for (const [route, tallies] of byRoute) {
      const list = tallies.map((tally) => tally.counts());
      const before = closed.get(route);
      if (before !== undefined) list.push(before);
      yield [route, list.length === 1 ? (list[0] as WindowCounts) : mergeCounts(list)];
    }
  }
}

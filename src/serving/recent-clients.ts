import type { Clock } from "../domain/clock.ts";
import { ClientSample, mergedRecent, type RecentPart } from "../domain/recent-clients.ts";

/** How long clients are gathered before older ones are let go of: what is told is of the last one to two such times. */
const GATHERED_MS = 10 * 60 * 1000;
/** Keys that a process keeps of a route in such a time, and of all routes together. */
const MAX_ROUTE_KEYS = 256;
const MAX_RECENT_KEYS = 131_072;

/** What a route's requests are noted in. */
interface Noted {
  now: ClientSample;
  before: ClientSample | undefined;
}

/** Who came lately, by route: no key, but a part of its hash. */
export class RecentBook {
  private readonly clock: Clock;
  private readonly noted = new Map<string, Noted & { add(hash: number | undefined): void }>();
  private most = MAX_ROUTE_KEYS;
  private began: number;
  private earlier: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.began = clock.micros();
    this.earlier = this.began;
  }

  /** Where requests of a route are noted. It stays the same when the route moves. */
  readonly of = (route: string): { add(hash: number | undefined): void } => {
    const known = this.noted.get(route);
    if (known !== undefined) return known;
    const noted = {
      now: new ClientSample(this.most),
      before: undefined,
      add(hash: number | undefined): void {
        this.now.add(hash);
      },
    };
    this.noted.set(route, noted);
    return noted;
  };

  /** Routes that are in force; of any other, what was noted goes. */
  retain(routes: ReadonlySet<string>): void {
    for (const route of this.noted.keys()) if (!routes.has(route)) this.noted.delete(route);
    this.most = Math.max(
      16,
      Math.min(MAX_ROUTE_KEYS, Math.floor(MAX_RECENT_KEYS / Math.max(1, routes.size))),
    );
  }

  /** Called now and then. */
  turn(): void {
    const now = this.clock.micros();
    if (now - this.began < GATHERED_MS * 1000) return;
    this.earlier = this.began;
    this.began = now;
    for (const each of this.noted.values()) {
      each.before = each.now;
      each.now = new ClientSample(this.most);
    }
  }

  /** Of these routes; undefined: of all that had a request. */
  parts(routes: readonly string[] | undefined): readonly RecentPart[] {
    this.turn();
    const seconds = (this.clock.micros() - this.earlier) / 1e6;
    return [...(routes ?? this.noted.keys())].flatMap((route) => {
      const each = this.noted.get(route);
      if (each === undefined) return [];
      const { now, before } = each;
      const recent = mergedRecent([now.values(), ...(before === undefined ? [] : [before.values()])]);
      return routes === undefined && recent.keyed + recent.keyless === 0 ? [] : { route, seconds, recent };
    });
  }
}

/** Revisions whose coming is remembered: the newest, which alone are waited after. */
const MAX_REMEMBERED = 64;
/** A route that is asked seldom is silent once nothing came for so many of its usual pauses, and never before a minute. */
const PAUSES = 10;
const LEAST_SILENCE_MS = 60_000;

interface Traffic {
  readonly window: string;
  readonly requests: number;
  /** When it was seen to rise, micros; undefined: never yet. */
  readonly roseAt: number | undefined;
}

/**
 * What a front door saw of its autopilot's world, by a clock that nobody moves: when revisions came, and when requests did. A
 * process that has just started knows neither, and goes by the ledger's times until it does.
 */
export class AutopilotMemory {
  private first: { readonly revision: number; readonly micros: number } | undefined;
  private readonly came: { readonly revision: number; readonly micros: number }[] = [];
  private traffic = new Map<string, Traffic>();

  /** The newest revision there is. */
  noteRevision(revision: number, micros: number): void {
    const newest = this.came.at(-1)?.revision ?? this.first?.revision;
    if (this.first === undefined || (newest !== undefined && revision < newest)) {
      // A store that was put back begins anew.
      this.first = { revision, micros };
      this.came.length = 0;
      return;
    }
    if (newest === revision) return;
    this.came.push({ revision, micros });
    if (this.came.length > MAX_REMEMBERED) this.came.shift();
  }

  /** Since a revision came, ms: by this process's own clock if it was there, else by the ledger's time, which is never shorter than that. */
  sinceMs(revision: number, at: number, now: { readonly ms: number; readonly micros: number }): number {
    const { first } = this;
    const seen =
      first !== undefined && revision > first.revision
        ? this.came.find((each) => each.revision >= revision)
        : undefined;
    if (seen !== undefined) return (now.micros - seen.micros) / 1000;
    const here = first === undefined ? 0 : (now.micros - first.micros) / 1000;
    return Math.max(here, now.ms - at);
  }

  /** Requests of the routes that are looked at, in their windows; others are forgotten. */
  noteRequests(
    routes: readonly { readonly route: string; readonly window: string; readonly requests: number }[],
    micros: number,
  ): void {
    const next = new Map<string, Traffic>();
    for (const { route, window, requests } of routes) {
      const before = this.traffic.get(route);
      const rose =
        before !== undefined && (before.window === window ? requests > before.requests : requests > 0);
      next.set(route, { window, requests, roseAt: rose ? micros : before?.roseAt });
    }
    this.traffic = next;
  }

  /** Requests were seen to come, and have not stopped. `windowMs`: for how long they were counted. */
  isAsked(route: string, windowMs: number, micros: number): boolean {
    const known = this.traffic.get(route);
    if (known?.roseAt === undefined) return false;
    const usual = known.requests === 0 ? 0 : windowMs / known.requests;
    return (micros - known.roseAt) / 1000 <= Math.max(LEAST_SILENCE_MS, PAUSES * usual);
  }
}

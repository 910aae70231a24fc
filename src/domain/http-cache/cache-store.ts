import type { Side } from "../position.ts";
import type { CacheCounts, CachedAnswer, CachedResource, CacheSpace } from "./cached-answer.ts";
import type { Purge, Purgeable } from "./purge.ts";
import { RecentPurges } from "./recent-purges.ts";

/** Of one key; the oldest goes. */
const MAX_VARIANTS = 32;
/** What an answer costs beside the characters and bytes in it: objects, tables, an array buffer. Measured: docs/decisions/0038. */
const ANSWER_COST = 1536;
/** A field of a head beside its characters. */
const FIELD_COST = 64;

const NOBODY = { add: () => {} };

const NO_COUNTS: CacheCounts = Object.freeze({
  hit: 0,
  miss: 0,
  stale: 0,
  revalidated: 0,
  bypass: 0,
  evicted: 0,
  purged: 0,
  collapsed: 0,
  waitedInVain: 0,
  refreshed: 0,
  refreshesRefused: 0,
  abandoned: 0,
});

/** The answers that this process keeps, of all routes and sides, within one bound on their bytes. The one used longest ago goes first. */
export class CacheStore {
  readonly limitBytes: number;
  readonly voided: { add(path: string, host: string): void };
  private readonly spaces = new Map<string, CacheSpace>();
  private readonly resources = new Map<string, CachedResource>();
  /** The first resource of each path. */
  private readonly paths = new Map<string, CachedResource>();
  private newest: CachedAnswer | undefined = undefined;
  private oldest: CachedAnswer | undefined = undefined;
  private heldBytes = 0;
  private lastSpace = 0;
  /** Some space is no longer used: its answers are found by nobody, and go in one pass with the next that is stored. */
  private abandoned = false;
  private readonly recent = new RecentPurges();
  /** Requests under way that refresh stale answers, over all routes. */
  refreshing = 0;

  /** `voided` hears of paths whose stored answers an unsafe method made void here. */
  constructor(limitBytes: number, voided: { add(path: string, host: string): void } = NOBODY) {
    this.limitBytes = limitBytes;
    this.voided = voided;
  }

  /** Of stored answers and of those that are being kept. */
  get held(): number {
    return this.heldBytes;
  }

  /** Purges, and paths that became void, so far: what began before one may not be stored behind it. */
  get purges(): number {
    return this.recent.count;
  }

  all(): Iterable<CacheSpace> {
    return this.spaces.values();
  }

  /** `identity`: what the files say of route and side; what was stored under another does not count. */
  enter(route: string, side: Side, identity: string): CacheSpace {
    const name = `${route}\n${side}\n${identity}`;
    let space = this.spaces.get(name);
    if (space === undefined) {
      const counts = this.countsOf(route, side);
      space = { route, side, prefix: `${++this.lastSpace}\n`, counts, bytes: 0, entries: 0, users: 0 };
      this.spaces.set(name, space);
    }
    space.users++;
    return space;
  }

  /** The files that need it are no longer in force. */
  leave(space: CacheSpace): void {
    if (--space.users > 0) return;
    for (const [name, each] of this.spaces) if (each === space) this.spaces.delete(name);
    this.abandoned ||= space.entries > 0;
  }

  /** The newest answer of this key that the request's fields choose. Only `touch` counts it as used. */
  find(key: string, fieldOf: (name: string) => string): CachedAnswer | undefined {
    const variants = this.resources.get(key)?.variants;
    if (variants === undefined) return undefined;
    for (const answer of variants) if (matches(answer, fieldOf)) return answer;
    return undefined;
  }

  /** What the newest answer of this key varies by. */
  varyOf(key: string): readonly string[] | undefined {
    return this.resources.get(key)?.variants[0]?.parts.vary;
  }

  touch(answer: CachedAnswer): void {
    if (answer === this.newest || answer.resource === undefined) return;
    this.unlink(answer);
    this.link(answer);
  }

  /** Room for bytes that are being kept; others give way. False: there is none. */
  reserve(bytes: number): boolean {
    while (this.heldBytes + bytes > this.limitBytes && this.oldest !== undefined) {
      (this.oldest.resource as CachedResource).space.counts.evicted++;
      this.remove(this.oldest);
    }
    if (this.heldBytes + bytes > this.limitBytes) return false;
    this.heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
  }

  /** Stores an answer in the place of the one that the same requests chose. False: there is no room. */
  put(key: string, space: CacheSpace, path: string, host: string, answer: CachedAnswer): boolean {
    if (space.users === 0) return false;
    if (this.abandoned) this.sweep();
    const { headers, vary, varied } = answer.parts;
    const before = this.resources.get(key)?.variants.find((each) => sameChoice(each, vary, varied));
    if (before !== undefined) this.remove(before);
    answer.bytes = costOf(
      key,
      path,
      headers,
      [...vary, ...varied, ...(answer.parts.tags ?? [])],
      answer.body,
    );
    if (!this.reserve(answer.bytes)) return false;
    let resource = this.resources.get(key);
    if (resource === undefined) {
      resource = { key, space, path, host, variants: [], before: undefined, after: undefined };
      this.add(resource);
    }
    resource.variants.unshift(answer);
    answer.resource = resource;
    space.bytes += answer.bytes;
    space.entries++;
    this.link(answer);
    if (resource.variants.length > MAX_VARIANTS) {
      space.counts.evicted++;
      this.remove(resource.variants.at(-1) as CachedAnswer);
    }
    return true;
  }

  remove(answer: CachedAnswer): void {
    const { resource } = answer;
    if (resource === undefined) return;
    answer.resource = undefined;
    this.unlink(answer);
    this.heldBytes -= answer.bytes;
    resource.space.bytes -= answer.bytes;
    resource.space.entries--;
    resource.variants.splice(resource.variants.indexOf(answer), 1);
    if (resource.variants.length === 0) this.forget(resource);
  }

  /** Removes what `purge` holds for, and keeps what is under way from being stored behind it. Gives how many answers went. */
  purge(purge: Purge): number {
    const goes = this.recent.purge(purge);
    let gone = 0;
    for (const { space, path, host, variants } of [...this.resources.values()])
      for (const answer of [...variants]) {
        if (!goes({ route: space.route, path, host, tags: answer.parts.tags })) continue;
        this.remove(answer);
        space.counts.purged++;
        gone++;
      }
    return gone;
  }

  /** The same for one path as it is sent, on all routes and sides (RFC 9111 §4.4). */
  invalidate(path: string, host: string): void {
    this.recent.void(path, host);
    let resource = this.paths.get(path);
    while (resource !== undefined) {
      const { after, space, variants } = resource;
      if (resource.host === "" || resource.host === host) {
        space.counts.purged += variants.length;
        this.drop(resource);
      }
      resource = after;
    }
  }

  /** Whether what began when `purges` was `since` may be stored no more. */
  purgedSince(since: number, answer: Purgeable): boolean {
    return this.recent.since(since, answer);
  }

  /** Counters of a route's side outlive a change of its definition. */
  private countsOf(route: string, side: Side): CacheCounts {
    for (const space of this.spaces.values())
      if (space.route === route && space.side === side) return space.counts;
    return { ...NO_COUNTS };
  }

  private sweep(): void {
    this.abandoned = false;
    for (const resource of [...this.resources.values()]) if (resource.space.users === 0) this.drop(resource);
  }

  private drop(resource: CachedResource): void {
    for (const answer of [...resource.variants]) this.remove(answer);
  }

  private add(resource: CachedResource): void {
    this.resources.set(resource.key, resource);
    const first = this.paths.get(resource.path);
    if (first !== undefined) first.before = resource;
    resource.after = first;
    this.paths.set(resource.path, resource);
  }

  private forget(resource: CachedResource): void {
    this.resources.delete(resource.key);
    const { before, after, path } = resource;
    if (after !== undefined) after.before = before;
    if (before !== undefined) before.after = after;
    else if (after !== undefined) this.paths.set(path, after);
    else this.paths.delete(path);
  }

  private link(answer: CachedAnswer): void {
    answer.older = this.newest;
    answer.newer = undefined;
    if (this.newest !== undefined) this.newest.newer = answer;
    this.newest = answer;
    this.oldest ??= answer;
  }

  private unlink(answer: CachedAnswer): void {
    const { newer, older } = answer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    answer.newer = undefined;
    answer.older = undefined;
  }
}

function matches({ parts: { vary, varied } }: CachedAnswer, fieldOf: (name: string) => string): boolean {
  for (let i = 0; i < vary.length; i++) if (fieldOf(vary[i] as string) !== varied[i]) return false;
  return true;
}

function sameChoice({ parts }: CachedAnswer, vary: readonly string[], varied: readonly string[]): boolean {
  return (
    parts.vary.length === vary.length &&
    parts.vary.every((name, i) => name === vary[i] && parts.varied[i] === varied[i])
  );
}

function costOf(
  key: string,
  path: string,
  headers: readonly string[],
  others: readonly string[],
  body: Uint8Array,
): number {
  let bytes = ANSWER_COST + key.length + path.length + body.length;
  for (const text of headers) bytes += text.length;
  bytes += (headers.length >> 1) * FIELD_COST;
  for (const text of others) bytes += text.length + FIELD_COST;
  return bytes;
}

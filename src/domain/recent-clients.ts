import { thresholdOf } from "./split.ts";
import { wilsonInterval, Z_95 } from "./wilson.ts";
import { countText, numberText } from "./wording.ts";

/** Bits of a key's split hash that are kept: 256 IPv4 addresses have each value. It tells positions finer than a hundredth of a percent. */
const KEY_BITS = 24;
const DROPPED_BITS = 32 - KEY_BITS;

/** A client's share of the recent requests of a route: part of its key's split hash, and how many there were. */
export interface RecentClients {
  /** The keys are those of one client in 2^level, whichever side they are on. */
  readonly level: number;
  /** Requests with and without a key. */
  readonly keyed: number;
  readonly keyless: number;
  /** Flat [key, requests, ...]. */
  readonly keys: readonly number[];
}

/** Of one route, by one process that serves. */
export interface RecentPart {
  readonly route: string;
  /** How far back it looks. */
  readonly seconds: number;
  readonly recent: RecentClients;
}

/** What draws keys, and says nothing of where they lie: the finalizer of MurmurHash3. Below 2^32 >> level, a key is looked at. */
function drawn(key: number): number {
  let h = key ^ (key >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Recent clients of one route, at most `most` of them: distinct sampling (P. Gibbons, 2001), with how often each came. */
export class ClientSample {
  private readonly most: number;
  private level = 0;
  private below = 2 ** 32;
  private keyed = 0;
  private keyless = 0;
  private readonly counts = new Map<number, number>();

  constructor(most: number) {
    this.most = most;
  }

  /** `hash`: the split hash of the request's key; undefined: it has none. */
  add(hash: number | undefined): void {
    if (hash === undefined) {
      this.keyless++;
      return;
    }
    this.keyed++;
    const key = hash >>> DROPPED_BITS;
    if (drawn(key) >= this.below) return;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    while (this.counts.size > this.most) this.thin();
  }

  values(): RecentClients {
    const { level, keyed, keyless } = this;
    return { level, keyed, keyless, keys: [...this.counts].flat() };
  }

  private thin(): void {
    this.level++;
    this.below /= 2;
    for (const key of this.counts.keys()) if (drawn(key) >= this.below) this.counts.delete(key);
  }
}

/** The same with the keys of a higher level alone. */
export function thinned(recent: RecentClients, level: number): RecentClients {
  if (level <= recent.level) return recent;
  const below = 2 ** (32 - level);
  const keys: number[] = [];
  for (let i = 0; i < recent.keys.length; i += 2) {
    const key = recent.keys[i] as number;
    if (drawn(key) < below) keys.push(key, recent.keys[i + 1] as number);
  }
  return { ...recent, level, keys };
}

/** Of several processes or times: a client that came to more than one is one. */
export function mergedRecent(all: readonly RecentClients[]): RecentClients {
  const level = all.reduce((most, each) => Math.max(most, each.level), 0);
  const counts = new Map<number, number>();
  let [keyed, keyless] = [0, 0];
  for (const each of all) {
    keyed += each.keyed;
    keyless += each.keyless;
    const { keys } = thinned(each, level);
    for (let i = 0; i < keys.length; i += 2) {
      const key = keys[i] as number;
      counts.set(key, (counts.get(key) ?? 0) + (keys[i + 1] as number));
    }
  }
  return { level, keyed, keyless, keys: [...counts].flat() };
}

/** In percent, with the ends of its 95 % interval. */
interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Who of the recent clients would change sides. */
interface RecentMoves {
  /** About so many clients came, and so many of them move. */
  readonly clients: Share & { readonly of: number; readonly moving: number };
  /** Of all requests, with a key or without. */
  readonly requests: Share & { readonly of: number };
}

/** Undefined: no request came that says anything. */
export function movesOf(recent: RecentClients, from: number, to: number): RecentMoves | undefined {
  const of = recent.keyed + recent.keyless;
  if (of === 0) return undefined;
  const [low, high] = [thresholdOf(Math.min(from, to)), thresholdOf(Math.max(from, to))];
  const { level, keys } = recent;
  let [clients, moving, requests, moved] = [0, 0, 0, 0];
  const moves = (key: number) => key * 2 ** DROPPED_BITS >= low && key * 2 ** DROPPED_BITS < high;
  for (let i = 0; i < keys.length; i += 2) {
    const count = keys[i + 1] as number;
    clients++;
    requests += count;
    if (!moves(keys[i] as number)) continue;
    moving++;
    moved += count;
  }
  // Of clients that are all known, nothing is guessed.
  const unseen = 1 - 2 ** -level;
  const [least, most] = spread(moving, clients, unseen);
  // Who has no key is on modern at 100 alone.
  const keyless = from >= 100 !== to >= 100 ? recent.keyless / of : 0;
  const keyed = recent.keyed / of;
  const ratio = requests === 0 ? 0 : moved / requests;
  let squares = 0;
  for (let i = 0; i < keys.length; i += 2) {
    const count = keys[i + 1] as number;
    squares += ((moves(keys[i] as number) ? count : 0) - ratio * count) ** 2;
  }
  const margin = requests === 0 ? 0 : (Z_95 * Math.sqrt(squares * unseen)) / requests;
  // Where all or none of the sample moves, its requests have no spread, and the clients' says more.
  const [fewest, largest] =
    moving === 0 || moving === clients
      ? [least, most]
      : [Math.max(0, ratio - margin), Math.min(1, ratio + margin)];
  const share = (part: number) => 100 * (keyless + keyed * part);
  const scale = 2 ** level;
  return {
    clients: {
      share: clients === 0 ? 0 : (100 * moving) / clients,
      ...{ low: 100 * least, high: 100 * most, of: clients * scale, moving: moving * scale },
    },
    requests: { share: share(ratio), low: share(fewest), high: share(largest), of },
  };
}

function spread(hits: number, trials: number, unseen: number): readonly [number, number] {
  if (trials === 0) return [0, 0];
  if (unseen === 0) return [hits / trials, hits / trials];
  return wilsonInterval(hits / unseen, trials / unseen);
}

const about = (level: number, count: number) =>
  `${level > 0 ? "about " : ""}${countText(rounded(level, count))}`;

/** Two digits of what is a guess. */
function rounded(level: number, count: number): number {
  return level === 0 ? count : Number(count.toPrecision(2));
}

function shareText({ share, low, high }: Share): string {
  const text = `${numberText(share, share < 10 ? 1 : 0)} %`;
  return high - low < 0.5 ? text : `${text} (${numberText(low, 0)} to ${numberText(high, 0)} %)`;
}

/** In one sentence; `minutes` is how far back it looks. */
export function movesText(recent: RecentClients, moves: RecentMoves | undefined, minutes: number): string {
  const lately = `the last ${minutes === 1 ? "minute" : `${minutes} minutes`}`;
  if (moves === undefined) return `who moves is not known: no request came in ${lately}`;
  const { clients, requests } = moves;
  if (recent.keyed === 0)
    return `none of the ${countText(requests.of)} requests of ${lately} had a sticky key: ${requests.share > 0 ? "all of them change side" : "they stay on legacy until modern is 100"}`;
  const none =
    recent.keyless === 0
      ? ""
      : `; ${numberText((100 * recent.keyless) / requests.of, 1)} % of them had no sticky key`;
  return `of ${lately}: ${shareText(clients)} of the clients, ${about(recent.level, clients.moving)} of ${about(recent.level, clients.of)}, and ${shareText(requests)} of ${countText(requests.of)} requests change side${none}`;
}

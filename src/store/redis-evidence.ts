import { setImmediate as nextTurn } from "node:timers/promises";
import { mergeCounts, parseCounts, type WindowCounts } from "../domain/counters.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import type { DoorCounts, OpenOptions, WindowEvidence } from "./contract.ts";
import { mergeMismatches } from "./merge-mismatches.ts";
import { known } from "./redis-errors.ts";
import { memberOf, type RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { DROP_WINDOW, FOLD_DOORS, PUT_COUNTS, type RedisScript } from "./redis-scripts.ts";
import {
  DOOR_ALIVE_MS,
  DOOR_ENDED_MS,
  DOORS_KEPT,
  FOLDED,
  FOLDED_KEPT_MS,
  WINDOWS_KEPT,
} from "./retention.ts";

/** Windows asked for at once: making and reading the JSON of more would hold up clients. */
const WINDOWS_AT_ONCE = 16;
/** Doors whose JSON is read in one turn of the event loop: clients' requests come in between. */
const DOORS_A_TURN = 8;
/** Windows this process has looked through for ended doors, remembered up to here. */
const REMEMBERED_WINDOWS = 10_000;

type Hash = ReadonlyMap<string, string>;

function* pages<T>(list: readonly T[], most = WINDOWS_AT_ONCE): Generator<readonly T[]> {
  for (let i = 0; i < list.length; i += most) yield list.slice(i, i + most);
}

/** Else it says when the door was added to the folded ones. */
function isCounts(text: string): boolean {
  return text.startsWith("{");
}

/** Of a window, added up over doors; undefined: nobody counted in it. */
export async function countsIn(hash: Hash): Promise<WindowCounts | undefined> {
  let sum: WindowCounts | undefined;
  for (const page of pages([...hash.values()].filter(isCounts), DOORS_A_TURN)) {
    const some = page.map(parseCounts);
    sum = mergeCounts(sum === undefined ? some : [sum, ...some]);
    await nextTurn();
  }
  return sum;
}

export async function rowsIn(hash: Hash): Promise<MismatchRow[]> {
  const lists: MismatchRow[][] = [];
  for (const page of pages([...hash.values()], DOORS_A_TURN)) {
    for (const text of page) lists.push(JSON.parse(text) as MismatchRow[]);
    await nextTurn();
  }
  return mergeMismatches(lists);
}

/** Counters and mismatch rows: a hash for each window, a field for each door. */
export class RedisEvidence {
  private readonly link: RedisLink;
  private readonly keys: RedisKeys;
  private readonly now: () => number;
  private readonly warn: (sentence: string) => void;
  private readonly doors = new Set<string>();
  private readonly looked = new Set<string>();
  private readonly told = new Set<string>();
  private alive: NodeJS.Timeout | undefined;

  constructor(link: RedisLink, keys: RedisKeys, { now, warn = () => undefined }: OpenOptions) {
    this.link = link;
    this.keys = keys;
    this.now = now;
    this.warn = warn;
  }

  async put(door: string, counts: readonly DoorCounts[]): Promise<void> {
    this.doors.add(door);
    await this.sayAlive();
    this.alive ??= setInterval(() => void this.sayAlive().catch(() => undefined), DOOR_ALIVE_MS).unref();
    for (const page of pages(counts)) await Promise.all(page.map((put) => this.putOne(door, put)));
  }

  async read(windows: readonly WindowKey[]): Promise<readonly WindowEvidence[]> {
    const found: WindowEvidence[] = [];
    for (const page of pages(windows)) {
      const hashes = await Promise.all(page.map((window) => this.hash(this.countsKey(window))));
      for (const [index, window] of page.entries()) {
        const counts = await countsIn(hashes[index] ?? new Map());
        if (counts !== undefined) found.push({ window, counts });
      }
    }
    return found;
  }

  async readMismatches(window: WindowKey): Promise<readonly MismatchRow[]> {
    return rowsIn(await this.hash(this.keys.mismatches(window.route, memberOf(window))));
  }

  async unsafeModernSince(route: string, revision: number): Promise<number> {
    const from = memberOf({ route, revision, epoch: 0 });
    let sum = 0;
    for (const [name, count] of await this.hash(this.keys.unsafe(route)))
      if (name >= from) sum += Number(count);
    return sum;
  }

  close(): void {
    clearInterval(this.alive);
  }

  private countsKey(window: WindowKey): string {
    return this.keys.counts(window.route, memberOf(window));
  }

  private async putOne(door: string, { window, counts, mismatches }: DoorCounts): Promise<void> {
    const { keys } = this;
    const { route } = window;
    const member = memberOf(window);
    const names = [
      keys.counts(route, member),
      keys.mismatches(route, member),
      keys.windows(route),
      keys.unsafe(route),
    ];
    const values = [JSON.stringify(counts), JSON.stringify(mismatches), String(counts.unsafeModern)];
    const answer = await this.run(PUT_COUNTS, names, [door, member, ...values, String(WINDOWS_KEPT)]);
    const [doors, ...old] = answer as readonly [number, ...string[]];
    for (const each of old) {
      const dropped = [keys.windows(route), keys.counts(route, each), keys.mismatches(route, each)];
      await this.run(DROP_WINDOW, dropped, [each]);
    }
    if (doors < 0) this.sayFolded(door, route);
    if (doors > DOORS_KEPT) await this.foldOnce(door, window);
  }

  /** Once for each door and window: a window that has many doors for good is not looked through every second. */
  private async foldOnce(door: string, window: WindowKey): Promise<void> {
    const name = `${memberOf(window)} ${door} ${window.route}`;
    if (this.looked.has(name)) return;
    if (this.looked.size >= REMEMBERED_WINDOWS) this.looked.clear();
    this.looked.add(name);
    await this.fold(window);
  }

  /** Adds up the counts of doors that ended. Another process that does the same, or a door that comes back, undoes it. */
  private async fold(window: WindowKey): Promise<void> {
    const { keys } = this;
    const { route } = window;
    const member = memberOf(window);
    const alive = String(this.now() - DOOR_ENDED_MS);
    await this.send(["ZREMRANGEBYSCORE", keys.doors, "-inf", `(${alive}`]);
    const running = new Set((await this.send(["ZRANGE", keys.doors, "0", "-1"])) as readonly string[]);
    const all = await this.hash(this.countsKey(window));
    const old = [...all].filter(([, text]) => !isCounts(text) && Number(text) < this.now() - FOLDED_KEPT_MS);
    if (old.length > 0) await this.send(["HDEL", this.countsKey(window), ...old.map(([door]) => door)]);
    const ended = [...all].filter(([door, text]) => isCounts(text) && !running.has(door));
    if ([...all.values()].filter(isCounts).length <= DOORS_KEPT || ended.length < 2) return;
    const lists = await this.hash(keys.mismatches(route, member));
    const rows = await rowsIn(
      new Map(ended.flatMap(([door]) => (lists.has(door) ? [[door, lists.get(door) ?? ""]] : []))),
    );
    const counts = await countsIn(new Map(ended));
    if (counts === undefined) return;
    await this.run(
      FOLD_DOORS,
      [this.countsKey(window), keys.mismatches(route, member), keys.unsafe(route)],
      [
        member,
        FOLDED,
        JSON.stringify(counts),
        JSON.stringify(rows),
        String(counts.unsafeModern),
        String(this.now()),
        ...ended.flat(),
      ],
    );
  }

  /** A door that is taken for an ended one, but runs: nothing else would say why its counts stand still. */
  private sayFolded(door: string, route: string): void {
    if (this.told.has(door)) return;
    this.told.add(door);
    this.warn(
      `this front door was not heard from for a day, so its counts were added to those of ended front doors: its newer counts (${route}, and maybe others) are not taken until it restarts`,
    );
  }

  /** A door that counts nothing for a day is not an ended door: it may count again. */
  private async sayAlive(): Promise<void> {
    const now = String(this.now());
    await this.send(["ZADD", this.keys.doors, ...[...this.doors].flatMap((door) => [now, door])]);
  }

  private async hash(key: string): Promise<Hash> {
    return (await this.send(["HGETALL", key])) as Hash;
  }

  private async send(command: readonly string[]): Promise<unknown> {
    return known(this.link.send(command));
  }

  /** Totals are absolute: a doubtful write is a failed one, and is done again with the next. */
  private async run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return known(this.link.run(script, keys, args));
  }
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { mergeCounts, parseCounts, type WindowCounts } from "../domain/counters.ts";
import type { EvidenceRow } from "../domain/outcomes.ts";
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

export async function rowsIn(hash: Hash): Promise<EvidenceRow[]> {
  const lists: EvidenceRow[][] = [];
  for (const page of pages([...hash.values()], DOORS_A_TURN)) {
    for (const text of page) lists.push(JSON.parse(text) as EvidenceRow[]);
    await nextTurn();
  }
  return mergeMismatches(lists);
}

/** Counters and mismatch rows: a hash for each window, a field for each door. */
export function redisEvidence(
  link: RedisLink,
  keys: RedisKeys,
  { now, warn = () => undefined }: Pick<OpenOptions, "now" | "warn">,
) {
  const doors = new Set<string>();
  const looked = new Set<string>();
  const told = new Set<string>();
  let alive: NodeJS.Timeout | undefined;
  const send = (...command: readonly string[]) => known(link.send(command));
  const hash = async (key: string) => (await send("HGETALL", key)) as Hash;
  // Totals are absolute: a doubtful write is a failed one, and is done again with the next.
  const run = (script: RedisScript, names: readonly string[], args: readonly string[]) =>
    known(link.run(script, names, args));

  /** A door that counts nothing for a day is not an ended door: it may count again. */
  async function sayAlive(): Promise<void> {
    const seen = String(now());
    await send("ZADD", keys.doors, ...[...doors].flatMap((door) => [seen, door]));
  }

  /** A door that is taken for an ended one, but runs: nothing else would say why its counts stand still. */
  function sayFolded(door: string, route: string): void {
    if (told.has(door)) return;
    told.add(door);
    warn(
      `this front door had not been heard of for a day, and what it counted was added to that of ended ones: its newer counts (${route}, and maybe others) are not taken until it restarts`,
    );
  }

  async function putOne(door: string, { window, counts, mismatches }: DoorCounts): Promise<void> {
    const { route } = window;
    const member = memberOf(window);
    const names = [
      keys.counts(route, member),
      keys.mismatches(route, member),
      keys.windows(route),
      keys.unsafe(route),
    ];
    const values = [JSON.stringify(counts), JSON.stringify(mismatches), String(counts.unsafeModern)];
    const answer = await run(PUT_COUNTS, names, [door, member, ...values, String(WINDOWS_KEPT)]);
    const [inWindow, ...old] = answer as readonly [number, ...string[]];
    for (const each of old) {
      const dropped = [keys.windows(route), keys.counts(route, each), keys.mismatches(route, each)];
      await run(DROP_WINDOW, dropped, [each]);
    }
    if (inWindow < 0) sayFolded(door, route);
    if (inWindow > DOORS_KEPT) await foldOnce(door, window);
  }

  /** Once for each door and window: a window that has many doors for good is not looked through every second. */
  async function foldOnce(door: string, window: WindowKey): Promise<void> {
    const name = `${memberOf(window)} ${door} ${window.route}`;
    if (looked.has(name)) return;
    if (looked.size >= REMEMBERED_WINDOWS) looked.clear();
    looked.add(name);
    await fold(window);
  }

  /** Adds up the counts of doors that ended. Another process that does the same, or a door that comes back, undoes it. */
  async function fold(window: WindowKey): Promise<void> {
    const { route } = window;
    const member = memberOf(window);
    const countsKey = keys.counts(route, member);
    await send("ZREMRANGEBYSCORE", keys.doors, "-inf", `(${now() - DOOR_ENDED_MS}`);
    const running = new Set((await send("ZRANGE", keys.doors, "0", "-1")) as readonly string[]);
    const all = await hash(countsKey);
    const old = [...all].filter(([, text]) => !isCounts(text) && Number(text) < now() - FOLDED_KEPT_MS);
    if (old.length > 0) await send("HDEL", countsKey, ...old.map(([door]) => door));
    const ended = [...all].filter(([door, text]) => isCounts(text) && !running.has(door));
    if ([...all.values()].filter(isCounts).length <= DOORS_KEPT || ended.length < 2) return;
    const lists = await hash(keys.mismatches(route, member));
    const rows = await rowsIn(
      new Map(ended.flatMap(([door]) => (lists.has(door) ? [[door, lists.get(door) ?? ""]] : []))),
    );
    const counts = await countsIn(new Map(ended));
    if (counts === undefined) return;
    await run(
      FOLD_DOORS,
      [countsKey, keys.mismatches(route, member), keys.unsafe(route)],
      [
        member,
        FOLDED,
        JSON.stringify(counts),
        JSON.stringify(rows),
        String(counts.unsafeModern),
        String(now()),
        ...ended.flat(),
      ],
    );
  }

  const store = {
    async putCounts(door: string, counts: readonly DoorCounts[]): Promise<void> {
      doors.add(door);
      await sayAlive();
      alive ??= setInterval(() => void sayAlive().catch(() => undefined), DOOR_ALIVE_MS).unref();
      for (const page of pages(counts)) await Promise.all(page.map((put) => putOne(door, put)));
    },

    async endDoor(door: string): Promise<void> {
      doors.delete(door);
      await send("ZREM", keys.doors, door);
    },

    async readCounts(windows: readonly WindowKey[]): Promise<readonly WindowEvidence[]> {
      link.refuseClosed();
      const found: WindowEvidence[] = [];
      for (const page of pages(windows)) {
        const hashes = await Promise.all(
          page.map((window) => hash(keys.counts(window.route, memberOf(window)))),
        );
        for (const [index, window] of page.entries()) {
          const counts = await countsIn(hashes[index] ?? new Map());
          if (counts !== undefined) found.push({ window, counts });
        }
      }
      return found;
    },

    readMismatches: async (window: WindowKey) =>
      rowsIn(await hash(keys.mismatches(window.route, memberOf(window)))),

    async unsafeModernSince(route: string, revision: number): Promise<number> {
      const from = memberOf({ route, revision, epoch: 0 });
      let sum = 0;
      for (const [name, count] of await hash(keys.unsafe(route))) if (name >= from) sum += Number(count);
      return sum;
    },
  };
  return { store, close: () => clearInterval(alive) };
}

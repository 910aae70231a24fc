import { setImmediate as nextTurn } from "node:timers/promises";
import { parseCounts } from "../domain/counters.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { EvidenceRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import type { DoorCounts, OpenOptions, Rollup, Store, WindowEvidence } from "./contract.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { refuseLarge, refuseLargeFiles, refuseMany } from "./record-size.ts";
import { DOOR_ALIVE_MS, WHOLES_TIDY_MS } from "./retention.ts";
import type { LinkEvents, OpenLink } from "./sqlite-link.ts";
import type { AppendCall, StoredCounts } from "./sqlite-protocol.ts";
import { type ApiKeyRow, storedApiKey } from "./stored-api-key.ts";
import { WatchHub } from "./watch-hub.ts";

/** Windows whose JSON is made before clients get a turn. */
const WINDOWS_A_TURN = 16;
/** Rows in one message to the worker, which writes them in one transaction: a transaction costs much more than a row. */
const ROWS_A_MESSAGE = 256;
/** Parsing is quicker, and a status asks for every route's. */
const WINDOWS_AN_ANSWER = 48;

function entryOf(text: string): LedgerEntry {
  return JSON.parse(text) as LedgerEntry;
}

/** Other threads take plain data only: a key may be more than that. */
function plain({ route, revision, epoch }: WindowKey): WindowKey {
  return { route, revision, epoch };
}

function storedCounts({ window, counts, mismatches }: DoorCounts): StoredCounts {
  return {
    window: plain(window),
    unsafeModern: counts.unsafeModern,
    counts: JSON.stringify(counts),
    mismatches: JSON.stringify(mismatches),
  };
}

function* pages<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}

/** Makes a row of each, a few at a time. */
async function inTurns<From, To>(list: readonly From[], make: (one: From) => To): Promise<readonly To[]> {
  const made: To[] = [];
  for (const some of pages(list, WINDOWS_A_TURN)) {
    if (made.length > 0) await nextTurn();
    made.push(...some.map(make));
  }
  return made;
}

/** The store on a session, wherever that is: `connect` says how it is reached. */
export async function sqliteStoreOn(
  connect: (events: LinkEvents) => Promise<OpenLink>,
  { now, hex }: Pick<OpenOptions, "now" | "hex">,
): Promise<Store> {
  const hub: WatchHub = new WatchHub(async (after) =>
    (await link.call("read", { after, limit: undefined })).map(entryOf),
  );
  const opened = await connect({
    head: (revision) => hub.advance(revision),
    health: (reachable) => hub.health(reachable),
  });
  const { link } = opened;
  let alive: NodeJS.Timeout | undefined;
  let tidying: NodeJS.Timeout | undefined;
  /** Once any were seen here; a command that reads a state does no more. */
  const tidyLater = () => {
    tidying ??= setInterval(() => {
      link.call("tidyWholes", now()).catch(() => undefined);
    }, WHOLES_TIDY_MS).unref();
  };

  return {
    get stateId() {
      return opened.stateId;
    },
    async append(draft, guard) {
      const call: AppendCall = {
        draft: JSON.stringify(draft),
        at: new Date(now()).toISOString(),
        guardRevision: guard.revision,
        guardRoutes: guard.routes,
        token: hex(8),
        doubtfulSince: undefined,
      };
      const { ok, entry } = await link.call("append", call, { ...call, doubtfulSince: link.revision() });
      return ok ? { ok, entry: entryOf(entry) } : { ok, conflict: entryOf(entry) };
    },
    async read(afterRevision, limit) {
      const entries: LedgerEntry[] = [];
      for (;;) {
        const after = entries.at(-1)?.revision ?? afterRevision;
        const left = limit === undefined ? undefined : limit - entries.length;
        if (left === 0) return entries;
        const page = await link.call("read", { after, limit: left });
        if (page.length === 0) return entries;
        for (const text of page) entries.push(entryOf(text));
      }
    },
    watch(afterRevision, listener, onHealth) {
      link.refuseClosed();
      return hub.watch(afterRevision, listener, onHealth);
    },
    async noteDefinitions(routes) {
      const noted = routes.map(({ route, hash }) => ({ route, hash }));
      const stored = await link.call("noteDefinitions", { now: now(), routes: noted });
      return new Map(stored.map(({ route, epoch, since }) => [route, { epoch, since }]));
    },
    async readDefinitions() {
      const stored = await link.call("readDefinitions", undefined);
      return new Map(stored.map(({ route, ...definition }) => [route, definition]));
    },
    async putCounts(door, counts) {
      // A door that counts nothing for a day is not an ended door: it may count again.
      alive ??= setInterval(() => {
        link.call("doorsAlive", { now: now() }).catch(() => undefined);
      }, DOOR_ALIVE_MS).unref();
      for (const page of pages(counts, ROWS_A_MESSAGE))
        await link.call("putCounts", { door, now: now(), counts: await inTurns(page, storedCounts) });
    },
    endDoor: (door) => link.call("endDoor", { door }),
    async readCounts(windows) {
      const found: WindowEvidence[] = [];
      for (const page of pages(windows, WINDOWS_AN_ANSWER)) {
        const texts = await link.call("readCounts", page.map(plain));
        for (const [index, window] of page.entries()) {
          const text = texts[index];
          if (text !== undefined) found.push({ window, counts: parseCounts(text) });
        }
      }
      return found;
    },
    unsafeModernSince: (route, revision) => link.call("unsafeModernSince", { route, revision }),
    async readMismatches(window) {
      return JSON.parse(await link.call("readMismatches", plain(window))) as EvidenceRow[];
    },
    async putRollups(door, rollups) {
      for (const page of pages(rollups, ROWS_A_MESSAGE)) {
        const packed = await inTurns(page, ({ route, at, counts }) => ({
          route,
          at,
          counts: packCounts(counts),
        }));
        await link.call("putRollups", { door, now: now(), rollups: packed });
      }
    },
    async readRollups({ route, step, from, to }) {
      const found: Rollup[] = [];
      for (;;) {
        const last = found.at(-1);
        const query = { route, step, from: last === undefined ? from : last.at + 1, to, now: now() };
        const page = await link.call("readRollups", query);
        if (page.length === 0) return found;
        for (const { at, counts } of page) found.push({ route, at, counts: unpackCounts(counts) });
      }
    },
    async readRecords(names) {
      const found = await link.call("readRecords", [...names]);
      return new Map(found.map(({ name, version, text }) => [name, { version, text }]));
    },
    async swapRecord(name, version, text) {
      refuseLarge(text);
      return await link.call("swapRecord", { name, version, text });
    },
    async putApiKeys(writes) {
      refuseMany(writes);
      // Other threads take plain data only.
      const rows = writes.map(
        ({ id, revision, key }): ApiKeyRow => ({
          ...{ id, revision, hash: key?.hash ?? null },
          text: key === null ? null : JSON.stringify(key),
        }),
      );
      return await link.call("putApiKeys", { token: hex(8), rows });
    },
    async readApiKeys(afterRevision) {
      const { revision, token, rows } = await link.call("readApiKeys", afterRevision);
      return { revision, token, keys: rows.map(storedApiKey) };
    },
    async findApiKeys(ids) {
      return (await link.call("findApiKeys", [...ids])).map(storedApiKey);
    },
    async putWholes(wholes) {
      tidyLater();
      await link.call("putWholes", { now: now(), wholes: [...wholes] });
    },
    dropWholes: (ids) => link.call("dropWholes", [...ids]),
    wholeSizes() {
      tidyLater();
      return link.call("wholeSizes", now());
    },
    listWholes: (route) => link.call("listWholes", { route, now: now() }),
    readWhole: (id) => link.call("readWhole", { id, now: now() }),
    async putFiles(files) {
      refuseLargeFiles(files);
      const { id, at, text } = files;
      await link.call("putFiles", { id, at, text });
    },
    readFiles: (id) => link.call("readFiles", id),
    filesSizes: () => link.call("filesSizes", undefined),
    dropFiles: (ids) => link.call("dropFiles", [...ids]),
    async close() {
      clearInterval(tidying);
      clearInterval(alive);
      hub.close();
      await link.close();
    },
  };
}

import { parseCounts } from "../domain/counters.ts";
import type { LedgerDraft, LedgerEntry } from "../domain/ledger.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import type {
  AppendGuard,
  AppendResult,
  DefinitionEpoch,
  DoorCounts,
  Rollup,
  RollupQuery,
  Store,
  StoreKind,
  WindowEvidence,
} from "./contract.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { DOOR_ALIVE_MS } from "./retention.ts";
import { pathOf } from "./sqlite-errors.ts";
import { SqliteLink } from "./sqlite-link.ts";
import type { AppendCall, StoredCounts } from "./sqlite-protocol.ts";
import { sqliteTransfer } from "./sqlite-transfer.ts";
import { WatchHub } from "./watch-hub.ts";

/** Windows in one message to or from the worker: making or reading the JSON of more would hold up clients. */
const WINDOWS_A_MESSAGE = 16;
/** Parsing is quicker, and a status asks for every route's. */
const WINDOWS_AN_ANSWER = 48;

type Options = Parameters<StoreKind["open"]>[1];

function entryOf(text: string): LedgerEntry {
  return JSON.parse(text) as LedgerEntry;
}

function storedCounts({ window, counts, mismatches }: DoorCounts): StoredCounts {
  const { route, revision, epoch } = window;
  return {
    window: { route, revision, epoch },
    unsafeModern: counts.unsafeModern,
    counts: JSON.stringify(counts),
    mismatches: JSON.stringify(mismatches),
  };
}

function* pages<T>(list: readonly T[], size = WINDOWS_A_MESSAGE): Generator<readonly T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}

class SqliteStore implements Store {
  readonly stateId: string;
  private readonly link: SqliteLink;
  private readonly hub: WatchHub;
  private readonly now: () => number;
  private readonly hex: (bytes: number) => string;
  private alive: NodeJS.Timeout | undefined;

  private constructor(stateId: string, link: SqliteLink, hub: WatchHub, { now, hex }: Options) {
    this.stateId = stateId;
    this.link = link;
    this.hub = hub;
    this.now = now;
    this.hex = hex;
  }

  static async open(path: string, options: Options): Promise<SqliteStore> {
    const hub = new WatchHub(async (after) =>
      (await link.call("read", { after, limit: undefined })).map(entryOf),
    );
    const link = new SqliteLink(path, options.hex(16), {
      head: (revision) => hub.advance(revision),
      health: (reachable) => hub.health(reachable),
    });
    return new SqliteStore(await link.open(), link, hub, options);
  }

  async append(draft: LedgerDraft, guard: AppendGuard): Promise<AppendResult> {
    const call: AppendCall = {
      draft: JSON.stringify(draft),
      at: new Date(this.now()).toISOString(),
      guardRevision: guard.revision,
      guardRoutes: guard.routes,
      token: this.hex(8),
      doubtfulSince: undefined,
    };
    const { ok, entry } = await this.link.call("append", call, {
      ...call,
      doubtfulSince: this.link.revision,
    });
    return ok ? { ok, entry: entryOf(entry) } : { ok, conflict: entryOf(entry) };
  }

  async read(afterRevision: number, limit?: number): Promise<readonly LedgerEntry[]> {
    const entries: LedgerEntry[] = [];
    for (;;) {
      const after = entries.at(-1)?.revision ?? afterRevision;
      const left = limit === undefined ? undefined : limit - entries.length;
      if (left === 0) return entries;
      const page = await this.link.call("read", { after, limit: left });
      if (page.length === 0) return entries;
      for (const text of page) entries.push(entryOf(text));
    }
  }

  watch(
    afterRevision: number,
    listener: (entries: readonly LedgerEntry[]) => void,
    onHealth?: (reachable: boolean) => void,
  ): () => void {
    this.link.refuseClosed();
    return this.hub.watch(afterRevision, listener, onHealth);
  }

  async noteDefinitions(
    routes: readonly { readonly route: string; readonly hash: string }[],
  ): Promise<ReadonlyMap<string, DefinitionEpoch>> {
    const plain = routes.map(({ route, hash }) => ({ route, hash }));
    const noted = await this.link.call("noteDefinitions", { now: this.now(), routes: plain });
    return new Map(noted.map(({ route, epoch, since }) => [route, { epoch, since }]));
  }

  async readDefinitions(): Promise<ReadonlyMap<string, DefinitionEpoch & { readonly hash: string }>> {
    const stored = await this.link.call("readDefinitions", undefined);
    return new Map(stored.map(({ route, hash, epoch, since }) => [route, { hash, epoch, since }]));
  }

  async putCounts(door: string, counts: readonly DoorCounts[]): Promise<void> {
    this.sayAlive();
    for (const page of pages(counts)) {
      await this.link.call("putCounts", { door, now: this.now(), counts: page.map(storedCounts) });
    }
  }

  async readCounts(windows: readonly WindowKey[]): Promise<readonly WindowEvidence[]> {
    const found: WindowEvidence[] = [];
    for (const page of pages(windows, WINDOWS_AN_ANSWER)) {
      const keys = page.map(({ route, revision, epoch }) => ({ route, revision, epoch }));
      const texts = await this.link.call("readCounts", keys);
      for (const [index, window] of page.entries()) {
        const text = texts[index];
        if (text !== undefined) found.push({ window, counts: parseCounts(text) });
      }
    }
    return found;
  }

  unsafeModernSince(route: string, revision: number): Promise<number> {
    return this.link.call("unsafeModernSince", { route, revision });
  }

  async readMismatches({ route, revision, epoch }: WindowKey): Promise<readonly MismatchRow[]> {
    const rows = await this.link.call("readMismatches", { route, revision, epoch });
    return JSON.parse(rows) as MismatchRow[];
  }

  async putRollups(door: string, rollups: readonly Rollup[]): Promise<void> {
    for (const page of pages(rollups)) {
      const packed = page.map(({ route, at, counts }) => ({ route, at, counts: packCounts(counts) }));
      await this.link.call("putRollups", { door, now: this.now(), rollups: packed });
    }
  }

  async readRollups({ route, step, from, to }: RollupQuery): Promise<readonly Rollup[]> {
    const found: Rollup[] = [];
    for (;;) {
      const last = found.at(-1);
      const query = { route, step, from: last === undefined ? from : last.at + 1, to, now: this.now() };
      const page = await this.link.call("readRollups", query);
      if (page.length === 0) return found;
      for (const { at, counts } of page) found.push({ route, at, counts: unpackCounts(counts) });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.alive);
    this.hub.close();
    await this.link.close();
  }

  /** A door that counts nothing for a day is not an ended door: it may count again. */
  private sayAlive(): void {
    this.alive ??= setInterval(() => {
      this.link.call("doorsAlive", { now: this.now() }).catch(() => undefined);
    }, DOOR_ALIVE_MS).unref();
  }
}

/** `sqlite:PATH`: one file, for every process of one host. Not for a network file system: its locks do not hold there. */
export const sqliteStore: StoreKind = {
  name: "sqlite",
  scheme: "sqlite:",
  async open(url, options) {
    return await SqliteStore.open(pathOf(url), options);
  },
  transfer: sqliteTransfer,
};

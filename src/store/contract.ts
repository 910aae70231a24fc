import type { ApiKey } from "../domain/api-key.ts";
import type { WindowCounts } from "../domain/counters.ts";
import type { LedgerDraft, LedgerEntry } from "../domain/ledger.ts";
import type { LocalRollback } from "../domain/local-rollback.ts";
import type { EvidenceRow } from "../domain/outcomes.ts";
import type { MeterDefinition } from "../domain/policies/limit.ts";
import type { WindowKey } from "../domain/tally.ts";

export type AppendResult =
  | { readonly ok: true; readonly entry: LedgerEntry }
  | {
      readonly ok: false;
      /** The newest entry that touches one of the guarded routes. */
      readonly conflict: LedgerEntry;
    };

/** Refuses the append (compare-and-set) if any of `routes` has an entry newer than `revision`. */
export interface AppendGuard {
  readonly revision: number;
  readonly routes: readonly string[];
}

/** Since when a route has the definition with this hash. `epoch` rises by 1 at each change, from 1. */
export interface DefinitionEpoch {
  readonly epoch: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Absolute totals of one door: writing them twice, or after a doubtful failure, changes nothing. */
export interface DoorCounts {
  readonly window: WindowKey;
  readonly counts: WindowCounts;
  /** Mismatches and notes added up in this window by this door, bounded by the door. */
  readonly mismatches: readonly EvidenceRow[];
}

/** One window, added up over all doors. */
export interface WindowEvidence {
  readonly window: WindowKey;
  readonly counts: WindowCounts;
}

/** What one route counted in one minute or hour, over all doors; for charts, never evidence. Route `(all)` is every request of a door together. */
export interface Rollup {
  readonly route: string;
  /** Start of the minute or hour, ms since the epoch. */
  readonly at: number;
  readonly counts: WindowCounts;
}

export type RollupStep = "minute" | "hour";

/** `from` inclusive, `to` exclusive, ms since the epoch. */
export interface RollupQuery {
  readonly route: string;
  readonly step: RollupStep;
  readonly from: number;
  readonly to: number;
}

/** A text that is replaced as a whole. */
export interface StoredRecord {
  /** Rises by 1 with each replacement, from 1. */
  readonly version: number;
  readonly text: string;
}

/** The largest text of a record. */
export const MAX_RECORD_BYTES = 512 * 1024;

/** A key's newest record. */
export interface StoredApiKey {
  readonly id: string;
  /** Of all keys, rising by 1 with each record that is written, from 1. */
  readonly revision: number;
  /** Null: it was removed. */
  readonly key: ApiKey | null;
}

/** A whole answer as the state has it. */
export interface StoredWhole {
  readonly id: string;
  readonly route: string;
  readonly revision: number;
  readonly epoch: number;
  /** When its request came, and when it goes, ms since the epoch. */
  readonly at: number;
  readonly until: number;
  /** Of head and text, about. */
  readonly bytes: number;
  /** What decides whether it is kept. The store reads neither of the two. */
  readonly head: string;
  readonly text: string;
}

export type StoredWholeHead = Omit<StoredWhole, "text">;
export type StoredWholeSize = Pick<StoredWhole, "id" | "route" | "at" | "until" | "bytes">;

/** A set of files that was in force, packed. The store does not read it. */
export interface StoredFiles {
  readonly id: string;
  /** When it was put last, ms since the epoch. */
  readonly at: number;
  /** ASCII. */
  readonly text: string;
}

export interface StoredFilesSize {
  readonly id: string;
  readonly at: number;
  readonly bytes: number;
}

/** The largest set. */
export const MAX_FILES_TEXT = 16 * 1024 * 1024;

export interface ApiKeyWrite {
  readonly id: string;
  /** That of the record that this one replaces; 0: there is none. */
  readonly revision: number;
  readonly key: ApiKey | null;
}

export type ApiKeysWritten =
  | { readonly ok: true; readonly revision: number }
  | {
      readonly ok: false;
      /** The first that could not be written. */
      readonly id: string;
      /** It has another record now, another key has its hash, or there would be more than MAX_API_KEYS. */
      readonly why: "changed" | "same_hash" | "full";
    };

/** Keys that changed after a revision. */
export interface ApiKeysPage {
  /** The newest revision; 0: there never was a key. */
  readonly revision: number;
  /** Tells the write of that revision from every other. */
  readonly token: string;
  /** Oldest change first. */
  readonly keys: readonly StoredApiKey[];
}

/** Keys of one page, and of one write. */
export const API_KEYS_AT_ONCE = 200;

/**
 * The state store: the ledger (append, read, watch), evidence counters and mismatch samples. Every call may fail with a
 * FigError `store_unavailable`; then nothing was written, or (counters only) writing again is harmless.
 */
export interface Store {
  /** Made once when the store is created; two stores never share it. Empty while it was never reached. */
  readonly stateId: string;
  /** Appends durably: when this resolves with `ok`, the entry survives a power cut. `at` is the store's to give. */
  append(draft: LedgerDraft, guard: AppendGuard): Promise<AppendResult>;
  /** Entries after `revision`, oldest first; with `limit` at most so many. */
  read(afterRevision: number, limit?: number): Promise<readonly LedgerEntry[]>;
  /**
   * Calls `listener` with every entry after `afterRevision`, oldest first, in order, none twice; entries of other
   * processes within 300 ms. `onHealth` hears `true`/`false` when the store becomes reachable or goes away.
   */
  watch(
    afterRevision: number,
    listener: (entries: readonly LedgerEntry[]) => void,
    onHealth?: (reachable: boolean) => void,
  ): () => void;
  /** Notes each route's definition hash; a hash other than the stored one opens the next epoch. */
  noteDefinitions(
    routes: readonly { readonly route: string; readonly hash: string }[],
  ): Promise<ReadonlyMap<string, DefinitionEpoch>>;
  /** The noted epochs without noting anything. */
  readDefinitions(): Promise<ReadonlyMap<string, DefinitionEpoch & { readonly hash: string }>>;
  /** Replaces this door's totals for these windows. `door` names a process run, or a part of one, unique. */
  putCounts(door: string, counts: readonly DoorCounts[]): Promise<void>;
  /**
   * Says that nothing will be put under this name again. Its totals stay, and may be added up with those of other ended doors. Doing
   * so twice is harmless; a door that never says so is found out by its silence (DOOR_ENDED_MS).
   */
  endDoor(door: string): Promise<void>;
  /** Evidence of these windows, added up over doors; windows nobody counted in are left out. */
  readCounts(windows: readonly WindowKey[]): Promise<readonly WindowEvidence[]>;
  /** Requests with an unsafe method that modern answered in windows of `route` at or after `revision`. */
  unsafeModernSince(route: string, revision: number): Promise<number>;
  /** Mismatch rows of a window, added up over doors, most frequent first. */
  readMismatches(window: WindowKey): Promise<readonly EvidenceRow[]>;
  /**
   * Replaces this door's totals for these minutes: writing them twice changes nothing. The store keeps the hours itself.
   * Minutes are kept for MINUTES_KEPT_MS, hours for HOURS_KEPT_MS (store/retention): what is older is not taken.
   */
  putRollups(door: string, rollups: readonly Rollup[]): Promise<void>;
  /** Oldest first, added up over doors; steps nobody counted in and steps older than they are kept are left out. */
  readRollups(query: RollupQuery): Promise<readonly Rollup[]>;
  /**
   * What a fleet shares beside ledger and evidence, by name: certificates, and who orders them. May be a secret. Names that there
   * is nothing of are left out.
   */
  readRecords(names: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>>;
  /**
   * Replaces a record if it has this version (0: it is not there). False: it has another, and nothing was written. Durable as an
   * append is. After an error it may have been written: read it again. Refuses more than MAX_RECORD_BYTES.
   */
  swapRecord(name: string, version: number, text: string): Promise<boolean>;
  /** Writes all of them or none, at most API_KEYS_AT_ONCE. Durable as an append is; after an error they may have been written. */
  putApiKeys(writes: readonly ApiKeyWrite[]): Promise<ApiKeysWritten>;
  /** The next page of API_KEYS_AT_ONCE; more are there while its last key's revision is not the newest. */
  readApiKeys(afterRevision: number): Promise<ApiKeysPage>;
  /** Those of these ids that there are, removed ones too. */
  findApiKeys(ids: readonly string[]): Promise<readonly StoredApiKey[]>;
  /**
   * Keeps whole answers until their time; one whose time is over is not taken. Writing one again changes nothing. Past its time none is
   * ever given, and it is removed: by the server itself, or with the next call of these four and once a minute while a front door is open.
   */
  putWholes(wholes: readonly StoredWhole[]): Promise<void>;
  dropWholes(ids: readonly string[]): Promise<void>;
  /** Of all routes, oldest first. */
  wholeSizes(): Promise<readonly StoredWholeSize[]>;
  /** Of one route, oldest first. */
  listWholes(route: string): Promise<readonly StoredWholeHead[]>;
  readWhole(id: string): Promise<StoredWhole | undefined>;
  /** Left out: front doors that have this store open do not hear each other. */
  readonly word?: StoreWord;
  /** Keeps a set of files until it is dropped. Putting one again changes its time alone. Durable as an append is. Refuses more than MAX_FILES_TEXT. */
  putFiles(files: StoredFiles): Promise<void>;
  /** Undefined: there is none, or no longer. */
  readFiles(id: string): Promise<StoredFiles | undefined>;
  /** Of all sets, by id. */
  filesSizes(): Promise<readonly StoredFilesSize[]>;
  dropFiles(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Says something to all that have a store open now, itself too. Nothing of it is kept, and it may be lost. */
export interface StoreWord {
  /** Fails where it reached nobody for certain. */
  say(text: string): Promise<void>;
  /** Whatever is said from now on, by anybody who may write to the store. */
  hear(listener: (text: string) => void): void;
}

export interface OpenOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  /** Random bytes. */
  readonly hex: (bytes: number) => string;
  /** Hears what in the store does not keep what it acknowledges, or does not take, one sentence each. */
  readonly warn?: (sentence: string) => void;
  /**
   * A store on another host that cannot be reached is opened none the less, with an id one that refuses too: calls fail until
   * it is there, and then it must have this id (empty: any). So is a file that cannot be opened, and then none is made. Left out:
   * opening fails.
   */
  readonly away?: { readonly stateId: string } | undefined;
  /** False: a server that holds no state is left so, and opening fails with `no_state`. */
  readonly create?: boolean;
}

/** A part of a store's content, as it moves to another store. */
export type StatePiece =
  | { readonly kind: "entry"; readonly entry: LedgerEntry }
  | ({ readonly kind: "definition"; readonly route: string; readonly hash: string } & DefinitionEpoch)
  /** Added up over doors. `counts` undefined: too old to be kept. */
  | {
      readonly kind: "window";
      readonly window: WindowKey;
      readonly counts: WindowCounts | undefined;
      readonly unsafeModern: number;
      readonly mismatches: readonly EvidenceRow[];
    }
  | { readonly kind: "rollup"; readonly step: RollupStep; readonly rollup: Rollup }
  | ({ readonly kind: "record"; readonly name: string } & StoredRecord)
  | ({ readonly kind: "apiKey"; readonly token: string } & StoredApiKey)
  | ({ readonly kind: "files" } & StoredFiles);

/** Entries by revision, definitions by route, windows by route, revision and epoch, rollups by step, route and time, records by name, API keys by revision, files by id. */
export type StatePieces = AsyncIterable<StatePiece>;

/** A store that is read whole. */
export interface StateExport {
  readonly stateId: string;
  pieces(): StatePieces;
  close(): Promise<void>;
}

/**
 * A store that is being made; nobody sees it before `commit`, which fails with `store_not_empty` where somebody began to use its
 * place. `discard` leaves what others wrote.
 */
export interface StateImport {
  add(pieces: readonly StatePiece[]): Promise<void>;
  /** What it has now. */
  pieces(): StatePieces;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

export interface CopyReport {
  readonly stateId: string;
  readonly revision: number;
  readonly definitions: number;
  readonly windows: number;
  readonly rollups: number;
  readonly apiKeys: number;
}

/** What a backup holds. */
export interface BackupReport {
  readonly stateId: string;
  readonly revision: number;
}

/** What a front door needs of its state to go on serving without it. */
export interface LastKnown {
  readonly stateId: string;
  /** The newest entry of each route, and the newest of all, oldest first; without evidence. */
  readonly entries: readonly LedgerEntry[];
  readonly definitions: ReadonlyMap<string, DefinitionEpoch & { readonly hash: string }>;
}

/** Where a front door keeps it, and what it had when it started. */
export interface LastKnownKeeper {
  readonly last: LastKnown | undefined;
  /** Written soon; what is given later replaces what is not written yet. */
  keep(make: () => LastKnown): void;
}

/** Where an emergency position was written, and what is held there now. */
export interface LocalRollbackWritten {
  readonly path: string;
  readonly held: LocalRollback;
}

/** One line in store/index.ts a store. */
export interface StoreKind {
  readonly name: string;
  /** URL schemes, e.g. `sqlite:`. */
  readonly scheme: string;
  /** Opens, creating what is missing (files mode 0600). */
  open(url: string, options: OpenOptions): Promise<Store>;
  /** Left out: such a state ends with its process. `since`: when the copy began, ms; what is too old then stays behind. */
  readonly transfer?: {
    /** Fails with `no_state` where there is none. */
    from(url: string, since: number): Promise<StateExport>;
    /** Fails with `store_not_empty` where there is one, or another copy. */
    to(url: string, stateId: string, since: number, hex: OpenOptions["hex"]): Promise<StateImport>;
  };
  /** Writes one moment of it to a new file. Left out: it is no file, and is backed up with its server's own tools. */
  readonly backup?: (url: string, file: string) => Promise<BackupReport>;
}

/** What a store that counts limits for a fleet says of one request. */
export interface FleetDecision {
  readonly passes: boolean;
  /** Of each meter, with this request if it passes: units of a rate's pace, requests of a quota's window, or requests under way. */
  readonly used: readonly number[];
  /** Until each quota's window is over, ms; of others 0. */
  readonly endsMs: readonly number[];
}

/** A meter that a store can count. */
export type FleetMeter = MeterDefinition;

/** Counts requests for all front doors of one state, exactly and at once. */
export interface FleetLimits {
  /** Why it cannot be asked, in a few words; undefined: it can. */
  readonly away: string | undefined;
  /** Front doors that count there: the last number known, this one among them. */
  readonly doors: number;
  /** Requests that passed without it and that it was told of, and those that it will not be told of, for lack of room. */
  readonly told: { readonly told: number; readonly dropped: number };
  /** Undefined: no (good) answer came in time; whether the request was counted there is not known. Never rejects. */
  take(
    meters: readonly FleetMeter[],
    keys: readonly string[],
    peek: boolean,
  ): Promise<FleetDecision | undefined>;
  /** A request passed without it: it is told when it counts again, before it is asked anything. */
  passed(meters: readonly FleetMeter[], keys: readonly string[]): void;
  /** A request that passed is no more under way, with or without it. */
  done(meters: readonly FleetMeter[], keys: readonly string[]): void;
  /** Begins to ask it, unless that has begun. Resolves when it answered for the first time, or it is known that it does not. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Short messages between the front doors of one state, at most once. Nothing rejects. */
export interface FleetMessages {
  /** Why it cannot be used, in a few words; undefined: it can. */
  readonly away: string | undefined;
  /** Hears what is told to this name, from now on. `lives`: others find out that this process does, as long as it does. */
  listen(name: string, lives: boolean, listener: (text: string) => void): void;
  unlisten(name: string): void;
  /** How many heard it; 0: nobody lives by this name. Undefined: that cannot be told now. */
  tell(name: string, text: string): Promise<number | undefined>;
  close(): Promise<void>;
}

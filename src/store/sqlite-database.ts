import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { FigError } from "../domain/errors.ts";
import { isBusy } from "./sqlite-errors.ts";
import { createFile, MEMORY } from "./sqlite-files.ts";

/** "FIG1": tells a state file from another program's database. */
const APPLICATION_ID = 0x46494731;
/** Raised when the tables change; an older fig refuses a newer one's file. */
const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 5_000;
const OPEN_RETRY_MS = 20;

/**
 * Ledger: `entry` is the entry as JSON; `token` tells an append that was sent again. Counts: one row a window and door,
 * `counts` null once the window is too old to be kept (what modern did unsafely stays) or, `folded` being when (ms), once the row of
 * a door that ended was added to the window's `(folded)` row.
 */
const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE ledger (revision INTEGER PRIMARY KEY, token TEXT NOT NULL, entry TEXT NOT NULL) STRICT;
  CREATE TABLE ledger_routes (
    route TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (route, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE definitions (
    route TEXT PRIMARY KEY, hash TEXT NOT NULL, epoch INTEGER NOT NULL, since INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE counts (
    route TEXT NOT NULL, revision INTEGER NOT NULL, epoch INTEGER NOT NULL, door TEXT NOT NULL,
    unsafe_modern INTEGER NOT NULL, folded INTEGER NOT NULL DEFAULT 0, counts TEXT,
    PRIMARY KEY (route, revision, epoch, door)
  ) STRICT;
  CREATE TABLE mismatches (
    route TEXT NOT NULL, revision INTEGER NOT NULL, epoch INTEGER NOT NULL, door TEXT NOT NULL,
    list TEXT NOT NULL,
    PRIMARY KEY (route, revision, epoch, door)
  ) STRICT;
  CREATE TABLE doors (door TEXT PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

export interface OpenDatabase {
  /** Synced at each commit: for the ledger and definitions. */
  readonly ledger: DatabaseSync;
  /** Not synced at commits: for counters, whose last second may be lost in a power cut. */
  readonly evidence: DatabaseSync;
  readonly stateId: string;
}

/** A row's number, e.g. a pragma's. */
export function numberIn(row: Record<string, unknown> | undefined): number {
  return Number(row === undefined ? 0 : Object.values(row)[0]);
}

/** Runs `work` in a write transaction: all of it or, when it throws, nothing. */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function checkOwner(database: DatabaseSync, path: string): void {
  // One transaction, one view: another process may be making the tables at this moment.
  database.exec("BEGIN");
  const version = numberIn(database.prepare("PRAGMA user_version").get());
  const owner = numberIn(database.prepare("PRAGMA application_id").get());
  const tables = numberIn(database.prepare("SELECT count(*) FROM sqlite_schema").get());
  database.exec("COMMIT");
  if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0 || tables > 0))
    throw new FigError("store_invalid", `${path} is another program's SQLite database`, {
      remedy: "Let `state` in fig.yaml name another file.",
    });
  if (version > SCHEMA_VERSION)
    throw new FigError(
      "store_invalid",
      `${path} was written by a newer fig (its format is ${version}, this fig knows up to ${SCHEMA_VERSION})`,
      { remedy: "Upgrade this fig to the version that wrote it." },
    );
}

function connect(path: string, synchronous: "FULL" | "NORMAL"): DatabaseSync {
  const url = pathToFileURL(resolve(path));
  // A file that was there a moment ago and is gone must not be created again.
  url.searchParams.set("mode", "rw");
  const database = new DatabaseSync(path === MEMORY ? path : url, { timeout: BUSY_TIMEOUT_MS });
  try {
    checkOwner(database, path);
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${synchronous}`);
    database.exec("PRAGMA journal_size_limit = 16777216");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Reads a revision as another process would. A connection that is open goes by the pages it remembers, and takes writes into a
 * file that was overwritten under it, where nobody finds them.
 */
export function readAnew(path: string, revision: number): void {
  const url = pathToFileURL(resolve(path));
  url.searchParams.set("mode", "ro");
  const database = new DatabaseSync(url, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
  try {
    database.prepare("SELECT entry FROM ledger WHERE revision = ?").get(revision);
  } finally {
    database.close();
  }
}

function openOnce(path: string, stateId: string, create: boolean): OpenDatabase {
  const ledger = connect(path, "FULL");
  try {
    const version = () => numberIn(ledger.prepare("PRAGMA user_version").get());
    if (version() === 0) {
      if (!create) throw new FigError("store_unavailable", `the state file ${path} is empty`);
      transact(ledger, () => {
        if (version() !== 0) return;
        ledger.exec(SCHEMA);
        ledger.prepare("INSERT INTO meta (key, value) VALUES ('state_id', ?)").run(stateId);
      });
    }
    // A second connection to memory would be to another one.
    const evidence = path === MEMORY ? ledger : connect(path, "NORMAL");
    const found = ledger.prepare("SELECT value FROM meta WHERE key = 'state_id'").get();
    return { ledger, evidence, stateId: String(found?.value) };
  } catch (error) {
    ledger.close();
    throw error;
  }
}

/** Opens the state file, making it (with this id) if it is missing and `create`. Throws what SQLite and Node throw. */
export function openDatabase(path: string, stateId: string, create: boolean): OpenDatabase {
  if (path === MEMORY) return openOnce(path, stateId, true);
  if (create) createFile(path);
  else if (!existsSync(path)) throw new FigError("store_unavailable", `the state file ${path} is gone`);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  // Switching to WAL does not wait for the busy timeout when several processes open a new file at once.
  for (let attempt = 1; ; attempt++) {
    try {
      return openOnce(path, stateId, create);
    } catch (error) {
      if (!isBusy(error) || attempt * OPEN_RETRY_MS > BUSY_TIMEOUT_MS) throw error;
      Atomics.wait(pause, 0, 0, OPEN_RETRY_MS);
    }
  }
}

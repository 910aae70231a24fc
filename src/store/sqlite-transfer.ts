import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { mergeCounts, parseCounts } from "../domain/counters.ts";
import { FigError } from "../domain/errors.ts";
import { touchedBy } from "../domain/ledger.ts";
import type { EvidenceRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import type { StateExport, StateImport, StatePiece, StatePieces } from "./contract.ts";
import { mergeMismatches } from "./merge-mismatches.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { FOLDED, ROLLUP_STEPS, rollupsSince } from "./retention.ts";
import { apiKeyOf, apiKeyRow, SELECT_API_KEYS, sqliteApiKeys } from "./sqlite-api-keys.ts";
import { type OpenDatabase, openDatabase, transact } from "./sqlite-database.ts";
import { definitionOf } from "./sqlite-definitions.ts";
import { pathOf, storeErrorOf } from "./sqlite-errors.ts";
import { syncFolder } from "./sqlite-files.ts";
import { filesIn, sqliteKeptFiles } from "./sqlite-kept-files.ts";
import { recordOf, sqliteRecords } from "./sqlite-records.ts";
import { sqliteRollups } from "./sqlite-rollups.ts";

/** Of tables that are made where they are first needed. */
function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(name) !== undefined;
}

function* entriesOf(database: DatabaseSync): Iterable<StatePiece> {
  for (const { entry } of database.prepare("SELECT entry FROM ledger ORDER BY revision").iterate())
    yield { kind: "entry", entry: JSON.parse(String(entry)) };
}

function* definitionsOf(database: DatabaseSync): Iterable<StatePiece> {
  const rows = database.prepare("SELECT route, hash, epoch, since FROM definitions ORDER BY route");
  for (const row of rows.iterate()) yield { kind: "definition", ...definitionOf(row) };
}

function* windowsOf(database: DatabaseSync): Iterable<StatePiece> {
  const windows = database.prepare(`SELECT route, revision, epoch, sum(unsafe_modern) AS unsafe FROM counts
    GROUP BY route, revision, epoch ORDER BY route, revision, epoch`);
  const where = "WHERE route = ? AND revision = ? AND epoch = ?";
  const counts = database.prepare(`SELECT counts FROM counts ${where} AND counts IS NOT NULL`);
  const lists = database.prepare(`SELECT list FROM mismatches ${where}`);
  for (const row of windows.iterate()) {
    const window: WindowKey = {
      route: String(row.route),
      revision: Number(row.revision),
      epoch: Number(row.epoch),
    };
    const key = [window.route, window.revision, window.epoch] as const;
    const all = counts.all(...key).map((each) => parseCounts(String(each.counts)));
    const rows = lists.all(...key).map((each) => JSON.parse(String(each.list)) as EvidenceRow[]);
    yield {
      kind: "window",
      window,
      counts: all.length === 0 ? undefined : mergeCounts(all),
      unsafeModern: Number(row.unsafe),
      mismatches: mergeMismatches(rows),
    };
  }
}

function* rollupsOf(database: DatabaseSync, since: number): Iterable<StatePiece> {
  for (const step of ROLLUP_STEPS) {
    if (!hasTable(database, `${step}s`)) continue;
    const steps = database.prepare(
      `SELECT route, at, json_group_array(counts) AS list FROM ${step}s WHERE at >= ? GROUP BY route, at ORDER BY route, at`,
    );
    for (const { route, at, list } of steps.iterate(rollupsSince(step, since))) {
      const counts = mergeCounts((JSON.parse(String(list)) as string[]).map(unpackCounts));
      yield { kind: "rollup", step, rollup: { route: String(route), at: Number(at), counts } };
    }
  }
}

function* recordsOf(database: DatabaseSync): Iterable<StatePiece> {
  if (!hasTable(database, "records")) return;
  for (const row of database.prepare("SELECT name, version, text FROM records ORDER BY name").iterate())
    yield { kind: "record", ...recordOf(row) };
}

function* apiKeysOf(database: DatabaseSync): Iterable<StatePiece> {
  if (!hasTable(database, "api_keys")) return;
  for (const row of database.prepare(`${SELECT_API_KEYS} ORDER BY revision`).iterate())
    yield { kind: "apiKey", token: String(row.token), ...apiKeyOf(row) };
}

function* filesOf(database: DatabaseSync): Iterable<StatePiece> {
  if (!hasTable(database, "files")) return;
  for (const row of database.prepare("SELECT id, at, text FROM files ORDER BY id").iterate())
    yield { kind: "files", ...filesIn(row) };
}

async function* piecesOf(database: DatabaseSync, since: number): StatePieces {
  yield* entriesOf(database);
  yield* definitionsOf(database);
  yield* windowsOf(database);
  yield* rollupsOf(database, since);
  yield* recordsOf(database);
  yield* apiKeysOf(database);
  yield* filesOf(database);
}

function close({ ledger, evidence }: OpenDatabase): void {
  evidence.close();
  ledger.close();
}

async function from(url: string, since: number): Promise<StateExport> {
  const path = pathOf(url);
  if (!existsSync(path)) throw new FigError("no_state", `there is no ${url}`);
  try {
    const database = openDatabase(path, "", false);
    return {
      stateId: database.stateId,
      pieces: () => piecesOf(database.ledger, since),
      close: async () => close(database),
    };
  } catch (error) {
    throw storeErrorOf(error, path);
  }
}

/** True for a file that no front door has used: it may be replaced. */
function isUnused(path: string): boolean {
  const database = openDatabase(path, "", false);
  try {
    const made = ["records", "api_keys", "files"].filter((name) => hasTable(database.ledger, name));
    const tables = ["ledger", "definitions", "counts", ...made];
    const used = tables.map((table) => `EXISTS (SELECT 1 FROM ${table})`);
    return Object.values(database.ledger.prepare(`SELECT ${used.join(" OR ")}`).get() ?? {})[0] === 0;
  } finally {
    close(database);
  }
}

type Cells = Readonly<Record<string, string | number | null>>;

/** A piece as rows of the tables: counts and mismatches under the door that stands for ended ones. */
function* rowsOf(piece: StatePiece): Iterable<readonly [table: string, row: Cells]> {
  if (piece.kind === "entry") {
    const { revision } = piece.entry;
    yield ["ledger", { revision, token: "", entry: JSON.stringify(piece.entry) }];
    for (const route of touchedBy(piece.entry)) yield ["ledger_routes", { route, revision }];
  } else if (piece.kind === "definition") {
    const { route, hash, epoch, since } = piece;
    yield ["definitions", { route, hash, epoch, since }];
  } else if (piece.kind === "window") {
    const { route, revision, epoch } = piece.window;
    const key = { route, revision, epoch, door: FOLDED };
    const counts = piece.counts === undefined ? null : JSON.stringify(piece.counts);
    yield ["counts", { ...key, unsafe_modern: piece.unsafeModern, counts }];
    if (piece.mismatches.length > 0) yield ["mismatches", { ...key, list: JSON.stringify(piece.mismatches) }];
  } else if (piece.kind === "record") {
    const { name, version, text } = piece;
    yield ["records", { name, version, text }];
  } else if (piece.kind === "apiKey") {
    yield ["api_keys", apiKeyRow(piece, piece.token)];
  } else if (piece.kind === "files") {
    const { id, at, text } = piece;
    yield ["files", { id, at, text }];
  } else {
    const { route, at, counts } = piece.rollup;
    const row = { route, at, counts: packCounts(counts) };
    yield piece.step === "minute" ? ["minutes", { ...row, door: FOLDED }] : ["hours", row];
  }
}

/** Into a file beside it, which takes its place at `commit`. */
function importInto(path: string, stateId: string, since: number): StateImport {
  const temporary = `${path}.copying`;
  /** There was a file that nobody has used. */
  const replaces = existsSync(path);
  if (replaces && !isUnused(path))
    throw new FigError("store_not_empty", `${path} holds a state already`, {
      remedy: "Name a file that is not there yet.",
    });
  const remove = (file: string, ...endings: readonly string[]) => {
    for (const ending of endings) rmSync(`${file}${ending}`, { force: true });
  };
  const removeTemporary = () => remove(temporary, "", "-wal", "-shm");
  const usedError = () =>
    new FigError("store_not_empty", `somebody began to use ${path} while it was copied to`);
  removeTemporary();
  const database = openDatabase(temporary, stateId, true);
  const { ledger } = database;
  // Makes the tables that are not among the first.
  sqliteRollups(ledger);
  sqliteRecords(ledger);
  sqliteApiKeys(ledger);
  sqliteKeptFiles(ledger);

  /** Never over a file that somebody made meanwhile; where a file can have one name only, by renaming. */
  function place(): void {
    try {
      linkSync(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw usedError();
      renameSync(temporary, path);
    }
    removeTemporary();
  }

  return {
    async add(pieces) {
      transact(ledger, () => {
        for (const [table, row] of pieces.flatMap((piece) => [...rowsOf(piece)])) {
          const names = Object.keys(row);
          const sql = `INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => "?").join()})`;
          ledger.prepare(sql).run(...Object.values(row));
        }
      });
    },
    pieces: () => piecesOf(ledger, since),
    async commit() {
      close(database);
      const there = existsSync(path);
      if (there && !(replaces && isUnused(path))) throw usedError();
      remove(path, "-wal", "-shm");
      if (there) renameSync(temporary, path);
      else place();
      syncFolder(dirname(resolve(path)));
    },
    async discard() {
      if (ledger.isOpen) close(database);
      removeTemporary();
    },
  };
}

async function to(url: string, stateId: string, since: number): Promise<StateImport> {
  const path = pathOf(url);
  try {
    return importInto(path, stateId, since);
  } catch (error) {
    throw storeErrorOf(error, path);
  }
}

export const sqliteTransfer = { from, to };

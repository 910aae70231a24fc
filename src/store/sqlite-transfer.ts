import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { FigError } from "../domain/errors.ts";
import { mergeCounts } from "../domain/merge-counts.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import type { WindowCounts, WindowKey } from "../domain/tally.ts";
import type { StateExport, StateImport, StatePiece, StatePieces } from "./contract.ts";
import { mergeMismatches } from "./merge-mismatches.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { FOLDED, ROLLUP_STEPS, rollupsSince } from "./retention.ts";
import { type OpenDatabase, openDatabase, transact } from "./sqlite-database.ts";
import { pathOf, storeErrorOf } from "./sqlite-errors.ts";
import { syncFolder } from "./sqlite-files.ts";
import { sqliteRollups } from "./sqlite-rollups.ts";

type Row = Readonly<Record<string, unknown>>;

function entriesOf(database: DatabaseSync): Iterable<StatePiece> {
  const rows = database.prepare("SELECT entry FROM ledger ORDER BY revision").iterate();
  return map(rows, ({ entry }) => ({ kind: "entry", entry: JSON.parse(String(entry)) }));
}

function definitionsOf(database: DatabaseSync): Iterable<StatePiece> {
  const rows = database.prepare("SELECT route, hash, epoch, since FROM definitions ORDER BY route").iterate();
  return map(rows, ({ route, hash, epoch, since }) => ({
    kind: "definition",
    route: String(route),
    hash: String(hash),
    epoch: Number(epoch),
    since: Number(since),
  }));
}

function windowsOf(database: DatabaseSync): Iterable<StatePiece> {
  const windows = database.prepare(`SELECT route, revision, epoch, sum(unsafe_modern) AS unsafe FROM counts
    GROUP BY route, revision, epoch ORDER BY route, revision, epoch`);
  const where = "WHERE route = ? AND revision = ? AND epoch = ?";
  const counts = database.prepare(`SELECT counts FROM counts ${where} AND counts IS NOT NULL`);
  const lists = database.prepare(`SELECT list FROM mismatches ${where}`);
  return map(windows.iterate(), (row) => {
    const window: WindowKey = {
      route: String(row.route),
      revision: Number(row.revision),
      epoch: Number(row.epoch),
    };
    const key = [window.route, window.revision, window.epoch] as const;
    const all = counts.all(...key).map((each) => JSON.parse(String(each.counts)) as WindowCounts);
    const rows = lists.all(...key).map((each) => JSON.parse(String(each.list)) as MismatchRow[]);
    return {
      kind: "window",
      window,
      counts: all.length === 0 ? undefined : mergeCounts(all),
      unsafeModern: Number(row.unsafe),
      mismatches: mergeMismatches(rows),
    };
  });
}

function* rollupsOf(database: DatabaseSync, since: number): Iterable<StatePiece> {
  const known = database.prepare("SELECT name FROM sqlite_schema WHERE name = ?");
  for (const step of ROLLUP_STEPS) {
    if (known.get(`${step}s`) === undefined) continue;
    const steps = database.prepare(
      `SELECT route, at, json_group_array(counts) AS list FROM ${step}s WHERE at >= ? GROUP BY route, at ORDER BY route, at`,
    );
    for (const { route, at, list } of steps.iterate(rollupsSince(step, since))) {
      const counts = mergeCounts((JSON.parse(String(list)) as string[]).map(unpackCounts));
      yield { kind: "rollup", step, rollup: { route: String(route), at: Number(at), counts } };
    }
  }
}

function* map(rows: Iterable<Row>, make: (row: Row) => StatePiece): Iterable<StatePiece> {
  for (const row of rows) yield make(row);
}

async function* piecesOf(database: DatabaseSync, since: number): StatePieces {
  yield* entriesOf(database);
  yield* definitionsOf(database);
  yield* windowsOf(database);
  yield* rollupsOf(database, since);
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
    const used = ["ledger", "definitions", "counts"].map((table) => `EXISTS (SELECT 1 FROM ${table})`);
    return Object.values(database.ledger.prepare(`SELECT ${used.join(" OR ")}`).get() ?? {})[0] === 0;
  } finally {
    close(database);
  }
}

class SqliteImport implements StateImport {
  private readonly path: string;
  private readonly temporary: string;
  private readonly database: OpenDatabase;
  private readonly since: number;
  /** There was a file that nobody has used. */
  private readonly replaces: boolean;

  constructor(path: string, stateId: string, since: number) {
    this.path = path;
    this.temporary = `${path}.copying`;
    this.since = since;
    this.replaces = existsSync(path);
    if (this.replaces && !isUnused(path))
      throw new FigError("store_not_empty", `${path} holds a state already`, {
        remedy: "Name a file that is not there yet.",
      });
    this.removeTemporary();
    this.database = openDatabase(this.temporary, stateId, true);
    // Makes the tables that are not among the first.
    sqliteRollups(this.database.ledger);
  }

  async add(pieces: readonly StatePiece[]): Promise<void> {
    transact(this.database.ledger, () => {
      for (const piece of pieces) this.addOne(piece);
    });
  }

  pieces(): StatePieces {
    return piecesOf(this.database.ledger, this.since);
  }

  async commit(): Promise<void> {
    close(this.database);
    if (existsSync(this.path)) {
      if (!this.replaces || !isUnused(this.path)) throw this.usedError();
      this.removeBeside();
      renameSync(this.temporary, this.path);
    } else {
      this.removeBeside();
      this.place();
    }
    syncFolder(dirname(resolve(this.path)));
  }

  async discard(): Promise<void> {
    if (this.database.ledger.isOpen) close(this.database);
    this.removeTemporary();
  }

  /** Never over a file that somebody made meanwhile; where a file can have one name only, by renaming. */
  private place(): void {
    try {
      linkSync(this.temporary, this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw this.usedError();
      renameSync(this.temporary, this.path);
    }
    this.removeTemporary();
  }

  private usedError(): FigError {
    return new FigError("store_not_empty", `somebody began to use ${this.path} while it was copied to`);
  }

  private removeBeside(): void {
    for (const ending of ["-wal", "-shm"]) rmSync(`${this.path}${ending}`, { force: true });
  }

  private removeTemporary(): void {
    for (const ending of ["", "-wal", "-shm"]) rmSync(`${this.temporary}${ending}`, { force: true });
  }

  private addOne(piece: StatePiece): void {
    const { ledger } = this.database;
    const run = (sql: string, ...values: readonly (string | number)[]) => ledger.prepare(sql).run(...values);
    if (piece.kind === "entry") {
      const { revision, changes } = piece.entry;
      run(
        "INSERT INTO ledger (revision, token, entry) VALUES (?, '', ?)",
        revision,
        JSON.stringify(piece.entry),
      );
      for (const { route } of changes)
        run("INSERT OR IGNORE INTO ledger_routes (route, revision) VALUES (?, ?)", route, revision);
    } else if (piece.kind === "definition") {
      const { route, hash, epoch, since } = piece;
      run(
        "INSERT INTO definitions (route, hash, epoch, since) VALUES (?, ?, ?, ?)",
        route,
        hash,
        epoch,
        since,
      );
    } else if (piece.kind === "window") {
      const { route, revision, epoch } = piece.window;
      const key = [route, revision, epoch, FOLDED] as const;
      const counts = piece.counts === undefined ? "NULL" : "?";
      run(
        `INSERT INTO counts (route, revision, epoch, door, unsafe_modern, counts) VALUES (?, ?, ?, ?, ?, ${counts})`,
        ...key,
        piece.unsafeModern,
        ...(piece.counts === undefined ? [] : [JSON.stringify(piece.counts)]),
      );
      if (piece.mismatches.length > 0)
        run(
          "INSERT INTO mismatches (route, revision, epoch, door, list) VALUES (?, ?, ?, ?, ?)",
          ...key,
          JSON.stringify(piece.mismatches),
        );
    } else {
      const { route, at, counts } = piece.rollup;
      const text = packCounts(counts);
      if (piece.step === "minute")
        run("INSERT INTO minutes (route, at, door, counts) VALUES (?, ?, ?, ?)", route, at, FOLDED, text);
      else run("INSERT INTO hours (route, at, counts) VALUES (?, ?, ?)", route, at, text);
    }
  }
}

async function to(url: string, stateId: string, since: number): Promise<StateImport> {
  const path = pathOf(url);
  try {
    return new SqliteImport(path, stateId, since);
  } catch (error) {
    throw storeErrorOf(error, path);
  }
}

export const sqliteTransfer = { from, to };

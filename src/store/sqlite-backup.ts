import { closeSync, existsSync, fsyncSync, openSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FigError } from "../domain/errors.ts";
import type { BackupReport } from "./contract.ts";
import { numberIn, openDatabase } from "./sqlite-database.ts";
import { pathOf, storeErrorOf } from "./sqlite-errors.ts";
import { syncFolder } from "./sqlite-files.ts";
import { sqliteWholes } from "./sqlite-wholes.ts";

/** Exclusively, so that nothing is overwritten, and with its mode from the first byte on. */
function makeEmpty(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new FigError("file_exists", `${file} is there already; nothing was written`, {
        remedy: "Name a file that is not there yet, or move this one away.",
      });
    throw new FigError("backup_failed", `the backup cannot be written: ${(error as Error).message}`, {
      remedy: "Name a file in a folder that is there and that you can write.",
      cause: error,
    });
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  syncFolder(dirname(file));
}

/** They go after a stated time, and a backup stays. What is removed is written over. */
function withoutWholes(file: string): void {
  const { ledger, evidence } = openDatabase(file, "", false);
  try {
    const calls = sqliteWholes(ledger);
    calls.dropWholes(calls.wholeSizes(0).map(({ id }) => id));
    ledger.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    evidence.close();
    ledger.close();
  }
}

/** What the file holds, read from the file itself. */
function reportOf(file: string): BackupReport {
  const { ledger, evidence, stateId } = openDatabase(file, "", false);
  try {
    const found = Object.values(ledger.prepare("PRAGMA quick_check").get() ?? {})[0];
    if (found !== "ok") throw new FigError("store_invalid", `the backup is damaged: ${String(found)}`);
    return { stateId, revision: numberIn(ledger.prepare("SELECT max(revision) FROM ledger").get()) };
  } finally {
    evidence.close();
    ledger.close();
  }
}

/**
 * Writes one moment of a state to a new file (0600), while front doors go on using it: VACUUM INTO reads in one transaction
 * (https://www.sqlite.org/lang_vacuum.html). The file is synced, and read back before it counts. Fails with `no_state`, `file_exists`,
 * `backup_failed`, `store_unavailable`, `store_invalid`; then there is no file.
 */
export async function backupSqlite(url: string, to: string): Promise<BackupReport> {
  const path = pathOf(url);
  const file = resolve(to);
  if (!existsSync(path)) throw new FigError("no_state", `there is no ${url}`);
  makeEmpty(file);
  try {
    const { ledger, evidence } = openDatabase(path, "", false);
    try {
      ledger.prepare("VACUUM INTO ?").run(file);
    } finally {
      evidence.close();
      ledger.close();
    }
    withoutWholes(file);
    const report = reportOf(file);
    sync(file);
    return report;
  } catch (error) {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    throw storeErrorOf(error, path);
  }
}

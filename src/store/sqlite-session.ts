import { FigError } from "../domain/errors.ts";
import { sqliteApiKeys } from "./sqlite-api-keys.ts";
import { numberIn, openDatabase, readAnew } from "./sqlite-database.ts";
import { sqliteDefinitions } from "./sqlite-definitions.ts";
import { sqliteEvidence } from "./sqlite-evidence.ts";
import { MEMORY, watchFiles } from "./sqlite-files.ts";
import { sqliteKeptFiles } from "./sqlite-kept-files.ts";
import { sqliteLedger } from "./sqlite-ledger.ts";
import type { WorkerSettings } from "./sqlite-protocol.ts";
import { sqliteRecords } from "./sqlite-records.ts";
import { sqliteRollups } from "./sqlite-rollups.ts";
import { sqliteWholes } from "./sqlite-wholes.ts";

export type Session = ReturnType<typeof openSession>;
/** What can be asked of a session, by name: one argument each, and only what may be sent to another thread. */
export type Calls = Session["calls"];

/** A call on its way to the thread that has the session. */
export interface CallMessage {
  readonly id: number;
  readonly name: keyof Calls | "close";
  readonly takes: unknown;
}

/**
 * One opening of the state file: its connections, its tables, and whether it is still the file at its path. With `known` the
 * file must be there and hold that entry; else it is made if it is missing and `create`.
 */
export function openSession({ path, stateId: wanted, known, create }: WorkerSettings) {
  const database = openDatabase(path, wanted, create && known === undefined);
  const close = () => {
    if (database.evidence.isOpen) database.evidence.close();
    if (database.ledger.isOpen) database.ledger.close();
  };
  try {
    const stateId = known === undefined ? database.stateId : wanted;
    const ledger = sqliteLedger(database.ledger, stateId, known);
    const calls = {
      ...ledger.calls,
      ...sqliteDefinitions(database.ledger),
      ...sqliteEvidence(database.evidence),
      ...sqliteRollups(database.evidence),
      ...sqliteRecords(database.ledger),
      ...sqliteApiKeys(database.ledger),
      ...sqliteWholes(database.evidence),
      ...sqliteKeptFiles(database.ledger),
    };
    const version = database.ledger.prepare("PRAGMA data_version");
    let dataVersion = numberIn(version.get());
    ledger.refresh();
    const changed = watchFiles(path);

    /** Throws `store_unavailable` when what is written would be lost. */
    function ensureInPlace(): void {
      const what = changed();
      if (what === undefined) return;
      throw new FigError("store_unavailable", what, {
        remedy: "Put the file back, or restart the front doors so that they begin from what is there now.",
      });
    }

    /** Throws what SQLite throws where another process could not read the file. */
    function ensureReadable(): void {
      if (path !== MEMORY) readAnew(path, ledger.head.revision);
    }

    return {
      stateId,
      calls,
      close,
      ensureInPlace,
      ensureReadable,
      get head() {
        return ledger.head;
      },
      /** True if the files were deleted or replaced: then only opening them again can help. */
      moved: () => changed() !== undefined,
      /** Looks for what other processes wrote; `always`: even if nothing says that they wrote. */
      poll(always: boolean): void {
        ensureInPlace();
        // Counts this very connection's view of others' commits: no table is read while nothing happens.
        const before = dataVersion;
        dataVersion = numberIn(version.get());
        if (always || dataVersion !== before) ledger.refresh();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

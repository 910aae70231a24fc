import type { StatementSync } from "node:sqlite";
import { FigError } from "../domain/errors.ts";
import { numberIn, type OpenDatabase, openDatabase } from "./sqlite-database.ts";
import { SqliteDefinitions } from "./sqlite-definitions.ts";
import { SqliteEvidence } from "./sqlite-evidence.ts";
import { FileWatch } from "./sqlite-files.ts";
import { SqliteLedger } from "./sqlite-ledger.ts";
import type { LedgerHead, WorkerSettings } from "./sqlite-protocol.ts";
import { SqliteRollups } from "./sqlite-rollups.ts";

/** One opening of the state file: its connections, its tables, and whether it is still the file at its path. */
export class SqliteSession {
  readonly ledger: SqliteLedger;
  readonly definitions: SqliteDefinitions;
  readonly evidence: SqliteEvidence;
  readonly rollups: SqliteRollups;
  private readonly database: OpenDatabase;
  private readonly files: FileWatch;
  private readonly version: StatementSync;
  private dataVersion: number;

  /** With `known` the file must be there and hold that entry; else it is made if it is missing. */
  constructor({ path, stateId, known }: WorkerSettings) {
    this.database = openDatabase(path, stateId, known === undefined);
    try {
      const { ledger, evidence } = this.database;
      this.ledger = new SqliteLedger(ledger, known === undefined ? this.database.stateId : stateId, known);
      this.definitions = new SqliteDefinitions(ledger);
      this.evidence = new SqliteEvidence(evidence);
      this.rollups = new SqliteRollups(evidence);
      this.version = ledger.prepare("PRAGMA data_version");
      this.dataVersion = this.readDataVersion();
      this.ledger.refresh();
      this.files = new FileWatch(path);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** True when the files were deleted or replaced: only opening anew can help then. */
  get moved(): boolean {
    return this.files.changed() !== undefined;
  }

  /** Throws `store_unavailable` when what is written would be lost. */
  ensureInPlace(): void {
    const changed = this.files.changed();
    if (changed === undefined) return;
    throw new FigError("store_unavailable", changed, {
      remedy: "Put the file back, or restart the front doors so that they begin from what is there now.",
    });
  }

  /** Looks for what other processes wrote; `always`: even if nothing says that they wrote. True: new entries. */
  poll(always: boolean): boolean {
    this.ensureInPlace();
    // Counts this very connection's view of others' commits: no table is read while nothing happens.
    const version = this.readDataVersion();
    if (version === this.dataVersion && !always) return false;
    this.dataVersion = version;
    return this.ledger.refresh();
  }

  get head(): LedgerHead {
    return this.ledger.head;
  }

  close(): void {
    this.database.evidence.close();
    this.database.ledger.close();
  }

  private readDataVersion(): number {
    return numberIn(this.version.get());
  }
}

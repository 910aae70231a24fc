import type { DatabaseSync, StatementSync } from "node:sqlite";
import { FigError } from "../domain/errors.ts";
import type { LedgerDraft, LedgerEntry } from "../domain/ledger.ts";
import { transact } from "./sqlite-database.ts";
import type { AppendCall, LedgerHead } from "./sqlite-protocol.ts";

/** Bounds of one page of entries: whatever is reached first, but always one entry. */
const PAGE_ENTRIES = 500;
const PAGE_CHARS = 1_000_000;

const NO_HEAD: LedgerHead = { revision: 0, entry: "" };

/** The ledger's tables on one connection. Knows the newest entry it has seen, and notices when that is no longer there. */
export class SqliteLedger {
  readonly stateId: string;
  head: LedgerHead;
  private readonly database: DatabaseSync;
  private readonly state: StatementSync;
  private readonly page: StatementSync;
  private readonly one: StatementSync;
  private readonly newestOf: StatementSync;
  private readonly byToken: StatementSync;
  private readonly insert: StatementSync;
  private readonly insertRoute: StatementSync;

  constructor(database: DatabaseSync, stateId: string, known: LedgerHead | undefined) {
    this.database = database;
    this.stateId = stateId;
    this.head = known ?? NO_HEAD;
    this.state = database.prepare(`SELECT
      (SELECT value FROM meta WHERE key = 'state_id') AS state_id,
      (SELECT max(revision) FROM ledger) AS revision,
      (SELECT entry FROM ledger WHERE revision = ?) AS known`);
    this.page = database.prepare("SELECT revision, entry FROM ledger WHERE revision > ? ORDER BY revision");
    this.one = database.prepare("SELECT entry FROM ledger WHERE revision = ?");
    this.newestOf = database.prepare(`SELECT max((
      SELECT max(revision) FROM ledger_routes WHERE ledger_routes.route = json_each.value
    )) AS revision FROM json_each(?)`);
    this.byToken = database.prepare("SELECT entry FROM ledger WHERE revision > ? AND token = ?");
    this.insert = database.prepare("INSERT INTO ledger (revision, token, entry) VALUES (?, ?, ?)");
    this.insertRoute = database.prepare(
      "INSERT OR IGNORE INTO ledger_routes (route, revision) VALUES (?, ?)",
    );
  }

  /** Looks for new entries; true if there are some. Throws `store_unavailable` if this is not the ledger it was. */
  refresh(): boolean {
    const before = this.head.revision;
    const found = this.state.get(before);
    const revision = Number(found?.revision ?? 0);
    if (found?.state_id !== this.stateId) throw lost("is another state store now");
    if (revision < before) throw lost(`went back from revision ${before} to ${revision}`);
    if (before > 0 && found.known !== this.head.entry)
      throw lost(`holds another revision ${before} than it did`);
    if (revision === before) return false;
    this.head = { revision, entry: this.entry(revision) };
    return true;
  }

  append(call: AppendCall): { readonly ok: boolean; readonly entry: string } {
    return transact(this.database, () => {
      this.refresh();
      if (call.doubtfulSince !== undefined) {
        const written = this.byToken.get(call.doubtfulSince, call.token);
        if (written !== undefined) return { ok: true, entry: String(written.entry) };
      }
      const newest = Number(this.newestOf.get(JSON.stringify(call.guardRoutes))?.revision ?? 0);
      if (newest > call.guardRevision) return { ok: false, entry: this.entry(newest) };
      const draft = JSON.parse(call.draft) as LedgerDraft;
      const revision = this.head.revision + 1;
      const entry: LedgerEntry = { ...draft, revision, at: call.at };
      const text = JSON.stringify(entry);
      this.insert.run(revision, call.token, text);
      for (const { route } of entry.changes) this.insertRoute.run(route, revision);
      return { ok: true, entry: text };
    });
  }

  read(after: number, limit = PAGE_ENTRIES): string[] {
    const entries: string[] = [];
    let chars = 0;
    const most = Math.min(PAGE_ENTRIES, limit);
    for (const row of this.page.iterate(after)) {
      const entry = String(row.entry);
      entries.push(entry);
      chars += entry.length;
      if (entries.length >= most || chars >= PAGE_CHARS) break;
    }
    return entries;
  }

  private entry(revision: number): string {
    return String(this.one.get(revision)?.entry);
  }
}

function lost(what: string): FigError {
  return new FigError("store_unavailable", `the state file ${what}`, {
    remedy: "Put the right file back, or restart the front doors so that they begin from this one.",
  });
}

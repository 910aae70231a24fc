import type { DatabaseSync } from "node:sqlite";
import { FigError } from "../domain/errors.ts";
import { type LedgerDraft, type LedgerEntry, touchedBy } from "../domain/ledger.ts";
import { transact } from "./sqlite-database.ts";
import type { AppendCall, LedgerHead } from "./sqlite-protocol.ts";

/** Bounds of one page of entries: whatever is reached first, but always one entry. */
const PAGE_ENTRIES = 500;
const PAGE_CHARS = 1_000_000;

/** The ledger's tables on one connection. Knows the newest entry it has seen, and notices when that is no longer there. */
export function sqliteLedger(database: DatabaseSync, stateId: string, known: LedgerHead | undefined) {
  let head: LedgerHead = known ?? { revision: 0, entry: "" };
  const state = database.prepare(`SELECT
    (SELECT value FROM meta WHERE key = 'state_id') AS state_id,
    (SELECT max(revision) FROM ledger) AS revision,
    (SELECT entry FROM ledger WHERE revision = ?) AS known`);
  const page = database.prepare("SELECT revision, entry FROM ledger WHERE revision > ? ORDER BY revision");
  const one = database.prepare("SELECT entry FROM ledger WHERE revision = ?");
  const newestOf = database.prepare(`SELECT max((
    SELECT max(revision) FROM ledger_routes WHERE ledger_routes.route = json_each.value
  )) AS revision FROM json_each(?)`);
  const byToken = database.prepare("SELECT entry FROM ledger WHERE revision > ? AND token = ?");
  const insert = database.prepare("INSERT INTO ledger (revision, token, entry) VALUES (?, ?, ?)");
  const insertRoute = database.prepare("INSERT OR IGNORE INTO ledger_routes (route, revision) VALUES (?, ?)");
  const entryAt = (revision: number) => String(one.get(revision)?.entry);

  /** Looks for new entries; true if there are some. Throws `store_unavailable` if this is not the ledger it was. */
  function refresh(): boolean {
    const before = head.revision;
    const found = state.get(before);
    const revision = Number(found?.revision ?? 0);
    if (found?.state_id !== stateId) throw lost("is another state store now");
    if (revision < before) throw lost(`went back from revision ${before} to ${revision}`);
    if (before > 0 && found.known !== head.entry) throw lost(`holds another revision ${before} than it did`);
    if (revision === before) return false;
    head = { revision, entry: entryAt(revision) };
    return true;
  }

  return {
    refresh,
    get head() {
      return head;
    },
    calls: {
      append: (call: AppendCall): { readonly ok: boolean; readonly entry: string } =>
        transact(database, () => {
          refresh();
          if (call.doubtfulSince !== undefined) {
            const written = byToken.get(call.doubtfulSince, call.token);
            if (written !== undefined) return { ok: true, entry: String(written.entry) };
          }
          const newest = Number(newestOf.get(JSON.stringify(call.guardRoutes))?.revision ?? 0);
          if (newest > call.guardRevision) return { ok: false, entry: entryAt(newest) };
          const draft = JSON.parse(call.draft) as LedgerDraft;
          const revision = head.revision + 1;
          const entry: LedgerEntry = { ...draft, revision, at: call.at };
          const text = JSON.stringify(entry);
          insert.run(revision, call.token, text);
          for (const name of touchedBy(entry)) insertRoute.run(name, revision);
          return { ok: true, entry: text };
        }),
      /** Gives a page, oldest first; empty: there is nothing newer. */
      read({ after, limit = PAGE_ENTRIES }: { readonly after: number; readonly limit: number | undefined }) {
        const entries: string[] = [];
        let chars = 0;
        const most = Math.min(PAGE_ENTRIES, limit);
        for (const row of page.iterate(after)) {
          const entry = String(row.entry);
          entries.push(entry);
          chars += entry.length;
          if (entries.length >= most || chars >= PAGE_CHARS) break;
        }
        return entries;
      },
    },
  };
}

function lost(what: string): FigError {
  return new FigError("store_unavailable", `the state file ${what}`, {
    remedy: "Put the right file back, or restart the front doors so that they begin from this one.",
  });
}

import type { DatabaseSync } from "node:sqlite";
import type { StoredWhole, StoredWholeHead, StoredWholeSize } from "./contract.ts";
import { transact } from "./sqlite-database.ts";

/** Made beside the other tables where it is missing: a fig that does not know it is none the worse. */
const TABLE = `
  CREATE TABLE IF NOT EXISTS wholes (
    id TEXT PRIMARY KEY, route TEXT NOT NULL, revision INTEGER NOT NULL, epoch INTEGER NOT NULL, at INTEGER NOT NULL,
    until INTEGER NOT NULL, bytes INTEGER NOT NULL, head TEXT NOT NULL, text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS wholes_of_route ON wholes (route, at);
`;

type Row = Record<string, unknown>;

function sizeOf({ id, route, at, until, bytes }: Row): StoredWholeSize {
  return {
    ...{ id: String(id), route: String(route) },
    ...{ at: Number(at), until: Number(until), bytes: Number(bytes) },
  };
}

function headOf(row: Row): StoredWholeHead {
  const { revision, epoch, head } = row;
  return { ...sizeOf(row), revision: Number(revision), epoch: Number(epoch), head: String(head) };
}

/** On the connection that is not synced: what a power cut takes is made again. */
export function sqliteWholes(database: DatabaseSync) {
  database.exec(TABLE);
  const put = database.prepare(`INSERT OR IGNORE INTO wholes
    (id, route, revision, epoch, at, until, bytes, head, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const drop = database.prepare("DELETE FROM wholes WHERE id = ?");
  const over = database.prepare("SELECT 1 FROM wholes WHERE until <= ? LIMIT 1");
  const expire = database.prepare("DELETE FROM wholes WHERE until <= ?");
  const sizes = database.prepare("SELECT id, route, at, until, bytes FROM wholes ORDER BY at, id");
  const heads = database.prepare(
    "SELECT id, route, revision, epoch, at, until, bytes, head FROM wholes WHERE route = ? ORDER BY at, id",
  );
  const one = database.prepare("SELECT * FROM wholes WHERE id = ?");

  /** What is removed is written over with zeros: a file keeps what was in its free pages for long. */
  function remove(work: () => void): void {
    database.exec("PRAGMA secure_delete = ON");
    try {
      transact(database, work);
    } finally {
      database.exec("PRAGMA secure_delete = OFF");
    }
  }

  function tidyWholes(now: number): void {
    if (over.get(now) !== undefined) remove(() => void expire.run(now));
  }

  return {
    tidyWholes,
    putWholes({ now, wholes }: { readonly now: number; readonly wholes: readonly StoredWhole[] }): void {
      tidyWholes(now);
      transact(database, () => {
        for (const { id, route, revision, epoch, at, until, bytes, head, text } of wholes)
          if (until > now) put.run(id, route, revision, epoch, at, until, bytes, head, text);
      });
    },
    dropWholes(ids: readonly string[]): void {
      if (ids.length > 0) remove(() => ids.forEach((id) => void drop.run(id)));
    },
    wholeSizes(now: number): readonly StoredWholeSize[] {
      tidyWholes(now);
      return sizes.all().map(sizeOf);
    },
    listWholes({ route, now }: { readonly route: string; readonly now: number }): readonly StoredWholeHead[] {
      tidyWholes(now);
      return heads.all(route).map(headOf);
    },
    readWhole({ id, now }: { readonly id: string; readonly now: number }): StoredWhole | undefined {
      tidyWholes(now);
      const row = one.get(id);
      return row === undefined ? undefined : { ...headOf(row), text: String(row.text) };
    },
  };
}

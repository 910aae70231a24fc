import type { DatabaseSync } from "node:sqlite";
import type { StoredFiles, StoredFilesSize } from "./contract.ts";

/** Made beside the other tables where it is missing: a fig that does not know it is none the worse. */
const TABLE = `
  CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL
  ) STRICT;
`;

export function filesIn({ id, at, text }: Record<string, unknown>): StoredFiles {
  return { id: String(id), at: Number(at), text: String(text) };
}

/** On the connection that is synced at each commit. */
export function sqliteKeptFiles(database: DatabaseSync) {
  database.exec(TABLE);
  const put = database.prepare(
    "INSERT INTO files (id, at, text) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)",
  );
  const one = database.prepare("SELECT id, at, text FROM files WHERE id = ?");
  const sizes = database.prepare("SELECT id, at, length(text) AS bytes FROM files ORDER BY id");
  const drop = database.prepare("DELETE FROM files WHERE id IN (SELECT value FROM json_each(?))");

  return {
    putFiles({ id, at, text }: StoredFiles): void {
      put.run(id, at, text);
    },
    readFiles(id: string): StoredFiles | undefined {
      const row = one.get(id);
      return row === undefined ? undefined : filesIn(row);
    },
    filesSizes(_: undefined): readonly StoredFilesSize[] {
      return sizes
        .all()
        .map(({ id, at, bytes }) => ({ id: String(id), at: Number(at), bytes: Number(bytes) }));
    },
    dropFiles(ids: readonly string[]): void {
      if (ids.length > 0) drop.run(JSON.stringify(ids));
    },
  };
}

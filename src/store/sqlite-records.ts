import type { DatabaseSync } from "node:sqlite";
import type { StoredRecord } from "./contract.ts";

/** Made beside the other tables where it is missing: a fig that does not know it is none the worse. */
const TABLE = `
  CREATE TABLE IF NOT EXISTS records (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL, text TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

export function recordOf({
  name,
  version,
  text,
}: Record<string, unknown>): StoredRecord & { readonly name: string } {
  return { name: String(name), version: Number(version), text: String(text) };
}

/** On the connection that is synced at each commit. */
export function sqliteRecords(database: DatabaseSync) {
  database.exec(TABLE);
  const one = database.prepare("SELECT name, version, text FROM records WHERE name = ?");
  const insert = database.prepare("INSERT OR IGNORE INTO records (name, version, text) VALUES (?, 1, ?)");
  const update = database.prepare(
    "UPDATE records SET version = version + 1, text = ? WHERE name = ? AND version = ?",
  );

  return {
    readRecords(names: readonly string[]): readonly (StoredRecord & { readonly name: string })[] {
      return names
        .map((name) => one.get(name))
        .filter((row) => row !== undefined)
        .map(recordOf);
    },
    swapRecord({ name, version, text }: StoredRecord & { readonly name: string }): boolean {
      const done = version === 0 ? insert.run(name, text) : update.run(text, name, version);
      return Number(done.changes) === 1;
    },
  };
}

import type { DatabaseSync } from "node:sqlite";
import { MAX_API_KEYS } from "../domain/api-key.ts";
import { API_KEYS_AT_ONCE, type ApiKeysWritten, type StoredApiKey } from "./contract.ts";
import { numberIn, transact } from "./sqlite-database.ts";
import { type ApiKeyRow, type ApiKeyText, storedApiKey } from "./stored-api-key.ts";

/** Made beside the other tables where it is missing. A removed key keeps its row, so that who follows hears of it. */
const TABLE = `
  CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY, revision INTEGER NOT NULL UNIQUE, token TEXT NOT NULL, hash TEXT UNIQUE, text TEXT
  ) STRICT, WITHOUT ROWID;
`;

export const SELECT_API_KEYS = "SELECT id, revision, token, hash, text FROM api_keys";

function textOf({ id, revision, text }: Record<string, unknown>): ApiKeyText {
  return { id: String(id), revision: Number(revision), text: text === null ? null : String(text) };
}

export function apiKeyOf(row: Record<string, unknown>): StoredApiKey {
  return storedApiKey(textOf(row));
}

/** The cells of a row. */
export function apiKeyRow({ id, revision, key }: StoredApiKey, token: string) {
  return { id, revision, token, hash: key?.hash ?? null, text: key === null ? null : JSON.stringify(key) };
}

/** On the connection that is synced at each commit. */
export function sqliteApiKeys(database: DatabaseSync) {
  database.exec(TABLE);
  const newest = database.prepare("SELECT revision, token FROM api_keys ORDER BY revision DESC LIMIT 1");
  const after = database.prepare(`${SELECT_API_KEYS} WHERE revision > ? ORDER BY revision LIMIT ?`);
  const one = database.prepare(`${SELECT_API_KEYS} WHERE id = ?`);
  const owner = database.prepare("SELECT id FROM api_keys WHERE hash = ?");
  const number = database.prepare("SELECT count(hash) FROM api_keys");
  const put = database.prepare(`INSERT INTO api_keys (id, revision, token, hash, text) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, token = excluded.token,
    hash = excluded.hash, text = excluded.text`);

  class Refused extends Error {
    readonly answer: ApiKeysWritten;

    constructor(answer: ApiKeysWritten) {
      super("refused");
      this.answer = answer;
    }
  }

  return {
    putApiKeys(call: { readonly token: string; readonly rows: readonly ApiKeyRow[] }): ApiKeysWritten {
      try {
        return transact(database, () => {
          let head = Number(newest.get()?.revision ?? 0);
          let added = false;
          for (const { id, revision, hash, text } of call.rows) {
            const known = one.get(id);
            if (Number(known?.revision ?? 0) !== revision)
              throw new Refused({ ok: false, id, why: "changed" });
            if (hash !== null && (owner.get(hash)?.id ?? id) !== id)
              throw new Refused({ ok: false, id, why: "same_hash" });
            added ||= hash !== null && (known?.hash ?? null) === null;
            put.run(id, ++head, call.token, hash, text);
          }
          if (added && numberIn(number.get()) > MAX_API_KEYS)
            throw new Refused({ ok: false, id: call.rows[0]?.id ?? "", why: "full" });
          return { ok: true, revision: head };
        });
      } catch (error) {
        if (error instanceof Refused) return error.answer;
        throw error;
      }
    },
    readApiKeys(revision: number) {
      const head = newest.get();
      return {
        revision: Number(head?.revision ?? 0),
        token: String(head?.token ?? ""),
        rows: after.all(revision, API_KEYS_AT_ONCE).map(textOf),
      };
    },
    findApiKeys: (ids: readonly string[]) =>
      ids
        .map((id) => one.get(id))
        .filter((row) => row !== undefined)
        .map(textOf),
  };
}

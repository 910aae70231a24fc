// What a provider remembers, in an SQLite file that both versions read: sessions, logins under way, grants, tokens.
import { AsyncLocalStorage } from "node:async_hooks";
import { DatabaseSync } from "node:sqlite";

/** What one copy of a request wrote: it reads that, and nobody else does. */
const copies = new AsyncLocalStorage();

/** Handles requests with `handle`. fig marks its copies with x-fig-shadow: what those write is forgotten. */
export function keepingNothingOfCopies(handle) {
  return (request, response) =>
    request.headers["x-fig-shadow"] === undefined
      ? handle(request, response)
      : copies.run(new Map(), handle, request, response);
}

/** The store as oidc-provider wants it (docs/README.md, adapter): a class, of which each kind of thing gets one. */
export function sqliteAdapter(file) {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
  database.exec(`CREATE TABLE IF NOT EXISTS things
    (key TEXT PRIMARY KEY, uid TEXT, user_code TEXT, grant_id TEXT, expires REAL, payload TEXT NOT NULL)`);
  const columns = "key, uid, user_code, grant_id, expires, payload";
  const write = database.prepare(`INSERT OR REPLACE INTO things (${columns}) VALUES (?, ?, ?, ?, ?, ?)`);
  const remove = database.prepare("DELETE FROM things WHERE key = ?");
  const revoke = database.prepare("DELETE FROM things WHERE grant_id = ?");
  const by = Object.fromEntries(
    ["key", "uid", "user_code"].map((column) => [
      column,
      database.prepare(`SELECT key, expires, payload FROM things WHERE ${column} = ?`),
    ]),
  );

  return class {
    constructor(kind) {
      this.kind = kind;
    }

    key(id) {
      return `${this.kind}:${id}`;
    }

    found(row) {
      const written = row && copies.getStore()?.get(row.key);
      if (written !== undefined) return written ?? undefined;
      return row === undefined || row.expires < Date.now() ? undefined : JSON.parse(row.payload);
    }

    async find(id) {
      const written = copies.getStore()?.get(this.key(id));
      return written === undefined ? this.found(by.key.get(this.key(id))) : (written ?? undefined);
    }

    async findByUid(uid) {
      return this.found(by.uid.get(uid));
    }

    async findByUserCode(code) {
      return this.found(by.user_code.get(code));
    }

    async upsert(id, payload, expiresIn) {
      const own = copies.getStore();
      if (own !== undefined) return void own.set(this.key(id), payload);
      const expires = Date.now() + (expiresIn ?? 3600) * 1000;
      const { uid = null, userCode = null, grantId = null } = payload;
      write.run(this.key(id), uid, userCode, grantId, expires, JSON.stringify(payload));
    }

    async consume(id) {
      const known = await this.find(id);
      const left = known && Math.max(1, known.exp - Date.now() / 1000);
      if (known !== undefined)
        await this.upsert(id, { ...known, consumed: Math.floor(Date.now() / 1000) }, left);
    }

    async destroy(id) {
      const own = copies.getStore();
      if (own === undefined) remove.run(this.key(id));
      else own.set(this.key(id), null);
    }

    async revokeByGrantId(grantId) {
      if (copies.getStore() === undefined) revoke.run(grantId);
    }
  };
}

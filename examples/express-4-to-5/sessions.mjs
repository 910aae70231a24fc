// The two ways of the shops to their sessions: one store that both read, or a store of each and a hand-over.
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import signature from "cookie-signature";
import session from "express-session";

/** Sessions in an SQLite file. */
class SessionFile extends session.Store {
  constructor(file) {
    super();
    const database = new DatabaseSync(file, { timeout: 5000 });
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    database.exec("CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, content TEXT NOT NULL)");
    this.read = database.prepare("SELECT content FROM sessions WHERE id = ?");
    this.write = database.prepare("INSERT OR REPLACE INTO sessions (id, content) VALUES (?, ?)");
    this.remove = database.prepare("DELETE FROM sessions WHERE id = ?");
  }
  get(id, callback) {
    const row = this.read.get(id);
    setImmediate(callback, null, row === undefined ? null : JSON.parse(row.content));
  }
  set(id, content, callback) {
    this.write.run(id, JSON.stringify(content));
    setImmediate(callback);
  }
  destroy(id, callback) {
    this.remove.run(id);
    setImmediate(callback);
  }
}

/** The same sessions to look at: a copy of a client's request must not save the client's session. */
class ReadOnly extends session.Store {
  constructor(store) {
    super();
    this.store = store;
  }
  get(id, callback) {
    this.store.get(id, callback);
  }
  set(_id, _content, callback) {
    setImmediate(callback);
  }
  destroy(_id, callback) {
    setImmediate(callback);
  }
}

const secret = process.env.SESSION_SECRET ?? "for this example only";
const cookie = { httpOnly: true, sameSite: "lax", maxAge: 3_600_000 };
const options = (name, store) => ({
  name,
  store,
  cookie,
  secret,
  resave: true,
  rolling: true, // as many shops do: every answer renews the cookie
  saveUninitialized: true,
});

/** One store for both shops. fig marks its copies with x-fig-shadow, and their sessions are not saved. */
export function shared(file) {
  const store = new SessionFile(file);
  const clients = session(options("shop.sid", store));
  const copies = session(options("shop.sid", new ReadOnly(store)));
  return [
    (request, response, next) =>
      (request.get("x-fig-shadow") === undefined ? clients : copies)(request, response, next),
  ];
}

/**
 * A store of each shop, and a cookie of each. A client who comes with the other shop's cookie was there last: its session is
 * fetched from there, where it ends, and so does that cookie. `directory` is a JSON file with the addresses of both shops.
 */
export function handedOver(app, own, other, file, directory) {
  const store = new SessionFile(file);
  app.delete("/hand-over", (request, response) => {
    const id = signature.unsign((request.get("x-session") ?? "").slice(2), secret);
    if (id === false) return response.sendStatus(404);
    store.get(id, (_error, content) => store.destroy(id, () => response.json(content ?? null)));
  });
  const takeOver = async (request, response, next) => {
    const theirs = new RegExp(`${other}\\.sid=([^;]+)`).exec(request.get("cookie") ?? "")?.[1];
    if (theirs === undefined) return next();
    const from = JSON.parse(readFileSync(directory, "utf8"))[other];
    const answer = await fetch(new URL("/hand-over", from), {
      method: "DELETE",
      headers: { "x-session": decodeURIComponent(theirs) },
    });
    const { cookie: _cookie, ...content } = (await answer.json()) ?? {};
    Object.assign(request.session, content);
    response.clearCookie(`${other}.sid`);
    next();
  };
  return [
    session(options(`${own}.sid`, store)),
    (request, response, next) => takeOver(request, response, next).catch(next),
  ];
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { transact } from "./sqlite-database.ts";
import type { StoredDefinition } from "./sqlite-protocol.ts";

interface Noted {
  readonly route: string;
  readonly hash: string;
}

/** Since when each route has the definition it has. */
export class SqliteDefinitions {
  private readonly database: DatabaseSync;
  private readonly one: StatementSync;
  private readonly every: StatementSync;
  private readonly upsert: StatementSync;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.one = database.prepare("SELECT route, hash, epoch, since FROM definitions WHERE route = ?");
    this.every = database.prepare("SELECT route, hash, epoch, since FROM definitions");
    this.upsert = database.prepare(`INSERT INTO definitions (route, hash, epoch, since) VALUES (?, ?, 1, ?)
      ON CONFLICT (route) DO UPDATE SET hash = excluded.hash, since = excluded.since, epoch = epoch + 1
      WHERE hash <> excluded.hash`);
  }

  note(now: number, routes: readonly Noted[]): StoredDefinition[] {
    const known = routes.flatMap(({ route }) => this.read(route) ?? []);
    // Most starts change nothing: no need to wait for a writer then.
    if (routes.every(({ hash }, index) => known[index]?.hash === hash)) return known;
    return transact(this.database, () => {
      for (const { route, hash } of routes) this.upsert.run(route, hash, now);
      return routes.flatMap(({ route }) => this.read(route) ?? []);
    });
  }

  readAll(): StoredDefinition[] {
    return this.every.all().map(definitionOf);
  }

  private read(route: string): StoredDefinition | undefined {
    const row = this.one.get(route);
    return row === undefined ? undefined : definitionOf(row);
  }
}

function definitionOf(row: Record<string, unknown>): StoredDefinition {
  return {
    route: String(row.route),
    hash: String(row.hash),
    epoch: Number(row.epoch),
    since: Number(row.since),
  };
}

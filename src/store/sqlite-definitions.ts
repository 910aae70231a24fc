import type { DatabaseSync } from "node:sqlite";
import { transact } from "./sqlite-database.ts";

export function definitionOf({ route, hash, epoch, since }: Record<string, unknown>) {
  return { route: String(route), hash: String(hash), epoch: Number(epoch), since: Number(since) };
}

/** Since when each route has the definition it has. */
export function sqliteDefinitions(database: DatabaseSync) {
  const one = database.prepare("SELECT route, hash, epoch, since FROM definitions WHERE route = ?");
  const every = database.prepare("SELECT route, hash, epoch, since FROM definitions");
  const upsert = database.prepare(`INSERT INTO definitions (route, hash, epoch, since) VALUES (?, ?, 1, ?)
    ON CONFLICT (route) DO UPDATE SET hash = excluded.hash, since = excluded.since, epoch = epoch + 1
    WHERE hash <> excluded.hash`);

  return {
    noteDefinitions(call: {
      readonly now: number;
      readonly routes: readonly { route: string; hash: string }[];
    }) {
      const { now, routes } = call;
      const stored = () =>
        routes
          .map(({ route }) => one.get(route))
          .filter((row) => row !== undefined)
          .map(definitionOf);
      const known = stored();
      // Most starts change nothing: no need to wait for a writer then.
      if (routes.every(({ hash }, index) => known[index]?.hash === hash)) return known;
      return transact(database, () => {
        for (const { route, hash } of routes) upsert.run(route, hash, now);
        return stored();
      });
    },
    readDefinitions: () => every.all().map(definitionOf),
  };
}

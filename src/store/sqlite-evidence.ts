import type { DatabaseSync } from "node:sqlite";
import { mergeCounts, parseCounts } from "../domain/counters.ts";
import type { EvidenceRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import { mergeMismatches } from "./merge-mismatches.ts";
import { transact } from "./sqlite-database.ts";
import type { StoredCounts } from "./sqlite-protocol.ts";
import { sqliteRetention } from "./sqlite-retention.ts";

/** Windows this process has written are remembered up to here, then forgotten all at once: only tidying repeats. */
const REMEMBERED_WINDOWS = 10_000;

/** The tables of counters and mismatch rows, one row a window and door. */
export function sqliteEvidence(database: DatabaseSync) {
  const retention = sqliteRetention(database);
  const doors = new Set<string>();
  const written = new Set<string>();
  const seeDoor = database.prepare(`INSERT INTO doors (door, seen) VALUES (?, ?)
    ON CONFLICT (door) DO UPDATE SET seen = excluded.seen`);
  const dropDoor = database.prepare("DELETE FROM doors WHERE door = ?");
  // A folded door's totals are already in the window's folded row. Adding them again would count them twice.
  const putRow = database.prepare(`INSERT INTO counts (route, revision, epoch, door, unsafe_modern, counts)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET unsafe_modern = excluded.unsafe_modern, counts = excluded.counts
    WHERE folded = 0`);
  const putList = database.prepare(`INSERT INTO mismatches (route, revision, epoch, door, list)
    SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (
      SELECT 1 FROM counts WHERE route = ?1 AND revision = ?2 AND epoch = ?3 AND door = ?4 AND folded <> 0)
    ON CONFLICT DO UPDATE SET list = excluded.list WHERE list <> excluded.list`);
  const rows = database.prepare(`SELECT counts FROM counts
    WHERE route = ? AND revision = ? AND epoch = ? AND counts IS NOT NULL`);
  const lists = database.prepare(
    "SELECT list FROM mismatches WHERE route = ? AND revision = ? AND epoch = ?",
  );
  const unsafe = database.prepare(
    "SELECT coalesce(sum(unsafe_modern), 0) AS total FROM counts WHERE route = ? AND revision >= ?",
  );

  function tidyOnce(door: string, window: WindowKey, now: number): void {
    const name = `${window.revision}.${window.epoch}:${door}:${window.route}`;
    if (written.has(name)) return;
    if (written.size >= REMEMBERED_WINDOWS) written.clear();
    written.add(name);
    retention.thin(window.route);
    retention.fold(window, now);
  }

  function countsOf({ route, revision, epoch }: WindowKey): string | undefined {
    const texts = rows.all(route, revision, epoch).map((row) => String(row.counts));
    if (texts.length <= 1) return texts[0];
    return JSON.stringify(mergeCounts(texts.map(parseCounts)));
  }

  return {
    putCounts(call: {
      readonly door: string;
      readonly now: number;
      readonly counts: readonly StoredCounts[];
    }) {
      const { door, now, counts } = call;
      doors.add(door);
      transact(database, () => {
        seeDoor.run(door, now);
        for (const { window, unsafeModern, counts: totals, mismatches } of counts) {
          const { route, revision, epoch } = window;
          putRow.run(route, revision, epoch, door, unsafeModern, totals);
          if (mismatches !== "[]") putList.run(route, revision, epoch, door, mismatches);
        }
        for (const { window } of counts) tidyOnce(door, window, now);
      });
    },
    endDoor({ door }: { readonly door: string }) {
      doors.delete(door);
      transact(database, () => void dropDoor.run(door));
    },
    /** Says that the doors that wrote through this connection are still there. */
    doorsAlive({ now }: { readonly now: number }) {
      if (doors.size > 0) transact(database, () => doors.forEach((door) => void seeDoor.run(door, now)));
    },
    /** JSON text of the counts of each window, undefined where nobody counted. */
    readCounts: (windows: readonly WindowKey[]) => windows.map(countsOf),
    /** JSON text of a window's mismatch rows. */
    readMismatches({ route, revision, epoch }: WindowKey): string {
      const found = lists.all(route, revision, epoch);
      return JSON.stringify(
        mergeMismatches(found.map((row) => JSON.parse(String(row.list)) as EvidenceRow[])),
      );
    },
    unsafeModernSince: ({ route, revision }: Pick<WindowKey, "route" | "revision">) =>
      Number(unsafe.get(route, revision)?.total),
  };
}

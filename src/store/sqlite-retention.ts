import type { DatabaseSync } from "node:sqlite";
import { mergeCounts, parseCounts } from "../domain/counters.ts";
import type { EvidenceRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import { mergeMismatches } from "./merge-mismatches.ts";
import { DOOR_ENDED_MS, DOORS_KEPT, FOLDED, FOLDED_KEPT_MS, WINDOWS_KEPT } from "./retention.ts";

const WINDOW = "route = ?1 AND revision = ?2 AND epoch = ?3";
const OLDER = "route = ?1 AND (revision, epoch) < (?2, ?3)";

/** Keeps evidence bounded: by windows of a route, and by doors of a window. Runs inside its caller's transaction. */
export function sqliteRetention(database: DatabaseSync) {
  const oldestKept = database.prepare(`SELECT revision, epoch FROM counts
    WHERE route = ? AND counts IS NOT NULL GROUP BY revision, epoch
    ORDER BY revision DESC, epoch DESC LIMIT 1 OFFSET ${WINDOWS_KEPT - 1}`);
  const drops = [
    `DELETE FROM mismatches WHERE ${OLDER}`,
    `DELETE FROM counts WHERE ${OLDER} AND unsafe_modern = 0`,
    `UPDATE counts SET counts = NULL WHERE ${OLDER} AND counts IS NOT NULL`,
  ].map((sql) => database.prepare(sql));
  const doorCount = database.prepare(
    `SELECT count(*) AS doors FROM counts WHERE ${WINDOW} AND counts IS NOT NULL`,
  );
  const forgetDoors = database.prepare("DELETE FROM doors WHERE seen < ?");
  const ended = database.prepare(`SELECT door, counts FROM counts WHERE ${WINDOW} AND counts IS NOT NULL
    AND (door = '${FOLDED}' OR door NOT IN (SELECT door FROM doors))`);
  const mark = database.prepare(
    `UPDATE counts SET folded = ?5, counts = NULL, unsafe_modern = 0 WHERE ${WINDOW} AND door = ?4`,
  );
  const forgetMarked = database.prepare(`DELETE FROM counts WHERE ${WINDOW} AND folded BETWEEN 1 AND ?4`);
  const putFoldedRow = database.prepare(`INSERT INTO counts
    (route, revision, epoch, door, unsafe_modern, counts) VALUES (?, ?, ?, '${FOLDED}', ?, ?)
    ON CONFLICT DO UPDATE SET unsafe_modern = excluded.unsafe_modern, counts = excluded.counts`);
  const listOf = database.prepare(`SELECT list FROM mismatches WHERE ${WINDOW} AND door = ?4`);
  const putFoldedList = database.prepare(`INSERT INTO mismatches (route, revision, epoch, door, list)
    VALUES (?, ?, ?, '${FOLDED}', ?) ON CONFLICT DO UPDATE SET list = excluded.list`);
  const dropList = database.prepare(`DELETE FROM mismatches WHERE ${WINDOW} AND door = ?4`);

  return {
    /** Drops all but a route's newest windows; of older ones only what modern did unsafely stays. */
    thin(route: string): void {
      const oldest = oldestKept.get(route);
      if (oldest === undefined) return;
      for (const drop of drops) drop.run(route, Number(oldest.revision), Number(oldest.epoch));
    },

    /** Adds up the rows of ended doors in a window that has rows of many doors. */
    fold(window: WindowKey, now: number): void {
      const key = [window.route, window.revision, window.epoch] as const;
      if (Number(doorCount.get(...key)?.doors) <= DOORS_KEPT) return;
      forgetDoors.run(now - DOOR_ENDED_MS);
      forgetMarked.run(...key, now - FOLDED_KEPT_MS);
      const rows = ended.all(...key);
      if (rows.length < 2) return;
      const lists: EvidenceRow[][] = [];
      for (const { door } of rows) {
        const list = listOf.get(...key, String(door))?.list;
        if (list !== undefined) lists.push(JSON.parse(String(list)) as EvidenceRow[]);
        if (door === FOLDED) continue;
        mark.run(...key, String(door), now);
        dropList.run(...key, String(door));
      }
      const counts = mergeCounts(rows.map((row) => parseCounts(String(row.counts))));
      putFoldedRow.run(...key, counts.unsafeModern, JSON.stringify(counts));
      if (lists.length > 0) putFoldedList.run(...key, JSON.stringify(mergeMismatches(lists)));
    },
  };
}

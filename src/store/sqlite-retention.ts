import type { DatabaseSync, StatementSync } from "node:sqlite";
import { mergeCounts, parseCounts } from "../domain/counters.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import { mergeMismatches } from "./merge-mismatches.ts";
import { DOOR_ENDED_MS, DOORS_KEPT, FOLDED, FOLDED_KEPT_MS, WINDOWS_KEPT } from "./retention.ts";

const WINDOW = "route = ?1 AND revision = ?2 AND epoch = ?3";

/** Keeps evidence bounded: by windows of a route, and by doors of a window. Runs inside its caller's transaction. */
export class SqliteRetention {
  private readonly oldestKept: StatementSync;
  private readonly dropLists: StatementSync;
  private readonly dropRows: StatementSync;
  private readonly emptyRows: StatementSync;
  private readonly doorCount: StatementSync;
  private readonly forgetDoors: StatementSync;
  private readonly ended: StatementSync;
  private readonly marked: StatementSync;
  private readonly forgetMarked: StatementSync;
  private readonly putFoldedRow: StatementSync;
  private readonly listOf: StatementSync;
  private readonly putFoldedList: StatementSync;
  private readonly dropList: StatementSync;

  constructor(database: DatabaseSync) {
    const older = "route = ?1 AND (revision, epoch) < (?2, ?3)";
    this.oldestKept = database.prepare(`SELECT revision, epoch FROM counts
      WHERE route = ? AND counts IS NOT NULL GROUP BY revision, epoch
      ORDER BY revision DESC, epoch DESC LIMIT 1 OFFSET ${WINDOWS_KEPT - 1}`);
    this.dropLists = database.prepare(`DELETE FROM mismatches WHERE ${older}`);
    this.dropRows = database.prepare(`DELETE FROM counts WHERE ${older} AND unsafe_modern = 0`);
    this.emptyRows = database.prepare(
      `UPDATE counts SET counts = NULL WHERE ${older} AND counts IS NOT NULL`,
    );
    this.doorCount = database.prepare(
      `SELECT count(*) AS doors FROM counts WHERE ${WINDOW} AND counts IS NOT NULL`,
    );
    this.forgetDoors = database.prepare("DELETE FROM doors WHERE seen < ?");
    this.ended = database.prepare(`SELECT door, counts FROM counts WHERE ${WINDOW} AND counts IS NOT NULL
      AND (door = '${FOLDED}' OR door NOT IN (SELECT door FROM doors))`);
    this.marked = database.prepare(
      `UPDATE counts SET folded = ?5, counts = NULL, unsafe_modern = 0 WHERE ${WINDOW} AND door = ?4`,
    );
    this.forgetMarked = database.prepare(`DELETE FROM counts WHERE ${WINDOW} AND folded BETWEEN 1 AND ?4`);
    this.putFoldedRow = database.prepare(`INSERT INTO counts
      (route, revision, epoch, door, unsafe_modern, counts) VALUES (?, ?, ?, '${FOLDED}', ?, ?)
      ON CONFLICT DO UPDATE SET unsafe_modern = excluded.unsafe_modern, counts = excluded.counts`);
    this.listOf = database.prepare(`SELECT list FROM mismatches WHERE ${WINDOW} AND door = ?4`);
    this.putFoldedList = database.prepare(`INSERT INTO mismatches (route, revision, epoch, door, list)
      VALUES (?, ?, ?, '${FOLDED}', ?) ON CONFLICT DO UPDATE SET list = excluded.list`);
    this.dropList = database.prepare(`DELETE FROM mismatches WHERE ${WINDOW} AND door = ?4`);
  }

  /** Drops all but a route's newest windows; of older ones only what modern did unsafely stays. */
  thin(route: string): void {
    const oldest = this.oldestKept.get(route);
    if (oldest === undefined) return;
    const kept = [route, Number(oldest.revision), Number(oldest.epoch)] as const;
    this.dropLists.run(...kept);
    this.dropRows.run(...kept);
    this.emptyRows.run(...kept);
  }

  /** Adds up the rows of ended doors in a window that has rows of many doors. */
  fold(window: WindowKey, now: number): void {
    const key = [window.route, window.revision, window.epoch] as const;
    if (Number(this.doorCount.get(...key)?.doors) <= DOORS_KEPT) return;
    this.forgetDoors.run(now - DOOR_ENDED_MS);
    this.forgetMarked.run(...key, now - FOLDED_KEPT_MS);
    const rows = this.ended.all(...key);
    if (rows.length < 2) return;
    const lists: MismatchRow[][] = [];
    for (const { door } of rows) {
      const list = this.listOf.get(...key, String(door))?.list;
      if (list !== undefined) lists.push(JSON.parse(String(list)) as MismatchRow[]);
      if (door === FOLDED) continue;
      this.marked.run(...key, String(door), now);
      this.dropList.run(...key, String(door));
    }
    const counts = mergeCounts(rows.map((row) => parseCounts(String(row.counts))));
    this.putFoldedRow.run(...key, counts.unsafeModern, JSON.stringify(counts));
    if (lists.length > 0) this.putFoldedList.run(...key, JSON.stringify(mergeMismatches(lists)));
  }
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { mergeCounts, parseCounts } from "../domain/counters.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import type { WindowKey } from "../domain/tally.ts";
import { mergeMismatches } from "./merge-mismatches.ts";
import { transact } from "./sqlite-database.ts";
import type { StoredCounts } from "./sqlite-protocol.ts";
import { SqliteRetention } from "./sqlite-retention.ts";

/** Windows this process has written are remembered up to here, then forgotten all at once: only tidying repeats. */
const REMEMBERED_WINDOWS = 10_000;

/** The tables of counters and mismatch rows, one row a window and door. */
export class SqliteEvidence {
  private readonly database: DatabaseSync;
  private readonly retention: SqliteRetention;
  private readonly doors = new Set<string>();
  private readonly written = new Set<string>();
  private readonly seeDoor: StatementSync;
  private readonly putRow: StatementSync;
  private readonly putList: StatementSync;
  private readonly rows: StatementSync;
  private readonly lists: StatementSync;
  private readonly unsafe: StatementSync;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.retention = new SqliteRetention(database);
    this.seeDoor = database.prepare(`INSERT INTO doors (door, seen) VALUES (?, ?)
      ON CONFLICT (door) DO UPDATE SET seen = excluded.seen`);
    // A folded door's totals are in the window's folded row already: adding them again would count them twice.
    this.putRow = database.prepare(`INSERT INTO counts (route, revision, epoch, door, unsafe_modern, counts)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET unsafe_modern = excluded.unsafe_modern, counts = excluded.counts
      WHERE folded = 0`);
    this.putList = database.prepare(`INSERT INTO mismatches (route, revision, epoch, door, list)
      SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (
        SELECT 1 FROM counts WHERE route = ?1 AND revision = ?2 AND epoch = ?3 AND door = ?4 AND folded <> 0)
      ON CONFLICT DO UPDATE SET list = excluded.list WHERE list <> excluded.list`);
    this.rows = database.prepare(`SELECT counts FROM counts
      WHERE route = ? AND revision = ? AND epoch = ? AND counts IS NOT NULL`);
    this.lists = database.prepare(`SELECT list FROM mismatches
      WHERE route = ? AND revision = ? AND epoch = ?`);
    this.unsafe = database.prepare(`SELECT coalesce(sum(unsafe_modern), 0) AS total FROM counts
      WHERE route = ? AND revision >= ?`);
  }

  put(door: string, now: number, counts: readonly StoredCounts[]): void {
    this.doors.add(door);
    transact(this.database, () => {
      this.seeDoor.run(door, now);
      for (const { window, unsafeModern, counts: totals, mismatches } of counts) {
        const { route, revision, epoch } = window;
        this.putRow.run(route, revision, epoch, door, unsafeModern, totals);
        if (mismatches !== "[]") this.putList.run(route, revision, epoch, door, mismatches);
      }
      for (const { window } of counts) this.tidyOnce(door, window, now);
    });
  }

  doorsAlive(now: number): void {
    if (this.doors.size === 0) return;
    transact(this.database, () => {
      for (const door of this.doors) this.seeDoor.run(door, now);
    });
  }

  /** JSON text of a window's counts; undefined: nobody counted in it. */
  read({ route, revision, epoch }: WindowKey): string | undefined {
    const rows = this.rows.all(route, revision, epoch).map((row) => String(row.counts));
    if (rows.length <= 1) return rows[0];
    return JSON.stringify(mergeCounts(rows.map(parseCounts)));
  }

  /** JSON text of a window's mismatch rows. */
  readMismatches({ route, revision, epoch }: WindowKey): string {
    const lists = this.lists.all(route, revision, epoch);
    return JSON.stringify(mergeMismatches(lists.map((row) => JSON.parse(String(row.list)) as MismatchRow[])));
  }

  unsafeModernSince(route: string, revision: number): number {
    return Number(this.unsafe.get(route, revision)?.total);
  }

  private tidyOnce(door: string, window: WindowKey, now: number): void {
    const name = `${window.revision}.${window.epoch}:${door}:${window.route}`;
    if (this.written.has(name)) return;
    if (this.written.size >= REMEMBERED_WINDOWS) this.written.clear();
    this.written.add(name);
    this.retention.thin(window.route);
    this.retention.fold(window, now);
  }
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { mergeCounts, subtractCounts } from "../domain/counters.ts";
import { STEP_MS, stepStart } from "../domain/rollup.ts";
import type { RollupQuery, RollupStep } from "./contract.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { HOURS_KEPT_MS, MAX_ROLLUPS_REMOVED, MINUTES_KEPT_MS } from "./retention.ts";
import { numberIn, transact } from "./sqlite-database.ts";
import type { StoredRollup } from "./sqlite-protocol.ts";

/**
 * Clustered by route and time, as charts read them. Made beside the other tables where they are missing: a file without
 * them, or a fig that does not know them, is none the worse.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS minutes (
    route TEXT NOT NULL, at INTEGER NOT NULL, door TEXT NOT NULL, counts TEXT NOT NULL,
    PRIMARY KEY (route, at, door)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS hours (
    route TEXT NOT NULL, at INTEGER NOT NULL, counts TEXT NOT NULL,
    PRIMARY KEY (route, at)
  ) STRICT, WITHOUT ROWID;
`;

/** Of one answer: more is asked for again, so that neither thread is held up. */
const PAGE_STEPS = 100;
/** Routes looked at with one write for what is too old. */
const ROUTES_SWEPT = 4;

/** Removes what is too old from one table, route by route in turn, a bounded number at a time. */
class Sweep {
  private readonly nextRoute: StatementSync;
  private readonly removeOld: StatementSync;
  private readonly keptMs: number;
  private route = "";

  constructor(database: DatabaseSync, table: "minutes" | "hours", keptMs: number) {
    this.keptMs = keptMs;
    const key = table === "minutes" ? "route, at, door" : "route, at";
    this.nextRoute = database.prepare(`SELECT min(route) AS route FROM ${table} WHERE route > ?`);
    this.removeOld = database.prepare(`DELETE FROM ${table} WHERE (${key}) IN (
      SELECT ${key} FROM ${table} WHERE route = ? AND at < ? LIMIT ?)`);
  }

  run(now: number, most: number): void {
    let left = most;
    for (let routes = 0; routes < ROUTES_SWEPT && left > 0; routes++) {
      const next = this.nextRoute.get(this.route)?.route;
      if (typeof next !== "string") {
        this.route = "";
        return;
      }
      const removed = Number(this.removeOld.run(next, now - this.keptMs, left).changes);
      left -= removed;
      if (left > 0) this.route = next;
    }
  }
}

/** The tables of minutes and hours. An hour is kept up with each of its minutes, by what the minute gained. */
export class SqliteRollups {
  private readonly database: DatabaseSync;
  private readonly sweeps: readonly Sweep[];
  private readonly minuteOf: StatementSync;
  private readonly hourOf: StatementSync;
  private readonly putMinute: StatementSync;
  private readonly putHour: StatementSync;
  private readonly pages: Readonly<Record<RollupStep, StatementSync>>;

  constructor(database: DatabaseSync) {
    this.database = database;
    const missing = () =>
      numberIn(
        database.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('minutes', 'hours')").get(),
      ) < 2;
    if (missing()) transact(database, () => database.exec(TABLES));
    this.sweeps = [
      new Sweep(database, "minutes", MINUTES_KEPT_MS),
      new Sweep(database, "hours", HOURS_KEPT_MS),
    ];
    this.minuteOf = database.prepare("SELECT counts FROM minutes WHERE route = ? AND at = ? AND door = ?");
    this.hourOf = database.prepare("SELECT counts FROM hours WHERE route = ? AND at = ?");
    this.putMinute = database.prepare(`INSERT INTO minutes (route, at, door, counts) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET counts = excluded.counts`);
    this.putHour = database.prepare(`INSERT INTO hours (route, at, counts) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET counts = excluded.counts`);
    const page = (table: string) =>
      database.prepare(`SELECT at, counts FROM ${table} WHERE route = ? AND at >= ? AND at < ? ORDER BY at`);
    this.pages = { minute: page("minutes"), hour: page("hours") };
  }

  put(door: string, now: number, rollups: readonly StoredRollup[]): void {
    transact(this.database, () => {
      for (const rollup of rollups) this.putOne(door, now, rollup);
      for (const sweep of this.sweeps) sweep.run(now, MAX_ROLLUPS_REMOVED);
    });
  }

  /** A page of packed counts, oldest first; empty: there is nothing more. */
  read({ route, step, from, to }: RollupQuery, now: number) {
    const since = Math.max(from, now - (step === "minute" ? MINUTES_KEPT_MS : HOURS_KEPT_MS));
    const found: { at: number; texts: string[] }[] = [];
    for (const row of this.pages[step].iterate(route, Math.ceil(since), Math.ceil(to))) {
      const at = Number(row.at);
      const last = found.at(-1);
      if (last?.at === at) last.texts.push(String(row.counts));
      else if (found.length === PAGE_STEPS) break;
      else found.push({ at, texts: [String(row.counts)] });
    }
    return found.map(({ at, texts }) => ({
      at,
      counts: texts.length === 1 ? (texts[0] as string) : packCounts(mergeCounts(texts.map(unpackCounts))),
    }));
  }

  private putOne(door: string, now: number, { route, at, counts: text }: StoredRollup): void {
    if (at < now - MINUTES_KEPT_MS) return;
    const before = this.minuteOf.get(route, at, door);
    if (before?.counts === text) return;
    this.putMinute.run(route, at, door, text);
    const hour = stepStart(at, STEP_MS.hour);
    const counts = unpackCounts(text);
    const more = before === undefined ? counts : subtractCounts(counts, unpackCounts(String(before.counts)));
    const sofar = this.hourOf.get(route, hour);
    const sum = sofar === undefined ? more : mergeCounts([unpackCounts(String(sofar.counts)), more]);
    this.putHour.run(route, hour, packCounts(sum));
  }
}

import type { DatabaseSync } from "node:sqlite";
import { mergeCounts, subtractCounts } from "../domain/counters.ts";
import { STEP_MS, stepStart } from "../domain/rollup.ts";
import type { RollupQuery } from "./contract.ts";
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
function sweepOf(database: DatabaseSync, table: "minutes" | "hours", keptMs: number) {
  const key = table === "minutes" ? "route, at, door" : "route, at";
  const nextRoute = database.prepare(`SELECT min(route) AS route FROM ${table} WHERE route > ?`);
  const removeOld = database.prepare(`DELETE FROM ${table} WHERE (${key}) IN (
    SELECT ${key} FROM ${table} WHERE route = ? AND at < ? LIMIT ?)`);
  let route = "";
  return (now: number): void => {
    let left = MAX_ROLLUPS_REMOVED;
    for (let routes = 0; routes < ROUTES_SWEPT && left > 0; routes++) {
      const next = nextRoute.get(route)?.route;
      if (typeof next !== "string") {
        route = "";
        return;
      }
      left -= Number(removeOld.run(next, now - keptMs, left).changes);
      if (left > 0) route = next;
    }
  };
}

/** The tables of minutes and hours. An hour is kept up with each of its minutes, by what the minute gained. */
export function sqliteRollups(database: DatabaseSync) {
  const there = database.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('minutes', 'hours')");
  if (numberIn(there.get()) < 2) transact(database, () => database.exec(TABLES));
  const sweeps = [sweepOf(database, "minutes", MINUTES_KEPT_MS), sweepOf(database, "hours", HOURS_KEPT_MS)];
  const minuteOf = database.prepare("SELECT counts FROM minutes WHERE route = ? AND at = ? AND door = ?");
  const hourOf = database.prepare("SELECT counts FROM hours WHERE route = ? AND at = ?");
  const putMinute = database.prepare(`INSERT INTO minutes (route, at, door, counts) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET counts = excluded.counts`);
  const putHour = database.prepare(`INSERT INTO hours (route, at, counts) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET counts = excluded.counts`);
  const pageOf = (table: string) =>
    database.prepare(`SELECT at, counts FROM ${table} WHERE route = ? AND at >= ? AND at < ? ORDER BY at`);
  const pages = { minute: pageOf("minutes"), hour: pageOf("hours") };

  function putOne(door: string, now: number, { route, at, counts: text }: StoredRollup): void {
    if (at < now - MINUTES_KEPT_MS) return;
    const before = minuteOf.get(route, at, door);
    if (before?.counts === text) return;
    putMinute.run(route, at, door, text);
    const hour = stepStart(at, STEP_MS.hour);
    const counts = unpackCounts(text);
    const more = before === undefined ? counts : subtractCounts(counts, unpackCounts(String(before.counts)));
    const sofar = hourOf.get(route, hour);
    const sum = sofar === undefined ? more : mergeCounts([unpackCounts(String(sofar.counts)), more]);
    putHour.run(route, hour, packCounts(sum));
  }

  return {
    putRollups(call: {
      readonly door: string;
      readonly now: number;
      readonly rollups: readonly StoredRollup[];
    }) {
      const { door, now, rollups } = call;
      transact(database, () => {
        for (const rollup of rollups) putOne(door, now, rollup);
        for (const sweep of sweeps) sweep(now);
      });
    },
    /** A page of packed counts, oldest first; empty: there is nothing more. */
    readRollups({ route, step, from, to, now }: RollupQuery & { readonly now: number }) {
      const since = Math.max(from, now - (step === "minute" ? MINUTES_KEPT_MS : HOURS_KEPT_MS));
      const found: { at: number; texts: string[] }[] = [];
      for (const row of pages[step].iterate(route, Math.ceil(since), Math.ceil(to))) {
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
    },
  };
}

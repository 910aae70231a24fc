import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../src/clock.ts";
import type { WindowCounts } from "../../src/domain/counters.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import type { Position } from "../../src/domain/position.ts";
import { ALL_ROUTES, STEP_MS, stepStart } from "../../src/domain/rollup.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { openStore } from "../../src/store/index.ts";
import { packCounts } from "../../src/store/packed-counts.ts";

export interface FullStore {
  readonly routes: number;
  readonly entries: number;
  /** Of hours; minutes go back two days at most. */
  readonly days: number;
  /** How many routes have rollups, beside `(all)`. */
  readonly charted: number;
}

export const FULL: FullStore = { routes: 2_000, entries: 100_000, days: 30, charted: 2_000 };

export function routeName(index: number): string {
  return `service-${index % 40}.route-${index}`;
}

/** A routes file for such a store. */
export function routesYaml({ routes }: Pick<FullStore, "routes">): string {
  const lines = Array.from(
    { length: routes },
    (_, i) =>
      `  - id: ${routeName(i)}\n    match: { path: "/api/service-${i % 40}/r${i}/{id}" }\n    modern: modern\n`,
  );
  return `routes:\n${lines.join("")}`;
}

/** Counts of some traffic, with latencies spread as real ones are. */
function traffic(seed: number): WindowCounts {
  const tally = new WindowTally({ route: "any", revision: 0, epoch: 1 });
  let state = seed * 2_654_435_761;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 40; i++) {
    const side = random() < 0.3 ? "modern" : "legacy";
    const micros = Math.round(3_000 * Math.exp(random() * 3));
    tally.answered(side, random() < 0.02 ? 503 : 200, micros, random() < 0.02, false);
    tally.shadowAnswered(side === "legacy" ? "modern" : "legacy", 200, micros + 500, false);
    tally.compared(random() < 0.03 ? "mismatch" : "match");
  }
  tally.notCompared("unsafe_method");
  return tally.counts();
}

function entryOf(revision: number, at: number, route: string, from: Position, to: Position): LedgerEntry {
  const side = { requests: 12_345, errors: 3, p50: 12.8, p95: 40.1, p99: 88.6 };
  const window = {
    since: new Date(at).toISOString(),
    legacy: side,
    modern: side,
    shadow: { legacy: side, modern: side },
  };
  return {
    revision,
    at: new Date(at).toISOString(),
    kind: "shift",
    by: `person-${revision % 7}`,
    reason: `step ${revision}`,
    migration: null,
    changes: [{ route, from, to, hash: "00112233aabbccdd" }],
    evidence: { windows: { [route]: window }, split: {}, gates: [], forced: false },
  };
}

/** Makes the state file of a long migration, in seconds instead of months. */
export async function fillStore(file: string, { routes, entries, days, charted }: FullStore): Promise<void> {
  await (await openStore(`sqlite:${file}`, systemClock)).close();
  const database = new DatabaseSync(file);
  const now = systemClock.now();
  const texts = Array.from({ length: 16 }, (_, i) => packCounts(traffic(i + 1)));
  const counts = JSON.stringify(traffic(17));
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN");
  const insertEntry = database.prepare("INSERT INTO ledger (revision, token, entry) VALUES (?, ?, ?)");
  const insertRoute = database.prepare("INSERT INTO ledger_routes (route, revision) VALUES (?, ?)");
  const insertCounts =
    database.prepare(`INSERT INTO counts (route, revision, epoch, door, unsafe_modern, counts)
    VALUES (?, ?, 1, 'filled', 0, ?)`);
  const positions = new Map<string, { readonly position: Position; readonly revision: number }>();
  const begun = now - days * 24 * STEP_MS.hour;
  for (let revision = 1; revision <= entries; revision++) {
    const route = routeName(revision % routes);
    const from = positions.get(route)?.position ?? { modern: 0, shadow: 0 };
    const to = { modern: (revision * 7) % 101, shadow: 100 };
    const at = begun + Math.floor(((now - begun) * revision) / (entries + 1));
    insertEntry.run(revision, `filled-${revision}`, JSON.stringify(entryOf(revision, at, route, from, to)));
    insertRoute.run(route, revision);
    positions.set(route, { position: to, revision });
  }
  for (const [route, { revision }] of positions) insertCounts.run(route, revision, counts);
  const insertHour = database.prepare("INSERT INTO hours (route, at, counts) VALUES (?, ?, ?)");
  const insertMinute = database.prepare(
    "INSERT INTO minutes (route, at, door, counts) VALUES (?, ?, 'filled', ?)",
  );
  const lastHour = stepStart(now, STEP_MS.hour);
  const lastMinute = stepStart(now, STEP_MS.minute);
  const names = [ALL_ROUTES, ...Array.from({ length: charted }, (_, i) => routeName(i))].sort();
  for (const [index, route] of names.entries()) {
    const text = (step: number) => texts[(step + index) % texts.length] as string;
    for (let step = days * 24; step >= 0; step--)
      insertHour.run(route, lastHour - step * STEP_MS.hour, text(step));
    // Minutes of all routes would be six million rows: the busiest have theirs.
    if (index > 50 && route !== ALL_ROUTES) continue;
    for (let step = 2_000; step >= 0; step--)
      insertMinute.run(route, lastMinute - step * STEP_MS.minute, text(step));
  }
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

/**
 * The state that tests of a full store begin with: made by the first of a run that asks, copied for the others. Rollups of every route
 * would be a gigabyte; what is asked about a route is the same with those of fifty.
 */
export async function copyFullStore(file: string): Promise<void> {
  const made = join(process.env.FIG_TEST_KEPT as string, "full-store.db");
  if (!existsSync(made)) await fillStore(made, { ...FULL, charted: 50 });
  copyFileSync(made, file);
}

import { mostFirst } from "./most-first.ts";
import type { AfterWrites, Cascaded, CascadeRow } from "./outcomes.ts";

/** Places told under one difference; those that came first stay, the others are not told. */
const MAX_CASCADE = 20;

type Cascade = readonly CascadeRow[] | undefined;

const MOST_SEEN = mostFirst<CascadeRow>(
  ({ count }) => count,
  ({ path, kind, by }) => `${path} ${kind} ${by}`,
);

/** What one comparison found, as a row. */
export function cascadeOf(cascade: readonly Cascaded[] | undefined): Cascade {
  return cascade?.map((each) => ({ ...each, count: 1 }));
}

/** Adds up what follows from one difference, by path, kind and way, the most frequent first. */
export function addedCascades(a: Cascade, b: Cascade): Cascade {
  if (a === undefined || b === undefined) return a ?? b;
  const rows = new Map<string, CascadeRow>();
  for (const row of [...a, ...b]) {
    const key = `${row.by} ${row.kind} ${row.path}`;
    const known = rows.get(key);
    if (known === undefined) {
      if (rows.size < MAX_CASCADE) rows.set(key, row);
    } else rows.set(key, { ...known, count: known.count + row.count, places: known.places + row.places });
  }
  return [...rows.values()].sort(MOST_SEEN);
}

/** Of two lists of one row. */
export function addedAfterWrites(
  a: AfterWrites | undefined,
  b: AfterWrites | undefined,
): AfterWrites | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { differed: a.differed + b.differed, not_copied: a.not_copied + b.not_copied };
}

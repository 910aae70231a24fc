import { addedAfterWrites, addedCascades } from "../domain/cascade.ts";
import { addedPairs } from "../domain/noise.ts";
import { addedOperations } from "../domain/operations/row-operations.ts";
import type { EvidenceRow } from "../domain/outcomes.ts";
import { spreadSamples } from "../domain/samples.ts";

/** Most samples a merged row keeps, however many doors sent some. */
const MAX_SAMPLES = 20;
/** Most rows a merged list keeps: doors bound their own lists, their number is not bounded. */
const MAX_ROWS = 2_000;

function mergeRows(a: EvidenceRow, b: EvidenceRow): EvidenceRow {
  const cascade = addedCascades(a.cascade, b.cascade);
  const afterWrites = addedAfterWrites(a.afterWrites, b.afterWrites);
  const operations = addedOperations(a.operations, b.operations);
  const keep = Math.min(MAX_SAMPLES, Math.max(a.samples.length, b.samples.length));
  return {
    path: a.path,
    kind: a.kind,
    count: a.count + b.count,
    firstSeen: compareText(a.firstSeen, b.firstSeen) <= 0 ? a.firstSeen : b.firstSeen,
    lastSeen: compareText(a.lastSeen, b.lastSeen) >= 0 ? a.lastSeen : b.lastSeen,
    samples: spreadSamples([...a.samples, ...b.samples], keep),
    ...(cascade === undefined ? {} : { cascade }),
    ...(afterWrites === undefined ? {} : { afterWrites }),
    ...(operations === undefined ? {} : { operations }),
    ...(a.pairs === undefined || b.pairs === undefined ? {} : { pairs: addedPairs(a.pairs, b.pairs) }),
  };
}

/**
 * Adds up the mismatch rows of several doors by path and kind, most frequent first (ties by path, then kind). A merged
 * row keeps as many samples as the longest list it came from, at most 20.
 */
export function mergeMismatches(lists: readonly (readonly EvidenceRow[])[]): EvidenceRow[] {
  const byName = new Map<string, EvidenceRow>();
  for (const list of lists) {
    for (const row of list) {
      const name = `${row.kind} ${row.path}`;
      const known = byName.get(name);
      byName.set(name, known === undefined ? row : mergeRows(known, row));
    }
  }
  const rows = [...byName.values()];
  rows.sort((a, b) => b.count - a.count || compareText(a.path, b.path) || compareText(a.kind, b.kind));
  return rows.slice(0, MAX_ROWS);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

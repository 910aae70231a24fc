import { mostFirst } from "../domain/most-first.ts";
import type { DifferenceGroup, DifferenceGroupPage, DifferenceQuery } from "./board-contract.ts";
import type { DifferenceReading } from "./difference-page.ts";

type Sum = { -readonly [Key in keyof DifferenceGroup]: DifferenceGroup[Key] } & { routes: string[] };

const MOST_SEEN = mostFirst<Sum>(
  ({ count }) => count,
  ({ path, kind }) => `${path} ${kind}`,
);

function added(a: DifferenceGroup["lately"], b: DifferenceGroup["lately"]): DifferenceGroup["lately"] {
  if (a === null || b === null) return a ?? b;
  return {
    ms: Math.max(a.ms, b.ms),
    count: a.count + b.count,
    comparisons: a.comparisons + b.comparisons,
  };
}

/** The same path and kind over all routes: one cause is often one line of code. The most frequent first. */
export function differenceGroups(
  { rows }: DifferenceReading,
  { kind, query, limit, offset }: Pick<DifferenceQuery, "kind" | "query" | "limit" | "offset">,
): DifferenceGroupPage {
  const part = query?.toLowerCase() ?? "";
  const groups = new Map<string, Sum>();
  for (const row of rows) {
    if (kind !== undefined && row.kind !== kind) continue;
    if (!row.path.toLowerCase().includes(part) && !row.route.toLowerCase().includes(part)) continue;
    const key = `${row.path}\n${row.kind}`;
    const { route, count, comparisons, firstSeen, lastSeen, lately = null } = row;
    const known = groups.get(key);
    if (known === undefined) {
      const { path } = row;
      groups.set(key, {
        path,
        kind: row.kind,
        routes: [route],
        count,
        comparisons,
        firstSeen,
        lastSeen,
        lately,
      });
      continue;
    }
    known.routes.push(route);
    known.count += count;
    known.comparisons += comparisons;
    if (firstSeen < known.firstSeen) known.firstSeen = firstSeen;
    if (lastSeen > known.lastSeen) known.lastSeen = lastSeen;
    known.lately = added(known.lately, lately);
  }
  const all = [...groups.values()].sort(MOST_SEEN);
  return { total: all.length, rows: Object.freeze(all.slice(offset, offset + limit)) };
}

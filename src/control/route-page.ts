import { PHASES, SIDES, type Side } from "../domain/position.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import type { RoutePage, RouteQuery, RouteSort } from "./board-contract.ts";
import type { RouteStatus, SideStatus } from "./contract.ts";

function ratio(part: number, whole: number): number {
  return whole === 0 ? -1 : part / whole;
}

/** What a side answered clients; where it served none, shadows. */
function answersOf(row: RouteStatus, side: Side): SideStatus {
  return row[side].requests > 0 ? row[side] : row.shadow[side];
}

/** What rows are sorted by; nothing counted comes before everything. */
const VALUES: Readonly<Record<Exclude<RouteSort, "id">, (row: RouteStatus) => number>> = {
  phase: (row) => PHASES.indexOf(row.phase),
  modern: (row) => row.position.modern,
  shadow: (row) => row.position.shadow,
  requests: (row) => row.legacy.requests + row.modern.requests,
  errorRate: (row) => {
    const [legacy, modern] = SIDES.map((side) => answersOf(row, side)) as [SideStatus, SideStatus];
    return ratio(legacy.errors + modern.errors, legacy.requests + modern.requests);
  },
  p95: (row) => Math.max(...SIDES.map((side) => answersOf(row, side).p95 ?? -1)),
  mismatchRate: ({ comparisons: { match, mismatch } }) => ratio(mismatch, match + mismatch),
  lastShift: (row) => row.lastShift?.revision ?? 0,
};

/** The rows a table shows of all there are. */
export function routePage(all: readonly RouteStatus[], query: RouteQuery): RoutePage {
  const { phase, sort = "id", order = "asc", limit, offset } = query;
  const part = query.query?.toLowerCase() ?? "";
  const rows = all.filter(
    (row) =>
      (phase === undefined || row.phase === phase) &&
      (row.id.toLowerCase().includes(part) || row.cohort.toLowerCase().includes(part)),
  );
  const byId = (a: RouteStatus, b: RouteStatus) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const sign = order === "asc" ? 1 : -1;
  // The default route comes last, in either order.
  const isDefault = ({ id }: RouteStatus) => Number(id === DEFAULT_ROUTE_ID);
  if (sort === "id") rows.sort((a, b) => isDefault(a) - isDefault(b) || sign * byId(a, b));
  else {
    const value = VALUES[sort];
    // Equal ones stay in the order of their ids, so that pages do not overlap.
    rows.sort((a, b) => sign * (value(a) - value(b)) || byId(a, b));
  }
  return { total: rows.length, rows: Object.freeze(rows.slice(offset, offset + limit)) };
}

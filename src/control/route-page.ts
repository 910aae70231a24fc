import { PHASES, SIDES, type Side } from "../domain/position.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition } from "../domain/route.ts";
import type { RoutePage, RouteQuery, RouteRow, RouteSort } from "./board-contract.ts";
import type { RouteStatus, SideStatus } from "./contract.ts";
import type { Wanting } from "./wanting.ts";

function ratio(part: number, whole: number): number {
  return whole === 0 ? -1 : part / whole;
}

/** What a side answered clients; where it served none, shadows. */
function answersOf(row: RouteStatus, side: Side): SideStatus {
  return row[side].requests > 0 ? row[side] : row.shadow[side];
}

function mismatchRate({ comparisons: { match, mismatch } }: RouteStatus): number {
  return ratio(mismatch, match + mismatch);
}

/** What rows are sorted by; nothing counted comes before everything. */
const VALUES: Readonly<Record<Exclude<RouteSort, "id" | "worst">, (row: RouteRow) => number>> = {
  phase: (row) => PHASES.indexOf(row.phase),
  modern: (row) => row.position.modern,
  shadow: (row) => row.position.shadow,
  requests: (row) => row.legacy.requests + row.modern.requests,
  rate: (row) => row.recent?.perSecond ?? -1,
  recentP95: (row) => row.recent?.p95 ?? -1,
  recentErrors: ({ recent }) => (recent ? ratio(recent.errors, recent.requests) : -1),
  errorRate: (row) => {
    const [legacy, modern] = SIDES.map((side) => answersOf(row, side)) as [SideStatus, SideStatus];
    return ratio(legacy.errors + modern.errors, legacy.requests + modern.requests);
  },
  p95: (row) => Math.max(...SIDES.map((side) => answersOf(row, side).p95 ?? -1)),
  mismatchRate,
  lastShift: (row) => row.lastShift?.revision ?? 0,
};

const GRAVE = ["error", "warning"];

function byId(a: RouteRow, b: RouteRow): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function isDefault({ id }: RouteRow): number {
  return Number(id === DEFAULT_ROUTE_ID);
}

function rank({ attention }: RouteRow): number {
  return attention ? GRAVE.indexOf(attention) : GRAVE.length;
}

function recentErrors({ recent }: RouteRow): number {
  return recent ? ratio(recent.errors, recent.requests) : 0;
}

/** As `fig status` has them: by what needs attention, then by errors lately, by mismatches, and by how busy they are. */
function worstFirst(a: RouteRow, b: RouteRow): number {
  return (
    rank(a) - rank(b) ||
    recentErrors(b) - recentErrors(a) ||
    Math.max(0, mismatchRate(b)) - Math.max(0, mismatchRate(a)) ||
    isDefault(a) - isDefault(b) ||
    VALUES.rate(b) - VALUES.rate(a) ||
    byId(a, b)
  );
}

function orderOf(sort: RouteSort, sign: number): (a: RouteRow, b: RouteRow) => number {
  if (sort === "worst") return (a, b) => sign * worstFirst(a, b);
  // The default route comes last, in either order.
  if (sort === "id") return (a, b) => isDefault(a) - isDefault(b) || sign * byId(a, b);
  const value = VALUES[sort];
  // Equal ones stay in the order of their ids, so that pages do not overlap.
  return (a, b) => sign * (value(a) - value(b)) || byId(a, b);
}

/** Routes of a cohort together, where the first of them stands. */
function byCohort(rows: readonly RouteRow[]): RouteRow[] {
  const groups = new Map<string, RouteRow[]>();
  for (const row of rows) {
    const group = groups.get(row.cohort);
    if (group === undefined) groups.set(row.cohort, [row]);
    else group.push(row);
  }
  return [...groups.values()].flat();
}

/** Rows of one reading, with what is known of each besides. */
export function routeRows(
  rows: readonly RouteStatus[],
  { routes, rates }: Pick<Wanting, "routes" | "rates">,
): readonly RouteRow[] {
  const lately = new Map(rates?.routes.map(({ id, ...row }) => [id, row]));
  const cohorts = new Map<string, number>();
  for (const { cohort } of rows) cohorts.set(cohort, (cohorts.get(cohort) ?? 0) + 1);
  return rows.map((row) => ({
    ...row,
    attention: routes.get(row.id) ?? null,
    ...(rates === undefined ? {} : { recent: lately.get(row.id) ?? null }),
    cohortRoutes: cohorts.get(row.cohort) ?? 1,
  }));
}

/** The rows a table shows of all there are; `definitions` in their order. */
export function routePage(
  all: readonly RouteRow[],
  definitions: readonly RouteDefinition[],
  query: RouteQuery,
): RoutePage {
  const { phase, attention, upstream, group, sort = "id", order = "asc", limit, offset } = query;
  const part = query.query?.toLowerCase() ?? "";
  const goesTo = (at: number) => {
    const { legacy, modern } = definitions[at] as RouteDefinition;
    return modern.upstream === upstream || legacy?.upstream === upstream;
  };
  const rows = all.filter(
    (row, at) =>
      (phase === undefined || row.phase === phase) &&
      (attention === undefined || Boolean(row.attention)) &&
      (upstream === undefined || goesTo(at)) &&
      (row.id.toLowerCase().includes(part) || row.cohort.toLowerCase().includes(part)),
  );
  rows.sort(orderOf(sort, order === "asc" ? 1 : -1));
  const shown = group === undefined ? rows : byCohort(rows);
  return { total: shown.length, rows: Object.freeze(shown.slice(offset, offset + limit)) };
}

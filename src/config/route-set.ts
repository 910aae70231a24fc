import type { SourcePlace, StickySource } from "../domain/route.ts";
import { stickySourceText } from "../domain/sticky.ts";
import { findTies } from "../routing/index.ts";
import type { ProblemList } from "./document.ts";
import { formatPlace } from "./format-problems.ts";
import type { PlacedId, PlacedRoute } from "./routes.ts";

function checkIds(ids: readonly PlacedId[], problems: ProblemList): void {
  const places = new Map<string, SourcePlace>();
  for (const { id, place } of ids) {
    const first = places.get(id);
    if (first === undefined) places.set(id, place);
    else {
      const what = `two routes have the id ${id}; the other is at ${formatPlace(first)}`;
      problems.add(place, what, "give each its own id");
    }
  }
}

function checkTies(routes: readonly PlacedRoute[], problems: ProblemList): void {
  const placed = new Map(routes.map((route) => [route.definition, route]));
  for (const [first, second] of findTies([...placed.keys()])) {
    const one = placed.get(first);
    const two = placed.get(second);
    if (one === undefined || two === undefined) continue;
    const at = formatPlace(one.document.place([...one.base, "match", "path"]));
    problems.add(
      two.document.place([...two.base, "match", "path"]),
      `routes ${first.id} and ${second.id} tie: some requests match both alike; ${first.id} is at ${at}`,
      "make one more specific: other methods, a host, a header or a query parameter",
    );
  }
}

function stickyText(sticky: readonly StickySource[]): string {
  return `[${sticky.map(stickySourceText).join(", ")}]`;
}

function checkCohorts(routes: readonly PlacedRoute[], problems: ProblemList): void {
  const firsts = new Map<string, PlacedRoute>();
  for (const route of routes) {
    const { cohort, id, sticky } = route.definition;
    const first = firsts.get(cohort);
    if (first === undefined) {
      firsts.set(cohort, route);
      continue;
    }
    const wanted = stickyText(first.definition.sticky);
    if (stickyText(sticky) === wanted) continue;
    problems.add(
      route.document.place([...route.base, "sticky"]),
      `route ${id}: its sticky is ${stickyText(sticky)}, but ${first.definition.id} of the same cohort ${cohort} has ${wanted}`,
      "give all routes of a cohort the same sticky",
    );
  }
}

function checkFormerly(
  routes: readonly PlacedRoute[],
  ids: readonly PlacedId[],
  problems: ProblemList,
): void {
  const existing = new Set(ids.map(({ id }) => id));
  const claims = new Map<string, string>();
  for (const { definition, document, base } of routes) {
    for (const [index, former] of definition.formerly.entries()) {
      const place = document.place([...base, "formerly", index]);
      const claimedBy = claims.get(former);
      if (existing.has(former)) {
        const what = `route ${definition.id}: formerly names ${former}, which is still a route`;
        problems.add(place, what, "leave it out, or remove that route");
      } else if (claimedBy !== undefined) {
        const what = `route ${definition.id}: formerly names ${former}, which ${claimedBy} names too`;
        problems.add(place, what, "keep it in one of them");
      }
      claims.set(former, definition.id);
    }
  }
}

/** Checks what must hold between routes. `ids` includes those of wrong routes. */
export function checkRouteSet(
  routes: readonly PlacedRoute[],
  ids: readonly PlacedId[],
  problems: ProblemList,
): void {
  checkIds(ids, problems);
  checkTies(routes, problems);
  checkCohorts(routes, problems);
  checkFormerly(routes, ids, problems);
}

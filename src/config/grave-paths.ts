import type { RouteDefinition } from "../domain/route.ts";
import type { ConfigDocument, DocumentPath } from "./document.ts";
import { formatPlace } from "./format-problems.ts";
import type { GuardsInput } from "./guards-schema.ts";

/** `guards.mismatches` where nothing is said to be grave: it would watch nothing, and nobody would know. */
function watchesNothing({ guards, compare, policies }: RouteDefinition): boolean {
  if (guards?.mismatches === undefined) return false;
  return (compare.high ?? []).length === 0 && policies?.validate?.answers !== "report";
}

function asksForMismatches(input: GuardsInput | undefined): boolean {
  return typeof input === "object" && input.mismatches !== undefined;
}

const REMEDY = "list paths as compare.high of a route, like $.total";

/** Of a route's own guards. */
export function gravePathsOfRoute(
  definition: RouteDefinition,
  guards: GuardsInput | undefined,
  { document, base }: { readonly document: ConfigDocument; readonly base: DocumentPath },
): readonly string[] {
  if (!asksForMismatches(guards) || !watchesNothing(definition)) return [];
  const at = formatPlace(document.place([...base, "guards", "mismatches"]));
  return [
    `${at}: route ${definition.id}: guards.mismatches: no path is high here, so it watches nothing — ${REMEDY}`,
  ];
}

/** Of those of fig.yaml: some route should have one. */
export function gravePathsOfAll(
  definitions: readonly RouteDefinition[],
  guards: GuardsInput | undefined,
  document: ConfigDocument,
): readonly string[] {
  const watched = definitions.filter((each) => each.guards?.mismatches !== undefined);
  if (!asksForMismatches(guards) || watched.length === 0 || !watched.every(watchesNothing)) return [];
  const at = formatPlace(document.place(["guards", "mismatches"]));
  return [`${at}: guards.mismatches: no route has a path that is high, so it watches nothing — ${REMEDY}`];
}

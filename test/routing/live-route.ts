import type { RouteDefinition, RouteMatch, SideDefinition } from "../../src/domain/route.ts";
import { servingOf } from "../../src/domain/serving.ts";
import { cohortPrefix } from "../../src/domain/split.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import type { LiveRoute, MatchInput } from "../../src/routing/contract.ts";
import { aRoute } from "../domain/definitions.ts";

/** A definition that matches `match`, everything else at its default. */
export function definitionOf(
  id: string,
  match: Partial<RouteMatch> & { readonly path: string },
  sides: { readonly legacy?: SideDefinition; readonly modern?: SideDefinition } = {},
): RouteDefinition {
  return aRoute(id, {
    match: { methods: undefined, host: undefined, headers: {}, query: {}, ...match },
    ...sides,
  });
}

export function liveRoute(definition: RouteDefinition, modern = 0): LiveRoute {
  const position = { modern, shadow: 0 };
  return {
    ...servingOf(definition, position),
    cohortPrefix: cohortPrefix(definition.cohort),
    id: definition.id,
    definition,
    position,
    revision: 0,
    tally: new WindowTally({ route: definition.id, revision: 0, epoch: 1 }),
  };
}

export function requestOf(target: string, more: Partial<MatchInput> = {}): MatchInput {
  return { method: "GET", target, host: "", headers: [], ...more };
}

import type { GuardTap } from "../domain/guards.ts";
import type { Placement } from "../domain/placement.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { servingOf } from "../domain/serving.ts";
import { cohortPrefix } from "../domain/split.ts";
import type { WindowKey, WindowTally } from "../domain/tally.ts";
import type { LiveRoute } from "./contract.ts";

/** A route where it was placed, counting in the tally that `tallyOf` gives for its window. */
export function liveRoute(
  definition: RouteDefinition,
  placement: Placement,
  tallyOf: (window: WindowKey) => WindowTally,
  guardOf?: (definition: RouteDefinition, placement: Placement) => GuardTap | undefined,
  recentOf?: (route: string) => LiveRoute["recent"],
): LiveRoute {
  const { id, cohort } = definition;
  const { position, revision, epoch } = placement;
  const serving = servingOf(definition, position);
  return Object.freeze({
    // In one object, and first, what every request reads: with thousands of busy routes each further object is a miss of the cache.
    ...serving,
    tally: tallyOf({ route: id, revision, epoch }),
    cohortPrefix: cohortPrefix(cohort),
    id,
    definition,
    position,
    revision,
    held: placement.held === true,
    recent: serving.always === undefined ? recentOf?.(id) : undefined,
    guard: guardOf?.(definition, placement),
  });
}

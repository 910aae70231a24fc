import type { Placement } from "../domain/placement.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { servingOf } from "../domain/serving.ts";
import { cohortPrefix } from "../domain/split.ts";
import type { WindowKey, WindowTally } from "../domain/tally.ts";
import type { LiveRoute } from "./contract.ts";

/** A route where it was placed, counting in the tally that `tallyOf` gives for its window. */
export function liveRoute(
  definition: RouteDefinition,
  { position, revision, epoch }: Placement,
  tallyOf: (window: WindowKey) => WindowTally,
): LiveRoute {
  const { id, cohort } = definition;
  return Object.freeze({
    // In one object, and first, what every request reads: with thousands of busy routes each further object is a miss of the cache.
    ...servingOf(definition, position),
    tally: tallyOf({ route: id, revision, epoch }),
    cohortPrefix: cohortPrefix(cohort),
    id,
    definition,
    position,
    revision,
  });
}

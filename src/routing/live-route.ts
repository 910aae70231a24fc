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
    tally: tallyOf({ route: id, revision, epoch }),
    serving: servingOf(definition, position),
    cohortPrefix: cohortPrefix(cohort),
    id,
    definition,
    position,
    revision,
  });
}

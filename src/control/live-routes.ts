import { type LedgerState, positionOf, revisionOf } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { servingOf } from "../domain/serving.ts";
import { cohortPrefix } from "../domain/split.ts";
import type { WindowKey, WindowTally } from "../domain/tally.ts";
import type { LiveRoute } from "../routing/contract.ts";

/** A route as the ledger has it, counting in the tally that `tallyOf` gives for its window. */
export function liveRoute(
  state: LedgerState,
  definition: RouteDefinition,
  epoch: number,
  tallyOf: (window: WindowKey) => WindowTally,
): LiveRoute {
  const position = positionOf(state, definition);
  const revision = revisionOf(state, definition.id);
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

import { type LedgerState, positionOf, revisionOf } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { servingOf } from "../domain/serving.ts";
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
  const serving = servingOf(definition, position);
  // Member by member: what `...serving` brings would lie in a second object, and be one look-up more (0013).
  return Object.freeze({
    tally: tallyOf({ route: definition.id, revision, epoch }),
    always: serving.always,
    sticky: serving.sticky,
    cohortPrefix: serving.cohortPrefix,
    threshold: serving.threshold,
    legacy: serving.legacy,
    modern: serving.modern,
    shadowThreshold: serving.shadowThreshold,
    twoSided: serving.twoSided,
    rewrites: serving.rewrites,
    id: serving.id,
    definition,
    position,
    revision,
  });
}

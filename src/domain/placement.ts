import { type LedgerState, positionOf, revisionOf } from "./fold.ts";
import type { Position } from "./position.ts";
import type { RouteDefinition } from "./route.ts";

/** Where a route stands, and the evidence window that its requests count in. */
export interface Placement {
  readonly route: string;
  readonly position: Position;
  /** The ledger revision that put it there; 0: none. */
  readonly revision: number;
  /** The store's count of the changes of its definition. */
  readonly epoch: number;
  /** It was taken back, by a guard or here alone: no pin takes a client to modern. Left out: it was not. */
  readonly held?: true;
}

export function placementOf(state: LedgerState, definition: RouteDefinition, epoch: number): Placement {
  const { id } = definition;
  return {
    route: id,
    position: positionOf(state, definition),
    revision: revisionOf(state, id),
    epoch,
    ...(state.routes.get(id)?.held === undefined ? {} : { held: true }),
  };
}

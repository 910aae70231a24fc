import type { Position, Side } from "./position.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition, type StickySource } from "./route.ts";
import { thresholdOf } from "./split.ts";

/** What a request reads of its route, worked out once. */
export interface Serving {
  /** The side that serves whatever the key: modern of a retired route, the one side of `(default)`. */
  readonly always: Side | undefined;
  readonly sticky: readonly StickySource[];
  /** From thresholdOf(position.modern); 2^32 when retired. */
  readonly threshold: number;
  readonly shadowThreshold: number;
  /** There is another side to shadow. */
  readonly twoSided: boolean;
  /** A side has a path of its own. */
  readonly rewrites: boolean;
}

export function servingOf(definition: RouteDefinition, position: Position): Serving {
  const { id, retired, sticky, legacy, modern } = definition;
  return {
    always: retired ? "modern" : id === DEFAULT_ROUTE_ID ? "legacy" : undefined,
    sticky,
    threshold: thresholdOf(retired ? 100 : position.modern),
    shadowThreshold: thresholdOf(position.shadow),
    twoSided: !retired && legacy !== undefined && id !== DEFAULT_ROUTE_ID,
    rewrites: legacy?.path !== undefined || modern.path !== undefined,
  };
}

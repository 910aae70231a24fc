import type { FrontDoorConfig } from "../domain/config.ts";
import { fastLane } from "./fast/server.ts";
import { nodeLane } from "./node/lane.ts";
import type { TakingLaneKind } from "./taking-lane.ts";

/** Every kind of lane there is: one line each. The first is what `lane: auto` stands for. */
export const LANE_KINDS: readonly [TakingLaneKind, ...TakingLaneKind[]] = [fastLane, nodeLane];

/** The lane that `lane` in fig.yaml names. */
export function laneKind(name: FrontDoorConfig["lane"]): TakingLaneKind {
  const [first] = LANE_KINDS;
  return LANE_KINDS.find((kind) => kind.name === name) ?? first;
}

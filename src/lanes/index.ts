import type { FrontDoorConfig } from "../domain/config.ts";
import type { LaneKind } from "./contract.ts";
import { fastLane } from "./fast/server.ts";
import { nodeLane } from "./node/server.ts";

/** Every kind of lane there is: one line each. The first is what `lane: auto` stands for. */
export const LANE_KINDS: readonly [LaneKind, ...LaneKind[]] = [fastLane, nodeLane];

/** The lane that `lane` in fig.yaml names. */
export function laneKind(name: FrontDoorConfig["lane"]): LaneKind {
  const [first] = LANE_KINDS;
  return LANE_KINDS.find((kind) => kind.name === name) ?? first;
}

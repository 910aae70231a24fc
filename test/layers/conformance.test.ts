import { describe } from "vitest";
import { LANE_KINDS } from "../../src/lanes/index.ts";
import { layerConformance, orderConformance, type WorldKind } from "../conformance/layers.ts";
import { brokenLayers, heldRequests } from "../conformance/layers-failing.ts";
import { layersOverTime } from "../conformance/layers-over-time.ts";
import { TRANSPARENT } from "../support/layers-under-test.ts";
import { MemoryLayerWorld } from "../support/memory-layer-world.ts";
import { SocketLayerWorld } from "../support/socket-layer-world.ts";

const WORLDS: readonly WorldKind[] = [
  { name: "in memory", open: async (options) => new MemoryLayerWorld(options) },
  ...LANE_KINDS.map((lane) => ({
    name: `over sockets, on the ${lane.name} lane`,
    open: (options: Parameters<WorldKind["open"]>[0]) => SocketLayerWorld.open(options, lane),
  })),
];

describe.each(WORLDS)("layers $name", (world) => {
  orderConformance(world);
  brokenLayers(world);
  heldRequests(world);
  layersOverTime(world);
  describe.each(Object.entries(TRANSPARENT))("%s", (_name, options) => layerConformance(world, options));
});

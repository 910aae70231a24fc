import type { Backend } from "../backends/contract.ts";
import { compileNetworks } from "../domain/client-address.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import { compileChains } from "../layers/chains.ts";
import type { Chains, LayerTools, Shadows } from "../layers/contract.ts";
import { DOOR_LAYERS, SIDE_LAYERS } from "../layers/order.ts";

/** The chains of one set of files, with every layer there is. */
export function chainsOf(
  { routes, upstreams, underscoreHeaders, documents, plans, trustedProxies }: ServingConfig,
  backends: ReadonlyMap<string, Backend>,
  shadows: Shadows,
  tools: Omit<LayerTools, "upstreams" | "underscoreHeaders" | "documents" | "plans" | "trusted">,
): Chains {
  return compileChains({
    routes,
    backends,
    doorLayers: DOOR_LAYERS,
    sideLayers: SIDE_LAYERS,
    shadows,
    tools: {
      ...tools,
      upstreams,
      underscoreHeaders,
      documents,
      plans,
      trusted: compileNetworks(trustedProxies),
    },
  });
}

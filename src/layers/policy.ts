import type { Policies, PolicyName } from "../domain/policies.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { CompiledLayer, DoorLayer, LayerTools, ServedRequest } from "./contract.ts";

/** A door layer for the routes that have this policy. */
export function doorPolicy<Name extends PolicyName>(
  name: Name,
  compile: (
    policy: NonNullable<Policies[Name]>,
    route: RouteDefinition,
    tools: LayerTools,
  ) => CompiledLayer<ServedRequest>,
): DoorLayer {
  return {
    name,
    create(route, tools) {
      const policy = route.policies?.[name];
      return policy === undefined ? undefined : compile(policy as NonNullable<Policies[Name]>, route, tools);
    },
  };
}

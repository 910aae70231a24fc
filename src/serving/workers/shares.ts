import type { UpstreamDefinition } from "../../domain/config.ts";
import type { RouteDefinition } from "../../domain/route.ts";
import type { ServingConfig } from "../../domain/serving-config.ts";

/** What one of `workers` may have of a bound of the whole front door's. 0 stays no limit. */
function shareOf(bound: number, workers: number): number {
  return bound === 0 ? 0 : Math.max(1, Math.floor(bound / workers));
}

/** The files as one of `workers` serves by them: what is counted over all clients is shared out evenly. */
export function sharedOut(config: ServingConfig, workers: number): ServingConfig {
  const { limits } = config;
  const share = (bound: number) => shareOf(bound, workers);
  const route = (definition: RouteDefinition): RouteDefinition => {
    const { shadow } = definition;
    return { ...definition, shadow: { ...shadow, concurrency: share(shadow.concurrency) } };
  };
  const upstream = (definition: UpstreamDefinition): UpstreamDefinition => {
    if (definition.kind !== "http" && definition.kind !== "s3") return definition;
    const { max, queue, ...connections } = definition.connections;
    return {
      ...definition,
      connections: {
        ...connections,
        ...(max === undefined ? {} : { max: share(max) }),
        ...(queue === undefined ? {} : { queue: share(queue) }),
      },
    };
  };
  return {
    ...config,
    upstreams: new Map([...config.upstreams].map(([name, definition]) => [name, upstream(definition)])),
    limits: {
      ...limits,
      connections: share(limits.connections),
      handshakes: share(limits.handshakes),
      shadowMemoryBytes: share(limits.shadowMemoryBytes),
      bodyMemoryBytes: share(limits.bodyMemoryBytes),
      compressMemoryBytes: share(limits.compressMemoryBytes),
      cacheMemoryBytes: share(limits.cacheMemoryBytes),
    },
    routes: config.routes.map(route),
  };
}

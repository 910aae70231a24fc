import type { FrontDoorConfig, UpstreamDefinition } from "./config.ts";
import { mergedPolicies } from "./policies.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition } from "./route.ts";
import { RETIRED_HASH } from "./route-hash.ts";
import { murmur2Latin1 } from "./split.ts";
import { upstreamContent } from "./upstream-content.ts";

/** Two 32-bit hashes as 16 hex digits: tells one definition from another, nothing more. */
function hashOf(upstream: UpstreamDefinition | undefined): string {
  const text = JSON.stringify(upstream === undefined ? null : upstreamContent(upstream));
  const hex = (seed: string) =>
    murmur2Latin1(seed + text)
      .toString(16)
      .padStart(8, "0");
  return hex("a") + hex("b");
}

/** The default upstream is where routes go to, and none comes from it: what no route matches is served by modern too. */
function isModern(name: string, routes: readonly RouteDefinition[]): boolean {
  return (
    routes.some(({ modern }) => modern.upstream === name) &&
    !routes.some(({ legacy }) => legacy?.upstream === name)
  );
}

/**
 * The definition behind `(default)`: requests that no route matches, to the default upstream. That is legacy; where a migration
 * is at its end, modern, and then it is like a retired route. Without one such requests get 404 and the definition only names
 * what status lists.
 */
export function defaultRoute(
  config: Pick<FrontDoorConfig, "file" | "defaultUpstream" | "upstreams" | "routes" | "policies">,
): RouteDefinition {
  const name = config.defaultUpstream;
  const side = { upstream: name ?? "", path: undefined };
  const retired = name !== undefined && isModern(name, config.routes);
  const hash = hashOf(name === undefined ? undefined : config.upstreams.get(name));
  return {
    id: DEFAULT_ROUTE_ID,
    match: { path: "/{any+}", methods: undefined, host: undefined, headers: {}, query: {} },
    legacy: retired ? undefined : side,
    modern: side,
    cohort: DEFAULT_ROUTE_ID,
    sticky: [],
    start: { modern: 0, shadow: 0 },
    retired,
    formerly: [],
    shadow: { writes: "never", timeoutMs: 5000, maxBodyBytes: 0, concurrency: 0 },
    compare: { headers: [], ignore: [], arrays: {}, tolerance: {}, redact: [], samples: 0 },
    policies: mergedPolicies(config.policies, {}),
    hash: retired ? `${RETIRED_HASH}${hash}` : hash,
    source: { file: config.file ?? "fig.yaml", line: 1, column: 1 },
  };
}

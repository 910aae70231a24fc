import { createHash } from "node:crypto";
import { canonicalJson } from "../domain/canonical-json.ts";
import type { UpstreamDefinition } from "../domain/config.ts";
import type { GateDefinition } from "../domain/gate.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { upstreamContent } from "../domain/upstream-content.ts";

function shortHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}

/**
 * What a route does, upstreams included: where it stands in a file, where it started and what it was called are no part of
 * it. A change opens a new evidence window.
 */
export function routeHash(
  definition: Omit<RouteDefinition, "hash" | "source" | "start" | "formerly">,
  upstreams: ReadonlyMap<string, UpstreamDefinition>,
): string {
  const { legacy, modern } = definition;
  const sides = [legacy, modern].map((side) => {
    const upstream = side === undefined ? undefined : upstreams.get(side.upstream);
    return upstream === undefined ? null : upstreamContent(upstream);
  });
  return shortHash([definition, sides]);
}

/** What a migration does, as it is written: its description and name are no part of it. */
export function migrationHash(
  changes: Readonly<Record<string, Partial<Position>>>,
  gate: GateDefinition | undefined,
): string {
  return shortHash([changes, gate]);
}

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
 * A hash of what a route does, upstreams included. Its place in a file, its start, its former ids and `resplit` are not part of it,
 * nor is which writes are shadowed: what was compared of them stays true when they no longer are. A change opens a new evidence
 * window.
 */
export function routeHash(
  definition: Omit<RouteDefinition, "hash" | "source" | "start" | "formerly" | "resplit">,
  upstreams: ReadonlyMap<string, UpstreamDefinition>,
): string {
  const { legacy, modern } = definition;
  const sides = [legacy, modern].map((side) => {
    const upstream = side === undefined ? undefined : upstreams.get(side.upstream);
    return upstream === undefined ? null : upstreamContent(upstream);
  });
  return shortHash([{ ...definition, shadow: { ...definition.shadow, writes: "never" } }, sides]);
}

/** A hash of what a migration does, as it is written. Its description and name are not part of it. */
export function migrationHash(
  changes: Readonly<Record<string, Partial<Position>>>,
  gate: GateDefinition | undefined,
): string {
  return shortHash([changes, gate]);
}

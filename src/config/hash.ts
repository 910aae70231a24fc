import { createHash } from "node:crypto";
import { canonicalJson } from "../domain/canonical-json.ts";
import type { UpstreamDefinition } from "../domain/config.ts";
import type { GateDefinition } from "../domain/gate.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";

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
  const { id, match, legacy, modern, cohort, sticky, retired, shadow, compare } = definition;
  const sides = [legacy, modern].map((side) =>
    side === undefined ? null : (upstreams.get(side.upstream) ?? null),
  );
  return shortHash([{ id, match, legacy, modern, cohort, sticky, retired, shadow, compare }, sides]);
}

/** What a migration does, as it is written: its description and name are no part of it. */
export function migrationHash(
  changes: Readonly<Record<string, Partial<Position>>>,
  gate: GateDefinition | undefined,
): string {
  return shortHash([changes, gate]);
}

import { createHash } from "node:crypto";
import { canonicalJson } from "../domain/canonical-json.ts";
import type { UpstreamDefinition } from "../domain/config.ts";
import type { GateDefinition } from "../domain/gate/contract.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { RETIRED_HASH } from "../domain/route-hash.ts";
import { upstreamContent } from "../domain/upstream-content.ts";

function shortHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}

type HashedRoute = Omit<
  RouteDefinition,
  "hash" | "servingHash" | "source" | "start" | "formerly" | "resplit" | "guards" | "pinAfterWriteMs"
>;

function sidesOf(
  { legacy, modern }: Pick<HashedRoute, "legacy" | "modern">,
  upstreams: ReadonlyMap<string, UpstreamDefinition>,
) {
  return [legacy, modern].map((side) => {
    const upstream = side === undefined ? undefined : upstreams.get(side.upstream);
    return upstream === undefined ? null : upstreamContent(upstream);
  });
}

/**
 * A hash of what a route does, upstreams included. Its place in a file, its start, its former ids and `resplit` are not part of it,
 * nor is which writes are shadowed: what was compared of them stays true when they no longer are. A change opens a new evidence
 * window. That of a retired route says so.
 */
export function routeHash(
  definition: HashedRoute,
  upstreams: ReadonlyMap<string, UpstreamDefinition>,
): string {
  const { shadow } = definition;
  const hash = shortHash([
    { ...definition, shadow: { ...shadow, writes: "never" } },
    sidesOf(definition, upstreams),
  ]);
  return definition.retired ? `${RETIRED_HASH}${hash}` : hash;
}

/** The same without how answers are compared. */
export function servingHash(
  { compare: _compare, ...serving }: HashedRoute,
  upstreams: ReadonlyMap<string, UpstreamDefinition>,
): string {
  return shortHash([serving, sidesOf(serving, upstreams)]);
}

/** A hash of what a migration does, as it is written. Its description and name are not part of it. */
export function migrationHash(
  changes: Readonly<Record<string, Partial<Position>>>,
  gate: GateDefinition | undefined,
  gates: Readonly<Record<string, GateDefinition | null>>,
): string {
  // Without gates of routes: what it was before there were any.
  return shortHash(Object.keys(gates).length === 0 ? [changes, gate] : [changes, gate, gates]);
}

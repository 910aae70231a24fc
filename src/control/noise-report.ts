import { SAFE_METHODS } from "../domain/message.ts";
import { controlsIn, judgedPaths } from "../domain/noise.ts";
import type { EvidenceRow } from "../domain/outcomes.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { Noticed } from "./contract.ts";
import type { RouteEvidence } from "./evidence.ts";

/** Paths that are said; those of most evidence come first. */
const MAX_SAID = 200;

/** Methods that were compared, and of which legacy is never asked twice: their differences are all shown. */
function uncontrolled({ shadow }: RouteDefinition, { counts }: RouteEvidence): readonly string[] {
  if (shadow.safe === true) return [];
  return Object.entries(counts.comparedMethods)
    .filter(([method, count]) => (count ?? 0) > 0 && !SAFE_METHODS.has(method))
    .map(([method]) => method)
    .sort();
}

/** What controls said of a route's window; undefined: it has none, and never had one. */
export function noiseOf(
  route: RouteDefinition,
  evidence: RouteEvidence,
  rows: readonly EvidenceRow[],
): Noticed["noise"] {
  const controls = controlsIn(rows);
  const unusable = rows.find(({ kind, path }) => kind === "controls" && path === "unusable")?.count ?? 0;
  if (route.compare.control === undefined && controls + unusable === 0) return undefined;
  const paths = judgedPaths(rows)
    .slice(0, MAX_SAID)
    .map(({ array, ...path }) => ({
      ...path,
      ...(array === undefined ? {} : { array: array.mode === "key" ? `key ${array.key}` : "unordered" }),
    }));
  return { controls, unusable, uncontrolled: uncontrolled(route, evidence), paths };
}

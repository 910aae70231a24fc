import type { RouteDefinition, RouteMatch, SideDefinition } from "../../src/domain/route.ts";
import { servingOf } from "../../src/domain/serving.ts";
import { cohortPrefix } from "../../src/domain/split.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import type { LiveRoute, MatchInput } from "../../src/routing/contract.ts";

/** A definition that matches `match`, everything else at its default. */
export function definitionOf(
  id: string,
  match: Partial<RouteMatch> & { readonly path: string },
  sides: { readonly legacy?: SideDefinition; readonly modern?: SideDefinition } = {},
): RouteDefinition {
  return {
    id,
    match: { methods: undefined, host: undefined, headers: {}, query: {}, ...match },
    legacy: sides.legacy ?? { upstream: "monolith", path: undefined },
    modern: sides.modern ?? { upstream: "modern", path: undefined },
    cohort: id,
    sticky: [{ kind: "ip" }],
    start: { modern: 0, shadow: 0 },
    retired: false,
    formerly: [],
    shadow: { writes: "never", timeoutMs: 5000, maxBodyBytes: 1 << 20, concurrency: 64 },
    compare: { headers: [], ignore: [], arrays: {}, tolerance: {}, redact: [], samples: 5 },
    hash: "0000000000000000",
    source: { file: "routes.yaml", line: 1, column: 1 },
  };
}

export function liveRoute(definition: RouteDefinition, modern = 0): LiveRoute {
  const position = { modern, shadow: 0 };
  return {
    serving: servingOf(definition, position),
    cohortPrefix: cohortPrefix(definition.cohort),
    id: definition.id,
    definition,
    position,
    revision: 0,
    tally: new WindowTally({ route: definition.id, revision: 0, epoch: 1 }),
  };
}

export function requestOf(target: string, more: Partial<MatchInput> = {}): MatchInput {
  return { method: "GET", target, host: "", headers: [], ...more };
}

import { aliasesOf, emptyLedger, fold, type RouteState } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { isRetiredHash } from "../domain/route-hash.ts";
import type { Store } from "../store/contract.ts";

/**
 * In place of a definition that cannot be read. Going back needs an id and a position, which the ledger has; how clients are
 * split is not known, and so the entry does not say it.
 */
function standIn({ route: id, lastChange }: RouteState, retired: boolean): RouteDefinition {
  return {
    id,
    match: { path: "/", methods: undefined, host: undefined, headers: {}, query: {} },
    legacy: undefined,
    modern: { upstream: "", path: undefined },
    cohort: id,
    sticky: [],
    start: { modern: 0, shadow: 0 },
    retired,
    unread: true,
    formerly: lastChange.formerly ?? [],
    shadow: { writes: "never", timeoutMs: 0, maxBodyBytes: 0, concurrency: 0 },
    compare: { headers: [], ignore: [], arrays: {}, tolerance: {}, redact: [], samples: 0 },
    hash: lastChange.hash,
    servingHash: lastChange.serving,
    source: { file: "", line: 0, column: 0 },
  };
}

/** The routes that can go back where files do not pass: those that can be read, and for the others what the ledger knows. */
export async function routesOfLedger(
  store: Store,
  readable: readonly RouteDefinition[],
): Promise<readonly RouteDefinition[]> {
  const state = fold(emptyLedger(aliasesOf(readable)), await store.read(0));
  const noted = await store.readDefinitions();
  const known = new Set(readable.map(({ id }) => id));
  const missing = [...state.routes.values()].filter(
    ({ route, continuedBy }) => !known.has(route) && continuedBy === undefined,
  );
  return [
    ...readable,
    ...missing.map((route) => standIn(route, isRetiredHash(noted.get(route.route)?.hash ?? ""))),
  ];
}

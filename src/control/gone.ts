import { goneRoutes, type LedgerState, type RouteState } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { isRetiredHash } from "../domain/route-hash.ts";
import type { Store } from "../store/contract.ts";

type Noted = ReadonlyMap<string, { readonly hash: string }>;

/** The gone routes that still have clients to lose. One that was retired has none: no shift could move them. */
export function goneUnlessRetired(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  noted: Noted | undefined,
): readonly RouteState[] {
  return goneRoutes(state, routes).filter(({ route }) => !isRetiredHash(noted?.get(route)?.hash ?? ""));
}

/** The same, with what the front doors noted in the store. */
export async function readGone(
  store: Store,
  state: LedgerState,
  routes: readonly RouteDefinition[],
): Promise<readonly RouteState[]> {
  if (goneRoutes(state, routes).length === 0) return [];
  return goneUnlessRetired(state, routes, await store.readDefinitions());
}

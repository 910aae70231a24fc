import type { LedgerEntry } from "../domain/ledger.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import type { ControlContext } from "./context.ts";
import { findRoute } from "./requests.ts";
import { withStoodApart } from "./stood-apart.ts";

/** The ledger, oldest first; of one route, under its former ids too. A route that left the files still has its history. */
export async function history(
  { store, facts, index }: ControlContext,
  route: string | undefined,
): Promise<readonly LedgerEntry[]> {
  const { routes } = facts.config();
  const entries = await withStoodApart(store, await store.read(0));
  if (route === undefined) return entries;
  const { aliases } = index.of(routes);
  const id = aliases.get(route) ?? route;
  const found = entries.filter((entry) =>
    entry.changes.some((change) => (aliases.get(change.route) ?? change.route) === id),
  );
  if (found.length === 0 && id !== DEFAULT_ROUTE_ID) findRoute(routes, id);
  return found;
}

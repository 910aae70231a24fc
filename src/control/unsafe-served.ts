import type { LedgerChange } from "../domain/ledger.ts";
import { guardedIds } from "../domain/plan.ts";
import { oldestUndone } from "../domain/rollback.ts";
import type { ControlContext } from "./context.ts";

/** Unsafe requests that modern has served since what these changes undo, by route; routes with none are left out. */
export async function unsafeServed(
  { store, facts, index }: ControlContext,
  changes: readonly LedgerChange[],
): Promise<Readonly<Record<string, number>>> {
  const { byId } = index.of(facts.config().routes);
  const served: Record<string, number> = {};
  for (const change of changes) {
    const since = oldestUndone(change);
    const route = byId.get(change.route);
    if (since === undefined || route === undefined) continue;
    let count = 0;
    for (const id of guardedIds([route])) count += await store.unsafeModernSince(id, since);
    if (count > 0) served[change.route] = count;
  }
  return served;
}

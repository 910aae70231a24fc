import type { LedgerChange } from "../domain/ledger.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { numberText } from "../domain/wording.ts";
import type { ChangeEffect } from "./contract.ts";

/**
 * What changes for whom. A raised percentage only ever adds clients and a lowered one only takes some away, so the share that
 * changes sides is the difference.
 */
export function effectsOf(
  changes: readonly LedgerChange[],
  byId: ReadonlyMap<string, RouteDefinition>,
): readonly ChangeEffect[] {
  return changes.map(({ route, from, to }) => {
    const clients = Number(Math.abs(to.modern - from.modern).toFixed(2));
    const up = to.modern > from.modern;
    const toward = clients === 0 ? null : up ? "modern" : "legacy";
    const moves =
      clients === 0
        ? "no client changes sides"
        : `${numberText(clients)} % of clients move from ${up ? "legacy to modern" : "modern to legacy"}; modern then serves ${numberText(to.modern)} %`;
    const shadow =
      to.shadow === from.shadow
        ? ""
        : `; ${numberText(to.shadow)} % of requests are shadowed then, ${numberText(from.shadow)} % before`;
    return { route, cohort: byId.get(route)?.cohort ?? route, clients, toward, text: `${moves}${shadow}` };
  });
}

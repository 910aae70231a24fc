import { STRATA, type StrataCounts } from "../domain/counter-shapes.ts";
import type { LedgerState } from "../domain/fold.ts";
import type { WindowKey } from "../domain/tally.ts";
import type { Store } from "../store/contract.ts";

/** Positions before this one that are looked at. */
const STEPS_BACK = 2;
/** Definitions before this one, at each. */
const EPOCHS_BACK = 1;

/** The windows of a route before this one, those that may be: which definition it had at a position is not in the ledger. */
function windowsBefore(state: LedgerState, window: WindowKey): readonly WindowKey[] {
  const revisions = [window.revision];
  let trail = state.routes.get(window.route)?.trail;
  while (trail !== undefined && revisions.length <= STEPS_BACK) {
    if (trail.revision < (revisions.at(-1) ?? 0)) revisions.push(trail.revision);
    trail = trail.earlier;
  }
  return revisions
    .flatMap((revision) =>
      Array.from({ length: EPOCHS_BACK + 2 }, (_, back) => ({
        ...window,
        revision,
        epoch: window.epoch - back,
      })),
    )
    .filter(({ revision, epoch }) => epoch >= 0 && !(revision === window.revision && epoch === window.epoch));
}

/** What came by method and path template before a window opened, in the last few. */
export async function strataBefore(
  store: Store,
  state: LedgerState,
  window: WindowKey,
): Promise<StrataCounts> {
  const windows = windowsBefore(state, window);
  if (windows.length === 0) return {};
  const found = await store.readCounts(windows);
  return STRATA.merge(found.map(({ counts }) => counts.strata));
}

import { emptyLedger, fold, type LedgerState, sameAliases } from "../domain/fold.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { Store } from "../store/contract.ts";
import type { LedgerInForce } from "./contract.ts";
import type { RouteIndex } from "./route-index.ts";

/** The ledger as the store has it now, folded on from the last reading. */
export class LedgerView {
  private readonly store: Store;
  private readonly index: RouteIndex;
  private readonly inForce: () => LedgerInForce | undefined;
  private state: LedgerState = emptyLedger();
  private newest: LedgerEntry | undefined;

  constructor(store: Store, index: RouteIndex, inForce: () => LedgerInForce | undefined) {
    this.store = store;
    this.index = index;
    this.inForce = inForce;
  }

  /** Reads what is new; from the start when `formerly` changed or the store was put back to an older state. */
  async read(routes: readonly RouteDefinition[]): Promise<LedgerState> {
    const { aliases } = this.index.of(routes);
    const known = this.inForce();
    // What this process has read is not read again: it may be a hundred thousand entries.
    if (known?.newest !== undefined && known.whole && known.state.revision > this.state.revision) {
      this.state = known.state;
      this.newest = known.newest;
    }
    const { state, newest } = this;
    if (newest === undefined || !sameAliases(aliases, state.aliases)) return this.readAll(aliases);
    const entries = await this.store.read(newest.revision - 1);
    if (!sameEntry(entries[0], newest)) return this.readAll(aliases);
    return this.keep(state, entries);
  }

  private async readAll(aliases: LedgerState["aliases"]): Promise<LedgerState> {
    const entries = await this.store.read(0);
    return this.keep(emptyLedger(aliases), entries);
  }

  private keep(base: LedgerState, entries: readonly LedgerEntry[]): LedgerState {
    this.state = fold(base, entries);
    this.newest = entries[entries.length - 1];
    return this.state;
  }
}

/** Whether two readings of a revision are the same entry: a restored store may have another under the same number. */
export function sameEntry(a: LedgerEntry | undefined, b: LedgerEntry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.revision === b.revision && a.at === b.at && a.by === b.by && a.reason === b.reason;
}

import type { Clock } from "../domain/clock.ts";
import type { LiveRoute, RouteTable } from "../routing/contract.ts";
import type { Store } from "../store/contract.ts";
import type { ControlFacts } from "./contract.ts";
import type { LedgerView } from "./ledger-view.ts";
import type { RouteIndex } from "./route-index.ts";

/** `compileTable` of the routing room, handed in: control may not import an implementation. */
export type CompileTable = (routes: readonly LiveRoute[], fallback: LiveRoute | undefined) => RouteTable;

/** What every use case stands on. */
export interface ControlContext {
  readonly store: Store;
  readonly facts: ControlFacts;
  readonly clock: Clock;
  readonly compile: CompileTable;
  readonly ledger: LedgerView;
  readonly index: RouteIndex;
}

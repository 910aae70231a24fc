import type { Clock } from "../domain/clock.ts";
import type { RequestHead } from "../domain/message.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { LiveRoute, RouteTable } from "../routing/contract.ts";
import type { Store } from "../store/contract.ts";
import type { ControlFacts } from "./contract.ts";
import type { ReadRequest } from "./explain-request.ts";
import type { LedgerView } from "./ledger-view.ts";
import type { RouteIndex } from "./route-index.ts";

/** `compileTable` of the routing room, handed in: control may not import an implementation. */
export type CompileTable = (routes: readonly LiveRoute[], fallback: LiveRoute | undefined) => RouteTable;

/** `admit` of the lanes: what they make of a request, or why they refuse it. */
export type Admit = (request: ReadRequest, maxHeaderBytes: number) => RequestHead | RefusalCode;

/** What every use case stands on. */
export interface ControlContext {
  readonly store: Store;
  readonly facts: ControlFacts;
  readonly clock: Clock;
  readonly compile: CompileTable;
  readonly admit: Admit;
  /** The routing table in force in this process; undefined: none is. */
  readonly table: () => RouteTable | undefined;
  readonly ledger: LedgerView;
  readonly index: RouteIndex;
}

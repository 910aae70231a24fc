import type { Clock } from "../domain/clock.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import type { RequestHead } from "../domain/message.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { WrittenRequest } from "../lanes/contract.ts";
import type { LiveRoute, RouteTable } from "../routing/contract.ts";
import type { DecidedValues } from "../routing/decide.ts";
import type { Store } from "../store/contract.ts";
import type { AutopilotMemory } from "./autopilot/memory.ts";
import type { ControlFacts } from "./contract.ts";
import type { LastFigures } from "./last-figures.ts";
import type { LedgerView } from "./ledger-view.ts";
import type { RouteIndex } from "./route-index.ts";
import type { WholeSeal } from "./wholes/contract.ts";

/** `compileTable` of the routing room, handed in: control may not import an implementation. */
export type CompileTable = (routes: readonly LiveRoute[], fallback: LiveRoute | undefined) => RouteTable;

/** `admit` of the lanes: what they make of a request, or why they refuse it. */
export type Admit = (
  request: WrittenRequest,
  maxHeaderBytes: number,
  lane: FrontDoorConfig["lane"],
) => RequestHead | RefusalCode;

/** What becomes of a request: a front door's own decision, or the one that it would make. */
export type Decide = (
  context: ControlContext,
  request: WrittenRequest,
) => Promise<DecidedValues | RefusalCode>;

/** What every use case stands on. */
export interface ControlContext {
  readonly store: Store;
  readonly facts: ControlFacts;
  readonly clock: Clock;
  readonly decide: Decide;
  readonly ledger: LedgerView;
  readonly index: RouteIndex;
  readonly figures: LastFigures;
  readonly autopilot: AutopilotMemory;
  /** Of whole answers. */
  readonly seal: WholeSeal;
}

/** What the admin API answers (docs/dashboard-api.md), typed by the server's own contracts: the two cannot part. */
import type { Overview as Board } from "../../../src/control/board-contract.ts";
import type { Phase } from "../../../src/domain/position.ts";

export type {
  Attention,
  Difference,
  Latencies,
  Series,
  SideColumns,
} from "../../../src/control/board-contract.ts";
export type {
  GateCondition,
  GateReport,
  MigrationPlan,
  MigrationStatus,
  RouteStatus,
  ShiftResult,
  SideStatus,
} from "../../../src/control/contract.ts";
export type { LedgerChange, LedgerEntry } from "../../../src/domain/ledger.ts";
export type { Phase, Position, Side } from "../../../src/domain/position.ts";

export const PHASES: readonly Phase[] = ["legacy", "shadowing", "splitting", "cutover", "retired"];

export interface Session {
  readonly readOnly: boolean;
  readonly loginNeeded: boolean;
  readonly by: string | null;
}

export interface Overview extends Board {
  readonly version: string;
}

/** What the admin API answers (docs/dashboard-api.md): the types of the server's own schemas. */
export type { Session } from "../../../src/admin/schemas.ts";
export type {
  Attention,
  Definition,
  DifferenceGroup,
  Latencies,
  Overview,
  RouteRow,
  Series,
  SideColumns,
} from "../../../src/control/board-contract.ts";
export type {
  Difference,
  ErrorBody,
  Explanation,
  GateCondition,
  GateReport,
  MigrationPlan,
  MigrationStatus,
  Noticed,
  RollbackBody,
  RouteStatus,
  ShiftBody,
  ShiftResult,
  SideStatus,
  StepBody,
} from "../../../src/control/contract.ts";
export type { LedgerChange, LedgerEntry } from "../../../src/domain/ledger.ts";
export { PHASES, type Phase, type Position, type Side } from "../../../src/domain/position.ts";

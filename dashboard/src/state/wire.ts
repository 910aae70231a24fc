/** What the admin API answers (docs/dashboard-api.md): the types of the server's own schemas. */
export type { Session } from "../../../src/admin/schemas.ts";
export type { AddedApiKey, ApiKeyRow as ApiKey } from "../../../src/control/api-keys/contract.ts";
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
  AutopilotStatus,
  CacheReport,
  Difference,
  ErrorBody,
  Explanation,
  GateCondition,
  GateReport,
  MigrationPlan,
  MigrationStatus,
  Noticed,
  PolicyReport,
  ResumeBody,
  RollbackBody,
  RouteGate,
  RoutePolicies,
  RouteStatus,
  ShiftBody,
  ShiftResult,
  SideStatus,
  StepBody,
  WebSocketApiStatus,
  Whole,
  WholeRow,
} from "../../../src/control/contract.ts";
export { API_KEY_STATES } from "../../../src/domain/api-key.ts";
export type { CertificateState } from "../../../src/domain/certificate-state.ts";
export type { LedgerChange, LedgerEntry } from "../../../src/domain/ledger.ts";
export { PHASES, type Phase, type Position, type Side } from "../../../src/domain/position.ts";
export type { UpstreamState } from "../../../src/domain/upstream-state.ts";

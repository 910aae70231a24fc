/** What the admin API answers (docs/dashboard-api.md), typed where the server's own contracts are. */
import type {
  GateCondition,
  GateReport,
  MigrationPlan,
  MigrationStatus,
  MismatchReport,
  RecentComparison,
  RouteStatus,
  ShiftResult,
  SideStatus,
} from "../../../src/control/contract.ts";
import type { LedgerChange, LedgerEntry } from "../../../src/domain/ledger.ts";
import type { Phase, Position, Side } from "../../../src/domain/position.ts";

export type {
  GateCondition,
  GateReport,
  LedgerChange,
  LedgerEntry,
  MigrationPlan,
  MigrationStatus,
  Phase,
  Position,
  RecentComparison,
  RouteStatus,
  Side,
  SideStatus,
};

export const PHASES: readonly Phase[] = ["legacy", "shadowing", "splitting", "cutover", "retired"];

export interface Session {
  readonly readOnly: boolean;
  readonly loginNeeded: boolean;
  readonly by: string | null;
}

export interface Share {
  readonly legacy: number;
  readonly modern: number;
  /** Percent by modern; null: no requests. */
  readonly share: number | null;
}

export interface Attention {
  readonly kind: string;
  readonly severity: "error" | "warning" | "info";
  readonly route?: string;
  readonly message: string;
  readonly remedy?: string;
}

export interface Overview {
  readonly at: string;
  readonly version: string;
  readonly stateId: string;
  readonly revision: number;
  readonly since: string | null;
  readonly now: Share;
  readonly total: Share;
  readonly routes: { readonly total: number; readonly phases: Readonly<Record<Phase, number>> };
  readonly migrations: {
    readonly applied: number;
    readonly pending: number;
    readonly next: {
      readonly number: number;
      readonly name: string;
      readonly description: string;
      readonly allowed: boolean;
      readonly reasons: readonly string[];
    } | null;
  };
  readonly attention: readonly Attention[];
  readonly attentionTotal: number;
  readonly series: {
    readonly stepMs: number;
    readonly at: readonly number[];
    readonly legacy: readonly number[];
    readonly modern: readonly number[];
    readonly phases: Readonly<Record<Phase, readonly number[]>>;
  };
}

type Column = readonly (number | null)[];

export interface SideColumns {
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly p50: Column;
  readonly p95: Column;
  readonly p99: Column;
}

export interface Interval<T> {
  readonly value: T;
  readonly low: T;
  readonly high: T;
}

export interface Series {
  readonly route: string;
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly at: readonly number[];
  readonly legacy: SideColumns;
  readonly modern: SideColumns;
  readonly shadow: { readonly legacy: SideColumns; readonly modern: SideColumns };
  readonly comparisons: Readonly<Record<"match" | "mismatch" | "inconclusive", readonly number[]>>;
  readonly notCompared: Readonly<Record<string, readonly number[]>>;
  readonly mismatchRate: Interval<Column>;
  readonly overall: Readonly<Record<"match" | "mismatch" | "inconclusive", number>> & {
    readonly mismatchRate: Interval<number | null>;
  };
}

export interface Latencies {
  readonly route: string;
  readonly from: number;
  readonly to: number;
  readonly edgesMs: readonly number[];
  readonly legacy: readonly number[];
  readonly modern: readonly number[];
  readonly shadow: { readonly legacy: readonly number[]; readonly modern: readonly number[] };
}

export interface Difference extends MismatchReport {
  /** Samples are kept from whoever has not logged in. */
  readonly withheld: boolean;
  readonly ignore: { readonly yaml: string; readonly file: string } | null;
}

/** What an act changes for one route's clients. */
export interface Effect {
  readonly route: string;
  readonly cohort: string;
  /** Percent of clients that change sides. */
  readonly clients: number;
  readonly toward: Side | null;
  readonly text: string;
}

export interface ActResult extends ShiftResult {
  readonly effects: readonly Effect[];
}

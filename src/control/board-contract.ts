/** What the dashboard reads: like the use cases, but answered from what was computed once for every page that asks. */
import type { EntryKind, LedgerEntry } from "../domain/ledger.ts";
import type { MismatchKind } from "../domain/outcomes.ts";
import type { Phase, Side } from "../domain/position.ts";
import type { MismatchReport, RouteStatus, ShownCounts, SideStatus } from "./contract.ts";

export interface ServedShare {
  readonly legacy: number;
  readonly modern: number;
  /** Percent by modern; null: no requests. */
  readonly share: number | null;
}

export type PhaseCounts = Readonly<Record<Phase, number>>;

export const ATTENTION_KINDS = [
  "invalid_files",
  "store",
  "upstream",
  "restart",
  "gone_route",
  "edited_step",
  "missing_step",
  "modern_errors",
  "mismatches",
  "drift",
  "moved_clients",
  "definition_drift",
  "heavy_key",
  "shedding",
  "no_evidence",
  "stale_evidence",
  "gate_holds",
  "gate_waits",
] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

export const SEVERITIES = ["error", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something that waits, fails or is stale, and what helps. */
export interface Attention {
  readonly kind: AttentionKind;
  readonly severity: Severity;
  readonly route: string | null;
  readonly message: string;
  readonly remedy: string;
}

export interface NextStep {
  readonly number: number;
  readonly name: string;
  readonly description: string;
  readonly allowed: boolean;
  readonly reasons: readonly string[];
}

/** Columns over time; `at` is the start of each step, ms since the epoch. */
export interface ShareSeries {
  readonly stepMs: number;
  readonly at: readonly number[];
  readonly legacy: readonly number[];
  readonly modern: readonly number[];
  /** How many routes stood in each phase at each step's end. */
  readonly phases: Readonly<Record<Phase, readonly number[]>>;
}

export interface Overview {
  readonly at: string;
  /** The front door's. */
  readonly version: string;
  readonly stateId: string;
  readonly revision: number;
  /** Of the first ledger entry; null: there is none. */
  readonly since: string | null;
  /** The last five minutes. */
  readonly now: ServedShare;
  /** Since the first ledger entry, at most 90 days. */
  readonly total: ServedShare;
  readonly routes: { readonly total: number; readonly phases: PhaseCounts };
  readonly migrations: {
    readonly applied: number;
    readonly pending: number;
    readonly next: NextStep | null;
  };
  readonly attention: readonly Attention[];
  /** Of which `attention` shows the most severe. */
  readonly attentionTotal: number;
  readonly series: ShareSeries;
}

export const ROUTE_SORTS = [
  "id",
  "phase",
  "modern",
  "shadow",
  "requests",
  "errorRate",
  "p95",
  "mismatchRate",
  "lastShift",
] as const;
export type RouteSort = (typeof ROUTE_SORTS)[number];

export interface RouteQuery {
  /** Part of the id or the cohort, any case. */
  readonly query?: string | undefined;
  readonly phase?: Phase | undefined;
  readonly sort?: RouteSort | undefined;
  readonly order?: "asc" | "desc" | undefined;
  readonly limit: number;
  readonly offset: number;
}

export interface RoutePage {
  /** Before limit and offset. */
  readonly total: number;
  readonly rows: readonly RouteStatus[];
}

/** ms since the epoch; left out: see the answer's. */
export interface TimeRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface SeriesQuery extends TimeRange {
  /** Left out: `(all)`, every request together. */
  readonly route?: string | undefined;
  readonly step: "auto" | "minute" | "hour";
}

export interface SideColumns {
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

/** One value a step; of a record the names that occur. */
type Columns<T> = T extends SideStatus
  ? SideColumns
  : T extends number | undefined
    ? readonly number[]
    : { readonly [Name in keyof T]: Columns<T[Name]> };
export type ShownColumns = Columns<ShownCounts>;

/** Percent; null: nothing was compared. */
export interface Rate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Series extends ShownColumns {
  readonly route: string;
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly at: readonly number[];
  readonly mismatchRate: {
    readonly value: readonly (number | null)[];
    readonly low: readonly (number | null)[];
    readonly high: readonly (number | null)[];
  };
  /** The whole range. */
  readonly overall: Pick<ShownCounts, "legacy" | "modern" | "shadow"> &
    ShownCounts["comparisons"] & { readonly mismatchRate: Rate };
}

export interface LatencyQuery extends TimeRange {
  readonly route: string;
}

export interface Latencies {
  readonly route: string;
  /** null: no front door has opened the evidence window yet. */
  readonly from: number | null;
  readonly to: number;
  /** One more than there are counts: bucket i lies from edge i up to edge i + 1. */
  readonly edgesMs: readonly number[];
  readonly legacy: readonly number[];
  readonly modern: readonly number[];
  readonly shadow: Readonly<Record<Side, readonly number[]>>;
}

export interface LedgerQuery extends TimeRange {
  readonly route?: string | undefined;
  /** Only entries before, after this revision. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly kind?: EntryKind | undefined;
  readonly by?: string | undefined;
  /** Part of a route's id or of the reason, any case. */
  readonly query?: string | undefined;
  readonly order: "oldest" | "newest";
  readonly limit: number;
  /** False: each entry's is `{}`. */
  readonly evidence: boolean;
}

export interface LedgerPage {
  readonly entries: readonly LedgerEntry[];
  /** The last revision looked at, where to go on from; null: there are no more. */
  readonly next: number | null;
}

/** What to put into a route's `compare`, in the place of its `key`, so that a difference is ignored. */
export interface IgnoreAdvice {
  readonly key: "ignore" | "headers";
  readonly yaml: string;
  /** Where the route is written. */
  readonly file: string;
  readonly line: number;
}

export interface Difference extends MismatchReport {
  /** There may be samples, which are not shown before login. */
  readonly withheld: boolean;
  readonly ignore: IgnoreAdvice | null;
}

export interface DifferenceQuery {
  readonly route?: string | undefined;
  readonly kind?: MismatchKind | undefined;
  /** Part of the path or of the route's id, any case. */
  readonly query?: string | undefined;
  readonly limit: number;
  readonly offset: number;
  /** Without samples. */
  readonly withheld: boolean;
}

export interface DifferencePage {
  /** Before limit and offset. */
  readonly total: number;
  /** Most frequent first. */
  readonly rows: readonly Difference[];
}

/** Rejects with FigErrors: unknown_route, store_unavailable. */
export interface Board {
  overview(): Promise<Overview>;
  routes(query: RouteQuery): Promise<RoutePage>;
  route(id: string): Promise<RouteStatus>;
  series(query: SeriesQuery): Promise<Series>;
  latencies(query: LatencyQuery): Promise<Latencies>;
  ledger(query: LedgerQuery): Promise<LedgerPage>;
  differences(query: DifferenceQuery): Promise<DifferencePage>;
}

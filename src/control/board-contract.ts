/** What the dashboard reads: like the use cases, but answered from what was computed once for every page that asks. */
import type { CertificateState } from "../domain/certificate-state.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { UpstreamState } from "../domain/upstream-state.ts";
import type { Difference, DifferenceGroup, Noticed, RouteStatus } from "./schemas/answers.ts";
import type { Definition, Latencies, Overview, Rates, RouteRow, Series } from "./schemas/board-answers.ts";
import type { ShapeOf } from "./schemas/parts.ts";
import type {
  LedgerQuery,
  mismatchesQuery,
  routesQuery,
  SeriesQuery,
  TimeRange,
} from "./schemas/requests.ts";
import type { WebSocketApiStatus } from "./schemas/websockets.ts";

export type { Difference, DifferenceGroup, IgnoreAdvice } from "./schemas/answers.ts";
export type * from "./schemas/board-answers.ts";
export type { LedgerQuery, SeriesQuery, TimeRange } from "./schemas/requests.ts";

interface Page<Row> {
  /** Before limit and offset. */
  readonly total: number;
  readonly rows: readonly Row[];
}

export type RouteQuery = ShapeOf<typeof routesQuery> & { readonly limit: number; readonly offset: number };
export type RouteSort = NonNullable<RouteQuery["sort"]>;
export type RoutePage = Page<RouteRow>;

export type LatencyQuery = TimeRange & { readonly route: string };

export interface LedgerPage {
  readonly entries: readonly LedgerEntry[];
  /** The last revision looked at, where to go on from; null: there are no more. */
  readonly next: number | null;
}

/** `withheld`: without samples. */
export type DifferenceQuery = ShapeOf<typeof mismatchesQuery> & { readonly withheld: boolean };
/** Most frequent first. */
export type DifferencePage = Page<Difference>;
export type DifferenceGroupPage = Page<DifferenceGroup>;

/** Rejects with FigErrors: unknown_route, store_unavailable. */
export interface Board {
  /** `name` of fig.yaml. */
  name(): string | null;
  overview(): Promise<Overview>;
  routes(query: RouteQuery): Promise<RoutePage>;
  route(id: string): Promise<RouteStatus>;
  definition(id: string): Promise<Definition>;
  rates(): Promise<Rates>;
  series(query: SeriesQuery): Promise<Series>;
  latencies(query: LatencyQuery): Promise<Latencies>;
  ledger(query: LedgerQuery): Promise<LedgerPage>;
  differences(query: DifferenceQuery): Promise<DifferencePage>;
  /** Of all routes. */
  differenceGroups(query: Omit<DifferenceQuery, "withheld">): Promise<DifferenceGroupPage>;
  noticed(route: string | undefined): Promise<readonly Noticed[]>;
  /** Of this front door. */
  upstreams(): Promise<readonly UpstreamState[]>;
  /** The same. */
  certificates(): Promise<readonly CertificateState[]>;
  /** Their connections at this front door, their messages over all. */
  websockets(): Promise<readonly WebSocketApiStatus[]>;
}

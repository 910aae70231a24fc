/** What the use cases take and give: the same whether asked through the admin API or straight on the store. */
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import type { AnswersShape, GroupShape, ValueOf } from "../domain/counter-shapes.ts";
import type { ShapeOf, ShownName } from "../domain/counters.ts";
import type { LedgerState } from "../domain/fold.ts";
import type { LedgerChange, LedgerEntry } from "../domain/ledger.ts";
import type { MismatchRow } from "../domain/outcomes.ts";
import type { Phase, Position, Side } from "../domain/position.ts";

export interface ShiftRequest {
  readonly target: { readonly route: string } | { readonly cohort: string };
  readonly modern?: number | undefined;
  readonly shadow?: number | undefined;
  readonly reason: string;
  readonly by: string;
  readonly expectedRevision?: number | undefined;
  readonly force?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly fresh?: boolean | undefined;
}

export interface RollbackRequest {
  /** Undefined: every route (`--all`). */
  readonly route: string | undefined;
  readonly to?: number | undefined;
  readonly reason: string;
  readonly by: string;
  readonly expectedRevision?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface MigrateRequest {
  readonly action: "up" | "down" | "to";
  /** For `to`: the step to stand after; 0: before the first. */
  readonly to?: number | undefined;
  /** For `up` and `down`: the step that the caller means. */
  readonly expectedStep?: number | undefined;
  readonly reason?: string | undefined;
  readonly by: string;
  readonly expectedRevision?: number | undefined;
  readonly force?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

/** One condition of a gate, held against one route's evidence. */
export interface GateCondition {
  readonly name: string;
  readonly value: number | null;
  readonly bound: number;
  readonly holds: boolean;
  /** What is missing, or why it can never hold; undefined when it holds. */
  readonly missing: string | undefined;
}

export interface GateReport {
  readonly route: string;
  readonly holds: boolean;
  readonly conditions: readonly GateCondition[];
}

/** What a change of position means for a route's clients. */
export interface ChangeEffect {
  readonly route: string;
  readonly cohort: string;
  /** Percent of clients that change sides. */
  readonly clients: number;
  /** The side they come to; null: none does. */
  readonly toward: Side | null;
  /** In one sentence. */
  readonly text: string;
}

/** What a shift, rollback or migration step did, or (dryRun) would do. */
export interface ShiftResult {
  /** False: the position it already has, or a dry run. */
  readonly written: boolean;
  readonly dryRun: boolean;
  readonly entries: readonly LedgerEntry[];
  readonly changes: readonly LedgerChange[];
  /** Of each change, in the same order. */
  readonly effects: readonly ChangeEffect[];
  readonly gates: readonly GateReport[];
  readonly warnings: readonly string[];
  /** Rollback only: unsafe requests modern served since what was undone, by route. */
  readonly unsafeServed: Readonly<Record<string, number>>;
}

export interface SideStatus {
  readonly requests: number;
  readonly errors: number;
  /** ms; null: nothing counted. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** What of a counter is shown: of answers their number and how fast they were. */
type Shown<S> = S extends AnswersShape
  ? SideStatus
  : S extends GroupShape<infer Parts>
    ? { readonly [Name in keyof Parts]: Shown<Parts[Name]> }
    : ValueOf<S>;

/** The counters of an evidence window that are shown, by name (domain/counters). */
export type ShownCounts = { readonly [Name in ShownName]: Shown<ShapeOf<Name>> };

export interface RouteStatus extends ShownCounts {
  readonly id: string;
  readonly cohort: string;
  readonly phase: Phase;
  readonly position: Position;
  /** When its evidence window opened, ISO 8601; null: never counted. */
  readonly since: string | null;
  readonly lastShift: {
    readonly revision: number;
    readonly at: string;
    readonly by: string;
    readonly reason: string;
    readonly kind: string;
  } | null;
  readonly drifted: boolean;
  readonly definitionDrift: boolean;
}

export interface Status {
  readonly stateId: string;
  readonly revision: number;
  readonly problems: readonly string[];
  readonly routes: readonly RouteStatus[];
  readonly migrations: { readonly applied: number; readonly pending: number };
}

export interface MigrationStatus {
  readonly number: number;
  readonly name: string;
  readonly description: string;
  readonly state: "applied" | "pending";
  /** Revision and time it was applied. */
  readonly revision: number | null;
  readonly at: string | null;
  readonly by: string | null;
  /** Routes that no longer stand where this step, the last applied to them, left them. */
  readonly drifted: readonly string[];
  /** The file was edited after it was applied. */
  readonly edited: boolean;
  readonly changes: Readonly<Record<string, Partial<Position>>>;
}

export interface MigrationPlan {
  readonly next: MigrationStatus | null;
  readonly changes: readonly LedgerChange[];
  readonly effects: readonly ChangeEffect[];
  readonly gates: readonly GateReport[];
  readonly allowed: boolean;
  readonly reasons: readonly string[];
}

export interface MismatchReport extends MismatchRow {
  readonly route: string;
  /** match + mismatch in the window. */
  readonly comparisons: number;
}

/** One finished comparison, of the newest few this door keeps in memory. */
export interface RecentComparison {
  readonly at: string;
  readonly route: string;
  readonly requestId: string;
  readonly method: string;
  /** Path only: a query may hold a credential. */
  readonly path: string;
  readonly serving: Side;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly mismatches: readonly { readonly path: string; readonly kind: string }[];
}

export interface ExplainRequest {
  readonly method: string;
  /** Absolute URL, or a path. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly ip?: string | undefined;
}

export interface Explanation {
  /** The front door's own answer; null: a side answers. */
  readonly refusal: { readonly code: string; readonly status: number; readonly message: string } | null;
  /** "(default)", or null: refused. */
  readonly route: string | null;
  /** null: refused. */
  readonly side: Side | null;
  readonly upstream: string | null;
  /** The target the upstream would see. */
  readonly target: string | null;
  /** The sticky source used: `cookie:device`; null: no key. */
  readonly keySource: string | null;
  readonly hash: number | null;
  /** Percent point the key falls on, 0 to 100; modern above it serves the client. */
  readonly bucket: number | null;
  readonly position: Position | null;
  readonly phase: Phase | null;
  /** Whether a shadow of it could be sent, and if not why. */
  readonly shadow: string;
  /** One sentence a step. */
  readonly why: readonly string[];
}

/**
 * Failures are FigErrors: invalid_request, unknown_route, unknown_cohort, unknown_revision, conflict, drift, raises_modern,
 * nothing_to_undo, refused, gate_refused, store_unavailable.
 */
export interface Control {
  status(): Promise<Status>;
  shift(request: ShiftRequest): Promise<ShiftResult>;
  rollback(request: RollbackRequest): Promise<ShiftResult>;
  migrate(request: MigrateRequest): Promise<ShiftResult>;
  migrations(): Promise<readonly MigrationStatus[]>;
  plan(): Promise<MigrationPlan>;
  history(route: string | undefined): Promise<readonly LedgerEntry[]>;
  mismatches(route: string | undefined): Promise<readonly MismatchReport[]>;
  explain(request: ExplainRequest): Promise<Explanation>;
}

/** What is wrong with a front door beside its files, in one sentence. */
export interface DoorProblem {
  readonly kind: "store" | "upstream" | "restart";
  readonly message: string;
}

/** A ledger that is in force, and its newest entry. */
export interface LedgerInForce {
  readonly state: LedgerState;
  readonly newest: LedgerEntry | undefined;
  /** False: positions alone, of a store that could not be reached yet. */
  readonly whole: boolean;
  /** Why nothing may be appended: the store does not have what is in force. Undefined: it has. */
  readonly rewound: string | undefined;
}

/** What the use cases stand on. */
export interface ControlFacts {
  /** The config in force: the last that passed its checks. */
  config(): FrontDoorConfig;
  /** Problems outside ledger and evidence: store away, upstream ejected … */
  problems(): readonly DoorProblem[];
  /** Files on disk that did not pass, if any. */
  invalid(): readonly ConfigProblem[];
  /** Writes this process's counters to the store, so that evidence is complete. */
  flush(): Promise<void>;
  /** The same, and what charts are drawn from. */
  rollUp(): Promise<void>;
  /** The ledger as this process has it in force, so that it is not read twice; undefined: none is. */
  inForce(): LedgerInForce | undefined;
  /** Has a new entry in force in this process before the caller is answered. */
  apply(entry: LedgerEntry): Promise<void>;
}

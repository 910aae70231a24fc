/** What the use cases take and give: the same whether asked through the admin API or straight on the store. */
import type { CertificateState } from "../domain/certificate-state.ts";
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import type { LedgerState } from "../domain/fold.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { RecentPart } from "../domain/recent-clients.ts";
import type { UpstreamState } from "../domain/upstream-state.ts";
import type { ApiKeyControl, ApiKeysHere } from "./api-keys/contract.ts";
import type {
  Explanation,
  MigrationPlan,
  MigrationStatus,
  MismatchReport,
  Noticed,
  Revision,
  ShiftResult,
  Status,
} from "./schemas/answers.ts";
import type { AutopilotBody, AutopilotStartBody, AutopilotStatus } from "./schemas/autopilot.ts";
import type { CacheReport, PurgeBody, PurgeResult } from "./schemas/cache.ts";
import type { FilesAt, FilesReloadBody, FilesReloaded, FilesRow, FilesTable } from "./schemas/files.ts";
import type { IdentityKeySet } from "./schemas/identity.ts";
import type { PoliciesQuery, PolicyReport } from "./schemas/policies.ts";
import type {
  ExplainRequest,
  ResumeBody,
  RollbackBody,
  ShiftBody,
  StepBody,
  StepToBody,
  WholesQuery,
} from "./schemas/requests.ts";
import type { RouteGate } from "./schemas/route-gate.ts";
import type { Whole, WholeRow } from "./schemas/wholes.ts";

export type * from "./schemas/answers.ts";
export type * from "./schemas/autopilot.ts";
export type * from "./schemas/cache.ts";
export type * from "./schemas/files.ts";
export type * from "./schemas/policies.ts";
export type * from "./schemas/requests.ts";
export type * from "./schemas/route-gate.ts";
export type * from "./schemas/websockets.ts";
export type * from "./schemas/wholes.ts";

export type ShiftRequest = ShiftBody & {
  readonly target: { readonly route: string } | { readonly cohort: string };
};

/** Without a route: every route (`--all`). */
export type RollbackRequest = RollbackBody & { readonly route: string | undefined };

export type ResumeRequest = ResumeBody & { readonly route: string };

/** `to` is of the actions `to` and `squash`, `expectedStep` of the two others. */
export type MigrateRequest = StepBody &
  Partial<StepToBody> & { readonly action: "up" | "down" | "to" | "squash" };

/**
 * Failures are FigErrors: invalid_request, unknown_route, unknown_cohort, unknown_revision, conflict, drift, late_step, raises_modern,
 * nothing_to_undo, held, not_held, refused, gate_refused, store_unavailable.
 */
export interface Control {
  status(): Promise<Status>;
  /** The ledger's newest revision: what a writer expects, without the cost of a whole status. */
  revision(): Promise<Revision>;
  shift(request: ShiftRequest): Promise<ShiftResult>;
  rollback(request: RollbackRequest): Promise<ShiftResult>;
  /** Lets a route move again that a guard took back, and those of its cohort. Nothing moves. */
  resume(request: ResumeRequest): Promise<ShiftResult>;
  migrate(request: MigrateRequest): Promise<ShiftResult>;
  migrations(): Promise<readonly MigrationStatus[]>;
  plan(): Promise<MigrationPlan>;
  /** The gate that waits for a route, as it is now, and what was seen of its requests. */
  gate(route: string): Promise<RouteGate>;
  history(route: string | undefined): Promise<readonly LedgerEntry[]>;
  mismatches(route: string | undefined): Promise<readonly MismatchReport[]>;
  /** What comparisons noticed beside mismatches: headers that are not compared and differ, rules that do nothing or too much. */
  noticed(route: string | undefined): Promise<readonly Noticed[]>;
  /** Whole answers of a route's open evidence window, newest first. */
  wholes(query: WholesQuery): Promise<readonly WholeRow[]>;
  /** One of them. Throws `unknown_sample`. */
  whole(id: string): Promise<Whole>;
  explain(request: ExplainRequest): Promise<Explanation>;
  /** Removes stored answers, here and on every front door of the state. */
  purgeCache(request: PurgeBody): Promise<PurgeResult>;
  /** What is stored, and what came of it. Throws `no_front_door` where nobody serves. */
  cacheReport(): Promise<CacheReport>;
  /** Sets of files that were in force, newest first. */
  files(): Promise<readonly FilesRow[]>;
  /** Those that were in force after a revision. Throws `unknown_revision`, `files_not_kept`. */
  filesAt(revision: number): Promise<FilesAt>;
  /** The table in force, for what other files would change of it. Throws `no_front_door` where nobody serves. */
  filesTable(): Promise<FilesTable>;
  /** Has the front door read its files again. Throws `no_front_door` where nobody serves. */
  reloadFiles(request: FilesReloadBody): Promise<FilesReloaded>;
  /** The public keys of `identity`, of the files in force. */
  identityKeys(): Promise<IdentityKeySet>;
  readonly apiKeys: ApiKeyControl;
  readonly autopilot: AutopilotControl;
  /** What the policies of routes said. Throws `no_front_door` where nobody serves. */
  policies(query: PoliciesQuery): Promise<PolicyReport>;
}

/** What people tell the autopilot of a state, and what it says: the same from every front door. */
export interface AutopilotControl {
  status(): Promise<AutopilotStatus>;
  start(request: AutopilotStartBody): Promise<AutopilotStatus>;
  /** Throws `refused` where it does not run. */
  pause(request: AutopilotBody): Promise<AutopilotStatus>;
  /** Throws `refused` where it is not paused. */
  resume(request: AutopilotBody): Promise<AutopilotStatus>;
  stop(request: AutopilotBody): Promise<AutopilotStatus>;
}

/** What is wrong with a front door beside its files, in one sentence. */
export interface DoorProblem {
  readonly kind:
    | "store"
    | "upstream"
    | "certificate"
    | "restart"
    | "untrusted_proxy"
    | "limits"
    | "made_private"
    | "access_log"
    | "keys"
    | "workers"
    | "tracing"
    | "shadow_stopped"
    | "left_route"
    | "api_keys"
    | "guard";
  readonly message: string;
  /** Left out: it is no route's. */
  readonly route?: string;
  readonly remedy?: string;
  /** The upstream that is out. */
  readonly upstream?: string;
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

/** A state store that a front door goes on without. */
export interface StoreAway {
  /** ms since the epoch. */
  readonly since: number;
  /** False: it can be read, but what is counted cannot be written. */
  readonly unread: boolean;
}

/** Counts of a front door since it started, of all its workers. */
export interface PolicyCounts {
  /** By `route policy verdict` with tabs between them. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Answers of its own, by error code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Whom limits refused most, by `route limit key` with tabs between them. */
  readonly limited: Readonly<Record<string, number>>;
}

/** Connections of WebSocket APIs at a front door, of all its workers. */
export interface SocketsHere {
  /** Open now, and about to be, by API. */
  readonly open: Readonly<Record<string, number>>;
  /** Counted since it started, by `kind api label` with tabs between them. */
  readonly counts: Readonly<Record<string, number>>;
  /** Open at all front doors of the state; null: this one is alone, or another does not say. */
  readonly fleet: Readonly<Record<string, number>> | null;
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
  /** Undefined: the store answers, as far as this process knows. */
  away(): StoreAway | undefined;
  /** Requests that this process has answered since it started, by route. */
  answered(): Promise<ReadonlyMap<string, number>>;
  /** The upstreams as this process reaches them. Left out: it serves nobody. */
  upstreams?(): Promise<readonly UpstreamState[]>;
  /** The certificates in force, by when they end, those that upstreams are shown too. Left out: it serves nobody. */
  certificates?(): Promise<readonly CertificateState[]>;
  /** What this process has stored of answers. Left out: it serves nobody. */
  cache?(): Promise<CacheReport>;
  /** Has all purges up to this one in force in this process; gives how many answers it took away. Left out: it serves nobody. */
  followPurges?(number: number): Promise<number>;
  /** How near guards are to taking a route back, by route: 0 to 1. Left out: it serves nobody. */
  guardStates?(): Readonly<Record<string, number>>;
  /** Who came to these routes lately. Left out: it serves nobody. */
  recent?(routes: readonly string[]): Promise<readonly RecentPart[]>;
  /** The name of this run of a front door, by which it tells others of that. */
  readonly door?: string;
  /** What policies said here. Left out: it serves nobody. */
  policies?(): Promise<PolicyCounts>;
  /** Connections of WebSocket APIs. Left out: it serves nobody. */
  sockets?(): Promise<SocketsHere>;
  /** Writes what was kept whole here, so that all of it is in the state. Never rejects. Left out: it serves nobody. */
  keepWholes?(): Promise<void>;
  /** Where clients reach this front door; undefined: not yet. Left out: it serves nobody. */
  url?(): string | undefined;
  /** The files in force here, once they are written; `id` undefined: they were given as a value. Left out: it serves nobody. */
  files?(): Promise<{ readonly id: string | undefined }>;
  /** Reads them again. Left out: it serves nobody. */
  reloadFiles?(said: FilesReloadBody): Promise<FilesReloaded>;
  /** Has a new entry in force in this process before the caller is answered. */
  apply(entry: LedgerEntry): Promise<void>;
  /** Left out: it serves nobody. */
  readonly apiKeys?: ApiKeysHere;
}

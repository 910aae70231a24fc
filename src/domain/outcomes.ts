import type { OperationCounts } from "./operations/row-operations.ts";
import type { Side } from "./position.ts";
import type { ArrayRule } from "./route.ts";

/** How a compared request ended. */
export const COMPARISON_OUTCOMES = ["match", "mismatch", "inconclusive"] as const;
export type ComparisonOutcome = (typeof COMPARISON_OUTCOMES)[number];

/** Why two answers could not be held against each other. */
const INCONCLUSIVE = {
  too_large: "an answer was larger than shadow.maxBody",
  undecodable: "a body could not be decoded",
  serving_error: "the serving side failed itself",
  cut_short: "the client left, or an answer broke off",
  comparator_error: "the comparison itself failed",
  raced: "a write of the same sticky key overlapped it",
  not_modified: "the client's conditions were answered: a 304 or 412 has no body to compare",
  partial: "a part was answered that cannot be found in the whole",
  declined: "modern handed it to legacy: its answer was no answer to compare",
} as const;
export type InconclusiveReason = keyof typeof INCONCLUSIVE;

/** Why a request was not compared: inconclusive, shed, not sampled, or not eligible. For people who meet the reasons the first time. */
export const NOT_COMPARED = {
  ...INCONCLUSIVE,
  shed: "a bound was reached: the shadow gave way",
  skipped: "not in the sample",
  unsafe_method: "its method is not shadowed",
  upgrade: "an upgraded connection",
  event_stream: "a stream of events that lasts, or whose route copies none: see shadow.eventStreams",
  cached: "a stored answer was given: no side was asked",
  pinned: "its client had just written, and the other side may lag: see pinAfterWrite",
  session_cookie: "its copies wrote a client's session, so none is sent: see shadow.headers",
} as const;
export type NotComparedReason = keyof typeof NOT_COMPARED;
export const NOT_COMPARED_REASONS = Object.keys(NOT_COMPARED) as readonly NotComparedReason[];

/** A route whose copies are no longer sent: one of them was answered with a cookie that its client had sent. */
export interface StoppedShadow {
  readonly route: string;
  readonly cookie: string;
  /** The side that set it. */
  readonly side: Side;
}

/** One finished comparison, of the newest few that a front door keeps in memory. */
export interface RecentComparison {
  /** ISO 8601. */
  readonly at: string;
  readonly route: string;
  readonly requestId: string;
  readonly method: string;
  /** Without the query, which may hold a credential. */
  readonly path: string;
  readonly serving: Side;
  readonly outcome: ComparisonOutcome;
  readonly reason: string | undefined;
  readonly mismatches: readonly Pick<MismatchRow, "path" | "kind">[];
  /** What each side answered, where that was a mismatch; a side that failed has none. */
  readonly statuses?: Partial<Readonly<Record<Side, number>>> | undefined;
}

/** Its values alone: whoever keeps or sends it asks for each. */
export function plainComparison(told: RecentComparison): RecentComparison {
  const { at, route, requestId, method, path, serving, outcome, reason, mismatches, statuses } = told;
  return { at, route, requestId, method, path, serving, outcome, reason, mismatches, statuses };
}

/** What became of a write of the same sticky key before: the sides answered it differently, or one of them never got it. */
export const EARLIER_WRITES = ["differed", "not_copied"] as const;
export type EarlierWrite = (typeof EARLIER_WRITES)[number];
/** Reads that differed after such a write. */
export type AfterWrites = Readonly<Record<EarlierWrite, number>>;

/** What became of a shadow. */
export const SHADOW_OUTCOMES = ["sent", "shed", "skipped", "timeout", "error"] as const;
export type ShadowOutcome = (typeof SHADOW_OUTCOMES)[number];

export const MISMATCH_KINDS = [
  "missing",
  "extra",
  "type",
  "value",
  "order",
  "length",
  "error",
  "schema",
] as const;
export type MismatchKind = (typeof MISMATCH_KINDS)[number];

/**
 * One difference inside a comparison. `path` is `status`, `header.<name>`, `body`, or a JSONPath whose indexes are
 * `[*]`; of kind `schema` an operation of an OpenAPI document and a place in it. Values are JSON text already redacted and cut to 256 bytes; undefined when missing on that side.
 */
export interface Mismatch {
  readonly path: string;
  readonly kind: MismatchKind;
  readonly legacy: string | undefined;
  readonly modern: string | undefined;
  /** Of values that are not shown: what kind of value each is, and no more. Undefined: the values say it. */
  readonly forms?: readonly [legacy: string, modern: string] | undefined;
  /** What differs for the same cause. It is told under this one, and counts with it. Undefined: nothing. */
  readonly cascade?: readonly Cascaded[] | undefined;
}

/**
 * How a difference follows from another. `element`: an element of a list that only one side has. `rename`: the member that is missing,
 * under another name. `wrap`: a member that stands one level deeper. `value`: a text that holds the value that differs there.
 */
export const CASCADE_WAYS = ["element", "rename", "wrap", "value"] as const;
export type CascadeWay = (typeof CASCADE_WAYS)[number];

/** A place that differs because another does. */
export interface Cascaded {
  readonly path: string;
  readonly kind: MismatchKind;
  readonly by: CascadeWay;
  /** In so many places of this answer. */
  readonly places: number;
  /** Of one of them, as samples have it. */
  readonly legacy: string | undefined;
  readonly modern: string | undefined;
}

/** The same, added up over comparisons; the values are of the first. */
export interface CascadeRow extends Cascaded {
  /** Comparisons in which it was there. */
  readonly count: number;
}

export interface MismatchSample {
  readonly legacy: string | undefined;
  readonly modern: string | undefined;
  /** ISO 8601. */
  readonly at: string;
  readonly requestId: string;
  /** Of the request: path and query as the client sent them, without credentials, cut. An older fig kept neither. */
  readonly method?: string | undefined;
  readonly target?: string | undefined;
  /** What each side answered with; a side that failed has none. */
  readonly statuses?: Partial<Readonly<Record<Side, number>>> | undefined;
}

/**
 * What comparisons notice beside mismatches, and is no mismatch. `unlisted_*`: a header (`path` is its name) that is not compared,
 * and that modern lacks, only modern has, or that says something else; `unlisted_read`: comparisons in which those were looked for. `rule_*`: a rule of `compare` (`path` is its name) that
 * met something, or that left out most of what it met. `rules_read`: bodies (`json` or `text`) in which rules were looked for. `stood_apart` is of no
 * comparison: a front door that stood higher than another's emergency position. `controls`: comparisons for which legacy was asked
 * once more, `compared` or `unusable`; `control_path`: a path that those spoke of. `schema_*`: a place of an OpenAPI document (`path`)
 * that both sides' answers break alike, or legacy's alone.
 */
export type NoteKind =
  | "unlisted_missing"
  | "unlisted_extra"
  | "unlisted_value"
  | "unlisted_read"
  | "rule_met"
  | "rule_hiding"
  | "rules_read"
  | "stood_apart"
  | "control_path"
  | "controls"
  | "schema_alike"
  | "schema_legacy";

/** Stored beside mismatches, and added up as they are. */
export type NoteRow = AddedUp<NoteKind> & WithPairs;
export type EvidenceRow = AddedUp<MismatchKind | NoteKind> & WithPairs;

interface WithPairs {
  /** Of `control_path` alone. */
  readonly pairs?: ControlPairs | undefined;
}

/** Mismatches of one route and evidence window, added up by path and kind. */
export type MismatchRow = AddedUp<MismatchKind>;

export function isMismatch(row: EvidenceRow): row is MismatchRow {
  return (MISMATCH_KINDS as readonly string[]).includes(row.kind);
}

interface AddedUp<Kind> {
  readonly path: string;
  readonly kind: Kind;
  readonly count: number;
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly samples: readonly MismatchSample[];
  /** Of mismatches. Undefined: nothing follows from it. The most frequent first. */
  readonly cascade?: readonly CascadeRow[] | undefined;
  /** Of mismatches: how many came after a write of the same client that differed, or was not copied. Undefined: none. */
  readonly afterWrites?: AfterWrites | undefined;
  /** Of mismatches: how often it was seen with each operation of GraphQL, or method of JSON-RPC. Undefined: with none. */
  readonly operations?: OperationCounts | undefined;
}

/**
 * What controls said of one path. With L1 and L2 legacy's two answers and M modern's; where all three differ, their formats are held
 * against each other in place of their values.
 */
export interface ControlPairs {
  /** L1 = L2, and M differs. */
  readonly modern: number;
  /** L1 = M, and L2 differs. */
  readonly legacy: number;
  /** L1 and L2 differ, whatever M is. */
  readonly own: number;
  /** Differences of modern's that were not counted as mismatches for it. */
  readonly hidden: number;
  /** Of legacy's own values, where they differ. */
  readonly formats: readonly string[];
  /** Legacy has the same elements in another order: they are compared by this rule. */
  readonly array?: ArrayRule | undefined;
}

/** How a compared request ended. */
export type ComparisonOutcome = "match" | "mismatch" | "inconclusive";
export const COMPARISON_OUTCOMES: readonly ComparisonOutcome[] = ["match", "mismatch", "inconclusive"];

/** Why two answers could not be held against each other. */
export type InconclusiveReason =
  | "too_large"
  | "undecodable"
  | "serving_error"
  | "cut_short"
  | "comparator_error";

/** Why a request was not compared: inconclusive, shed, not sampled, or not eligible. */
export type NotComparedReason =
  | InconclusiveReason
  | "shed"
  | "skipped"
  | "unsafe_method"
  | "upgrade"
  | "event_stream";
export const NOT_COMPARED_REASONS: readonly NotComparedReason[] = [
  "too_large",
  "undecodable",
  "serving_error",
  "cut_short",
  "comparator_error",
  "shed",
  "skipped",
  "unsafe_method",
  "upgrade",
  "event_stream",
];

/** What became of a shadow. */
export type ShadowOutcome = "sent" | "shed" | "skipped" | "timeout" | "error";
export const SHADOW_OUTCOMES: readonly ShadowOutcome[] = ["sent", "shed", "skipped", "timeout", "error"];

export type MismatchKind = "missing" | "extra" | "type" | "value" | "order" | "length" | "error";
export const MISMATCH_KINDS: readonly MismatchKind[] = [
  "missing",
  "extra",
  "type",
  "value",
  "order",
  "length",
  "error",
];

/**
 * One difference inside a comparison. `path` is `status`, `header.<name>`, `body`, or a JSONPath whose indexes are
 * `[*]`. Values are JSON text already redacted and cut to 256 bytes; undefined when missing on that side.
 */
export interface Mismatch {
  readonly path: string;
  readonly kind: MismatchKind;
  readonly legacy: string | undefined;
  readonly modern: string | undefined;
}

export interface MismatchSample {
  readonly legacy: string | undefined;
  readonly modern: string | undefined;
  /** ISO 8601. */
  readonly at: string;
  readonly requestId: string;
}

/** Mismatches of one route and evidence window, added up by path and kind. */
export interface MismatchRow {
  readonly path: string;
  readonly kind: MismatchKind;
  readonly count: number;
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly samples: readonly MismatchSample[];
}

import type { RawHeaders } from "../domain/message.ts";
import type { ComparisonOutcome, InconclusiveReason, Mismatch } from "../domain/outcomes.ts";
import type { Side } from "../domain/position.ts";
import type { CompareOptions } from "../domain/route.ts";

/** What one side said. The body is as it was sent: chunked framing is undone, content codings are not. */
export type CapturedAnswer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: RawHeaders;
      readonly body: readonly Uint8Array[];
      readonly bodyBytes: number;
      /** The body went past maxBodyBytes and was not kept. */
      readonly tooLarge: boolean;
    }
  /** Refused, broke or timed out; `code` is a backend error code. */
  | { readonly kind: "failure"; readonly code: string };

/** An answer and the side that gave it. */
export interface SidedAnswer {
  readonly side: Side;
  readonly answer: CapturedAnswer;
}

/** The answers to one request, by the part each plays. */
export interface NamedAnswers {
  /** What the client got. */
  readonly serving: SidedAnswer;
  /** What the other side said to the copy. */
  readonly shadow: SidedAnswer;
}

export interface ComparisonJob {
  readonly method: string;
  /** What the client asked for, against which references in headers are resolved; undefined: they are not. */
  readonly url?: string | undefined;
  readonly answers: NamedAnswers;
  /** The copy went without the client's conditions or range, and was answered with the whole. Undefined: it was asked as the client asked. */
  readonly unconditional?: boolean | undefined;
  readonly options: CompareOptions;
  /** The bound on each decoded body. One past it is too_large. */
  readonly maxBodyBytes: number;
}

/** Rules, as `ruleNames` names them. */
export interface RuleUse {
  readonly read: "json" | "text";
  readonly met: readonly string[];
  /** Those that left out more than half of all values. */
  readonly hiding: readonly string[];
}

export interface Verdict {
  readonly outcome: ComparisonOutcome;
  /** Set if the outcome is inconclusive. */
  readonly reason: InconclusiveReason | undefined;
  /** Empty unless the outcome is mismatch. At most 100. Their values are already redacted and cut. */
  readonly mismatches: readonly Mismatch[];
  /** Of a mismatch: what each side answered; a side that failed has none. */
  readonly statuses?: Partial<Readonly<Record<Side, number>>> | undefined;
  /** Undefined: the route has no path rules, or the bodies were not looked into. */
  readonly rules?: RuleUse | undefined;
  /** Headers that are not compared and differ, in answers of one status. Undefined: nobody looked. */
  readonly unlisted?: readonly UnlistedHeader[] | undefined;
}

/** A response header that is not compared, and how it differs. */
export interface UnlistedHeader {
  readonly name: string;
  readonly kind: "missing" | "extra" | "value";
}

/**
 * Compares in a worker thread. Every submitted job gets exactly one verdict, even if the worker crashes (comparator_error) or
 * the comparer is closed. A job that needs no look inside gets it during submit(). The job's bytes stay reserved in the
 * caller's budget until its verdict.
 */
export interface Comparer {
  submit(job: ComparisonJob, done: (verdict: Verdict) => void): void;
  /** Jobs without a verdict yet. */
  readonly pending: number;
  /** Waits up to `deadlineMs` for pending verdicts, then gives comparator_error to the rest and ends the worker. */
  close(deadlineMs: number): Promise<void>;
}

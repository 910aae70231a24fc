import type { RawHeaders } from "../domain/message.ts";
import type { ComparisonOutcome, EarlierWrite, InconclusiveReason, Mismatch } from "../domain/outcomes.ts";
import type { Side } from "../domain/position.ts";
import type { ArrayRule, CompareOptions } from "../domain/route.ts";
import type { WindowKey } from "../domain/tally.ts";

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
  /** What legacy said when it was asked once more, together with the shadow. */
  readonly control?: SidedAnswer | undefined;
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
  /** Nothing is compared: the request and both answers are made into a sample. Undefined: they are compared. */
  readonly whole?: WholeAsk | undefined;
}

/** What a whole sample is made of beside the answers. */
export interface WholeAsk {
  /** The client's request fields. */
  readonly headers: RawHeaders;
  /** Lower-case names of fields that hold credentials by the route's own policies. */
  readonly secret: readonly string[];
  /** The bound on each decoded body. A larger one is only described. */
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
  /** Of a read that differs: what became of an earlier write of its sticky key. Undefined: nothing is known of one. */
  readonly earlier?: EarlierWrite | undefined;
  /** What the control says. Undefined: there was none, or all three answers are equal. */
  readonly control?: ControlFinding | undefined;
  /** Paths of differences that are none, since legacy differs from itself there. Undefined: nobody judged. */
  readonly hidden?: readonly string[] | undefined;
  /** Places of an OpenAPI document that legacy's answer breaks, and whether modern's breaks them alike. Undefined: none. */
  readonly document?:
    | readonly (readonly [kind: "schema_alike" | "schema_legacy", place: string])[]
    | undefined;
  /** Headers that are not compared and differ, in answers of one status. Undefined: nobody looked. */
  readonly unlisted?: readonly UnlistedHeader[] | undefined;
  /** What was asked for in place of a comparison: a WholeContent as JSON. */
  readonly whole?: string | undefined;
}

/** Paths at which legacy's two answers (L1, L2) and modern's (M) were held against each other, two by two. */
export interface ControlFinding {
  /** False: the control could not be compared with the other two. */
  readonly usable: boolean;
  /** L1 and L2 differ; the values of both as samples have them. */
  readonly own: readonly (readonly [
    path: string,
    first: string | undefined,
    second: string | undefined,
    forms?: Mismatch["forms"],
  ])[];
  /** L1 = L2, and M differs; or only M's format does. */
  readonly modern: readonly string[];
  /** L1 = M, and L2 differs; or only L2's format does. */
  readonly legacy: readonly string[];
  /** Arrays whose elements legacy gives in another order each time, and how they are matched. */
  readonly arrays: readonly (readonly [path: string, rule: ArrayRule])[];
}

/** What controls taught of routes, window by window. */
export interface Noise {
  /** The route's options, with what controls found beside them. The same object each time, until they find more. */
  optionsOf(live: NoisyRoute): CompareOptions;
  /** Learns from a verdict's control, and takes out of its mismatches what is legacy's own noise. `controlled`: there was a control. */
  judged(live: NoisyRoute, verdict: Verdict, controlled: boolean): Verdict;
}

/** What is kept whole of a comparison, once it is made. */
export interface WholeWanted {
  readonly ask: WholeAsk;
  /** Called once. Undefined: it could not be made. */
  readonly made: (content: string | undefined) => void;
}

/** What of a route in force its noise belongs to. */
export interface NoisyRoute {
  readonly definition: { readonly compare: CompareOptions };
  readonly tally: { readonly key: WindowKey };
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

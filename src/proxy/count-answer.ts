import { type GuardTap, guardedClass } from "../domain/guards.ts";
import { isSafe } from "../domain/shadow-eligibility.ts";
import { thresholdOf } from "../domain/split.ts";
import { countedOperations, type Decided, type Decision } from "../routing/decide.ts";

/** Ends that are the client's doing: no answer of the side's is counted. */
const CLIENT_ENDS = new Set(["client_left", "client_stalled", "request_timeout", "body_too_large"]);

/** What a request came to, as far as the tally of its route counts it. */
interface Answered {
  readonly status: number;
  readonly complete: boolean;
  readonly upgraded: boolean;
  readonly error: string | undefined;
  readonly fellBack: boolean;
  /** Modern's, where legacy answered in its place. */
  readonly fallbackStatus: number;
  readonly fallbackMicros: number;
  /** To the end of the side's answer; 0: it did not come to one. */
  readonly answerMicros: number;
  /** No byte of the request was sent to the side. */
  readonly untouched: boolean;
  /** Its copy counts it by path template. */
  readonly shadowed: boolean;
  readonly outgoing: { readonly requestId: string } | undefined;
}

/** While clients are split, one answer in so many counts by path template: two sides are held against each other there, and each costs a microsecond. */
const STRATUM_EVERY = 4;
/** Every key is below it. */
const EVERY = thresholdOf(100);

/** By path template, of requests that are not copied. */
function countStratum(decision: Decided, micros: number, failed: boolean): void {
  const { live, side, head, captures, keyHash } = decision;
  const { tally, threshold } = live;
  if (threshold === 0 || threshold >= EVERY || !tally.drawn(STRATUM_EVERY)) return;
  const of = {
    method: head.method,
    path: live.definition.match.path,
    captures,
    operations: countedOperations(decision),
  };
  if (!tally.failedBefore(side, keyHash)) tally.stratumAnswered(of, { side, micros, error: failed });
}

function tellGuard(
  guard: GuardTap,
  { side, keyHash: key }: Decision,
  outgoing: Answered["outgoing"],
  status: number,
  error: boolean,
): void {
  const kind = guardedClass(status, error);
  const requestId = outgoing?.requestId ?? "";
  if (kind !== undefined) guard.answered(kind, side === "modern", key, { requestId, status });
}

/** Counts an answer as its side's. `micros`: how long the request took in all. */
export function countAnswer(decision: Decided, ended: Answered, micros: number): void {
  const { live } = decision;
  const { tally } = live;
  const { side, freshKey, keyHash, pinned } = decision;
  // Where a client was before it wrote is no part of chance, by which guards hold the sides against each other.
  const guard = pinned === undefined ? live.guard : undefined;
  if (pinned !== undefined) tally.pinned(side);
  const unsafe = !ended.untouched && !isSafe(live.definition, decision.head);
  if (ended.fellBack) {
    // Modern's failures are 5xx; with any other status it has declined.
    const failed = ended.fallbackStatus >= 500;
    tally.fellBack(failed);
    if (failed && !ended.shadowed) countStratum(decision, ended.fallbackMicros, true);
    tally.answered(side, ended.fallbackStatus, ended.fallbackMicros, failed, false, keyHash);
    if (failed && guard !== undefined) tellGuard(guard, decision, ended.outgoing, ended.fallbackStatus, true);
  } else if (!ended.complete && !ended.upgraded && CLIENT_ENDS.has(ended.error ?? "")) {
    tally.aborted(side, unsafe);
  } else {
    const error = ended.status >= 500 || (!ended.complete && !ended.upgraded);
    const took = ended.answerMicros || micros;
    if (!ended.shadowed && pinned === undefined) countStratum(decision, took, error);
    tally.answered(side, ended.status, took, error, unsafe, keyHash);
    if (guard !== undefined) tellGuard(guard, decision, ended.outgoing, ended.status, error);
  }
  // Whose key is not told, or new, may come again with another one.
  if (live.recent !== undefined && !decision.untold && !freshKey) live.recent.add(keyHash);
  // A key that was drawn just now says nothing of how often clients come.
  if (keyHash !== undefined && !freshKey) tally.keyHash(keyHash, pinned === undefined ? side : undefined);
}

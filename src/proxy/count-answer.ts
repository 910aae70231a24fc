import { type GuardTap, guardedClass } from "../domain/guards.ts";
import { isSafe } from "../domain/shadow-eligibility.ts";
import type { LiveRoute } from "../routing/contract.ts";
import type { Decision } from "../routing/decide.ts";

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
  readonly outgoing: { readonly requestId: string } | undefined;
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
export function countAnswer(live: LiveRoute, decision: Decision, ended: Answered, micros: number): void {
  const { tally, guard } = live;
  const { side, freshKey, keyHash } = decision;
  if (ended.fellBack) {
    // Modern's failures are 5xx; with any other status it has declined.
    const failed = ended.fallbackStatus >= 500;
    tally.fellBack(failed);
    tally.answered(side, ended.fallbackStatus, ended.fallbackMicros, failed, false, keyHash);
    if (failed && guard !== undefined) tellGuard(guard, decision, ended.outgoing, ended.fallbackStatus, true);
  } else if (!ended.complete && !ended.upgraded && CLIENT_ENDS.has(ended.error ?? "")) {
    tally.aborted(side);
  } else {
    const error = ended.status >= 500 || (!ended.complete && !ended.upgraded);
    const unsafe = !isSafe(live.definition, decision.head);
    tally.answered(side, ended.status, ended.answerMicros || micros, error, unsafe, keyHash);
    if (guard !== undefined) tellGuard(guard, decision, ended.outgoing, ended.status, error);
  }
  // A key that was drawn just now says nothing of how often clients come.
  if (keyHash !== undefined && !freshKey) tally.keyHash(keyHash, side);
}

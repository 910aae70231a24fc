import type { CapturedAnswer, Verdict } from "../compare/contract.ts";
import { declines } from "../domain/declines.ts";
import { isSafe } from "../domain/shadow-eligibility.ts";
import type { ShadowCall } from "./shadow-call.ts";

/** The answers may differ for the order in which a request and a write of its key came to each side. */
const RACED: Verdict = Object.freeze({ outcome: "inconclusive", reason: "raced", mismatches: [] });
/** Had modern served it, legacy would have answered. */
const DECLINED: Verdict = Object.freeze({ outcome: "inconclusive", reason: "declined", mismatches: [] });

/** Whether modern hands this back, and a client would have had legacy's answer. */
function isDeclined({ tap, side }: ShadowCall, result: CapturedAnswer): boolean {
  const { live, head } = tap.decision;
  return (
    side === "modern" &&
    live.definition.fallback !== undefined &&
    result.kind === "answer" &&
    declines(result.status, result.headers) &&
    isSafe(live.definition, head)
  );
}

/** Counts what a shadow came to. Gives the verdict where there is nothing to compare. */
export function countShadow(call: ShadowCall, result: CapturedAnswer, micros: number): Verdict | undefined {
  const { tap, side } = call;
  const { live, keyHash } = tap.decision;
  const { tally } = live;
  const broken = result.kind === "failure";
  const status = broken ? 0 : result.status;
  const failed = broken || status >= 500;
  const timeout = broken && result.code === "timeout";
  tally.shadowed(side, !broken ? "sent" : timeout ? "timeout" : "error");
  // It is neither an answer nor an error of modern's.
  if (isDeclined(call, result)) return DECLINED;
  tap.noteShadow(micros, failed);
  tally.shadowAnswered(side, status, micros, failed, keyHash);
  tap.noteFailedAlone(side, failed);
  tap.tellApart(status);
  return !broken && tap.turn?.raced === true ? RACED : undefined;
}

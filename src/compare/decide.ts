import type { InconclusiveReason } from "../domain/outcomes.ts";
import { otherSide, type Side } from "../domain/position.ts";
import type { CompareOptions } from "../domain/route.ts";
import { BODY_COMPARATORS } from "./bodies/index.ts";
import { type Answer, type BodyComparator, compareBodies } from "./body.ts";
import { compareHeaders } from "./compare-headers.ts";
import { compareStatus } from "./compare-status.ts";
import type { ComparisonJob, Verdict } from "./contract.ts";
import { Findings } from "./findings.ts";

export const MATCH: Verdict = Object.freeze({ outcome: "match", reason: undefined, mismatches: [] });

export function inconclusive(reason: InconclusiveReason): Verdict {
  return { outcome: "inconclusive", reason, mismatches: [] };
}

const compiled = new WeakMap<CompareOptions, readonly BodyComparator[]>();

function comparatorsFor(options: CompareOptions): readonly BodyComparator[] {
  let comparators = compiled.get(options);
  if (comparators === undefined) {
    comparators = BODY_COMPARATORS.map((kind) => kind.create(options));
    compiled.set(options, comparators);
  }
  return comparators;
}

/** RFC 9110 §6.4.1: answers that end with their header section. */
function hasNoBody(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304 || (status >= 100 && status < 200);
}

function sideOf(job: ComparisonJob, side: Side) {
  return side === "legacy" ? job.legacy : job.modern;
}

/** A shadowed side that refused, broke or timed out: `error` at `status`, with the code in the status's place. */
function failedShadow(job: ComparisonJob, status: number, code: string): Verdict {
  const findings = new Findings();
  const served = String(status);
  const failed = JSON.stringify(code);
  if (job.serving === "legacy") findings.add("status", "error", served, failed);
  else findings.add("status", "error", failed, served);
  return { outcome: "mismatch", reason: undefined, mismatches: findings.list() };
}

function compareAnswers(job: ComparisonJob, legacy: Answer, modern: Answer): Verdict {
  const findings = new Findings();
  compareStatus(legacy.status, modern.status, findings);
  compareHeaders(legacy.headers, modern.headers, job.options.headers, findings);
  // A 200 and a 404 have different bodies by right: their differences would bury the one that matters.
  const sameClass = Math.trunc(legacy.status / 100) === Math.trunc(modern.status / 100);
  const bodiless = hasNoBody(job.method, legacy.status) || hasNoBody(job.method, modern.status);
  let reason: InconclusiveReason | undefined;
  if (sameClass && !bodiless) {
    reason = compareBodies(legacy, modern, job.maxBodyBytes, comparatorsFor(job.options), findings);
  }
  if (findings.size > 0) return { outcome: "mismatch", reason: undefined, mismatches: findings.list() };
  return reason === undefined ? MATCH : inconclusive(reason);
}

/**
 * The verdict where no body needs to be looked at: a serving side without an answer is `serving_error`; a failed shadow is a
 * mismatch of kind `error`; a serving 5xx is `serving_error` unless both statuses are equal. In this order; else undefined.
 */
export function decideWithoutBodies(job: ComparisonJob): Verdict | undefined {
  const serving = sideOf(job, job.serving);
  const shadow = sideOf(job, otherSide(job.serving));
  if (serving.kind === "failure") return inconclusive("serving_error");
  if (shadow.kind === "failure") return failedShadow(job, serving.status, shadow.code);
  if (serving.status >= 500 && serving.status !== shadow.status) return inconclusive("serving_error");
  return undefined;
}

/**
 * Holds two answers against each other: what `decideWithoutBodies` says, then status, headers and body. What differs is a
 * mismatch even if the rest could not be read. Throws FigError `invalid_path_pattern` for options no config check has seen.
 */
export function decide(job: ComparisonJob): Verdict {
  const early = decideWithoutBodies(job);
  if (early !== undefined) return early;
  return compareAnswers(job, job.legacy as Answer, job.modern as Answer);
}

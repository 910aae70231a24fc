import type { WindowCounts } from "../counters.ts";
import { coverageOf, isShadowed } from "../coverage.ts";
import type { Side } from "../position.ts";
import { countOf, countText, durationText } from "../wording.ts";
import type { GateEvidence } from "./contract.ts";

/** Of fewer failures nothing can be said. */
const MIN_FAILURES = 20;

/** Why nothing that is sent can be compared: legacy fails every client, so there is nothing to hold modern's answers against. */
function whyNothingToCompare({ route, position, counts }: GateEvidence): string | undefined {
  const { requests, errors } = counts.legacy;
  const { match, mismatch } = counts.comparisons;
  if (route.compare.legacyErrors === "accept" || position.modern >= 100 || match + mismatch > 0)
    return undefined;
  if (requests < MIN_FAILURES || errors < requests) return undefined;
  return `legacy fails: each of its ${countText(requests)} answers was an error, and is compared with nothing; where that is known and modern is to do better, write compare.legacyErrors: accept`;
}

/** Why no shadow is ever sent where the route stands; undefined: some are. */
function whyNoShadow({ route, position }: GateEvidence): string | undefined {
  if (position.shadow <= 0) return "its shadow is 0, so nothing is compared: raise shadow first";
  const { methods } = route.match;
  if (methods === undefined || methods.some((method) => isShadowed(route, position, method)))
    return undefined;
  return `none of its methods (${methods.join(", ")}) is shadowed: they are unsafe and shadow.writes is ${route.shadow.writes}`;
}

/** Why nothing is ever compared as it stands; undefined: something may be. */
export function whyNoComparison(evidence: GateEvidence): string | undefined {
  return whyNoShadow(evidence) ?? whyNothingToCompare(evidence);
}

const NEVER = "can never hold as it stands";

export function never(why: string): string {
  return `${NEVER}: ${why}`;
}

/** Waiting does not help: the route can never hold such a gate where it stands. */
export function canNeverHold({
  conditions,
}: {
  readonly conditions: readonly { readonly holds: boolean; readonly missing?: string | undefined }[];
}): boolean {
  return conditions.some(({ holds, missing }) => !holds && missing?.startsWith(NEVER) === true);
}

interface SideTotal {
  readonly answers: number;
  readonly errors: number;
}

type Sides = Readonly<Record<Side, { readonly requests: number; readonly errors: number }>>;

/** Client answers and shadow answers count for the side that gave them. */
export function totalOf(counts: Sides & { readonly shadow: Sides }, side: Side): SideTotal {
  const client = counts[side];
  const shadow = counts.shadow[side];
  return { answers: client.requests + shadow.requests, errors: client.errors + shadow.errors };
}

/** Whether every request of the route may be shadowed, so that its shadows are as its clients' requests are. */
export function shadowsAll({ route, position, counts }: GateEvidence): boolean {
  return coverageOf(route, position, counts).unshadowed.length === 0;
}

/** What answers are missing for a comparison of the two sides; undefined: both gave some. */
export function missingAnswers(evidence: GateEvidence): string | undefined {
  const missing = (["legacy", "modern"] as const).filter(
    (side) => totalOf(evidence.counts, side).answers === 0,
  );
  if (missing.length === 0) return undefined;
  if (missing.includes("modern") && evidence.position.modern === 0) {
    const why = whyNoShadow(evidence);
    if (why !== undefined) return never(`modern answers nothing: it serves nobody and ${why}`);
  }
  return `no data: ${missing.join(" and ")} gave no answer in this window`;
}

export function compared(counts: WindowCounts): number {
  return counts.comparisons.match + counts.comparisons.mismatch;
}

/** `, about 4 min at the current rate`, or what stands in the way of any comparison. `done`: so many came since the window opened. */
export function pace(evidence: GateEvidence, more: number, done: number): string {
  const { counts, openedAt, now } = evidence;
  const elapsed = openedAt === undefined ? 0 : now - openedAt;
  if (done > 0 && elapsed > 0) return `, about ${durationText((more * elapsed) / done)} at the current rate`;
  if (counts.comparisons.inconclusive > 0) {
    return `; all ${countText(counts.comparisons.inconclusive)} so far were inconclusive`;
  }
  return "";
}

/** So many times the evidence is looked ahead to. */
const MOST_TIMES = 4096;
const CLOSE_ENOUGH = 1.05;

/** How many times the evidence so far would hold, going on as it does; undefined: no amount that anybody waits for. */
export function timesNeeded(holdsAt: (times: number) => boolean): number | undefined {
  let most = 2;
  while (!holdsAt(most)) {
    most *= 2;
    if (most > MOST_TIMES) return undefined;
  }
  let least = most / 2;
  while (most / least > CLOSE_ENOUGH) {
    const middle = Math.sqrt(least * most);
    if (holdsAt(middle)) most = middle;
    else least = middle;
  }
  return most;
}

/** `needs about 4,200 more answers like those so far, about 12 min at the current rate`. */
export function moreText(
  { openedAt, now }: GateEvidence,
  times: number,
  soFar: number,
  noun: "answer by modern" | "comparison" | "pair",
): string {
  const elapsed = openedAt === undefined ? 0 : now - openedAt;
  const time = elapsed > 0 ? `, about ${durationText((times - 1) * elapsed)} at the current rate` : "";
  const many = noun === "answer by modern" ? "more answers by modern" : `more ${noun}s`;
  return `needs about ${countOf(Math.ceil((times - 1) * soFar), `more ${noun}`, many)} like those so far${time}`;
}

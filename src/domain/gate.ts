import type { WindowCounts } from "./counters.ts";
import {
  type Coverage,
  coverageOf,
  isShadowed,
  methodText,
  noVerdictText,
  OTHER,
  type Unshadowed,
  unaccepted,
} from "./coverage.ts";
import { mergeHistograms, quantileMs } from "./histogram.ts";
import type { Position, Side } from "./position.ts";
import type { RouteDefinition } from "./route.ts";
import { cleanTrialsNeeded, wilsonUpper } from "./wilson.ts";
import { countOf, countText, durationText, numberText } from "./wording.ts";

/** What must hold before a route goes forward. Undefined conditions are not asked for. */
export interface GateDefinition {
  readonly minComparisons: number | undefined;
  /** Percent, > 0: the upper bound of the two-sided 95 % Wilson interval lies under it. */
  readonly maxMismatchRate: number | undefined;
  /** Percentage points, modern over legacy. */
  readonly maxErrorRateIncrease: number | undefined;
  /** modern / legacy, by quantile. */
  readonly maxLatencyRatio: Readonly<Partial<Record<"p50" | "p95" | "p99", number>>> | undefined;
  readonly minDurationMs: number | undefined;
  /** Percent compared of the requests of each method that is shadowed. */
  readonly minCoverage?: number | undefined;
  /** Methods that need not be shadowed where minCoverage is asked for. */
  readonly uncovered?: readonly string[] | undefined;
}

/** One condition held against a route's evidence. Rates in percent, durations in ms. */
interface ConditionVerdict {
  readonly name: string;
  /** null: no data. */
  readonly value: number | null;
  readonly bound: number;
  readonly holds: boolean;
  /** How much is missing, or why it can never hold; undefined when it holds. */
  readonly missing: string | undefined;
  /** Whose answers it was held against, where that may be a choice. */
  readonly judged?: string | undefined;
}

export interface GateVerdict {
  readonly route: string;
  readonly holds: boolean;
  readonly conditions: readonly ConditionVerdict[];
  /** Methods of which nothing is compared, with their share of the requests: the gate knows nothing of them. Undefined: none. */
  readonly unshadowed?: readonly Unshadowed[] | undefined;
}

/** What a gate looks at: one route by itself, in its evidence window. */
export interface GateEvidence {
  readonly route: RouteDefinition;
  /** Where the route stands now, before the shift. */
  readonly position: Position;
  readonly counts: WindowCounts;
  /** When the window opened, ms since the epoch; undefined: no front door has counted in it yet. */
  readonly openedAt: number | undefined;
  /** ms since the epoch. */
  readonly now: number;
}

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
function whyNoComparison(evidence: GateEvidence): string | undefined {
  return whyNoShadow(evidence) ?? whyNothingToCompare(evidence);
}

const NEVER = "can never hold as it stands";

function never(why: string): string {
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

/** What answers are missing for a comparison of the two sides; undefined: both gave some. */
function missingAnswers(evidence: GateEvidence): string | undefined {
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

function compared(counts: WindowCounts): number {
  return counts.comparisons.match + counts.comparisons.mismatch;
}

/** `, about 4 min at the current rate`, or what stands in the way of any comparison. */
function pace(evidence: GateEvidence, more: number): string {
  const { counts, openedAt, now } = evidence;
  const done = compared(counts);
  const elapsed = openedAt === undefined ? 0 : now - openedAt;
  if (done > 0 && elapsed > 0) return `, about ${durationText((more * elapsed) / done)} at the current rate`;
  if (counts.comparisons.inconclusive > 0) {
    return `; all ${countText(counts.comparisons.inconclusive)} so far were inconclusive`;
  }
  return "";
}

function minComparisons(evidence: GateEvidence, bound: number): ConditionVerdict {
  const value = compared(evidence.counts);
  const holds = value >= bound;
  const more = bound - value;
  const why = whyNoComparison(evidence);
  const missing =
    why === undefined ? `needs ${countOf(more, "more comparison")}${pace(evidence, more)}` : never(why);
  return { name: "minComparisons", value, bound, holds, missing: holds ? undefined : missing };
}

function maxMismatchRate(evidence: GateEvidence, bound: number): ConditionVerdict {
  const trials = compared(evidence.counts);
  const { mismatch } = evidence.counts.comparisons;
  const value = trials === 0 ? null : wilsonUpper(mismatch, trials) * 100;
  const holds = value !== null && value < bound;
  const name = "maxMismatchRate";
  if (holds) return { name, value, bound, holds, missing: undefined };
  const more = cleanTrialsNeeded(mismatch, trials, bound / 100);
  const why = whyNoComparison(evidence);
  const missing =
    why !== undefined
      ? never(why)
      : Number.isFinite(more)
        ? `needs ${countOf(more, "more comparison")} without a mismatch (${countText(mismatch)} of ${countText(trials)} so far)${pace(evidence, more)}`
        : never(`no number of comparisons brings a rate under ${bound} %`);
  return { name, value, bound, holds, missing };
}

/** What binary fractions may add to a rate that is exactly the bound. */
const EPSILON = 1e-9;

function maxErrorRateIncrease(evidence: GateEvidence, bound: number): ConditionVerdict {
  const name = "maxErrorRateIncrease";
  const absent = missingAnswers(evidence);
  if (absent !== undefined) return { name, value: null, bound, holds: false, missing: absent };
  const legacy = totalOf(evidence.counts, "legacy");
  const modern = totalOf(evidence.counts, "modern");
  const value = (modern.errors / modern.answers - legacy.errors / legacy.answers) * 100;
  const holds = value <= bound + EPSILON;
  const share = (total: SideTotal) => `${countText(total.errors)} of ${countText(total.answers)}`;
  const missing = `${numberText(value - bound)} points too many: modern failed ${share(modern)}, legacy ${share(legacy)}`;
  return { name, value, bound, holds, missing: holds ? undefined : missing };
}

const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
type QuantileName = keyof typeof QUANTILES;

/** A duration that was counted took some time: half a microsecond, so that a ratio stays a number. */
const LEAST_MS = 0.0005;

function latencyMs(counts: WindowCounts, side: Side, name: QuantileName): number {
  const histogram = mergeHistograms([counts[side].histogram, counts.shadow[side].histogram]);
  return Math.max(LEAST_MS, quantileMs(histogram, QUANTILES[name]) ?? 0);
}

/** `modern by 600 answers to shadows, legacy by 620 to clients`: a shadow's latency is not quite a client's. */
function judgedText(counts: WindowCounts): string {
  const of = (side: Side) => {
    const [clients, shadows] = [counts[side].requests, counts.shadow[side].requests];
    const parts = [
      ...(clients > 0 ? [`${countText(clients)} to clients`] : []),
      ...(shadows > 0 ? [`${countText(shadows)} to shadows, their wait for a place left out`] : []),
    ];
    return `${side} by its answers, ${parts.join(" and ")}`;
  };
  return `${of("modern")}; ${of("legacy")}`;
}

function maxLatencyRatio(evidence: GateEvidence, quantile: QuantileName, bound: number): ConditionVerdict {
  const name = `maxLatencyRatio.${quantile}`;
  const absent = missingAnswers(evidence);
  if (absent !== undefined) return { name, value: null, bound, holds: false, missing: absent };
  const legacy = latencyMs(evidence.counts, "legacy", quantile);
  const modern = latencyMs(evidence.counts, "modern", quantile);
  const value = modern / legacy;
  const holds = value <= bound + EPSILON;
  const missing = `modern's ${quantile} is ${numberText(modern)} ms, legacy's ${numberText(legacy)} ms: modern needs to come down to ${numberText(legacy * bound)} ms`;
  const judged = judgedText(evidence.counts);
  return { name, value, bound, holds, missing: holds ? undefined : missing, judged };
}

function minDuration({ openedAt, now }: GateEvidence, bound: number): ConditionVerdict {
  const name = "minDuration";
  if (openedAt === undefined) {
    return {
      name,
      value: null,
      bound,
      holds: false,
      missing: "no data: no front door has opened this window",
    };
  }
  const value = Math.max(0, now - openedAt);
  const holds = value >= bound;
  return {
    name,
    value,
    bound,
    holds,
    missing: holds ? undefined : `needs ${durationText(bound - value)} more`,
  };
}

function unseenText(method: string, requests: number, all: number): string {
  const asked = `${countText(requests)} ${method === OTHER ? "" : `${method} `}requests of ${countText(all)}`;
  if (method === OTHER)
    return `${asked} were by methods of other names, counted together, and never compared, since those are not shadowed: try them by other means, and accept them all with gate.uncovered: [${OTHER}]`;
  return `${asked} were never compared, since ${method} is not shadowed: try them by other means, and accept it with gate.uncovered: [${method}]`;
}

/** One condition for each method that was asked for: enough of it compared, or accepted as never compared. */
function coverage(
  evidence: GateEvidence,
  found: Coverage,
  bound: number,
  gate: GateDefinition,
): ConditionVerdict[] {
  const why = whyNoComparison(evidence);
  if (found.requests === 0) {
    const missing = why === undefined ? "no data: no request came in this window" : never(why);
    return [{ name: "minCoverage", value: null, bound, holds: false, missing }];
  }
  const others = noVerdictText(evidence.counts);
  const shadowed = found.shadowed.map(({ method, requests, compared: done }): ConditionVerdict => {
    const value = (done / requests) * 100;
    const holds = value >= bound - EPSILON;
    const missing =
      why === undefined || done > 0
        ? `${countText(done)} of ${countText(requests)} ${method} requests were compared${others === undefined ? "" : `; what was not: ${others}`}`
        : never(why);
    return { name: `minCoverage.${method}`, value, bound, holds, missing: holds ? undefined : missing };
  });
  const unseen = unaccepted(found.unshadowed, gate.uncovered, evidence.route).map(
    ({ method, requests, share }) => ({
      name: `uncovered.${method}`,
      value: share,
      bound: 0,
      holds: false,
      missing: unseenText(method, requests, found.requests),
    }),
  );
  return [...shadowed, ...unseen];
}

/**
 * Holds a gate against one route's evidence (docs/contract.md, Gates). Every condition asked for has to hold; no data does not
 * hold. A gate that asks for nothing holds.
 */
export function evaluateGate(gate: GateDefinition, evidence: GateEvidence): GateVerdict {
  const conditions: ConditionVerdict[] = [];
  if (gate.minComparisons !== undefined) conditions.push(minComparisons(evidence, gate.minComparisons));
  if (gate.maxMismatchRate !== undefined) conditions.push(maxMismatchRate(evidence, gate.maxMismatchRate));
  if (gate.maxErrorRateIncrease !== undefined) {
    conditions.push(maxErrorRateIncrease(evidence, gate.maxErrorRateIncrease));
  }
  for (const quantile of ["p50", "p95", "p99"] as const) {
    const bound = gate.maxLatencyRatio?.[quantile];
    if (bound !== undefined) conditions.push(maxLatencyRatio(evidence, quantile, bound));
  }
  if (gate.minDurationMs !== undefined) conditions.push(minDuration(evidence, gate.minDurationMs));
  const found = coverageOf(evidence.route, evidence.position, evidence.counts);
  if (gate.minCoverage !== undefined) conditions.push(...coverage(evidence, found, gate.minCoverage, gate));
  const holds = conditions.every((condition) => condition.holds);
  const unshadowed = found.unshadowed.length === 0 ? undefined : found.unshadowed;
  return { route: evidence.route.id, holds, conditions, unshadowed };
}

/** A condition's name without the method it is asked for, and that method. */
function conditionParts(name: string): readonly [name: string, method: string | undefined] {
  const [, kind, method] = /^(minCoverage|uncovered)\.(.+)$/.exec(name) ?? [];
  return [kind ?? name, method];
}

const UNITS: Readonly<Record<string, string>> = {
  maxMismatchRate: " %",
  maxErrorRateIncrease: " points",
  minCoverage: " %",
  uncovered: " %",
};

/** In one clause: `minComparisons is 620, must be at least 1000`. */
export function conditionText(condition: Pick<ConditionVerdict, "name" | "value" | "bound">): string {
  const { name, value, bound } = condition;
  const [kind, method] = conditionParts(name);
  const write = (number: number, round = Math.ceil) =>
    name === "minDuration" ? durationText(number, round) : `${numberText(number)}${UNITS[kind] ?? ""}`;
  if (kind === "uncovered")
    return `${methodText(method ?? "")} ${method === OTHER ? "are" : "is"} ${write(value ?? 0)} of the requests, and is not compared`;
  const sign = name.startsWith("min") ? "at least" : name === "maxMismatchRate" ? "under" : "at most";
  return `${name} is ${value === null ? "unknown" : write(value, Math.floor)}, must be ${sign} ${write(bound)}`;
}

import { coverageOf, methodText, OTHER } from "../coverage.ts";
import { quietStrata } from "../strata/seen.ts";
import { durationText, numberText } from "../wording.ts";
import type { ConditionVerdict, GateDefinition, GateEvidence, GateState, GateVerdict } from "./contract.ts";
import { maxErrorRateIncrease } from "./errors.ts";
import { maxLatencyRatio } from "./latency.ts";
import { maxMismatchRate } from "./mismatches.ts";
import { coverage, minComparisons, minDuration } from "./quantities.ts";
import { sampleRatio } from "./sample-ratio.ts";
import { methodsSeen } from "./seen.ts";

/** Percent, where a gate does not say. */
const USUAL_CONFIDENCE = 95;
/** An entry of the ledger keeps them. */
const MOST_QUIET = 20;
const QUANTILE_NAMES = ["p50", "p95", "p99"] as const;

/** How many conditions of a gate are tests: each has its share of α, so that all of them together are wrong that often. */
function testsOf({
  maxMismatchRate: rate,
  maxErrorRateIncrease: errors,
  maxLatencyRatio: ratios,
}: GateDefinition) {
  const asked = [rate, errors, ...QUANTILE_NAMES.map((name) => ratios?.[name])];
  return asked.filter((bound) => bound !== undefined).length;
}

function stateOfAll(conditions: readonly ConditionVerdict[]): GateState {
  if (conditions.some(({ state }) => state === "fails")) return "fails";
  return conditions.every(({ state }) => state === "holds") ? "holds" : "unknown";
}

/**
 * Holds a gate against one route's evidence (docs/contract.md, Gates). Every condition asked for has to hold; no data is
 * unknown. A gate that asks for nothing holds. It may be asked as often as one likes: docs/proof.md.
 */
export function evaluateGate(gate: GateDefinition, evidence: GateEvidence): GateVerdict {
  const confidence = gate.confidence ?? USUAL_CONFIDENCE;
  const alpha = (1 - confidence / 100) / Math.max(1, testsOf(gate));
  const conditions: ConditionVerdict[] = [];
  if (gate.minComparisons !== undefined) conditions.push(minComparisons(evidence, gate.minComparisons));
  if (gate.maxMismatchRate !== undefined)
    conditions.push(maxMismatchRate(evidence, gate.maxMismatchRate, alpha));
  if (gate.maxErrorRateIncrease !== undefined)
    conditions.push(maxErrorRateIncrease(evidence, gate.maxErrorRateIncrease, alpha));
  for (const quantile of QUANTILE_NAMES) {
    const bound = gate.maxLatencyRatio?.[quantile];
    if (bound !== undefined) conditions.push(maxLatencyRatio(evidence, quantile, bound, alpha));
  }
  if (gate.minDurationMs !== undefined) conditions.push(minDuration(evidence, gate.minDurationMs));
  const found = coverageOf(evidence.route, evidence.position, evidence.counts);
  if (gate.minCoverage !== undefined) conditions.push(...coverage(evidence, found, gate.minCoverage, gate));
  const ratio = sampleRatio(evidence);
  if (ratio !== undefined) conditions.push(ratio);
  const state = stateOfAll(conditions);
  const unshadowed = found.unshadowed.length === 0 ? undefined : found.unshadowed;
  const quiet = quietStrata(evidence.counts.strata, evidence.before ?? {}).slice(0, MOST_QUIET);
  return {
    route: evidence.route.id,
    state,
    holds: state === "holds",
    confidence,
    conditions,
    unshadowed,
    methods: methodsSeen(evidence, found),
    quiet: quiet.length === 0 ? undefined : quiet,
  };
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
  sampleRatio: " %",
};

/** In one clause: `minComparisons is 620, must be at least 1000`. */
export function conditionText(condition: Pick<ConditionVerdict, "name" | "value" | "bound">): string {
  const { name, value, bound } = condition;
  const [kind, method] = conditionParts(name);
  const write = (number: number, round = Math.ceil) =>
    name === "minDuration" ? durationText(number, round) : `${numberText(number)}${UNITS[kind] ?? ""}`;
  if (kind === "uncovered")
    return `${methodText(method ?? "")} ${method === OTHER ? "are" : "is"} ${write(value ?? 0)} of the requests, and is not compared`;
  if (kind === "sampleRatio")
    return `${write(value ?? 0)} of the keys went to modern, ${write(bound)} was asked for`;
  const sign = name.startsWith("min") ? "at least" : name === "maxMismatchRate" ? "under" : "at most";
  return `${name} is ${value === null ? "unknown" : write(value, Math.floor)}, must be ${sign} ${write(bound)}`;
}

/** ` (between -0.2 points and 0.9 points)`: where the true value lies; empty where it is no estimate. A mismatch rate is its upper end. */
export function intervalText({ name, interval }: Pick<ConditionVerdict, "name" | "interval">): string {
  if (interval === undefined || name === "maxMismatchRate") return "";
  const unit = UNITS[name] ?? "";
  const high = interval.high === null ? "anything" : `${numberText(interval.high)}${unit}`;
  return ` (between ${numberText(interval.low)}${unit} and ${high})`;
}

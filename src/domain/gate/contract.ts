import type { StrataCounts } from "../counter-shapes.ts";
import type { WindowCounts } from "../counters.ts";
import type { Unshadowed } from "../coverage.ts";
import type { Position } from "../position.ts";
import type { RouteDefinition } from "../route.ts";

/** What must hold before a route goes forward. Undefined conditions are not asked for. */
export interface GateDefinition {
  readonly minComparisons: number | undefined;
  /** Percent, > 0: the rate of mismatches is proven to be under it. */
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
  /** Percent: how often a gate that should not hold does not, however often it is looked at. Undefined: 95. */
  readonly confidence?: number | undefined;
}

/** `fails` is proven, as `holds` is. `unknown`: evidence is missing. */
export type GateState = "holds" | "fails" | "unknown";

/** One method, or one method's path template, held against a condition on the route: its comparisons that count. */
export interface PartVerdict {
  /** `GET`, or `GET /api/users/{number}`. */
  readonly name: string;
  readonly comparisons: number;
  readonly mismatches: number;
  readonly state: GateState;
  /** Of one that is unknown. */
  readonly missing?: string | undefined;
}

/** One method's path template, or an operation, whose answers are proven to be beyond a bound on the route. */
export interface AnswersVerdict {
  readonly name: string;
  readonly text: string;
}

/** What was asked by one method, and compared. */
export interface MethodSeen {
  readonly method: string;
  readonly requests: number;
  readonly compared: number;
  readonly mismatches: number;
}

/** One condition held against a route's evidence. Rates in percent, durations in ms. */
export interface ConditionVerdict {
  readonly name: string;
  /** null: no data. */
  readonly value: number | null;
  readonly bound: number;
  readonly state: GateState;
  /** state is `holds`. */
  readonly holds: boolean;
  /** Between what the true value lies, with the condition's share of α at either end; high null: nothing bounds it. */
  readonly interval?: { readonly low: number; readonly high: number | null } | undefined;
  /** Evidence for the state, or for holding where it is unknown; where the condition has it as one number. */
  readonly eValue?: number | undefined;
  /** How much is missing, or why it can never hold; undefined when it holds. */
  readonly missing: string | undefined;
  /** Whose answers it was held against, where that may be a choice; of mismatches which comparisons count, where not all do. */
  readonly judged?: string | undefined;
  /** Of mismatches: the comparisons that count. Undefined: all do. */
  readonly counted?: { readonly comparisons: number; readonly mismatches: number } | undefined;
  /** The same by method and path template, those that hold last; a few of them. Undefined: the route's requests are all of one kind. */
  readonly parts?: readonly PartVerdict[] | undefined;
  /** Of errors and latencies: path templates and operations that are proven to be beyond the bound, the worst first; a few of them. Undefined: none. */
  readonly beyond?: readonly AnswersVerdict[] | undefined;
}

export interface GateVerdict {
  readonly route: string;
  readonly state: GateState;
  /** state is `holds`. */
  readonly holds: boolean;
  /** Percent. */
  readonly confidence: number;
  readonly conditions: readonly ConditionVerdict[];
  /** Methods of which nothing is compared, with their share of the requests: the gate knows nothing of them. Undefined: none. */
  readonly unshadowed?: readonly Unshadowed[] | undefined;
  /** Methods that are shadowed, where there are several. Undefined: there are not. */
  readonly methods?: readonly MethodSeen[] | undefined;
  /** Methods' path templates that had requests before the route's last step, and none since: a few of them. Undefined: none. */
  readonly quiet?: readonly string[] | undefined;
}

/** What a gate looks at: one route by itself, in its evidence window. */
export interface GateEvidence {
  readonly route: RouteDefinition;
  /** Where the route stands now, before the shift. */
  readonly position: Position;
  readonly counts: WindowCounts;
  /** What came by method and path template in the windows before. Undefined: not known. */
  readonly before?: StrataCounts | undefined;
  /** The difference that is seen most, as it is said of it. Undefined: not known. */
  readonly differs?: ((part: string | undefined) => string | undefined) | undefined;
  /** When the window opened, ms since the epoch; undefined: no front door has counted in it yet. */
  readonly openedAt: number | undefined;
  /** ms since the epoch. */
  readonly now: number;
}

/** A verdict without its derived half. */
export function verdict(
  condition: Omit<ConditionVerdict, "holds" | "missing"> & { readonly missing?: string | undefined },
): ConditionVerdict {
  const holds = condition.state === "holds";
  return { ...condition, holds, missing: holds ? undefined : condition.missing };
}

/** What a condition is that more evidence only fills up. */
export function reached(holds: boolean): GateState {
  return holds ? "holds" : "unknown";
}

/** The state of what an older fig judged, and said only whether it holds. */
export function stateOf({
  state,
  holds,
}: {
  readonly state?: GateState | undefined;
  readonly holds: boolean;
}): GateState {
  return state ?? (holds ? "holds" : "unknown");
}

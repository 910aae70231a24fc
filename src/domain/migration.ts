import type { Position } from "./position.ts";
import type { SourcePlace } from "./route.ts";

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
}

export interface MigrationDefinition {
  /** From the file's name, NNNN. */
  readonly number: number;
  /** From the file's name, after the number. */
  readonly name: string;
  readonly description: string;
  /** Route id to the position it takes; a part left out stays as it is. */
  readonly changes: Readonly<Record<string, Partial<Position>>>;
  readonly gate: GateDefinition | undefined;
  /** Hash over description-free content: an applied file that was edited differs. 16 hex digits. */
  readonly hash: string;
  readonly source: SourcePlace;
}

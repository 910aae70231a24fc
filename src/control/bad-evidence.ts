import type { LedgerState } from "../domain/fold.ts";
import type { GateDefinition } from "../domain/gate/contract.ts";
import { totalOf } from "../domain/gate/reasons.ts";
import { gateFor, type MigrationDefinition } from "../domain/migration.ts";
import { pendingSteps } from "../domain/migration-plan.ts";
import { rateInterval } from "../domain/proof/rate-bound.ts";
import { STEP_MS } from "../domain/rollup.ts";
import { countText, durationText, numberText } from "../domain/wording.ts";
import type { RouteRates } from "./board-contract.ts";
import type { RouteStatus } from "./contract.ts";
import { recentFrom } from "./rates.ts";

/** Percent, and percentage points, where no gate says what is too much. */
const USUAL_BOUND = 1;
/** Of answers: then it is not some clients that are unlucky. */
const MOST = 0.5;
const MIN_REQUESTS = 5;

interface WaitingGate {
  /** null: it is `fig shift`'s. */
  readonly step: number | null;
  readonly gate: GateDefinition;
}

/** The first gate that waits for a route: of a pending step that moves it, else `fig shift`'s. */
export class WaitingGates {
  private readonly steps = new Map<string, WaitingGate>();
  private readonly usual: GateDefinition | undefined;

  constructor(
    state: LedgerState,
    migrations: readonly MigrationDefinition[],
    usual: GateDefinition | undefined,
  ) {
    this.usual = usual;
    for (const step of pendingSteps(state, migrations)) {
      for (const id of Object.keys(step.changes)) {
        const gate = gateFor(step, id);
        if (gate !== undefined && !this.steps.has(id)) this.steps.set(id, { step: step.number, gate });
      }
    }
  }

  bound(id: string, condition: "maxMismatchRate" | "maxErrorRateIncrease"): number {
    return this.steps.get(id)?.gate[condition] ?? this.usual?.[condition] ?? USUAL_BOUND;
  }

  /** Undefined: none waits for it. */
  of(id: string): WaitingGate | undefined {
    return this.steps.get(id) ?? (this.usual && { step: null, gate: this.usual });
  }
}

function percentText(rate: number): string {
  return `${numberText(rate * 100, rate < 0.1 ? 2 : 1)} %`;
}

/** Rates above their bound even at the lower end of their interval: bad luck is no reason to look. */
export function tooManyMismatches(row: RouteStatus, bound: number): string | undefined {
  const { match, mismatch } = row.comparisons;
  const trials = match + mismatch;
  if (trials === 0 || rateInterval(mismatch, trials)[0] * 100 <= bound) return undefined;
  return `${row.id}: ${percentText(mismatch / trials)} of ${countText(trials)} compared answers differ, more than ${numberText(bound, 2)} %`;
}

/** Clients of modern that get errors, most of them: no longer a question of a gate. */
export function modernFailsClients({ position, modern: { requests, errors } }: RouteStatus): boolean {
  return position.modern > 0 && requests > 0 && rateInterval(errors, requests)[0] >= MOST;
}

/**
 * More than half of what clients were answered lately failed, whoever answered. What was before the last shift says nothing of
 * now: a window younger than `lately` is looked at instead.
 */
export function failsClients(
  { id, since, legacy, modern }: RouteStatus,
  lately: RouteRates | undefined,
  recentMs: number,
  now: number,
): string | undefined {
  const ageMs = since === null ? 0 : now - Date.parse(since);
  // Minutes are whole: one that the shift falls into is of before it too.
  const young = since === null || Date.parse(since) > recentFrom(now) - STEP_MS.minute;
  const ofWindow = { requests: legacy.requests + modern.requests, errors: legacy.errors + modern.errors };
  const { requests, errors } = young || lately === undefined ? ofWindow : lately;
  if (!young && lately === undefined) return undefined;
  if (requests < MIN_REQUESTS || rateInterval(errors, requests)[0] < MOST) return undefined;
  const share = errors === requests ? "every one" : percentText(errors / requests);
  return `${id}: ${share} of ${countText(requests)} answers to clients failed in the last ${durationText(young ? ageMs : recentMs)}`;
}

/** Of clients and shadows, as a gate counts them. Where legacy answered nothing it did not fail either. */
export function tooManyErrors(row: RouteStatus, bound: number): string | undefined {
  const modern = totalOf(row, "modern");
  const legacy = totalOf(row, "legacy");
  if (modern.answers === 0) return undefined;
  const usual = legacy.answers === 0 ? 0 : legacy.errors / legacy.answers;
  if ((rateInterval(modern.errors, modern.answers)[0] - usual) * 100 <= bound) return undefined;
  const beside = legacy.answers === 0 ? "legacy answered nothing" : `legacy fails ${percentText(usual)}`;
  return `${row.id}: modern fails ${percentText(modern.errors / modern.answers)} of ${countText(modern.answers)} answers, ${beside}`;
}

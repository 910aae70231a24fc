import { FigError } from "../domain/errors.ts";
import type { LedgerState } from "../domain/fold.ts";
import type { LedgerChange } from "../domain/ledger.ts";
import { gateFor, type MigrationDefinition } from "../domain/migration.ts";
import { pendingSteps, stepText } from "../domain/migration-plan.ts";
import { raisesModern } from "../domain/plan.ts";
import type { ControlContext } from "./context.ts";
import type { StepGate } from "./contract.ts";
import { judge, refusalText } from "./gates.ts";

/** For each route that rises: the first pending step that would raise it too, and has a gate for it. */
function waitingSteps(
  state: LedgerState,
  steps: readonly MigrationDefinition[],
  changes: readonly LedgerChange[],
): ReadonlyMap<string, MigrationDefinition> {
  const rising = changes.filter(raisesModern);
  const waiting = new Map<string, MigrationDefinition>();
  if (rising.length === 0) return waiting;
  for (const step of pendingSteps(state, steps)) {
    for (const { route, from } of rising) {
      const modern = step.changes[route]?.modern;
      if (waiting.has(route) || modern === undefined || modern <= from.modern) continue;
      if (gateFor(step, route) !== undefined) waiting.set(route, step);
    }
  }
  return waiting;
}

/**
 * What the gates of pending steps say of what a shift by hand raises: what `fig migrate up` would have said. They bind such a
 * shift where `gate.binding` says so; whoever makes it should know in any case.
 */
export async function stepGatesOf(
  context: ControlContext,
  state: LedgerState,
  changes: readonly LedgerChange[],
): Promise<readonly StepGate[]> {
  const waiting = waitingSteps(state, context.facts.config().migrations, changes);
  if (waiting.size === 0) return [];
  const gateOf = (route: string) => {
    const step = waiting.get(route);
    return step === undefined ? undefined : gateFor(step, route);
  };
  const { gates } = await judge(context, state, changes, gateOf);
  return gates.flatMap((gate) => {
    const step = waiting.get(gate.route);
    return step === undefined ? [] : [{ number: step.number, name: step.name, gate }];
  });
}

/** `step 0005-orders-half would be refused: the gate does not hold for …`. */
function stepGateText(step: StepGate): string {
  return `step ${stepText(step)} would be refused: ${refusalText([step.gate])}`;
}

/** Those that do not hold, one sentence each. */
export function unheldTexts(steps: readonly StepGate[]): readonly string[] {
  return steps.filter(({ gate }) => !gate.holds).map(stepGateText);
}

/** Of a shift that they bind. */
export function stepGateError(steps: readonly StepGate[]): FigError {
  const unheld = steps.filter(({ gate }) => !gate.holds);
  return new FigError("gate_refused", unheldTexts(unheld).join("; "), {
    remedy:
      "wait until it holds and apply the step, or override with --force; gate.binding in fig.yaml asks for it",
    details: { gates: unheld.map(({ gate }) => gate) },
  });
}

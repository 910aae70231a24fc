import { NO_COUNTS } from "../domain/counters.ts";
import { coverageOf, unshadowedText } from "../domain/coverage.ts";
import { FigError } from "../domain/errors.ts";
import type { LedgerState } from "../domain/fold.ts";
import type { GateDefinition, GateEvidence } from "../domain/gate/contract.ts";
import { conditionText, evaluateGate } from "../domain/gate/evaluate.ts";
import { canNeverHold } from "../domain/gate/reasons.ts";
import type { LedgerChange } from "../domain/ledger.ts";
import { raisesModern } from "../domain/plan.ts";
import { unseenStrata } from "../domain/strata/seen.ts";
import type { WindowKey } from "../domain/tally.ts";
import { listText } from "../domain/wording.ts";
import type { Store } from "../store/contract.ts";
import type { ControlContext } from "./context.ts";
import type { GateReport } from "./contract.ts";
import { strataBefore } from "./earlier.ts";
import { type RouteEvidence, readEvidence, windowSummary } from "./evidence.ts";
import { splitToNote } from "./resplit.ts";
import { topDifference } from "./top-difference.ts";

/** What was known when a plan was made. */
export interface Judgement {
  readonly evidence: ReadonlyMap<string, RouteEvidence>;
  readonly gates: readonly GateReport[];
  /** What no gate saw, of each route whose modern would rise, one sentence each. */
  readonly unseen: readonly string[];
}

/** Which gate a route must hold; undefined: none. */
type GateOf = (route: string) => GateDefinition | undefined;

export const NO_GATE: GateOf = () => undefined;

/** Reads the changed routes' evidence and holds its gate against each route whose modern would rise, by itself. */
export async function judge(
  context: ControlContext,
  state: LedgerState,
  changes: readonly LedgerChange[],
  gateOf: GateOf,
): Promise<Judgement> {
  const { byId } = context.index.of(context.facts.config().routes);
  const changed = changes.flatMap((change) => byId.get(change.route) ?? []);
  const evidence = await readEvidence(context.store, state, changed);
  const now = context.clock.now();
  const gates: GateReport[] = [];
  const unseen: string[] = [];
  for (const change of changes) {
    const route = byId.get(change.route);
    const known = evidence.get(change.route);
    if (route === undefined || known === undefined || !raisesModern(change)) continue;
    // What was counted for another definition proves nothing about this one.
    const counts = known.current ? known.counts : NO_COUNTS;
    const openedAt = known.current ? known.openedAt : undefined;
    const text = unshadowedText(coverageOf(route, change.from, counts));
    if (text !== undefined) unseen.push(`${route.id}: not compared, since it is not shadowed: ${text}`);
    const gate = gateOf(change.route);
    const before = await strataBefore(context.store, state, known.window);
    unseen.push(...unseenStrata(counts.strata, before).map((what) => `${route.id}: ${what}`));
    if (gate === undefined) continue;
    const given = { route, position: change.from, counts, before, openedAt, now };
    gates.push(await evaluated(context.store, gate, given, known.window));
  }
  return { evidence, gates, unseen };
}

/** A gate's verdict; where differences keep coming it names the one that is seen most. */
export async function evaluated(
  store: Store,
  gate: GateDefinition,
  evidence: GateEvidence,
  window: WindowKey,
): Promise<GateReport> {
  const found = evaluateGate(gate, evidence);
  const differs = found.conditions.some(({ name, state }) => name === "maxMismatchRate" && state === "fails");
  if (!differs) return found;
  return evaluateGate(gate, { ...evidence, differs: await topDifference(store, window) });
}

/** Which gates do not hold and by how much, in one sentence. */
export function refusalText(gates: readonly GateReport[]): string {
  const failed = gates.filter((gate) => !gate.holds);
  const reasons = failed.map((gate) => {
    const conditions = gate.conditions.filter((condition) => !condition.holds);
    return `${gate.route} (${conditions.map(conditionText).join("; ")})`;
  });
  return `the gate does not hold for ${listText(reasons)}`;
}

/** `step`: the file of the step whose gate it is; undefined: the gate of `fig shift`. */
export function gateError(gates: readonly GateReport[], step?: string): FigError {
  const routesOf = (wanted: (gate: GateReport) => boolean) =>
    gates.filter((gate) => !gate.holds && wanted(gate)).map(({ route }) => route);
  const failing = routesOf(({ state }) => state === "fails");
  return new FigError("gate_refused", refusalText(gates), {
    remedy: failing.length > 0 ? failingRemedy(failing) : gateRemedy(routesOf(canNeverHold), step),
    details: { gates },
  });
}

function failingRemedy(failing: readonly string[]): string {
  return `waiting does not help ${listText(failing)}: put right what the gate says, or override with --force`;
}

function gateRemedy(stuck: readonly string[], step: string | undefined): string {
  if (stuck.length === 0) return "wait for more evidence, or override with --force";
  const waiting = `waiting does not help ${listText(stuck)}`;
  if (step === undefined) return `${waiting}: do what the gate says is missing, or override with --force`;
  return `${waiting}: give it a gate of its own, \`changes: { ${stuck[0]}: { gate: ... } }\` in ${step} (\`none\`: it has none), or override all with --force`;
}

/** An entry's evidence: windows, gates, how clients were split, and what force went over. JSON. */
export function entryEvidence(
  context: ControlContext,
  state: LedgerState,
  changes: readonly LedgerChange[],
  judgement: Judgement,
  overridden: readonly string[],
): Readonly<Record<string, unknown>> {
  const { byId } = context.index.of(context.facts.config().routes);
  const windows: Record<string, unknown> = {};
  const split: Record<string, string> = {};
  for (const { route: id } of changes) {
    const known = judgement.evidence.get(id);
    if (known !== undefined) windows[id] = { revision: known.window.revision, ...windowSummary(known) };
    const route = byId.get(id);
    if (route !== undefined && route.unread !== true) split[id] = splitToNote(state, route);
  }
  const { gates, unseen } = judgement;
  const evidence = {
    ...{ windows, split, gates, forced: overridden.length > 0 },
    ...(unseen.length === 0 ? {} : { unseen }),
  };
  return overridden.length === 0 ? evidence : { ...evidence, overridden };
}

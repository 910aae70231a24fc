import { FigError } from "../domain/errors.ts";
import type { LedgerState } from "../domain/fold.ts";
import type { MigrationDefinition } from "../domain/migration.ts";
import { checkUnedited, pendingSteps, stepText } from "../domain/migration-plan.ts";
import { checkExpected, guardedIds } from "../domain/plan.ts";
import { listText } from "../domain/wording.ts";
import { commit } from "./commit.ts";
import type { ControlContext } from "./context.ts";
import type { MigrateRequest, ShiftResult } from "./contract.ts";
import { checkAuthor } from "./requests.ts";

/** The applied steps that become the baseline. Throws where one of them is not applied, or is not what its file says. */
function archivedBy(state: LedgerState, steps: readonly MigrationDefinition[], to: number) {
  const pending = pendingSteps(state, steps).filter(({ number }) => number <= to);
  if (pending.length > 0) {
    throw new FigError(
      "refused",
      `${listText(pending.map(stepText))} is pending: only applied steps can be archived`,
      {
        remedy: "apply what is pending with `fig migrate up`, or end below it",
        details: { pending: pending.map(({ number }) => number) },
      },
    );
  }
  const below = steps.filter(({ number }) => number <= to);
  checkUnedited(state, below);
  const archived = state.applied.filter(({ mark }) => mark.number > state.baseline && mark.number <= to);
  if (to > state.baseline && !archived.some(({ mark }) => mark.number === to)) {
    throw new FigError("invalid_request", `step ${to} is not applied, so it cannot be archived`, {
      remedy: "fig migrate status lists the applied steps",
    });
  }
  return archived.toSorted((a, b) => a.mark.number - b.mark.number);
}

/**
 * Makes the applied steps up to `to` the baseline: they are not undone any more, and neither their files nor the routes that
 * only they name are missed. No route moves. The ledger keeps the steps, and this entry their names.
 */
export async function squash(context: ControlContext, request: MigrateRequest): Promise<ShiftResult> {
  const { to = 0, by, reason = `steps up to ${to} are archived`, expectedRevision } = request;
  checkAuthor({ by, reason });
  const { routes, migrations } = context.facts.config();
  const state = await context.ledger.read(routes);
  const archived = archivedBy(state, migrations, to);
  const { byId } = context.index.of(routes);
  const named = new Set(archived.flatMap(({ changes }) => changes.map(({ route }) => route)));
  const under = [...named].flatMap((id) => byId.get(id) ?? []);
  checkExpected(state, expectedRevision, under);
  const dryRun = request.dryRun === true;
  const last = archived.at(-1);
  const none = { dryRun, changes: [], effects: [], gates: [], unsafeServed: {} };
  if (last === undefined) {
    const warnings = [`the steps up to ${state.baseline} are archived already`];
    return { ...none, written: false, entries: [], warnings };
  }
  if (dryRun) return { ...none, written: false, entries: [], warnings: [] };
  const steps = archived.map(({ mark, revision }) => ({ ...mark, revision }));
  const entry = await commit(
    context,
    { kind: "baseline", by, reason, migration: last.mark, changes: [], evidence: { steps } },
    { revision: state.revision, routes: [...guardedIds(under), ...named] },
  );
  return { ...none, written: true, entries: [entry], warnings: [] };
}

import { FigError } from "./errors.ts";
import type { LedgerState } from "./fold.ts";
import type { AppliedStep } from "./held-steps.ts";
import type { MigrationMark } from "./ledger.ts";
import type { MigrationDefinition } from "./migration.ts";
import { namesakeOf, pendingSteps, stepText } from "./migration-plan.ts";
import type { Position } from "./position.ts";
import { listText } from "./wording.ts";

interface LateStep {
  readonly file: MigrationDefinition;
  /** Applied already, with a higher number: what the step's author did not know of. Undefined: it is archived. */
  readonly above: AppliedStep | undefined;
  /** The archived step whose number it has. */
  readonly namesake?: MigrationMark;
}

/**
 * Pending steps that came too late: one with a higher number was applied without them, so their positions were written for
 * routes that stood elsewhere. A step that was applied before the higher one, and undone since, is not late.
 */
export function lateSteps(state: LedgerState, steps: readonly MigrationDefinition[]): readonly LateStep[] {
  const highest = state.applied.reduce((most, { mark }) => Math.max(most, mark.number), state.baseline);
  const below = pendingSteps(state, steps).filter(
    ({ number }) => number < highest || number <= state.baseline,
  );
  return below.flatMap((file): readonly LateStep[] => {
    const namesake = namesakeOf(state, file);
    if (namesake !== undefined) return [{ file, above: undefined, namesake }];
    const first = state.firstApplied.get(file.number);
    const known = first?.mark.hash === file.hash ? first.revision : Number.POSITIVE_INFINITY;
    if (file.number <= state.baseline) return [{ file, above: undefined }];
    const above = state.applied.findLast(
      ({ mark, revision }) => mark.number > file.number && revision < known,
    );
    return above === undefined ? [] : [{ file, above }];
  });
}

export function lateText({ file, above, namesake }: LateStep): string {
  if (namesake !== undefined)
    return `step ${stepText(file)} is late: its number is that of ${stepText(namesake)}, which is archived`;
  if (above === undefined) return `step ${stepText(file)} is late: the steps around it are archived`;
  return `step ${stepText(file)} is late: step ${stepText(above.mark)} was applied before it (revision ${above.revision}, ${above.at}, by ${above.by})`;
}

/** Where a late step may go. */
export function lateRemedy(state: LedgerState, steps: readonly MigrationDefinition[]): string {
  const numbers = [...steps, ...state.applied.map(({ mark }) => mark)].map(({ number }) => number);
  const free = String(Math.max(state.baseline, ...numbers) + 1).padStart(4, "0");
  return `give its file the next free number, ${free}, or apply it now with \`fig migrate up --force\``;
}

function partText({ modern, shadow }: Partial<Position>): string {
  const parts = { modern, shadow };
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => `${name} ${value} %`).join(", ");
}

/** Throws `late_step` if the step that is about to be applied came too late. */
export function checkNotLate(
  state: LedgerState,
  steps: readonly MigrationDefinition[],
  next: MigrationDefinition,
): void {
  const late = lateSteps(state, steps).find(({ file }) => file.number === next.number);
  if (late === undefined) return;
  const moves = Object.entries(next.changes).map(([route, to]) => `${route} to ${partText(to)}`);
  throw new FigError("late_step", `${lateText(late)}; it would move ${listText(moves)}`, {
    remedy: lateRemedy(state, steps),
    details: { step: next.number, file: next.source.file },
  });
}

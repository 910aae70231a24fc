import type { LedgerChange, MigrationMark } from "./ledger.ts";

/** A step that was applied and not undone. Ids in `changes` are today's. */
export interface AppliedStep {
  readonly mark: MigrationMark;
  readonly revision: number;
  readonly at: string;
  readonly by: string;
  readonly changes: readonly LedgerChange[];
}

/** A step that a route holds: an element of a route's persistent list, newest first, shared between states. */
export interface StepHold {
  readonly step: AppliedStep;
  readonly below: StepHold | undefined;
}

function holdsStep(hold: StepHold | undefined, revision: number): boolean {
  let at = hold;
  while (at !== undefined && at.step.revision > revision) at = at.below;
  return at?.step.revision === revision;
}

/** The list without the step of this revision. */
export function withoutStep(hold: StepHold | undefined, revision: number): StepHold | undefined {
  if (hold === undefined || !holdsStep(hold, revision)) return hold;
  if (hold.step.revision === revision) return hold.below;
  return { step: hold.step, below: withoutStep(hold.below, revision) };
}

/** The steps that are in one of two lists of a route only. They share their tails. */
function difference(a: StepHold | undefined, b: StepHold | undefined): readonly AppliedStep[] {
  const steps: AppliedStep[] = [];
  let [left, right] = [a, b];
  while (left !== right) {
    const [l, r] = [left?.step.revision ?? 0, right?.step.revision ?? 0];
    const newer = l >= r ? left : right;
    if (newer !== undefined && l !== r) steps.push(newer.step);
    if (l >= r) left = left?.below;
    if (r >= l) right = right?.below;
  }
  return steps;
}

/**
 * The held steps after the lists of some routes changed from `before`, in the order they were applied. A step is held as long as one of its
 * routes holds it: a step that was undone for all of them is pending again.
 */
export function heldAfter(
  held: readonly AppliedStep[],
  before: ReadonlyMap<string, StepHold | undefined>,
  listOf: (route: string) => StepHold | undefined,
): readonly AppliedStep[] {
  const touched = new Map<number, AppliedStep>();
  for (const [route, was] of before) {
    for (const step of difference(was, listOf(route))) touched.set(step.revision, step);
  }
  if (touched.size === 0) return held;
  const still = [...touched.values()].filter(({ changes, revision }) =>
    changes.some(({ route }) => holdsStep(listOf(route), revision)),
  );
  return [...held.filter(({ revision }) => !touched.has(revision)), ...still].sort(
    (a, b) => a.revision - b.revision,
  );
}

/** Of a step that is held from two times it was applied, the newer one. */
export function newestOfEach(held: readonly AppliedStep[]): readonly AppliedStep[] {
  const byNumber = new Map(held.map((step) => [step.mark.number, step]));
  return byNumber.size === held.length
    ? held
    : held.filter((step) => byNumber.get(step.mark.number) === step);
}

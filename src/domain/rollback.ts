import { FigError } from "./errors.ts";
import {
  type LedgerState,
  positionOf,
  type RouteState,
  type ShiftMark,
  type Trail,
  trailAt,
} from "./fold.ts";
import type { LedgerChange } from "./ledger.ts";
import { changeOf, checkMayMove, checkRevision, cohortWarnings, type Plan, raisesModern } from "./plan.ts";
import { samePosition } from "./position.ts";
import type { RouteDefinition } from "./route.ts";
import { positionText } from "./wording.ts";

/** The revisions that going back to `then` undoes for a route, newest first; none where nothing of them is left. */
export function undoneSince(route: RouteState, then: Trail): readonly number[] {
  if (route.top === then.top && route.trail.holds === then.holds) return [];
  const marks: number[] = [];
  let mark = route.top;
  while (mark !== undefined && mark.revision > then.revision) {
    marks.push(mark.revision);
    mark = mark.below;
  }
  if (mark === then.top && marks.length > 0) return marks;
  // What held then was undone since: going back there undoes rollbacks, so every later revision is named.
  const all: number[] = [];
  for (
    let at: Trail | undefined = route.trail;
    at !== undefined && at.revision > then.revision;
    at = at.earlier
  ) {
    all.push(at.revision);
  }
  return all;
}

/** The newest mark that moved the route, and the revisions that undoing it undoes: steps above it that moved nothing too. */
function newestMove(
  route: RouteState,
): { readonly mark: ShiftMark; readonly undone: readonly number[] } | undefined {
  const undone: number[] = [];
  for (let mark = route.top; mark !== undefined; mark = mark.below) {
    undone.push(mark.revision);
    if (!samePosition(mark.from, mark.to)) return { mark, undone };
  }
  return undefined;
}

type Undo = { readonly change: LedgerChange } | { readonly refusal: FigError } | undefined;

function undoTo(state: LedgerState, route: RouteDefinition, revision: number): Undo {
  const known = state.routes.get(route.id);
  if (known === undefined || known.last.revision <= revision) return undefined;
  const then = trailAt(known, revision);
  const from = positionOf(state, route);
  if (samePosition(from, then.position)) return undefined;
  return { change: changeOf(route, from, then.position, undoneSince(known, then)) };
}

function undoNewest(state: LedgerState, route: RouteDefinition): Undo {
  const known = state.routes.get(route.id);
  const newest = known === undefined ? undefined : newestMove(known);
  if (newest === undefined) return undefined;
  const { mark, undone } = newest;
  const change = changeOf(route, positionOf(state, route), mark.from, undone);
  if (!raisesModern(change)) return { change };
  const { from, to } = change;
  return {
    refusal: new FigError(
      "refused",
      `undoing revision ${mark.revision} would raise modern of ${route.id} from ${from.modern} to ${to.modern}`,
      {
        remedy: `if you mean that, roll back with --to ${mark.revision - 1}; or shift ${route.id}`,
        details: { route: route.id, revision: mark.revision, from, to },
      },
    ),
  };
}

function nothingToUndo(message: string): FigError {
  return new FigError("nothing_to_undo", message, { remedy: "see the history, or shift instead" });
}

function checkGoal(state: LedgerState, to: number | undefined): void {
  if (to !== undefined) checkRevision(state, to, "fig history lists the revisions; 0 is before the first");
}

/**
 * Undoes the newest shift of a route that is not undone yet, or restores what held after revision `to`. Throws
 * nothing_to_undo, unknown_revision, and `refused` where modern would rise without `to`.
 */
export function planRollback(
  state: LedgerState,
  all: readonly RouteDefinition[],
  route: RouteDefinition,
  to: number | undefined,
): Plan {
  checkGoal(state, to);
  const position = positionOf(state, route);
  checkMayMove(route, position, position);
  const undo = to === undefined ? undoNewest(state, route) : undoTo(state, route, to);
  if (undo === undefined) {
    throw nothingToUndo(
      to === undefined
        ? `${route.id} has no shift that is not undone yet`
        : `${route.id} already stands where it stood after revision ${to}: ${positionText(position)}`,
    );
  }
  if ("refusal" in undo) throw undo.refusal;
  checkMayMove(route, undo.change.from, undo.change.to);
  return { changes: [undo.change], warnings: cohortWarnings(state, all, [undo.change]) };
}

/**
 * The same for every route, in one revision. A route whose newest shift lowered modern is left where it is, with a warning:
 * the way back of the others must not depend on it. Retired routes are left out.
 */
export function planRollbackAll(
  state: LedgerState,
  all: readonly RouteDefinition[],
  to: number | undefined,
): Plan {
  checkGoal(state, to);
  const changes: LedgerChange[] = [];
  const refusals: FigError[] = [];
  for (const route of all) {
    if (route.retired) continue;
    const undo = to === undefined ? undoNewest(state, route) : undoTo(state, route, to);
    if (undo === undefined) continue;
    if ("refusal" in undo) refusals.push(undo.refusal);
    else {
      checkMayMove(route, undo.change.from, undo.change.to);
      changes.push(undo.change);
    }
  }
  if (changes.length === 0) {
    const first = refusals[0];
    if (first !== undefined) throw first;
    throw nothingToUndo(
      to === undefined
        ? "no route has a shift that is not undone yet"
        : `every route already stands where it stood after revision ${to}`,
    );
  }
  const left = refusals.map((refusal) => `left as it is: ${refusal.message}`);
  return { changes, warnings: [...left, ...cohortWarnings(state, all, changes)] };
}

/** The oldest revision a change undoes: what unsafe requests are counted since. */
export function oldestUndone(change: LedgerChange): number | undefined {
  return change.undone === undefined || change.undone.length === 0 ? undefined : Math.min(...change.undone);
}

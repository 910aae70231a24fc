import { FigError } from "./errors.ts";
import { type LedgerState, positionOf } from "./fold.ts";
import type { LedgerChange, LedgerEntry } from "./ledger.ts";
import { isPercent, type Position, samePosition } from "./position.ts";
import type { RouteDefinition } from "./route.ts";
import { listText, positionText } from "./wording.ts";

/** What a shift, rollback or step would write. Made by pure planning; the use cases check gates and append it. */
export interface Plan {
  /** Empty: nothing to write. */
  readonly changes: readonly LedgerChange[];
  readonly warnings: readonly string[];
}

interface ShiftWish {
  readonly modern?: number | undefined;
  readonly shadow?: number | undefined;
  /** Writes an entry for every route even where nothing moves: a new evidence window. */
  readonly fresh?: boolean | undefined;
}

/** Throws invalid_request unless both parts, where given, are percentages of at most two decimals. */
export function checkPosition(position: ShiftWish, where: string): void {
  for (const part of ["modern", "shadow"] as const) {
    const value: unknown = position[part];
    if (value !== undefined && !isPercent(value)) {
      throw new FigError("invalid_request", `${where}${part} is ${String(value)}`, {
        remedy: "give a percentage from 0 to 100 with at most two decimals",
      });
    }
  }
}

/** Throws `refused` where no shift at all may go: a retired route, or one whose unsafe methods are sandboxed. */
export function checkMayMove(route: RouteDefinition, from: Position, to: Position): void {
  if (route.retired) {
    throw new FigError("refused", `${route.id} is retired: only modern serves it, so it cannot be shifted`, {
      remedy: "to shift it again, remove `retired: true` from its route file and give it a legacy",
    });
  }
  if (route.unread === true && to.modern > from.modern) {
    throw new FigError(
      "refused",
      `the file of ${route.id} does not pass, so its modern can go down from ${from.modern}, but not up to ${to.modern}`,
      { remedy: "correct the files; `fig check` says when they pass" },
    );
  }
  if (route.shadow.writes === "sandboxed" && to.modern > from.modern) {
    throw new FigError(
      "refused",
      `${route.id} declares shadow.writes: sandboxed, so modern stays at ${from.modern}: real writes would go to what the file calls a sandbox`,
      { remedy: "remove `writes: sandboxed` from its route file first" },
    );
  }
}

/** Warnings where only a part of a cohort moves its modern: a client of the cohort may then meet both sides. */
export function cohortWarnings(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  changes: readonly LedgerChange[],
): readonly string[] {
  const moved = new Map(changes.map((change) => [change.route, change.to]));
  const cohorts = new Map(routes.map((each) => [each.id, each.cohort]));
  const warned = new Set<string>();
  const warnings: string[] = [];
  for (const { route, from, to } of changes) {
    const cohort = cohorts.get(route);
    if (cohort === undefined || from.modern === to.modern || warned.has(cohort)) continue;
    const apart = routes.filter(
      (each) =>
        each.cohort === cohort &&
        !each.retired &&
        (moved.get(each.id) ?? positionOf(state, each)).modern !== to.modern,
    );
    if (apart.length === 0) continue;
    warned.add(cohort);
    const others = listText(apart.map((each) => each.id));
    warnings.push(
      `${route} moves to modern ${to.modern} without the rest of cohort ${cohort} (${others}): a client may meet both sides`,
    );
  }
  return warnings;
}

export function changeOf(
  route: RouteDefinition,
  from: Position,
  to: Position,
  undone?: readonly number[],
): LedgerChange {
  return {
    route: route.id,
    from,
    to,
    hash: route.hash,
    ...(route.servingHash === undefined ? {} : { serving: route.servingHash }),
    ...(undone === undefined ? {} : { undone }),
    ...(route.formerly.length === 0 ? {} : { formerly: route.formerly }),
  };
}

/** The newest entry that touches one of the routes; undefined: none does. */
function newestEntry(state: LedgerState, routeIds: Iterable<string>): LedgerEntry | undefined {
  let newest: LedgerEntry | undefined;
  for (const id of routeIds) {
    const last = state.routes.get(id)?.last;
    if (last !== undefined && last.revision > (newest?.revision ?? 0)) newest = last;
  }
  return newest;
}

/** Two writers, one revision: what the one who comes second is told. */
export function conflictError(expected: number, newer: LedgerEntry): FigError {
  const routes = listText(newer.changes.map((change) => `${change.route} to ${positionText(change.to)}`));
  return new FigError(
    "conflict",
    `revision ${newer.revision} by ${newer.by} (${newer.kind}: ${routes}) is newer than the expected revision ${expected}`,
    { remedy: "read status again and retry", details: { expectedRevision: expected, conflict: newer } },
  );
}

/** Throws unknown_revision if the ledger is not that far. */
export function checkRevision(state: LedgerState, revision: number, remedy: string): void {
  if (Number.isInteger(revision) && revision >= 0 && revision <= state.revision) return;
  throw new FigError(
    "unknown_revision",
    `revision ${revision} is not in the ledger, which ends at ${state.revision}`,
    { remedy },
  );
}

/** Throws `conflict` if one of the routes moved after `expected`, unknown_revision if the ledger is not that far. */
export function checkExpected(
  state: LedgerState,
  expected: number | undefined,
  routes: readonly RouteDefinition[],
): void {
  if (expected === undefined) return;
  checkRevision(state, expected, "read status again: the state may be another one, or older");
  const newest = newestEntry(
    state,
    routes.map((route) => route.id),
  );
  if (newest !== undefined && newest.revision > expected) throw conflictError(expected, newest);
}

/** A shift of these routes in one revision. Routes that stand there already are left out, unless `fresh`. */
export function planShift(
  state: LedgerState,
  all: readonly RouteDefinition[],
  targets: readonly RouteDefinition[],
  wish: ShiftWish,
): Plan {
  checkPosition(wish, "");
  if (wish.modern === undefined && wish.shadow === undefined && wish.fresh !== true) {
    throw new FigError("invalid_request", "a shift needs a position to go to", {
      remedy: "give modern, shadow or both, or fresh for a new evidence window",
    });
  }
  const changes: LedgerChange[] = [];
  for (const route of targets) {
    const from = positionOf(state, route);
    const to = { modern: wish.modern ?? from.modern, shadow: wish.shadow ?? from.shadow };
    checkMayMove(route, from, to);
    if (wish.fresh === true || !samePosition(from, to)) changes.push(changeOf(route, from, to));
  }
  return { changes, warnings: cohortWarnings(state, all, changes) };
}

/** Whether a change makes modern serve more: only then is a gate asked. */
export function raisesModern(change: LedgerChange): boolean {
  return change.to.modern > change.from.modern;
}

/** Every id the ledger may know these routes by: what an append is guarded on. */
export function guardedIds(routes: readonly RouteDefinition[]): readonly string[] {
  return [...new Set(routes.flatMap((route) => [route.id, ...route.formerly]))];
}

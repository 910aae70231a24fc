import { FigError } from "./errors.ts";
import { type LedgerState, positionOf, type ShiftMark } from "./fold.ts";
import type { GuardEvidence } from "./guards.ts";
import type { LedgerChange, LedgerDraft } from "./ledger.ts";
import { changeOf, raisesModern } from "./plan.ts";
import type { Position } from "./position.ts";
import type { RouteDefinition } from "./route.ts";
import { listText } from "./wording.ts";

/** A route lower than the ledger has it. */
export interface Lowered {
  readonly route: string;
  readonly to: Position;
}

/** By route: of several, the one with the least of modern. */
export function lowest(lowered: readonly Lowered[]): ReadonlyMap<string, Position> {
  const low = new Map<string, Position>();
  for (const { route, to } of lowered)
    if (to.modern < (low.get(route)?.modern ?? Number.POSITIVE_INFINITY)) low.set(route, to);
  return low;
}

/** What a guard saw, and how low it took which routes. */
export interface Trip {
  /** Its own, so that the ledger has it once. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** The ledger's, as far as it was known where this was seen. */
  readonly revision: number;
  readonly evidence: GuardEvidence;
  readonly lowered: readonly Lowered[];
}

interface Back {
  readonly to: Position;
  readonly undone: readonly number[];
}

/** Where a route stood before it went above `most`: the shifts since then are undone. Where it always did, `most` it is. */
function backTo(top: ShiftMark | undefined, position: Position, most: number): Back {
  const undone: number[] = [];
  for (let mark = top; mark !== undefined; mark = mark.below) {
    undone.push(mark.revision);
    if (mark.from.modern <= most) return { to: mark.from, undone };
  }
  return { to: { ...position, modern: most }, undone };
}

/** The last position with less of modern than `percent`. */
function heldBelow(state: LedgerState, route: RouteDefinition, percent: number): Position {
  for (let mark = state.routes.get(route.id)?.top; mark !== undefined; mark = mark.below)
    if (mark.from.modern < percent) return mark.from;
  return { ...positionOf(state, route), modern: 0 };
}

/** How low a trip takes the route, and those of its cohort that would stand higher: none of them would move a client alone. */
export function loweredBy(
  state: LedgerState,
  all: readonly RouteDefinition[],
  route: RouteDefinition,
  percent: number,
): readonly Lowered[] {
  const to = heldBelow(state, route, percent);
  const others = all.filter((each) => each.cohort === route.cohort && each.id !== route.id && !each.retired);
  return [
    { route: route.id, to },
    ...others.flatMap((each) => {
      const position = positionOf(state, each);
      if (position.modern <= to.modern) return [];
      const back = backTo(state.routes.get(each.id)?.top, position, to.modern);
      return [{ route: each.id, to: back.to }];
    }),
  ];
}

/**
 * The revision that says a trip in the ledger; undefined: the ledger stands as low already, or somebody resumed the route since: what was
 * seen before does not count any more. Never raises modern.
 */
export function tripDraft(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  { id, at, revision, evidence, lowered }: Trip,
  door: string,
): LedgerDraft | undefined {
  const low = new Map(lowered.map((each) => [each.route, each.to]));
  const changes = routes.flatMap((route): LedgerChange[] => {
    const to = low.get(route.id);
    const position = positionOf(state, route);
    const known = state.routes.get(route.id);
    if (to === undefined || route.retired || position.modern <= to.modern) return [];
    if ((known?.resumed ?? 0) > revision) return [];
    const back = backTo(known?.top, position, to.modern);
    return [changeOf(route, position, back.to, back.undone)];
  });
  if (changes.length === 0) return undefined;
  return {
    kind: "guard",
    by: "guard",
    reason: `${evidence.guard}: ${evidence.seen}`,
    migration: null,
    changes,
    evidence: { guard: { id, at, door, ...evidence } },
  };
}

/** Throws `held` where a change would raise modern of a route that a guard took back. */
export function checkHeld(state: LedgerState, changes: readonly LedgerChange[]): void {
  const held = changes.filter(
    (change) => raisesModern(change) && heldSince(state, change.route) !== undefined,
  );
  const [first] = held;
  if (first === undefined) return;
  const names = listText(held.map(({ route }) => route));
  const since = heldSince(state, first.route);
  throw new FigError(
    "held",
    `a guard took ${names} back (revision ${since?.revision}: ${since?.reason}), so modern does not rise there`,
    {
      remedy: `when the cause is gone, \`fig resume ${first.route} --reason "…"\`; then shift again`,
      details: { routes: held.map(({ route }) => route), revision: since?.revision },
    },
  );
}

/** The guard's entry that holds a route; undefined: none does. */
export function heldSince(state: LedgerState, route: string) {
  return state.routes.get(state.aliases.get(route) ?? route)?.held;
}

/** An entry that lets held routes move again. They stay where they are. */
export function planResume(
  state: LedgerState,
  all: readonly RouteDefinition[],
  route: RouteDefinition,
): readonly LedgerChange[] {
  const held = all.filter(
    (each) => each.cohort === route.cohort && !each.retired && heldSince(state, each.id) !== undefined,
  );
  if (held.length === 0)
    throw new FigError("not_held", `no guard holds ${route.id}`, {
      remedy: "fig status says which routes are held",
    });
  return held.map((each) => {
    const position = positionOf(state, each);
    return changeOf(each, position, position);
  });
}

const DAY_MS = 24 * 3_600_000;

/** How often guards took a route back within the last day. */
export function tripsToday(state: LedgerState, route: string, now: number): number {
  return (state.routes.get(route)?.trips ?? []).filter((at) => now - at < DAY_MS).length;
}

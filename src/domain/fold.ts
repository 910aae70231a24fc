import type { EntryKind, LedgerChange, LedgerEntry, MigrationMark } from "./ledger.ts";
import { type Position, samePosition } from "./position.ts";
import type { RouteDefinition } from "./route.ts";

/** A shift that is not undone: an element of a route's persistent stack, shared between states. */
interface ShiftMark {
  readonly revision: number;
  readonly kind: EntryKind;
  readonly from: Position;
  readonly to: Position;
  readonly below: ShiftMark | undefined;
}

/** What held after a revision that touched the route; `earlier` leads back to what held before its first (revision 0). */
export interface Trail {
  readonly revision: number;
  /** When it was written, ms since the epoch; 0 before the first. */
  readonly at: number;
  readonly position: Position;
  readonly top: ShiftMark | undefined;
  readonly earlier: Trail | undefined;
}

/** A route that the ledger has entries for. */
export interface RouteState {
  readonly route: string;
  readonly position: Position;
  /** The newest entry that touches it. */
  readonly last: LedgerEntry;
  /** Its change in that entry, under the id it had then. */
  readonly lastChange: LedgerChange;
  /** The newest shift not yet undone. */
  readonly top: ShiftMark | undefined;
  readonly trail: Trail;
  /** The id under which a newer entry went on with this ledger, for when `formerly` is no longer in the files. */
  readonly continuedBy: string | undefined;
}

/** A step that was applied and not taken back by `down`. Ids in `changes` are today's. */
export interface AppliedStep {
  readonly mark: MigrationMark;
  readonly revision: number;
  readonly at: string;
  readonly by: string;
  readonly changes: readonly LedgerChange[];
}

/** Former route id to the id that goes on with its ledger. */
export type Aliases = ReadonlyMap<string, string>;

/** The ledger read up to `revision`. Immutable: `fold` makes the next one, sharing what did not change. */
export interface LedgerState {
  readonly revision: number;
  readonly routes: ReadonlyMap<string, RouteState>;
  /** In the order they were applied. */
  readonly applied: readonly AppliedStep[];
  readonly aliases: Aliases;
}

/** The aliases that the definitions' `formerly` declare. An id that a definition has now is nobody's former id. */
export function aliasesOf(routes: readonly RouteDefinition[]): Aliases {
  const today = new Set(routes.map((route) => route.id));
  const aliases = new Map<string, string>();
  for (const route of routes) {
    for (const former of route.formerly) if (!today.has(former)) aliases.set(former, route.id);
  }
  return aliases;
}

export function sameAliases(a: Aliases, b: Aliases): boolean {
  if (a.size !== b.size) return false;
  for (const [former, id] of a) if (b.get(former) !== id) return false;
  return true;
}

/** The state of an empty ledger. Another set of aliases needs a fold from here. */
export function emptyLedger(aliases: Aliases = new Map()): LedgerState {
  return { revision: 0, routes: new Map(), applied: [], aliases };
}

/** What held just before `revision`. */
function trailBefore(trail: Trail, revision: number): Trail {
  let found = trail;
  while (found.revision >= revision && found.earlier !== undefined) found = found.earlier;
  return found;
}

/** What held after `revision`: the base where the route's first entry is newer. */
export function trailAt(route: RouteState, revision: number): Trail {
  return trailBefore(route.trail, revision + 1);
}

/**
 * The stack after a change. One that undoes revisions goes back to the stack as it was before the oldest of them, so a
 * shift that `rollback --to` brings back can be undone again. A change that moves nothing (`--fresh`) leaves it.
 */
function topAfter(entry: LedgerEntry, change: LedgerChange, trail: Trail): ShiftMark | undefined {
  const { undone, from, to } = change;
  if (undone !== undefined && undone.length > 0) return trailBefore(trail, Math.min(...undone)).top;
  if (samePosition(from, to)) return trail.top;
  return { revision: entry.revision, kind: entry.kind, from, to, below: trail.top };
}

function changeRoute(
  before: RouteState | undefined,
  id: string,
  entry: LedgerEntry,
  change: LedgerChange,
): RouteState {
  const earlier = before?.trail ?? {
    revision: 0,
    at: 0,
    position: change.from,
    top: undefined,
    earlier: undefined,
  };
  const top = topAfter(entry, change, earlier);
  const position = change.to;
  const trail: Trail = { revision: entry.revision, at: Date.parse(entry.at), position, top, earlier };
  return { route: id, position, last: entry, lastChange: change, top, trail, continuedBy: undefined };
}

function appliedAfter(applied: readonly AppliedStep[], entry: LedgerEntry, aliases: Aliases) {
  const { migration: mark, revision, at, by } = entry;
  if (mark === null || (entry.kind !== "migration" && entry.kind !== "revert")) return applied;
  const others = applied.filter((step) => step.mark.number !== mark.number);
  if (entry.kind === "revert") return others;
  const changes = entry.changes.map((change) => ({
    ...change,
    route: aliases.get(change.route) ?? change.route,
  }));
  return [...others, { mark, revision, at, by, changes }];
}

/**
 * Reads entries, oldest first, on top of a state: fold(a ++ b) is fold(fold(a), b). Entries the state already holds are
 * passed over, so hearing of one twice does no harm. Entries of a former id are its successor's.
 */
export function fold(state: LedgerState, entries: readonly LedgerEntry[]): LedgerState {
  const fresh = entries.filter((entry) => entry.revision > state.revision);
  if (fresh.length === 0) return state;
  const routes = new Map(state.routes);
  let { applied, revision } = state;
  for (const entry of fresh) {
    if (entry.revision <= revision) continue;
    revision = entry.revision;
    for (const change of entry.changes) {
      const id = state.aliases.get(change.route) ?? change.route;
      routes.set(id, changeRoute(routes.get(id), id, entry, change));
      for (const former of change.formerly ?? []) {
        const old = former === id ? undefined : routes.get(former);
        if (old !== undefined) routes.set(former, { ...old, continuedBy: id });
      }
    }
    applied = appliedAfter(applied, entry, state.aliases);
  }
  return { revision, routes, applied, aliases: state.aliases };
}

/** Where a route stands: its last entry's position, `start` while it has none, all modern once retired. */
export function positionOf(state: LedgerState, route: RouteDefinition): Position {
  if (route.retired) return { modern: 100, shadow: 0 };
  return state.routes.get(route.id)?.position ?? route.start;
}

/** The newest revision that touches a route; 0: none. */
export function revisionOf(state: LedgerState, routeId: string): number {
  return state.routes.get(routeId)?.last.revision ?? 0;
}

interface LastStep {
  readonly step: AppliedStep;
  readonly left: Position;
}

/** By route, made once for a ledger: every route of every status asks. */
const lastSteps = new WeakMap<LedgerState, ReadonlyMap<string, LastStep>>();

/** The newest applied step that names the route, and where it left it; undefined: none does. */
export function lastStepOf(state: LedgerState, routeId: string): LastStep | undefined {
  let steps = lastSteps.get(state);
  if (steps === undefined) {
    const made = new Map<string, LastStep>();
    for (const step of state.applied) {
      // Where a step names a route twice, under two ids it had, the first counts.
      for (const { route, to } of step.changes.toReversed()) made.set(route, { step, left: to });
    }
    lastSteps.set(state, made);
    steps = made;
  }
  return steps.get(routeId);
}

/** A route has drifted when it no longer stands where the last step that names it left it. A retired one cannot. */
export function hasDrifted(state: LedgerState, route: RouteDefinition): boolean {
  if (route.retired) return false;
  const last = lastStepOf(state, route.id);
  return last !== undefined && !samePosition(last.left, positionOf(state, route));
}

/** Ids whose ledger has modern above 0 but that no definition has, or had: their clients would change sides. */
export function goneRoutes(state: LedgerState, routes: readonly RouteDefinition[]): readonly RouteState[] {
  const today = new Set(routes.map((route) => route.id));
  const gone: RouteState[] = [];
  for (const route of state.routes.values()) {
    if (route.continuedBy !== undefined || today.has(route.route)) continue;
    if (route.position.modern > 0) gone.push(route);
  }
  return gone;
}

import { type AppliedStep, heldAfter, newestOfEach, type StepHold, withoutStep } from "./held-steps.ts";
import { type FilesRevision, filesOf, MAX_FILES_SETS } from "./kept-files.ts";
import { appliesStep, type LedgerChange, type LedgerEntry, type MigrationMark } from "./ledger.ts";
import { type Position, samePosition } from "./position.ts";
import type { RouteDefinition } from "./route.ts";

/**
 * A shift that is not undone: an element of a route's persistent stack, shared between states. A step's is there too where it
 * moved nothing, so that undoing what lies below takes it along.
 */
export interface ShiftMark {
  readonly revision: number;
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
  /** The steps that the route holds, newest first. */
  readonly holds: StepHold | undefined;
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
  /** The guard's entry that holds it: modern does not rise until an entry of kind `resume`. */
  readonly held: LedgerEntry | undefined;
  /** Revision of the newest entry of kind `resume`; 0: there is none. */
  readonly resumed: number;
  /** When guards took it back, ms since the epoch, the newest last. Bounded. */
  readonly trips: readonly number[];
  /** The id under which a newer entry went on with this ledger, for when `formerly` is no longer in the files. */
  readonly continuedBy: string | undefined;
}

/** Former route id to the id that goes on with its ledger. */
export type Aliases = ReadonlyMap<string, string>;

interface FirstApplied {
  readonly revision: number;
  readonly mark: MigrationMark;
}

/** The ledger read up to `revision`. Immutable: `fold` makes the next one, sharing what did not change. */
export interface LedgerState {
  readonly revision: number;
  readonly routes: ReadonlyMap<string, RouteState>;
  /** Steps that one of their routes still holds, in the order they were applied; each number once. */
  readonly applied: readonly AppliedStep[];
  /** The same, with a step that is held from two times it was applied in it twice. */
  readonly held: readonly AppliedStep[];
  /** By step number: when it was applied for the first time with the content it had last. */
  readonly firstApplied: ReadonlyMap<number, FirstApplied>;
  /** Steps up to this number are archived: neither their files nor their routes are missed. 0: none are. */
  readonly baseline: number;
  /** Sets of files that came in force, oldest first, the newest MAX_FILES_SETS. */
  readonly files: readonly FilesRevision[];
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
  return {
    revision: 0,
    routes: new Map(),
    applied: [],
    held: [],
    firstApplied: new Map(),
    baseline: 0,
    files: [],
    aliases,
  };
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
 * The revision that a change goes back behind, so that the route has the stack it had before it and what `rollback --to`
 * brings back can be undone again; undefined: it goes forward. A revert of an older fig does not name what it undoes.
 */
function backBehind(entry: LedgerEntry, change: LedgerChange, undoes: AppliedStep | undefined) {
  const { undone } = change;
  if (undone !== undefined && undone.length > 0) return Math.min(...undone);
  return entry.kind === "revert" && undone === undefined ? undoes?.revision : undefined;
}

interface Told {
  readonly entry: LedgerEntry;
  /** The step that this entry applies. */
  readonly applies: AppliedStep | undefined;
  /** The applied step that this entry undoes. */
  readonly undoes: AppliedStep | undefined;
}

/** What is left to undo after a change. One that moves nothing (`--fresh`) leaves it, unless a step made it. */
function stackAfter({ entry, applies, undoes }: Told, change: LedgerChange, before: Trail) {
  const { from, to } = change;
  const behind = backBehind(entry, change, undoes);
  const { top, holds } = behind === undefined ? before : trailBefore(before, behind);
  const forward = behind === undefined && (applies !== undefined || !samePosition(from, to));
  return {
    top: forward ? { revision: entry.revision, from, to, below: top } : top,
    holds: applies === undefined ? holds : { step: applies, below: holds },
  };
}

/** No guard may take a route back as often as that in a day. */
const MAX_TRIPS = 100;
const NO_TRIPS: readonly number[] = [];

function guardedBy(entry: LedgerEntry, before: RouteState | undefined): LedgerEntry | undefined {
  if (entry.kind === "guard") return entry;
  return entry.kind === "resume" ? undefined : before?.held;
}

function changeRoute(
  before: RouteState | undefined,
  id: string,
  told: Told,
  change: LedgerChange,
): RouteState {
  const { entry } = told;
  const position = change.to;
  const earlierTrips = before?.trips ?? NO_TRIPS;
  const none = { top: undefined, holds: undefined, earlier: undefined };
  const earlier = before?.trail ?? { revision: 0, at: 0, position: change.from, ...none };
  const stack = stackAfter(told, change, earlier);
  const trail: Trail = { revision: entry.revision, at: Date.parse(entry.at), position, ...stack, earlier };
  return {
    route: id,
    position,
    last: entry,
    lastChange: change,
    top: stack.top,
    trail,
    held: guardedBy(entry, before),
    resumed: entry.kind === "resume" ? entry.revision : (before?.resumed ?? 0),
    trips: entry.kind === "guard" ? [...earlierTrips, trail.at].slice(-MAX_TRIPS) : earlierTrips,
    continuedBy: undefined,
  };
}

/** Which step an entry applies or undoes. */
function tell(entry: LedgerEntry, { held, aliases }: Pick<LedgerState, "held" | "aliases">): Told {
  const { kind, migration: mark, revision, at, by } = entry;
  if (mark === null) return { entry, applies: undefined, undoes: undefined };
  if (!appliesStep(kind)) {
    const undoes = kind === "revert" ? held.findLast((step) => step.mark.number === mark.number) : undefined;
    return { entry, applies: undefined, undoes };
  }
  const today = (change: LedgerChange) => ({ ...change, route: aliases.get(change.route) ?? change.route });
  const applies = { mark, revision, at, by, changes: entry.changes.map(today) };
  return { entry, applies, undoes: undefined };
}

const NO_LISTS: ReadonlyMap<string, StepHold | undefined> = new Map();

/** The lists of steps that an entry may change, as they are before it. */
function listsBefore(
  { entry, undoes }: Told,
  aliases: Aliases,
  listOf: (id: string) => StepHold | undefined,
): ReadonlyMap<string, StepHold | undefined> {
  const may = entry.migration !== null || entry.changes.some(({ undone }) => undone !== undefined);
  if (!may) return NO_LISTS;
  const named = [...entry.changes, ...(undoes?.changes ?? [])];
  return new Map(
    named.map((change) => {
      const id = aliases.get(change.route) ?? change.route;
      return [id, listOf(id)];
    }),
  );
}

/** A step is undone for all its routes, also for those that the entry leaves out because no file has them. */
function letGo(routes: Map<string, RouteState>, { revision, changes }: AppliedStep): void {
  for (const { route: id } of changes) {
    const known = routes.get(id);
    if (known === undefined) continue;
    const holds = withoutStep(known.trail.holds, revision);
    if (holds !== known.trail.holds) routes.set(id, { ...known, trail: { ...known.trail, holds } });
  }
}

/**
 * Reads entries, oldest first, on top of a state: fold(a ++ b) is fold(fold(a), b). Entries the state already holds are
 * passed over, so hearing of one twice does no harm. Entries of a former id are its successor's.
 */
export function fold(state: LedgerState, entries: readonly LedgerEntry[]): LedgerState {
  const fresh = entries.filter((entry) => entry.revision > state.revision);
  if (fresh.length === 0) return state;
  const routes = new Map(state.routes);
  const listOf = (id: string) => routes.get(id)?.trail.holds;
  const { aliases } = state;
  let { held, firstApplied, baseline, revision } = state;
  const files: FilesRevision[] = [];
  for (const entry of fresh) {
    if (entry.revision <= revision) continue;
    revision = entry.revision;
    const told = tell(entry, { held, aliases });
    const before = listsBefore(told, aliases, listOf);
    for (const change of entry.changes) {
      const id = aliases.get(change.route) ?? change.route;
      routes.set(id, changeRoute(routes.get(id), id, told, change));
      for (const former of change.formerly ?? []) {
        const old = former === id ? undefined : routes.get(former);
        if (old !== undefined) routes.set(former, { ...old, continuedBy: id });
      }
    }
    if (told.undoes !== undefined) letGo(routes, told.undoes);
    if (before.size > 0) held = heldAfter(held, before, listOf);
    firstApplied = firstAppliedAfter(firstApplied, told.applies);
    const set = filesOf(entry);
    if (set !== undefined) files.push(set);
    if (entry.kind === "baseline") baseline = Math.max(baseline, entry.migration?.number ?? 0);
  }
  const sets = files.length === 0 ? state.files : [...state.files, ...files].slice(-MAX_FILES_SETS);
  return {
    ...{ revision, routes, applied: newestOfEach(held), held, firstApplied, baseline },
    ...{ files: sets, aliases },
  };
}

function firstAppliedAfter(known: LedgerState["firstApplied"], applies: AppliedStep | undefined) {
  if (applies === undefined) return known;
  const { revision, mark } = applies;
  if (known.get(mark.number)?.mark.hash === mark.hash) return known;
  return new Map(known).set(mark.number, { revision, mark });
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

import { type LedgerState, positionOf, revisionOf, type ShiftMark } from "./fold.ts";
import type { LedgerChange, LedgerDraft } from "./ledger.ts";
import { changeOf } from "./plan.ts";
import { isPercent } from "./position.ts";
import { withoutSecrets } from "./redaction.ts";
import type { RouteDefinition } from "./route.ts";

/** The emergency position of one front door: from its own disk, whatever became of the store. It can only lower modern. */
export interface LocalRollback {
  /** Its own, so that it is written to the ledger once. */
  readonly id: string;
  /** ISO 8601, informative. */
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  /** Route id to the most that its modern may be, in percent. */
  readonly routes: Readonly<Record<string, number>>;
}

const ID = /^[\w.-]{1,64}$/;
/** Of a text that a hand wrote: it goes into the ledger and the log. */
const MAX_TEXT_CHARACTERS = 1000;

/** What a file says; a text: what is wrong with it. Only `routes` is needed, so that a hand can write one. */
export function readLocalRollback(text: string, fallbackId: string): LocalRollback | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  if (typeof value !== "object" || value === null || !("routes" in value)) return "it has no `routes`";
  const { routes, ...said } = value as { routes: unknown } & Readonly<Record<string, unknown>>;
  if (typeof routes !== "object" || routes === null || Array.isArray(routes))
    return "`routes` is not a mapping of a route to its modern";
  for (const [id, modern] of Object.entries(routes))
    if (!isPercent(modern)) return `modern of ${id} is not a percentage from 0 to 100`;
  const textOf = (name: string, otherwise: string) =>
    typeof said[name] === "string" && said[name] !== ""
      ? said[name].slice(0, MAX_TEXT_CHARACTERS)
      : otherwise;
  const id = textOf("id", fallbackId);
  return {
    id: ID.test(id) ? id : fallbackId,
    at: textOf("at", ""),
    by: withoutSecrets(textOf("by", "a file")),
    reason: withoutSecrets(textOf("reason", "no reason was given")),
    routes: routes as Record<string, number>,
  };
}

/** Both together: of two limits the lower one counts. What `given` says of itself stays. */
export function lowerOf(given: LocalRollback, other: LocalRollback | undefined): LocalRollback {
  if (other === undefined) return given;
  const routes = new Map(Object.entries(other.routes));
  for (const [id, modern] of Object.entries(given.routes))
    routes.set(id, Math.min(modern, routes.get(id) ?? modern));
  return { ...given, routes: Object.fromEntries(routes) };
}

/** Whether every route that can move is held at modern 0: then positions are known without any ledger. */
export function holdsAll(held: LocalRollback | undefined, routes: readonly RouteDefinition[]): boolean {
  return held !== undefined && routes.every((route) => route.retired || heldAt(held, route) === 0);
}

/** The most that modern of a route may be here; undefined: it is not held. */
export function heldAt(held: LocalRollback | undefined, route: RouteDefinition): number | undefined {
  if (held === undefined || route.retired) return undefined;
  const limits = [route.id, ...route.formerly].flatMap((id) =>
    Object.hasOwn(held.routes, id) ? (held.routes[id] as number) : [],
  );
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Names in it that are no route of these files: a slip of a hand, or a route that left. */
export function unknownIn(
  { routes: held }: LocalRollback,
  routes: readonly RouteDefinition[],
): readonly string[] {
  const known = new Set(routes.flatMap(({ id, formerly }) => [id, ...formerly]));
  return Object.keys(held).filter((id) => !known.has(id));
}

/** The shifts that raised modern past the limit, newest first. */
function shiftsPast(top: ShiftMark | undefined, limit: number): readonly number[] {
  const revisions: number[] = [];
  for (let mark = top; mark !== undefined && mark.to.modern > limit; mark = mark.below)
    revisions.push(mark.revision);
  return revisions;
}

/** The revision that says in the ledger what was held on one door; undefined: the ledger stands as low already. */
export function localDraft(
  state: LedgerState,
  routes: readonly RouteDefinition[],
  held: LocalRollback,
  door: string,
): LedgerDraft | undefined {
  const changes = routes.flatMap((route): LedgerChange[] => {
    const limit = heldAt(held, route);
    const from = positionOf(state, route);
    if (limit === undefined || from.modern <= limit) return [];
    const undone = shiftsPast(state.routes.get(route.id)?.top, limit);
    return [changeOf(route, from, { ...from, modern: limit }, undone)];
  });
  if (changes.length === 0) return undefined;
  const over = changes.map(({ route, from }) => ({
    route,
    modern: from.modern,
    revision: revisionOf(state, route),
  }));
  const revisions = [...new Set(over.map(({ revision }) => revision))].join(", ");
  return {
    kind: "rollback",
    by: held.by,
    reason: `${held.reason} (held on one front door as ${held.id}, over revision ${revisions})`,
    migration: null,
    changes,
    evidence: { local: { id: held.id, at: held.at, door, over } },
  };
}

import type { LedgerChange } from "../domain/ledger.ts";
import { mergedRecent, movesOf, movesText, type RecentPart } from "../domain/recent-clients.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { numberText } from "../domain/wording.ts";
import type { ControlContext } from "./context.ts";
import type { ChangeEffect } from "./contract.ts";
import { recentOfOthers } from "./recent-clients.ts";

/** Who came lately is waited for so long: nothing is decided by it. */
const RECENT_MS = 1_000;

/**
 * What changes for whom. A raised percentage only ever adds clients and a lowered one only takes some away, so the share that
 * changes sides is the difference.
 */
export function effectsOf(
  changes: readonly LedgerChange[],
  byId: ReadonlyMap<string, RouteDefinition>,
): readonly ChangeEffect[] {
  return changes.map(({ route, from, to }) => {
    const clients = Number(Math.abs(to.modern - from.modern).toFixed(2));
    const up = to.modern > from.modern;
    const toward = clients === 0 ? null : up ? "modern" : "legacy";
    const moves =
      clients === 0
        ? "no client changes sides"
        : `${numberText(clients)} % of clients move from ${up ? "legacy to modern" : "modern to legacy"}; modern then serves ${numberText(to.modern)} %`;
    const shadow =
      to.shadow === from.shadow
        ? ""
        : `; ${numberText(to.shadow)} % of requests are shadowed then, ${numberText(from.shadow)} % before`;
    return { route, cohort: byId.get(route)?.cohort ?? route, clients, toward, text: `${moves}${shadow}` };
  });
}

/** The same with who of the recent clients it is, as front doors saw them. Where none tells, that is left out. */
export async function previewOf(
  context: ControlContext,
  changes: readonly LedgerChange[],
): Promise<readonly ChangeEffect[]> {
  const effects = effectsOf(changes, context.index.of(context.facts.config().routes).byId);
  if (effects.every(({ toward }) => toward === null)) return effects;
  const doors = await recentDoors(
    context,
    changes.map(({ route }) => route),
  );
  return effects.map((effect, i) => {
    const { from, to } = changes[i] as LedgerChange;
    const parts = doors.flatMap((door) => door.filter(({ route }) => route === effect.route));
    if (effect.toward === null || parts.length === 0) return effect;
    const recent = mergedRecent(parts.map((part) => part.recent));
    const seconds = Math.max(1, Math.round(Math.max(...parts.map((part) => part.seconds))));
    const moves = movesOf(recent, from.modern, to.modern);
    const text = movesText(recent, moves, Math.max(1, Math.round(seconds / 60)));
    return { ...effect, recent: { text, seconds, ...(moves ?? { clients: null, requests: null }) } };
  });
}

/** By front door, this one first. */
async function recentDoors(
  { facts, store, clock }: ControlContext,
  routes: readonly string[],
): Promise<readonly (readonly RecentPart[])[]> {
  const here = facts.recent?.(routes) ?? Promise.resolve([]);
  const others = recentOfOthers(store, facts.door, clock.now());
  const known = await Promise.all([within(here, []), within(others, [])]);
  return [known[0], ...known[1]];
}

async function within<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  const late = Promise.withResolvers<T>();
  const timer = setTimeout(() => late.resolve(otherwise), RECENT_MS);
  try {
    return await Promise.race([asked.catch(() => otherwise), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

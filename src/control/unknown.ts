import { FigError, figErrorOf } from "../domain/errors.ts";
import { emptyLedger, type LedgerState } from "../domain/fold.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { momentText } from "../domain/wording.ts";
import type { ControlContext } from "./context.ts";
import type { RouteStatus, StoreAway, Unknown } from "./contract.ts";
import { type RouteEvidence, readEvidence } from "./evidence.ts";

const UNREAD =
  "the state store cannot be reached: positions are those in force here, figures those that were read last";
const UNWRITTEN =
  "the state store does not take the counters: what was counted since then is missing in the figures";

/** Entries of one answer that come from memory. */
const MAX_REMEMBERED_ENTRIES = 200;

/** Whether a front door goes on without the store's answer. The command line alone, on the store itself, has nothing else. */
export function isAway({ facts }: Pick<ControlContext, "facts">, error: unknown): boolean {
  if (facts.inForce() === undefined) return false;
  return (figErrorOf(error, "store_unavailable") ?? figErrorOf(error, "store_invalid")) !== undefined;
}

/** `failed`: the store just did not answer, whether or not that was noticed before. */
export function awayNow({ facts, clock }: ControlContext, failed = false): StoreAway | undefined {
  const away = facts.away();
  if (away !== undefined) return failed ? { ...away, unread: true } : away;
  return failed ? { since: clock.now(), unread: true } : undefined;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** What is not known while the store is away; `readAt` in ms since the epoch, undefined: nothing was read. */
export function unknownOf(away: StoreAway, readAt: number | undefined): Unknown {
  return {
    since: iso(away.since),
    what: away.unread ? UNREAD : UNWRITTEN,
    read: readAt === undefined ? null : iso(readAt),
  };
}

/** The ledger as the store has it; while that is away, as it is in force here. */
export async function ledgerOrInForce(
  context: ControlContext,
): Promise<{ readonly state: LedgerState; readonly failed: boolean }> {
  try {
    return { state: await context.ledger.read(context.facts.config().routes), failed: false };
  } catch (error) {
    if (!isAway(context, error)) throw error;
    return { state: context.facts.inForce()?.state ?? emptyLedger(), failed: true };
  }
}

/** Evidence as the store has it; while that is away, as it was read last. */
export async function evidenceOrLast(
  context: ControlContext,
  state: LedgerState,
  routes: readonly RouteDefinition[],
  whole: boolean,
): Promise<{ readonly evidence: ReadonlyMap<string, RouteEvidence>; readonly failed: boolean }> {
  const { store, clock, figures } = context;
  try {
    const evidence = await readEvidence(store, state, routes);
    figures.keep(evidence, clock.now(), whole);
    return { evidence, failed: false };
  } catch (error) {
    if (!isAway(context, error)) throw error;
    return { evidence: figures.of(state, routes), failed: true };
  }
}

/** Rows say from when their figures are, and what this front door itself has counted. */
export async function marked(
  { facts, figures }: ControlContext,
  rows: readonly RouteStatus[],
  evidence: ReadonlyMap<string, RouteEvidence>,
  away: StoreAway | undefined,
): Promise<readonly RouteStatus[]> {
  if (away === undefined) return rows;
  const answered = await facts.answered();
  return rows.map((row) => ({
    ...row,
    unknown: { ...unknownOf(away, figures.readAt(evidence.get(row.id))), here: answered.get(row.id) ?? 0 },
  }));
}

/** When the oldest of the figures was read, ms since the epoch; undefined: some were not. */
export function oldestRead(
  { figures }: ControlContext,
  evidence: ReadonlyMap<string, RouteEvidence>,
  routes: readonly RouteDefinition[],
): number | undefined {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { id } of routes) {
    const at = figures.readAt(evidence.get(id));
    if (at === undefined) return undefined;
    oldest = Math.min(oldest, at);
  }
  return oldest;
}

/** The newest entry of each route that memory has, oldest first, without what was known when they were written. */
function entriesInForce({ facts }: ControlContext): readonly LedgerEntry[] {
  const inForce = facts.inForce();
  if (inForce === undefined) return [];
  const entries = new Map<number, LedgerEntry>();
  for (const { last } of inForce.state.routes.values()) entries.set(last.revision, last);
  if (inForce.newest !== undefined) entries.set(inForce.newest.revision, inForce.newest);
  return [...entries.values()]
    .sort((a, b) => a.revision - b.revision)
    .slice(-MAX_REMEMBERED_ENTRIES)
    .map((entry) => ({ ...entry, evidence: {} }));
}

/**
 * What a reader is told whose answer is in the store alone: since when it is away, and what is known without it. Never an empty
 * list, which would say that nothing happened.
 */
export async function orSaidAway<T>(
  context: ControlContext,
  reading: Promise<T>,
  withEntries = false,
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const known = figErrorOf(error);
    const away = isAway(context, error) ? awayNow(context, true) : undefined;
    if (known === undefined || away === undefined) throw error;
    const message = `the state store cannot be reached since ${momentText(away.since)}: ${known.message}`;
    throw new FigError("store_unavailable", message, {
      ...(known.remedy === undefined ? {} : { remedy: known.remedy }),
      details: {
        unknown: unknownOf(away, undefined),
        revision: context.facts.inForce()?.state.revision ?? 0,
        ...(withEntries ? { entries: entriesInForce(context) } : {}),
      },
      cause: error,
    });
  }
}

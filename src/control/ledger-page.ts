import type { LedgerState, Trail } from "../domain/fold.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { LedgerPage, LedgerQuery } from "./board-contract.ts";
import type { ControlContext } from "./context.ts";
import { findRoute } from "./requests.ts";

interface Written {
  readonly revision: number;
  /** ms since the epoch. */
  readonly at: number;
}

/** When each revision was written, by its number; made anew for a ledger that went on. */
const written = new WeakMap<LedgerState, Float64Array>();

function timesOf(state: LedgerState): Float64Array {
  const known = written.get(state);
  if (known !== undefined) return known;
  const times = new Float64Array(state.revision + 1);
  for (const { trail } of state.routes.values()) {
    for (let mark: Trail | undefined = trail; mark !== undefined; mark = mark.earlier)
      times[mark.revision] = mark.at;
  }
  written.set(state, times);
  return times;
}

/** Newest first. */
function* ofRoute(first: Trail): Generator<Written> {
  let mark: Trail | undefined = first;
  for (; mark !== undefined && mark.revision > 0; mark = mark.earlier) yield mark;
}

function* ofAll(state: LedgerState): Generator<Written> {
  const times = timesOf(state);
  for (let revision = state.revision; revision > 0; revision--) {
    yield { revision, at: times[revision] as number };
  }
}

/** The revisions asked for, one more than `limit` if there are more, in the order asked for. */
function select(all: Iterable<Written>, query: LedgerQuery): readonly number[] {
  const { before = Number.POSITIVE_INFINITY, after = 0, order, limit } = query;
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
  const found: number[] = [];
  for (const { revision, at } of all) {
    if (revision <= after) break;
    if (revision >= before || at < from || at >= to) continue;
    found.push(revision);
    if (order === "newest" && found.length > limit) break;
  }
  return order === "newest" ? found : found.reverse().slice(0, limit + 1);
}

/** Entries of these revisions, read in runs; in the order given. */
async function readEntries(
  { store }: ControlContext,
  revisions: readonly number[],
): Promise<readonly LedgerEntry[]> {
  const found = new Map<number, LedgerEntry>();
  const ascending = revisions.toSorted((a, b) => a - b);
  for (let start = 0; start < ascending.length; ) {
    const first = ascending[start] as number;
    let count = 1;
    while (ascending[start + count] === first + count) count++;
    for (const entry of (await store.read(first - 1, count)).slice(0, count))
      found.set(entry.revision, entry);
    start += count;
  }
  return revisions.flatMap((revision) => found.get(revision) ?? []);
}

/**
 * A page of the ledger, of one route under its former ids too. Which revisions are on it is known from the ledger in
 * force; only they are read. A route that left the files still has its history.
 */
export async function ledgerPage(context: ControlContext, query: LedgerQuery): Promise<LedgerPage> {
  const { facts, ledger } = context;
  const { routes } = facts.config();
  const state = await ledger.read(routes);
  let all: Iterable<Written>;
  if (query.route === undefined) all = ofAll(state);
  else {
    const known = state.routes.get(state.aliases.get(query.route) ?? query.route);
    if (known === undefined) findRoute(routes, query.route);
    all = known === undefined ? [] : ofRoute(known.trail);
  }
  const revisions = select(all, query);
  return {
    entries: await readEntries(context, revisions.slice(0, query.limit)),
    more: revisions.length > query.limit,
  };
}

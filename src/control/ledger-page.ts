import type { LedgerState, Trail } from "../domain/fold.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import type { LedgerPage, LedgerQuery } from "./board-contract.ts";
import type { ControlContext } from "./context.ts";
import { findRoute } from "./requests.ts";
import { withStoodApart } from "./stood-apart.ts";

/** Entries that one page's search reads at most; the next page goes on from there. */
const MAX_LEDGER_SEARCHED = 5_000;
const ENTRIES_A_TURN = 250;

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

function ofRoute(first: Trail, { order }: LedgerQuery): Written[] {
  const marks: Written[] = [];
  for (let mark: Trail | undefined = first; mark !== undefined && mark.revision > 0; mark = mark.earlier)
    marks.push(mark);
  return order === "newest" ? marks : marks.reverse();
}

function* ofAll(state: LedgerState, { order, from, to }: LedgerQuery): Generator<Written> {
  const times = from === undefined && to === undefined ? undefined : timesOf(state);
  for (let i = 1; i <= state.revision; i++) {
    const revision = order === "newest" ? state.revision + 1 - i : i;
    yield { revision, at: times?.[revision] ?? 0 };
  }
}

/** The first revisions in question, in the order asked for. */
function select(all: Iterable<Written>, query: LedgerQuery, most: number): readonly number[] {
  const { before = Number.POSITIVE_INFINITY, after = 0 } = query;
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
  const found: number[] = [];
  for (const { revision, at } of all) {
    if (found.length === most) break;
    if (revision > after && revision < before && at >= from && at < to) found.push(revision);
  }
  return found;
}

/** What only the entry itself tells. */
function wanted({ kind, by, query }: LedgerQuery): ((entry: LedgerEntry) => boolean) | undefined {
  if (kind === undefined && by === undefined && query === undefined) return undefined;
  const part = query?.toLowerCase() ?? "";
  const holds = (text: string) => text.toLowerCase().includes(part);
  return (entry) =>
    (kind === undefined || entry.kind === kind) &&
    (by === undefined || entry.by === by) &&
    (part === "" || holds(entry.reason) || entry.changes.some(({ route }) => holds(route)));
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

/** Without what was known when they were written, which can be much: what lists and charts show of entries. */
export async function bareLedgerPage(context: ControlContext, query: LedgerQuery): Promise<LedgerPage> {
  const { entries, next } = await ledgerPage(context, query);
  return { entries: Object.freeze(entries.map((entry) => ({ ...entry, evidence: {} }))), next };
}

/** With the front doors that stood differently where one held an emergency position. */
export async function fullLedgerPage(context: ControlContext, query: LedgerQuery): Promise<LedgerPage> {
  const { entries, next } = await ledgerPage(context, query);
  return { entries: await withStoodApart(context.store, entries), next };
}

/**
 * A page of the ledger, of one route under its former ids too. Which revisions are on it is known from the ledger in
 * force; only they are read. A route that left the files still has its history.
 */
async function ledgerPage(context: ControlContext, query: LedgerQuery): Promise<LedgerPage> {
  const { facts, ledger } = context;
  const { routes } = facts.config();
  const state = await ledger.read(routes);
  let all: Iterable<Written>;
  if (query.route === undefined) all = ofAll(state, query);
  else {
    const known = state.routes.get(state.aliases.get(query.route) ?? query.route);
    if (known === undefined && query.route !== DEFAULT_ROUTE_ID) findRoute(routes, query.route);
    all = known === undefined ? [] : ofRoute(known.trail, query);
  }
  const fits = wanted(query);
  const most = fits === undefined ? query.limit : MAX_LEDGER_SEARCHED;
  // One more than is looked at tells whether there is a next page.
  const revisions = select(all, query, most + 1);
  const entries: LedgerEntry[] = [];
  let looked = 0;
  while (looked < Math.min(most, revisions.length) && entries.length < query.limit) {
    const some = revisions.slice(looked, Math.min(most, looked + ENTRIES_A_TURN));
    const found = await readEntries(context, some);
    // A store that lost entries has no next page either.
    if (found.length < some.length) return { entries: [...entries, ...found], next: null };
    for (const entry of found) {
      looked++;
      if (fits === undefined || fits(entry)) entries.push(entry);
      if (entries.length === query.limit) break;
    }
  }
  return { entries, next: looked < revisions.length ? (revisions[looked - 1] ?? null) : null };
}

import { mergeCounts } from "../domain/counters.ts";
import type { LedgerState } from "../domain/fold.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { WindowKey } from "../domain/tally.ts";
import { listText } from "../domain/wording.ts";
import type { Store } from "../store/contract.ts";

/** Where a front door stood higher than an emergency position that another one held meanwhile. */
export interface StoodApart {
  /** Of the entry that says so in the ledger. */
  readonly revision: number;
  readonly routes: readonly { readonly route: string; readonly modern: number }[];
}

/** No route has such an id: kept beside the evidence of routes, in a window of the entry's own. */
const windowOf = (revision: number): WindowKey => ({ route: "(local)", revision, epoch: 0 });

function isLocal({ evidence }: LedgerEntry): boolean {
  return evidence.local !== undefined;
}

/** Of entries that are about to come in force here: `modernOf` says where a route stands until then. */
export function stoodApart(
  entries: readonly LedgerEntry[],
  modernOf: (route: string) => number | undefined,
): readonly StoodApart[] {
  return entries.filter(isLocal).flatMap(({ revision, changes }) => {
    const routes = changes.flatMap(({ route, to }) => {
      const modern = modernOf(route);
      return modern === undefined || modern <= to.modern ? [] : [{ route, modern }];
    });
    return routes.length === 0 ? [] : [{ revision, routes }];
  });
}

/** Says it for all front doors; doing so twice changes nothing. */
export async function noteStoodApart(
  store: Store,
  { door, label, now }: { readonly door: string; readonly label: string; readonly now: number },
  { revision, routes }: StoodApart,
): Promise<void> {
  const at = new Date(now).toISOString();
  const stood = routes.map(({ route, modern }) => `${route} at modern ${modern}`);
  const row = { path: `${label} (${listText(stood)})`, kind: "stood_apart" as const, count: 1 };
  const mismatches = [{ ...row, firstSeen: at, lastSeen: at, samples: [] }];
  await store.putCounts(door, [{ window: windowOf(revision), counts: mergeCounts([]), mismatches }]);
}

async function readStoodApart(store: Store, revision: number): Promise<readonly string[]> {
  const rows = await store.readMismatches(windowOf(revision));
  return rows.filter(({ kind }) => kind === "stood_apart").map(({ path }) => path);
}

/** Entries with the front doors that stood differently meanwhile in their evidence. */
export async function withStoodApart(
  store: Store,
  entries: readonly LedgerEntry[],
): Promise<readonly LedgerEntry[]> {
  if (!entries.some(isLocal)) return entries;
  return Promise.all(
    entries.map(async (entry) => {
      if (!isLocal(entry)) return entry;
      const others = await readStoodApart(store, entry.revision);
      const local = { ...(entry.evidence.local as object), others };
      return { ...entry, evidence: { ...entry.evidence, local } };
    }),
  );
}

/** What a ledger entry says of them; undefined: none did. */
export function othersText({ evidence }: LedgerEntry): string | undefined {
  const { others = [] } = (evidence.local ?? {}) as { readonly others?: readonly string[] };
  return others.length === 0
    ? undefined
    : `meanwhile these front doors stood differently: ${listText(others)}`;
}

/** One problem for each route whose newest entry is such a one, until it is shifted again. */
export async function apartProblems(store: Store, state: LedgerState) {
  const newest = [...state.routes.values()].filter(({ last }) => isLocal(last));
  const entries = await withStoodApart(store, [...new Set(newest.map(({ last }) => last))]);
  const said = new Map(entries.map((entry) => [entry.revision, othersText(entry)]));
  return newest.flatMap(({ route, last }) => {
    const others = said.get(last.revision);
    if (others === undefined) return [];
    const message = `${route} was held lower on one front door alone, which is revision ${last.revision} now; ${others}`;
    const remedy = "judge what modern answered there; the route's next shift ends this";
    return [{ kind: "stood_apart" as const, route, message, remedy }];
  });
}

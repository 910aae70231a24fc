import { mapShape, type SideCounts } from "../domain/counter-shapes.ts";
import { NO_COUNTS, SHOWN, type WindowCounts } from "../domain/counters.ts";
import type { LedgerState } from "../domain/fold.ts";
import { quantileMs } from "../domain/histogram.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { WindowKey } from "../domain/tally.ts";
import type { DefinitionEpoch, Store } from "../store/contract.ts";
import type { ShownCounts, SideStatus } from "./contract.ts";

/** A route's evidence window and what was counted in it by all front doors. */
export interface RouteEvidence {
  readonly window: WindowKey;
  readonly counts: WindowCounts;
  /** ms since the epoch; undefined: no front door has opened it. */
  readonly openedAt: number | undefined;
  /** False: the front doors count for another definition than this one. */
  readonly current: boolean;
}

type Noted = (DefinitionEpoch & { readonly hash: string }) | undefined;

function openedAt(state: LedgerState, route: RouteDefinition, noted: Noted): number | undefined {
  const last = state.routes.get(route.id)?.last;
  const shifted = last === undefined ? undefined : Date.parse(last.at);
  if (noted === undefined || shifted === undefined) return shifted ?? noted?.since;
  return Math.max(shifted, noted.since);
}

/** Evidence of these routes by id, read in three calls whatever their number. */
export async function readEvidence(
  store: Store,
  state: LedgerState,
  routes: readonly RouteDefinition[],
): Promise<ReadonlyMap<string, RouteEvidence>> {
  const definitions = await store.readDefinitions();
  const windows = routes.map((route) => ({
    route: route.id,
    revision: state.routes.get(route.id)?.last.revision ?? 0,
    epoch: definitions.get(route.id)?.epoch ?? 0,
  }));
  const counted = new Map<string, WindowCounts>();
  for (const { window, counts } of await store.readCounts(windows)) counted.set(window.route, counts);
  const evidence = new Map<string, RouteEvidence>();
  for (const [index, route] of routes.entries()) {
    const noted = definitions.get(route.id);
    evidence.set(route.id, {
      window: windows[index] as WindowKey,
      counts: counted.get(route.id) ?? NO_COUNTS,
      openedAt: openedAt(state, route, noted),
      current: noted === undefined || noted.hash === route.hash,
    });
  }
  return evidence;
}

/** For a route whose window counted nothing, as far as we know. */
export function noEvidence({ id }: RouteDefinition): RouteEvidence {
  const window = { route: id, revision: 0, epoch: 0 };
  return { window, counts: NO_COUNTS, openedAt: undefined, current: true };
}

function sideStatus({ requests, errors, histogram }: SideCounts): SideStatus {
  return {
    requests,
    errors,
    p50: quantileMs(histogram, 0.5),
    p95: quantileMs(histogram, 0.95),
    p99: quantileMs(histogram, 0.99),
  };
}

export function shownCounts(counts: WindowCounts): ShownCounts {
  return mapShape(SHOWN, [counts], (leaf, [value]) =>
    leaf.kind === "answers" ? sideStatus(value as SideCounts) : value,
  ) as ShownCounts;
}

/** A window in the form that status shows and a ledger entry keeps, there with its revision. */
export function windowSummary({ counts, openedAt: opened }: RouteEvidence) {
  return {
    since: opened === undefined ? null : new Date(opened).toISOString(),
    ...shownCounts(counts),
  };
}

import type { Control, MismatchReport, RouteStatus, SideStatus, Status } from "../control/contract.ts";
import type { Position } from "../domain/position.ts";
import type { TrafficCounts } from "./traffic.ts";

export interface RouteSummary {
  readonly id: string;
  readonly phase: string;
  readonly position: Position;
  /** Client answers by side. */
  readonly legacy: SideStatus;
  readonly modern: SideStatus;
  /** Of those, modern's share in percent; null: none yet. */
  readonly modernShare: number | null;
  readonly comparisons: RouteStatus["comparisons"];
  readonly notCompared: RouteStatus["notCompared"];
}

interface DifferenceSummary {
  readonly route: string;
  readonly path: string;
  readonly kind: string;
  readonly count: number;
}

/** What `fig demo --json` prints. */
export interface DemoSummary extends TrafficCounts {
  /** Since the traffic began. */
  readonly seconds: number;
  readonly url: string;
  readonly adminUrl: string;
  readonly stateId: string;
  readonly revision: number;
  readonly routes: readonly RouteSummary[];
  /** All of them, most frequent first. */
  readonly differences: readonly DifferenceSummary[];
}

export interface DemoRun {
  readonly url: string;
  readonly adminUrl: string;
  readonly seconds: number;
  readonly traffic: TrafficCounts;
}

export async function summaryOf(control: Control, run: DemoRun): Promise<DemoSummary> {
  const [status, mismatches]: [Status, readonly MismatchReport[]] = await Promise.all([
    control.status(),
    control.mismatches(undefined),
  ]);
  const { url, adminUrl, seconds, traffic } = run;
  return {
    seconds: Number(seconds.toFixed(1)),
    ...traffic,
    url,
    adminUrl,
    stateId: status.stateId,
    revision: status.revision,
    routes: status.routes.map(routeSummary),
    differences: mismatches
      .map(({ route, path, kind, count }) => ({ route, path, kind, count }))
      .toSorted((a, b) => b.count - a.count),
  };
}

function routeSummary(route: RouteStatus): RouteSummary {
  const { id, phase, position, legacy, modern, comparisons, notCompared } = route;
  const answers = legacy.requests + modern.requests;
  const modernShare = answers === 0 ? null : Number(((modern.requests / answers) * 100).toFixed(2));
  return { id, phase, position, legacy, modern, modernShare, comparisons, notCompared };
}

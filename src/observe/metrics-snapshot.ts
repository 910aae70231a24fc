import type { SideCounts } from "../domain/counter-shapes.ts";
import { COUNTER_LIST, type WindowCounts } from "../domain/counters.ts";
import { quantilesMs } from "../domain/histogram.ts";
import { SIDES, type Side } from "../domain/position.ts";
import type { MetricsGauges } from "./contract.ts";
import { foldLatencies } from "./latency-buckets.ts";

export const PERCENTILES: readonly number[] = [50, 95, 99];
const QUANTILES = PERCENTILES.map((percentile) => percentile / 100);

/** One side's answers on one route, small enough to copy to the rendering thread. */
export interface SideSnapshot {
  readonly side: Side;
  readonly codes: Readonly<Record<string, number>>;
  /** Cumulative, one for each of LATENCY_EDGES_SECONDS. */
  readonly latencies: readonly number[];
  /** In seconds, one for each of PERCENTILES. */
  readonly quantiles: readonly number[];
  readonly requests: number;
  readonly sumSeconds: number;
}

export interface RouteSnapshot {
  readonly route: string;
  /** Of the counters that have a metric, by name. */
  readonly counts: Readonly<Record<string, unknown>>;
  /** Sides that have answered. */
  readonly answers: readonly SideSnapshot[];
  readonly shadows: readonly SideSnapshot[];
}

/** What the rendering thread is sent for one scrape: some slices of routes, then the rest. */
export type MetricsMessage =
  | { readonly kind: "routes"; readonly routes: readonly RouteSnapshot[] }
  | {
      readonly kind: "end";
      readonly gauges: MetricsGauges;
      readonly build: BuildInfo;
      /** Text of the metrics of the clients' thread. */
      readonly ofThread: string;
    };

export interface BuildInfo {
  readonly version: string;
  readonly node: string;
}

const METERED = COUNTER_LIST.filter(([, { metric }]) => metric !== undefined);

function sides(counts: Readonly<Record<Side, SideCounts>>): SideSnapshot[] {
  const answered: SideSnapshot[] = [];
  for (const side of SIDES) {
    const { requests, codes, histogram, sumMicros } = counts[side];
    if (requests === 0) continue;
    answered.push({
      side,
      codes,
      latencies: foldLatencies(histogram),
      quantiles: quantilesMs(histogram, QUANTILES).map((ms) => ms / 1000),
      requests,
      sumSeconds: sumMicros / 1_000_000,
    });
  }
  return answered;
}

export function snapshotOf(route: string, counts: WindowCounts): RouteSnapshot {
  return {
    route,
    answers: sides(counts),
    shadows: sides(counts.shadow),
    counts: Object.fromEntries(METERED.map(([name]) => [name, counts[name]])),
  };
}

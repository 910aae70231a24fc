import { type Admin, createAdmin, type Readiness } from "../admin/index.ts";
import { systemClock } from "../clock.ts";
import type { Decide } from "../control/context.ts";
import type { ControlFacts } from "../control/contract.ts";
import { type Control, createBoard, createControl, LastFigures, type Live } from "../control/index.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import type { WindowCounts } from "../domain/counters.ts";
import { stopListening } from "../lanes/stop-listening.ts";
import type { EventBus, Log, Metrics, MetricsGauges } from "../observe/contract.ts";
import { createMetrics } from "../observe/metrics.ts";
import type { CountingMessages, ServingMessages } from "../serving/contract.ts";
import type { Store } from "../store/contract.ts";
import { VERSION } from "../version.ts";
import type { Heard } from "./heard.ts";

interface AdminParts {
  readonly control: Control;
  readonly metrics: Metrics;
  /** Does not listen yet. */
  readonly admin: Admin;
}

async function* totalsOf(serving: CountingMessages): AsyncGenerator<readonly [string, WindowCounts]> {
  for await (const part of serving.totals()) yield* part;
}

async function answeredBy(serving: CountingMessages): Promise<ReadonlyMap<string, number>> {
  const answered = new Map<string, number>();
  for await (const [route, { legacy, modern }] of totalsOf(serving))
    answered.set(route, legacy.requests + modern.requests);
  return answered;
}

async function gaugesOf(
  serving: CountingMessages,
  live: Live,
  adminRefused: MetricsGauges["adminRefused"],
): Promise<MetricsGauges> {
  return {
    ...(await serving.gauges()),
    positions: live.positions(),
    ledgerRevision: live.revision(),
    storeReachable: live.problems().length === 0,
    adminRefused,
  };
}

/** Use cases, metrics, and the API in front of them. Throws `admin_token_required`. */
export function openAdmin(options: {
  readonly config: FrontDoorConfig;
  readonly store: Store;
  readonly live: Live;
  readonly serving: CountingMessages & Pick<ServingMessages, "decide">;
  readonly heard: Heard;
  readonly events: EventBus;
  readonly facts: Pick<ControlFacts, "problems" | "invalid">;
  readonly ready: () => Readiness;
  readonly log: Log;
}): AdminParts {
  const { config, store, live, serving, heard, events, facts, ready, log } = options;
  const useCases = {
    store,
    clock: systemClock,
    figures: new LastFigures(),
    decide: ((_context, request) => serving.decide(request)) satisfies Decide,
    facts: {
      ...facts,
      config: () => live.config(),
      flush: () => live.flush(),
      rollUp: () => live.rollUp(),
      inForce: () => live.inForce(),
      away: () => live.away(),
      answered: () => answeredBy(serving),
      apply: (entry) => live.apply(entry),
    } satisfies ControlFacts,
  };
  const control = createControl(useCases);
  const metrics = createMetrics({
    totals: () => totalsOf(serving),
    version: VERSION,
    gauges: () => gaugesOf(serving, live, admin.refused()),
  });
  const admin: Admin = createAdmin({
    listen: config.admin,
    reusePort: config.reusePort,
    stopListening: (server) => stopListening(server, config.reusePort, systemClock),
    adminToken: config.adminToken,
    control,
    board: createBoard(useCases, VERSION),
    metrics,
    events,
    recent: (filter) => heard.comparisons(filter),
    ready,
    stateId: () => store.stateId,
    storeAwaySince: () => live.away()?.since,
    version: VERSION,
    clock: systemClock,
    log,
  });
  return { control, metrics, admin };
}

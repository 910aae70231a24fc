import { type Admin, createAdmin, type Readiness } from "../admin/index.ts";
import { systemClock } from "../clock.ts";
import type { Decide } from "../control/context.ts";
import type { ControlFacts } from "../control/contract.ts";
import {
  type ApiKeyFeed,
  AutopilotMemory,
  type Control,
  createBoard,
  createControl,
  type FilesKeeper,
  type FleetVoids,
  holdHere,
  LastFigures,
  type Live,
  Pilot,
  type PurgeFollower,
  socketUseCases,
  type WholeKeeper,
  type WholeSeal,
} from "../control/index.ts";
import type { FrontDoorConfig, Listener } from "../domain/config.ts";
import type { WindowCounts } from "../domain/counters.ts";
import type { LocalRollback } from "../domain/local-rollback.ts";
import type { ConnectionAsk, SocketReply } from "../domain/socket-asks.ts";
import { listenOn } from "../lanes/listen.ts";
import { stopListening } from "../lanes/stop-listening.ts";
import type { EventBus, Log, Metrics, MetricsGauges } from "../observe/contract.ts";
import type { ClosableLog } from "../observe/log.ts";
import { createMetrics } from "../observe/metrics.ts";
import type { CountingMessages, ServingMessages } from "../serving/contract.ts";
import type { Store } from "../store/contract.ts";
import { VERSION } from "../version.ts";
import { cacheReportOf } from "./cache-report.ts";
import { certificateEnds, certificateStates } from "./certificates.ts";
import type { CertificatesInForce } from "./certificates-in-force.ts";
import type { Heard } from "./heard.ts";
import type { Webhooks } from "./webhooks.ts";

interface AdminParts {
  readonly control: Control;
  /** Does not look yet. */
  readonly pilot: Pilot;
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
  linesCut: number,
  listen: readonly Listener[],
  orders: MetricsGauges["acmeOrders"],
  keys: ApiKeyFeed,
  pilot: Pilot,
  webhooks: Webhooks,
  wholes: WholeKeeper,
  voids: FleetVoids,
  kept: FilesKeeper,
): Promise<MetricsGauges> {
  const gauges = await serving.gauges();
  return {
    ...gauges,
    guardTrips: { ...live.trips.counts },
    guardStates: live.guards.states(),
    webhooks: { ...webhooks.counts },
    cacheVoids: voids.counts(),
    wholeAnswers: { ...gauges.wholeAnswers, ...wholes.counts },
    logLinesCut: { ...gauges.logLinesCut, door: (gauges.logLinesCut.door ?? 0) + linesCut },
    positions: live.positions(),
    ledgerRevision: live.revision(),
    storeReachable: live.problems().length === 0,
    counterPauseSeconds: live.counterPauseMs() / 1000,
    adminRefused,
    certificates: certificateEnds(listen, gauges.upstreams),
    acmeOrders: { ...orders },
    filesDropped: { ...kept.counts },
    apiKeysAgeSeconds: keys.ageSeconds(),
    autopilot: { moves: pilot.moves, state: pilot.state },
  };
}

/** Use cases, metrics, and the API in front of them. Throws `admin_token_required`. */
export function openAdmin(options: {
  readonly config: FrontDoorConfig;
  readonly store: Store;
  readonly live: Live;
  readonly serving: CountingMessages & Pick<ServingMessages, "decide" | "apiKeyUses" | "recentClients">;
  readonly heard: Heard;
  readonly certificates: CertificatesInForce;
  /** Orders of certificates, by how they ended. */
  readonly orders: MetricsGauges["acmeOrders"];
  readonly purges: PurgeFollower;
  readonly voids: FleetVoids;
  /** By which others know what this front door tells of its clients. */
  readonly door: string;
  readonly events: EventBus;
  readonly keys: ApiKeyFeed;
  readonly webhooks: Webhooks;
  readonly wholes: WholeKeeper;
  readonly kept: FilesKeeper;
  readonly seal: WholeSeal;
  /** Speaks to connections of WebSocket APIs, wherever they are. */
  readonly askSockets: (ask: ConnectionAsk) => Promise<SocketReply>;
  /** How many are open at all front doors, by API; null: this one is alone, or another does not say. */
  readonly openSockets: () => Promise<Readonly<Record<string, number>> | null>;
  /** Where clients reach it; undefined: not yet. */
  readonly url: () => string | undefined;
  readonly facts: Pick<ControlFacts, "problems" | "invalid" | "files" | "reloadFiles">;
  /** Holds an emergency position on this front door; gives its file. */
  readonly hold: (given: LocalRollback) => Promise<string | undefined>;
  readonly ready: () => Readiness;
  readonly log: Log & Pick<ClosableLog, "cut">;
}): AdminParts {
  const {
    config,
    store,
    live,
    serving,
    heard,
    certificates,
    orders,
    purges,
    voids,
    door,
    keys,
    webhooks,
    wholes,
    kept,
    seal,
    events,
    facts,
    hold,
    ready,
    log,
  } = options;
  const useCases = {
    store,
    clock: systemClock,
    seal,
    figures: new LastFigures(),
    autopilot: new AutopilotMemory(),
    decide: ((_context, request) => serving.decide(request)) satisfies Decide,
    facts: {
      ...facts,
      config: () => live.config(),
      flush: () => live.flush(),
      rollUp: () => live.rollUp(),
      inForce: () => live.inForce(),
      away: () => live.away(),
      guardStates: () => live.guards.states(),
      answered: () => answeredBy(serving),
      upstreams: async () => (await serving.gauges()).upstreams,
      certificates: async () => certificateStates(certificates.listen, (await serving.gauges()).upstreams),
      cache: async () => cacheReportOf(await serving.gauges(), live.config().limits.cacheMemoryBytes),
      recent: (routes) => serving.recentClients(routes),
      door,
      followPurges: (number) => purges.follow(number),
      policies: async () => {
        const { policyVerdicts: verdicts, rejected, limitRefused: limited } = await serving.gauges();
        return { verdicts, rejected, limited };
      },
      sockets: async () => {
        const [{ websocketsOpen: open, websocketCounts: counts }, fleet] = await Promise.all([
          serving.gauges(),
          options.openSockets(),
        ]);
        return { open, counts, fleet };
      },
      keepWholes: () => wholes.flush(),
      url: options.url,
      apply: (entry) => live.apply(entry),
      apiKeys: { refresh: () => keys.refresh(), uses: (ids) => serving.apiKeyUses(ids) },
    } satisfies ControlFacts,
  };
  const control = createControl(useCases);
  const pilot = new Pilot({ ...useCases, log, onEvent: (event) => events.publish(event) });
  const metrics = createMetrics({
    totals: () => totalsOf(serving),
    version: VERSION,
    gauges: () =>
      gaugesOf(
        serving,
        live,
        admin.refused(),
        log.cut,
        certificates.listen,
        orders,
        keys,
        pilot,
        webhooks,
        wholes,
        voids,
        kept,
      ),
  });
  const admin: Admin = createAdmin({
    listen: config.admin,
    reusePort: config.reusePort,
    listenOn,
    stopListening: (server) => stopListening(server, config.reusePort, systemClock),
    adminToken: config.adminToken,
    control,
    board: createBoard(useCases, VERSION),
    metrics,
    events,
    recent: (filter) => heard.comparisons(filter),
    sockets: socketUseCases({
      apis: () => (live.config().websockets ?? []).map(({ id }) => id),
      ask: options.askSockets,
    }),
    holdHere: (request) => holdHere({ clock: systemClock, routes: live.config().routes, hold }, request),
    ready,
    stateId: () => store.stateId,
    storeAwaySince: () => live.away()?.since,
    version: VERSION,
    clock: systemClock,
    log,
  });
  return { control, pilot, metrics, admin };
}

import { systemClock } from "../../src/clock.ts";
import type { Decide } from "../../src/control/context.ts";
import type { ControlFacts, DoorProblem } from "../../src/control/contract.ts";
import {
  AutopilotMemory,
  createBoard,
  createControl,
  createLive,
  decideFromStore,
  LastFigures,
  type LocalKeeper,
  Pilot,
} from "../../src/control/index.ts";
import type { Clock } from "../../src/domain/clock.ts";
import { type ConfigProblem, type FrontDoorConfig, UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import type { FigError } from "../../src/domain/errors.ts";
import { figErrorOf } from "../../src/domain/errors.ts";
import type { EvidenceRow } from "../../src/domain/outcomes.ts";
import type { WindowKey, WindowTally } from "../../src/domain/tally.ts";
import { TallyBook } from "../../src/domain/tally-book.ts";
import { admit } from "../../src/lanes/admission.ts";
import type { FigEvent } from "../../src/observe/contract.ts";
import { decide, valuesOf } from "../../src/routing/decide.ts";
import { decisionSettings } from "../../src/routing/decision-settings.ts";
import { compileTable } from "../../src/routing/index.ts";
import type { CountingMessages, PlacingMessages } from "../../src/serving/contract.ts";
import { Counted } from "../../src/serving/counted.ts";
import { GuardFeed } from "../../src/serving/guard-feed.ts";
import { type CompiledRoutes, compileRoutes, LiveRoutes } from "../../src/serving/live-routes.ts";
import { RecentBook } from "../../src/serving/recent-clients.ts";
import type { LastKnown, LastKnownKeeper, Store } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  ms = Date.UTC(2026, 10, 22);
  /** How far somebody has set it: durations know nothing of it. */
  private set = 0;
  private drawn = 0;

  now(): number {
    return this.ms + this.set;
  }

  micros(): number {
    return this.ms * 1000;
  }

  hex(bytes: number): string {
    return (++this.drawn).toString(16).padStart(bytes * 2, "0");
  }

  pass(ms: number): void {
    this.ms += ms;
  }

  /** As `date --set` does. */
  jump(ms: number): void {
    this.set += ms;
  }
}

export function aConfig(over: Partial<FrontDoorConfig> = {}): FrontDoorConfig {
  const upstream = (name: string, port: number) =>
    [
      name,
      {
        name,
        kind: "http" as const,
        urls: [`http://127.0.0.1:${port}`],
        host: "client" as const,
        timeoutMs: 60_000,
        connections: UPSTREAM_CONNECTIONS,
      },
    ] as const;
  return {
    file: "/app/fig.yaml",
    name: undefined,
    listen: [{ host: "127.0.0.1", port: 0, tls: undefined, proxyProtocol: false, http2: true }],
    lane: "auto",
    clientHalfClose: "keep",
    reusePort: false,
    workers: 1,
    admin: { host: "127.0.0.1", port: 0 },
    state: "memory:",
    requireState: false,
    defaultUpstream: "monolith",
    debugHeaders: false,
    accessLog: { samplePercent: 0, format: { kind: "fields" }, file: undefined, environment: undefined },
    policies: {},
    plans: {},
    documents: new Map(),
    tracing: undefined,
    identity: undefined,
    adminToken: undefined,
    trustedProxies: [],
    trustedHeaders: [],
    forwarded: "x",
    underscoreHeaders: "drop",
    ambiguousPaths: "reject",
    gate: undefined,
    webhooks: [],
    samples: { keys: [], totalBytes: 64 * 1024 * 1024 },
    limits: {
      headersBytes: 16384,
      urlBytes: 8192,
      bodyBytes: 0,
      connections: 0,
      handshakes: 1024,
      streams: 128,
      shadowMemoryBytes: 1 << 26,
      cacheMemoryBytes: 1,
      bodyMemoryBytes: 1 << 26,
      compressMemoryBytes: 1 << 26,
      limitMemoryBytes: 1 << 26,
    },
    timeouts: {
      headersMs: 1000,
      idleMs: 1000,
      connectMs: 1000,
      responseMs: 1000,
      bodyIdleMs: 1000,
      halfClosedMs: 10_000,
      upgradeIdleMs: 1000,
    },
    drain: { delayMs: 0, deadlineMs: 1000 },
    upstreams: new Map([upstream("monolith", 3000), upstream("orders", 3001)]),
    routes: [],
    migrations: [],
    ...over,
  };
}

export function openMemory(clock: HandClock): Promise<Store> {
  return memoryStore.open("memory:", { now: () => clock.now(), hex: (bytes) => clock.hex(bytes) });
}

/** Keeps in memory what a front door would write to its disk. */
export class HandKeeper implements LastKnownKeeper {
  readonly last: LastKnown | undefined;
  private make: (() => LastKnown) | undefined;

  constructor(last?: LastKnown) {
    this.last = last;
  }

  keep(make: () => LastKnown): void {
    this.make = make;
  }

  /** As the next start on this host finds it. */
  restarted(): HandKeeper {
    const made = this.make?.();
    return new HandKeeper(made === undefined ? undefined : structuredClone(made));
  }
}

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

function recordingLog(lines: LogLine[]) {
  const at = (level: LogLine["level"]) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

interface MismatchSource {
  rows(window: WindowKey): readonly EvidenceRow[];
  drop(window: WindowKey): void;
}

/** The routes and counters of what serves, without lanes and upstreams. */
function servingOf(
  book: TallyBook,
  guardFeed: GuardFeed,
  mismatches: MismatchSource = { rows: () => [], drop: () => {} },
) {
  const routes = new LiveRoutes(book, guardFeed, new RecentBook(systemClock));
  const counted = new Counted(book, mismatches);
  let prepared: CompiledRoutes | undefined;
  const serving: PlacingMessages & Pick<CountingMessages, "counts" | "totals"> = {
    prepare: async (config) => {
      prepared = compileRoutes(config);
    },
    commit: async (placements) => routes.replace(prepared as CompiledRoutes, placements),
    renew: async () => {},
    place: async (placements) => routes.place(placements),
    counts: () => counted.counts(),
    totals: () => counted.totals(),
  };
  return { serving, tableRef: routes.table };
}

/** A front door without its proxy: live, control and a book, on a store that may be shared. */
export async function aDoor(
  config: FrontDoorConfig,
  shared: {
    readonly store?: Store;
    readonly clock?: HandClock;
    readonly mismatches?: MismatchSource;
    readonly copy?: LastKnownKeeper;
    readonly local?: LocalKeeper;
  } = {},
) {
  const clock = shared.clock ?? new HandClock();
  const store = shared.store ?? (await openMemory(clock));
  const book = new TallyBook();
  const guardFeed: GuardFeed = new GuardFeed((witnesses) => live.guards.hear(witnesses));
  const { serving, tableRef } = servingOf(book, guardFeed, shared.mismatches);
  const events: FigEvent[] = [];
  const lines: LogLine[] = [];
  const live = createLive({
    store,
    serving,
    clock,
    door: clock.hex(8),
    label: "a door",
    copy: shared.copy,
    local: shared.local,
    log: recordingLog(lines),
    onEvent: (event) => events.push(event),
  });
  await live.start(config);
  await live.listening();
  const problems: (string | DoorProblem)[] = [];
  const invalid: ConfigProblem[] = [];
  const facts: ControlFacts = {
    config: () => live.config(),
    problems: () => [
      ...problems.map((each) =>
        typeof each === "string" ? { kind: "upstream" as const, message: each } : each,
      ),
      ...live.problems().map((message) => ({ kind: "store" as const, message })),
    ],
    invalid: () => invalid,
    flush: () => live.flush(),
    rollUp: () => live.rollUp(),
    inForce: () => live.inForce(),
    away: () => live.away(),
    answered: async () => {
      const answered = new Map<string, number>();
      for await (const part of serving.totals())
        for (const [route, { legacy, modern }] of part)
          answered.set(route, legacy.requests + modern.requests);
      return answered;
    },
    apply: (entry) => live.apply(entry),
    guardStates: () => live.guards.states(),
  };
  const NO_PINS = { now: () => 0, of: () => undefined };
  const decideHere: Decide = async (_context, request) => {
    const { lane, limits } = live.config();
    const settings = decisionSettings(live.config());
    const head = admit(request, limits.headersBytes, lane);
    return typeof head === "string"
      ? head
      : { ...valuesOf(decide(tableRef.current, settings, head, systemClock.hex, NO_PINS)), policies: [] };
  };
  const useCases = {
    ...{ store, facts, clock, decide: decideHere },
    figures: new LastFigures(),
    autopilot: new AutopilotMemory(),
  };
  const control = createControl(useCases);
  const pilot = new Pilot({ ...useCases, log: recordingLog(lines), onEvent: (event) => events.push(event) });
  const board = createBoard(useCases, "1.2.3");
  /** The window a request to this route would count in now. */
  const tally = (route: string): WindowTally => {
    const found = tableRef.current.byId(route)?.tally;
    if (found === undefined) throw new Error(`no route ${route} in force`);
    return found;
  };
  return {
    ...{ clock, store, book, tableRef, live, control, pilot, board },
    ...{ events, lines, problems, invalid, tally, guardFeed },
  };
}

/** Control straight on a store, as the command line has it without a front door. */
export function onStore(store: Store, clock: HandClock, config: FrontDoorConfig) {
  const facts: ControlFacts = {
    config: () => config,
    problems: () => [],
    invalid: () => [],
    flush: async () => undefined,
    rollUp: async () => undefined,
    inForce: () => undefined,
    away: () => undefined,
    answered: async () => new Map(),
    apply: async () => undefined,
  };
  return createControl({ store, facts, clock, decide: decideFromStore(admit, compileTable) });
}

/** The FigError that work ends in; anything else fails the test. */
export async function errorOf(work: Promise<unknown>): Promise<FigError> {
  try {
    await work;
  } catch (error) {
    const known = figErrorOf(error);
    if (known !== undefined) return known;
    throw error;
  }
  throw new Error("it was not refused");
}

export function times(count: number, work: () => void): void {
  for (let i = 0; i < count; i++) work();
}

export const WHO = { by: "ana", reason: "because" };

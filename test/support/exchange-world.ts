import type { Backend } from "../../src/backends/contract.ts";
import type { BodyWork, CheckDocument } from "../../src/bodies/contract.ts";
import type { Comparer, ComparisonJob, Verdict } from "../../src/compare/contract.ts";
import { ByteBudget } from "../../src/domain/byte-budget.ts";
import { compileNetworks } from "../../src/domain/client-address.ts";
import { UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import { CacheStore } from "../../src/domain/http-cache/cache-store.ts";
import type { StoppedShadow } from "../../src/domain/outcomes.ts";
import { cohortPins } from "../../src/domain/pins.ts";
import type { Plans } from "../../src/domain/policies/limit.ts";
import type { Position } from "../../src/domain/position.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition } from "../../src/domain/route.ts";
import { servingOf } from "../../src/domain/serving.ts";
import { cohortPrefix } from "../../src/domain/split.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import type { RequestHead } from "../../src/lanes/contract.ts";
import { compileChains } from "../../src/layers/chains.ts";
import type {
  Authorizers,
  Chains,
  DoorLayer,
  KnownApiKeys,
  SideLayer,
  Tracing,
} from "../../src/layers/contract.ts";
import { RouteBudgets } from "../../src/layers/fallback-budget.ts";
import type { Logins } from "../../src/logins/contract.ts";
import type { AccessLog, AccessRecord } from "../../src/observe/contract.ts";
import { Clients } from "../../src/proxy/clients.ts";
import type { ExchangeContext, ExchangeSettings } from "../../src/proxy/contract.ts";
import { Exchange } from "../../src/proxy/exchange.ts";
import { HalfClosedClients } from "../../src/proxy/half-closed.ts";
import { Shadower } from "../../src/proxy/shadower.ts";
import { conditionsHold, conditionsOf } from "../../src/routing/conditions.ts";
import type { LiveRoute, RouteTable, TableRef } from "../../src/routing/contract.ts";
import { ApiKeyRing } from "../../src/serving/api-key-ring.ts";
import { LocalDesk } from "../../src/serving/limits/local-desk.ts";
import { KnownPins } from "../../src/serving/pins.ts";
import type { Tokens } from "../../src/tokens/contract.ts";
import { TokenVerifiers } from "../../src/tokens/token-verifiers.ts";
import { MemoryBackend } from "./memory-backend.ts";
import { MemoryLane } from "./memory-lane.ts";

/** Layers that work on whole bodies have tests of their own, with a thread. */
const NO_THREAD = async () => ({ ok: false, why: "busy", message: "there is no thread here" }) as const;
export const NO_BODY_WORK: BodyWork = { transform: NO_THREAD, check: NO_THREAD };

export function definitionOf(changes: Partial<RouteDefinition> = {}): RouteDefinition {
  return {
    id: "orders",
    match: { path: "/orders/{id}", methods: undefined, host: undefined, headers: {}, query: {} },
    legacy: { upstream: "legacy", path: undefined },
    modern: { upstream: "modern", path: undefined },
    cohort: "orders",
    sticky: [{ kind: "header", name: "x-user" }],
    start: { modern: 0, shadow: 0 },
    retired: false,
    formerly: [],
    shadow: { writes: "never", timeoutMs: 5000, maxBodyBytes: 1024, concurrency: 4 },
    compare: { headers: ["content-type"], ignore: [], arrays: {}, tolerance: {}, redact: [], samples: 5 },
    hash: "0123456789abcdef",
    source: { file: "routes.yaml", line: 1, column: 1 },
    ...changes,
  };
}

export function liveOf(definition: RouteDefinition, position: Position): LiveRoute {
  return {
    ...servingOf(definition, position),
    cohortPrefix: cohortPrefix(definition.cohort),
    id: definition.id,
    definition,
    position,
    revision: 0,
    tally: new WindowTally({ route: definition.id, revision: 0, epoch: 1 }),
  };
}

/** A comparer that keeps the jobs for the test to decide. */
export class HeldComparer implements Comparer {
  readonly jobs: { job: ComparisonJob; done: (verdict: Verdict) => void }[] = [];
  get pending(): number {
    return this.jobs.length;
  }

  submit(job: ComparisonJob, done: (verdict: Verdict) => void): void {
    this.jobs.push({ job, done });
  }

  decide(verdict: Partial<Verdict> = {}): void {
    this.jobs.shift()?.done({ outcome: "match", reason: undefined, mismatches: [], ...verdict });
  }

  async close(): Promise<void> {}
}

/** Nobody who could be asked. */
export function noAuthorizers(): Authorizers {
  return {
    ask: async () => ({ kind: "failed", why: "unreachable", detail: "nobody" }),
    invoke: async () => ({ kind: "failed", why: "unreachable", detail: "nobody" }),
    kept: { get: () => undefined, keep: () => {} },
    counts: { calls: {}, cache: {}, limits: {}, underWay: 0, waiting: 0 },
    failed: () => {},
    apiKey: () => undefined,
  };
}

/** Nobody can log in. */
export const NO_LOGINS: Logins = { counts: { calls: {}, limits: {} }, of: () => undefined };

interface Layers {
  doorLayers?: readonly DoorLayer[];
  sideLayers?: readonly SideLayer[];
}

export interface ExchangeWorldOptions extends Layers {
  position?: Position;
  definition?: Partial<RouteDefinition>;
  settings?: Partial<ExchangeSettings>;
  budgetBytes?: number;
  noDefault?: boolean;
  plans?: Plans;
  /** Of layers that limit; otherwise 1 MiB. */
  limitBytes?: number;
  apiKeys?: KnownApiKeys;
  upstreamUrls?: Readonly<Record<string, readonly string[]>>;
  /** In place of none, whose clock stands at 0. */
  tokens?: Tokens;
  authorizers?: Authorizers;
  documents?: Readonly<Record<string, CheckDocument>>;
  bodyWork?: BodyWork;
  tracing?: Tracing;
  logins?: Logins;
  /** In place of those in memory, by name. */
  backends?: (deadlines: Deadlines) => readonly Backend[];
}

/**
 * Everything an exchange needs, without a socket: /orders/{id} is the route `orders`, /twice is ambiguous, all else goes to
 * the default upstream.
 */
export class ExchangeWorld {
  readonly legacy = new MemoryBackend("legacy");
  readonly modern = new MemoryBackend("modern");
  readonly fallback = new MemoryBackend("monolith");
  readonly deadlines = new Deadlines();
  readonly comparer = new HeldComparer();
  readonly budget: ByteBudget;
  readonly records: AccessRecord[] = [];
  /** Which requests the access log wants. */
  wants: AccessLog["wants"] = () => true;
  readonly refusals: string[] = [];
  readonly verdicts: string[] = [];
  readonly dropped: string[] = [];
  /** What the clock says, ms since the epoch. */
  nowMs = 0;
  /** Of clients that may keep no cookies. */
  readonly pins = new KnownPins({ now: () => this.nowMs, micros: () => 0, hex: () => "" }, undefined);
  readonly cookies: (readonly [caching: string, route: string])[] = [];
  readonly failures: unknown[] = [];
  readonly bodies = new ByteBudget(1024 * 1024);
  readonly compressing = new ByteBudget(4 * 1024 * 1024);
  readonly cache = new CacheStore(4 * 1024 * 1024);
  readonly limits: LocalDesk;
  readonly shadower: Shadower;
  stopped: readonly StoppedShadow[] = [];
  /** Whom shadows give way to: nobody, unless the test says so. */
  readonly shadowed = new Clients();
  readonly context: ExchangeContext;
  live: LiveRoute;
  readonly requests = { active: 0 };
  /** Set: what the shadower puts off waits here for the test to run it. */
  deferred: (() => void)[] | undefined = undefined;
  readonly fallbackLive: LiveRoute | undefined;
  private readonly chainsWith: (layers: Layers) => Chains;
  /** What the clock that nobody sets says, µs; a millisecond more each time it is asked. */
  micros = 0;
  private ids = 0;

  constructor(options: ExchangeWorldOptions = {}) {
    this.budget = new ByteBudget(options.budgetBytes ?? 1024 * 1024);
    this.live = liveOf(definitionOf(options.definition), options.position ?? { modern: 0, shadow: 0 });
    this.fallbackLive = options.noDefault
      ? undefined
      : liveOf(definitionOf({ id: DEFAULT_ROUTE_ID, legacy: { upstream: "monolith", path: undefined } }), {
          modern: 0,
          shadow: 0,
        });
    const world = this;
    const table: RouteTable = {
      routes: [],
      requests: this.requests,
      pins: cohortPins([this.live.definition]),
      clients: this.live.sticky.some(({ kind }) => kind === "client"),
      get fallback() {
        return world.fallbackLive;
      },
      byId: () => undefined,
      byOperation: this.live.definition.match.operations !== undefined,
      match: (input) => {
        const { target } = input;
        const asks = conditionsOf(world.live.definition.match);
        if (target.startsWith("/orders/") && conditionsHold(asks, input, target.length))
          return { kind: "route", route: world.live, place: 0, captures: [target.slice(8)] };
        return { kind: target === "/twice" ? "ambiguous" : "none" };
      },
      rewrite: ({ definition }, side, target, [capture = ""]) => {
        const path = definition[side]?.path;
        if (path !== undefined) return path.replace(/\{\w+\+?\}/, capture);
        return side === "modern" ? `/v2${target}` : target;
      },
      withRoutes: () => table,
    };
    const ref: TableRef = { current: table, swap: () => {} };
    const clock = {
      now: () => 0,
      micros: () => {
        this.micros += 1000;
        return this.micros;
      },
      hex: (bytes: number) => (++this.ids).toString(16).padStart(bytes * 2, "7"),
    };
    this.shadower = new Shadower({
      budget: this.budget,
      comparer: this.comparer,
      deadlines: this.deadlines,
      clock,
      clients: this.shadowed,
      defer: (run) => {
        if (this.deferred === undefined) run();
        else this.deferred.push(run);
      },
      onVerdict: () => {},
      onStopped: (stopped) => {
        this.stopped = stopped;
      },
    });
    const backends = options.backends?.(this.deadlines) ?? [this.legacy, this.modern, this.fallback];
    const fallbacks = new RouteBudgets(clock.micros);
    const tokens = options.tokens ?? new TokenVerifiers(clock, "");
    this.limits = new LocalDesk(options.limitBytes ?? 1024 * 1024, clock);
    this.chainsWith = ({ doorLayers, sideLayers }) =>
      compileChains({
        routes: [this.live.definition],
        backends: new Map(backends.map((backend) => [backend.name, backend])),
        doorLayers: doorLayers ?? [],
        sideLayers: sideLayers ?? [],
        shadows: this.shadower,
        tools: {
          identityTokens: undefined,
          clock,
          deadlines: this.deadlines,
          bodies: this.bodies,
          compressing: this.compressing,
          fallbacks,
          tokens,
          underscoreHeaders: options.settings?.underscoreHeaders ?? "drop",
          apiKeys: options.apiKeys ?? new ApiKeyRing(clock),
          authorizers: options.authorizers ?? noAuthorizers(),
          cache: this.cache,
          limits: this.limits,
          plans: options.plans ?? {},
          documents: new Map(Object.entries(options.documents ?? {})),
          logins: options.logins ?? NO_LOGINS,
          verdicts: { add: () => {} },
          bodyWork: options.bodyWork ?? NO_BODY_WORK,
          tracing: options.tracing,
          trusted: options.settings?.trusted ?? compileNetworks([]),
          upstreams: new Map(
            Object.entries(options.upstreamUrls ?? {}).map(([name, urls]) => [
              name,
              {
                name,
                kind: "http" as const,
                urls,
                host: "client" as const,
                timeoutMs: 0,
                connections: UPSTREAM_CONNECTIONS,
              },
            ]),
          ),
        },
      });
    this.context = {
      settings: {
        chains: this.chainsWith(options),
        trusted: compileNetworks([]),
        trustedHeaders: new Set(),
        forwarded: "x",
        underscoreHeaders: "drop",
        ambiguousPaths: "reject",
        debugHeaders: false,
        halfClosedMs: 10_000,
        halfClosedTunnelMs: 10_000,
        maxUrlBytes: 8192,
        maxBodyBytes: 0,
        ...options.settings,
      },
      table: ref,
      clock,
      accessLog: { wants: (...asked) => this.wants(...asked), write: (record) => this.records.push(record) },
      halfClosed: new HalfClosedClients(this.deadlines),
      draining: false,
      clients: new Clients(),
      verdicts: { add: (...said) => this.verdicts.push(said.join(" ")) },
      refused: (code) => this.refusals.push(code),
      dropped: (fields) => this.dropped.push(...fields),
      clientCookie: (caching, route) => this.cookies.push([caching, route]),
      pinCookie: (caching, route) => this.cookies.push([caching, route]),
      pins: this.pins,
      bodies: this.bodies,
      layerFailed: (error) => this.failures.push(error),
    };
  }

  /** Other files come into force. */
  reload(layers: Layers): void {
    const { chains } = this.context.settings;
    this.context.settings = { ...this.context.settings, chains: this.chainsWith(layers) };
    chains.close();
  }

  request(head: Partial<RequestHead> = {}): MemoryLane {
    return new MemoryLane({ target: "/orders/1", ...head }).start((lane) => new Exchange(this.context, lane));
  }

  /** The clock goes on. */
  pass(ms: number): void {
    this.micros += ms * 1000;
  }

  counts() {
    return this.live.tally.counts();
  }

  /** What became of every request of the route, comparisons and reasons added up. */
  outcomes(): number {
    const { comparisons, notCompared } = this.counts();
    const uncompared = (
      [
        "shed",
        "skipped",
        "unsafe_method",
        "upgrade",
        "event_stream",
        "cached",
        "session_cookie",
        "pinned",
      ] as const
    ).reduce((sum, reason) => sum + (notCompared[reason] ?? 0), 0);
    return comparisons.match + comparisons.mismatch + comparisons.inconclusive + uncompared;
  }
}

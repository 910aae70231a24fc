import { ByteBudget } from "../domain/byte-budget.ts";
import type { Clock } from "../domain/clock.ts";
import type { Drain } from "../domain/config.ts";
import { Deadlines } from "../domain/deadlines.ts";
import type { Placement } from "../domain/placement.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import { TallyBook } from "../domain/tally-book.ts";
import { admit } from "../lanes/admission.ts";
import type { WrittenRequest } from "../lanes/contract.ts";
import type { Chains } from "../layers/contract.ts";
import { RouteBudgets } from "../layers/fallback-budget.ts";
import type { ClosableAccessLog } from "../observe/access-log.ts";
import type { Log } from "../observe/contract.ts";
import type { ExchangeContext } from "../proxy/contract.ts";
import { Exchange } from "../proxy/exchange.ts";
import { HalfClosedClients } from "../proxy/half-closed.ts";
import { type DecidedValues, decide, valuesOf } from "../routing/decide.ts";
import { openAccessLog } from "./access-log.ts";
import { chainsOf } from "./chains.ts";
import { ClientCookies } from "./client-cookies.ts";
import type {
  CountsPart,
  Drained,
  ServingEvents,
  ServingGauges,
  ServingMessages,
  ServingProblem,
} from "./contract.ts";
import { Counted } from "./counted.ts";
import { Doors, rawRefusal } from "./doors.ts";
import { drain } from "./drain.ts";
import { DroppedFields } from "./dropped-fields.ts";
import { type CompiledRoutes, compileRoutes, LiveRoutes } from "./live-routes.ts";
import { settingsOf } from "./settings.ts";
import { createShadowing, type Shadowing } from "./shadowing.ts";
import { UpstreamSet } from "./upstreams.ts";

const SWEEP_MS = 50;
/** How often is asked what is wrong with upstreams. */
const LOOK_MS = 250;
/** Comparisons under way are waited for so long. */
const LAST_VERDICTS_MS = 1000;

/** What is the process's, and no message. */
interface ServingHost {
  readonly clock: Clock;
  readonly log: Log;
  /** No access log. */
  readonly quiet: boolean;
}

interface Prepared {
  readonly config: ServingConfig;
  readonly routes: CompiledRoutes;
  readonly upstreams: UpstreamSet;
  readonly chains: Chains;
}

/** What answers clients: the composition of lanes, exchange, shadows and upstreams. */
export class Serving implements ServingMessages {
  private readonly clock: Clock;
  private readonly events: ServingEvents;
  private readonly deadlines = new Deadlines();
  private readonly routes: LiveRoutes;
  private readonly counted: Counted;
  private readonly shadowing: Shadowing;
  private readonly accessLog: ClosableAccessLog;
  private readonly context: ExchangeContext;
  private readonly doors: Doors;
  /** Of the bodies that layers keep. */
  private readonly bodies: ByteBudget;
  private readonly fallbacks: RouteBudgets;
  private readonly maxHeaderBytes: number;
  private readonly lane: ServingConfig["lane"];
  private readonly rejected: Partial<Record<RefusalCode, number>> = {};
  private readonly dropped = new DroppedFields();
  private readonly cookies = new ClientCookies();
  private readonly timers: readonly NodeJS.Timeout[];
  private upstreams: UpstreamSet;
  private prepared: Prepared | undefined;
  private problems: readonly ServingProblem[] = [];
  private stopping: Promise<void> | undefined;

  constructor(config: ServingConfig, events: ServingEvents, { clock, log, quiet }: ServingHost) {
    this.clock = clock;
    this.events = events;
    const { deadlines } = this;
    const sweep = () => deadlines.tick(clock.micros() / 1000);
    sweep();
    this.timers = [setInterval(sweep, SWEEP_MS), setInterval(() => this.tellProblems(), LOOK_MS)];
    const book = new TallyBook();
    this.routes = new LiveRoutes(book);
    this.upstreams = UpstreamSet.of(config, deadlines);
    this.shadowing = createShadowing({
      memoryBytes: config.limits.shadowMemoryBytes,
      clock,
      deadlines,
      clientsActive: () => this.context.active,
      onComparison: (comparison) => events.onComparisons([comparison]),
      onStopped: (stopped) => events.onStopped(stopped),
      log,
    });
    this.counted = new Counted(book, this.shadowing.mismatches);
    this.accessLog = openAccessLog(config, clock, log, quiet);
    const refused = (code: RefusalCode) => {
      this.rejected[code] = (this.rejected[code] ?? 0) + 1;
    };
    this.bodies = new ByteBudget(config.limits.bodyMemoryBytes);
    this.fallbacks = new RouteBudgets(clock.micros);
    this.maxHeaderBytes = config.limits.headersBytes;
    this.lane = config.lane;
    this.context = {
      settings: settingsOf(config, this.chainsOf(config, this.upstreams)),
      table: this.routes.table,
      clock,
      accessLog: this.accessLog,
      halfClosed: new HalfClosedClients(deadlines),
      draining: false,
      active: 0,
      refused,
      dropped: (fields, peer) => this.dropped.add(fields, peer, this.context.settings.trusted),
      clientCookie: (caching, route) => this.cookies.add(caching, route),
      layerFailed: (error) => log.error({ err: error }, "a layer failed, and with it its request"),
    };
    this.doors = new Doors(
      config,
      deadlines,
      (request) => new Exchange(this.context, request),
      (code) => {
        refused(code);
        return rawRefusal(code, clock.hex(16));
      },
    );
  }

  async prepare(config: ServingConfig): Promise<void> {
    const routes = compileRoutes(config);
    this.forgetPrepared();
    const upstreams = UpstreamSet.of(config, this.deadlines, this.upstreams);
    this.prepared = { config, routes, upstreams, chains: this.chainsOf(config, upstreams) };
  }

  /** Table and settings in one turn: a request takes both when it begins, so each table finds its upstreams. */
  async commit(placements: readonly Placement[]): Promise<void> {
    const { prepared, upstreams: old } = this;
    if (prepared === undefined) throw new Error("nothing was prepared");
    this.prepared = undefined;
    this.upstreams = prepared.upstreams;
    const { chains } = this.context.settings;
    this.context.settings = settingsOf(prepared.config, prepared.chains);
    this.routes.replace(prepared.routes, placements);
    this.shadowing.shadower.retain(prepared.config.routes);
    chains.close();
    old.retire(this.upstreams);
  }

  async place(placements: readonly Placement[]): Promise<void> {
    this.routes.place(placements);
  }

  async decide(request: WrittenRequest): Promise<DecidedValues | RefusalCode> {
    const { settings, table } = this.context;
    const head = admit(request, this.maxHeaderBytes, this.lane);
    return typeof head === "string" ? head : valuesOf(decide(table.current, settings, head, this.clock.hex));
  }

  listen(): Promise<readonly string[]> {
    return this.doors.listen();
  }

  async *counts(): AsyncGenerator<CountsPart> {
    this.tellProblems();
    yield* this.counted.counts();
  }

  totals(): ReturnType<Counted["totals"]> {
    return this.counted.totals();
  }

  async gauges(): Promise<ServingGauges> {
    const { bodies, context, doors, shadowing, accessLog } = this;
    return {
      shadowBytesHeld: shadowing.budget.held,
      shadowsRefused: shadowing.budget.refused,
      bodyBytesHeld: bodies.held,
      bodiesRefused: bodies.refused,
      connections: doors.connections,
      halfClosedCancelled: context.halfClosed.cancelled,
      laneRequests: doors.taken,
      laneHandovers: doors.handovers,
      rejected: { ...this.rejected, ...doors.turnedAway } as Record<string, number>,
      fieldsDropped: { ...this.dropped.counts },
      clientCookies: { ...this.cookies.counts },
      logLinesDropped: accessLog.dropped,
    };
  }

  async drain(limits: Drain): Promise<Drained> {
    const { context, doors, shadowing, clock } = this;
    return { brokenOff: await drain({ config: limits, context, doors, shadowing, clock }) };
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    this.doors.close();
    this.forgetPrepared();
    this.context.settings.chains.close();
    this.upstreams.retire();
    try {
      await Promise.all([this.accessLog.close(), this.shadowing.comparer.close(LAST_VERDICTS_MS)]);
    } finally {
      for (const timer of this.timers) clearInterval(timer);
    }
  }

  private chainsOf(config: ServingConfig, upstreams: UpstreamSet): Chains {
    const { bodies, clock, deadlines, fallbacks } = this;
    const tools = { bodies, clock, deadlines, fallbacks };
    return chainsOf(config, upstreams.map(), this.shadowing.shadower, tools);
  }

  private forgetPrepared(): void {
    this.prepared?.chains.close();
    this.prepared?.upstreams.retire(this.upstreams);
    this.prepared = undefined;
  }

  private tellProblems(): void {
    const problems = [
      ...this.upstreams.problems(),
      ...this.dropped.problems(this.context.settings.trusted),
      ...this.cookies.problems(),
    ];
    const said = (all: readonly ServingProblem[]) => all.map(({ message }) => message).join("\n");
    if (said(problems) === said(this.problems)) return;
    this.problems = problems;
    this.events.onProblems(problems);
  }
}

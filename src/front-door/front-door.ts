import { type Admin, createAdmin } from "../admin/index.ts";
import { systemClock } from "../clock.ts";
import {
  type Environment,
  formatProblems,
  loadAside,
  loadConfig,
  parseConfig,
  watchConfig,
} from "../config/index.ts";
import type { DoorProblem, ShiftResult } from "../control/contract.ts";
import {
  type Board,
  type Control,
  createBoard,
  createControl,
  createLive,
  type Live,
  type Status,
} from "../control/index.ts";
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { Deadlines } from "../domain/deadlines.ts";
import { FigError, messageOf } from "../domain/errors.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { TallyBook } from "../domain/tally-book.ts";
import { stopListening } from "../lanes/stop-listening.ts";
import type { Metrics } from "../observe/contract.ts";
import { createEventBus } from "../observe/event-bus.ts";
import { type ClosableLog, createLog } from "../observe/log.ts";
import { createMetrics } from "../observe/metrics.ts";
import type { ExchangeContext } from "../proxy/contract.ts";
import { Exchange } from "../proxy/exchange.ts";
import type { RefusalCode } from "../proxy/refusals.ts";
import { compileTable, createTableRef } from "../routing/index.ts";
import type { Store } from "../store/contract.ts";
import { VERSION } from "../version.ts";
import { openAccessLog } from "./access-log.ts";
import type { Closed, FrontDoorOptions, Listening, RollbackOptions, ShiftOptions } from "./contract.ts";
import { Doors, rawRefusal } from "./doors.ts";
import { drain } from "./drain.ts";
import { doorProblems, readinessOf } from "./problems.ts";
import { problemsOf, restartReasons, settingsOf } from "./settings.ts";
import { createShadowing, type Shadowing } from "./shadowing.ts";
import { openState, type State } from "./state.ts";
import { UpstreamSet } from "./upstreams.ts";

const SWEEP_MS = 50;
/** Until files that are right, but could not be brought in force, are tried again. */
const RELOAD_AGAIN_MS = 10_000;

/** Everything that runs between listen() and close(). */
interface Running {
  readonly store: Store;
  readonly live: Live;
  readonly control: Control;
  readonly context: ExchangeContext;
  readonly shadowing: Shadowing;
  readonly doors: Doors;
  readonly admin: Admin;
  readonly listening: Listening;
}

/** One front door: the composition of every room. Several can run in one process; nothing is shared between them. */
export class FrontDoor {
  private readonly source: string | object;
  private readonly env: Environment;
  private readonly log: ClosableLog;
  private readonly quiet: boolean;
  private readonly deadlines = new Deadlines();
  private readonly rejected: Partial<Record<RefusalCode, number>> = {};
  private readonly ends: (() => void | Promise<void>)[] = [];
  private running: Running | undefined;
  private upstreams: UpstreamSet | undefined;
  private state: State | undefined;
  private paths: readonly string[] = [];
  private invalid: readonly ConfigProblem[] = [];
  private restartNeeded: readonly string[] = [];
  private ready = false;
  /** Why files that are right are not in force yet; undefined: they are. */
  private due: string | undefined;
  private again: NodeJS.Timeout | undefined;
  private reloading: Promise<void> = Promise.resolve();
  private closing: Promise<Closed> | undefined;

  constructor(source: string | object, options: FrontDoorOptions = {}) {
    this.source = source;
    this.env = options.env ?? process.env;
    this.quiet = options.quiet ?? false;
    this.log = createLog({ now: systemClock.now, ...(this.quiet ? { level: "silent" as const } : {}) });
  }

  /**
   * Loads the files, brings the ledger in force, and listens. Rejects with a FigError: `invalid_files` (details.problems),
   * `store_unavailable`, `store_invalid`, `address_in_use`, `admin_token_required`; then nothing is left open.
   */
  async listen(): Promise<Listening> {
    if (this.running !== undefined) return this.running.listening;
    if (this.closing !== undefined) throw new FigError("closed", "this front door was closed: make another");
    try {
      this.running = await this.start();
    } catch (error) {
      await this.end();
      throw error;
    }
    this.ready = true;
    return this.running.listening;
  }

  /** Drains and closes. Idempotent; never rejects. */
  close(): Promise<Closed> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  /** Reads the files again. What does not pass is logged, shown in status, and changes nothing. Never rejects. */
  reload(): Promise<void> {
    this.reloading = this.reloading.then(() => this.reloadOnce());
    return this.reloading;
  }

  shift(route: string, options: ShiftOptions): Promise<ShiftResult> {
    return this.control().shift({ by: "library", ...options, target: { route } });
  }

  /** `route` undefined: every route's newest shift. */
  rollback(route: string | undefined, options: RollbackOptions): Promise<ShiftResult> {
    return this.control().rollback({ by: "library", ...options, route });
  }

  status(): Promise<Status> {
    return this.control().status();
  }

  private control(): Control {
    if (this.running === undefined) throw new FigError("not_started", "call listen() first");
    return this.running.control;
  }

  private async load(read: typeof loadConfig): Promise<FrontDoorConfig> {
    const result =
      typeof this.source === "string"
        ? await read(this.source, this.env)
        : { ...parseConfig(this.source), paths: [] };
    this.paths = result.paths;
    if (!result.ok) {
      this.invalid = result.problems;
      throw new FigError("invalid_files", formatProblems(result.problems), {
        details: { problems: result.problems },
      });
    }
    for (const warning of result.warnings) this.log.warn({}, warning);
    return result.config;
  }

  private async start(): Promise<Running> {
    const clock = systemClock;
    const config = await this.load(loadConfig);
    this.ends.push(this.watch());
    const state = await openState(config, this.log);
    this.state = state;
    const { store } = state;
    this.ends.push(() => state.close());
    this.sweepDeadlines();
    const events = createEventBus();
    const shadowing = createShadowing({
      memoryBytes: config.limits.shadowMemoryBytes,
      clock,
      deadlines: this.deadlines,
      clientsActive: () => this.running?.context.active ?? 0,
      events,
      log: this.log,
    });
    const book = new TallyBook();
    const table = createTableRef(compileTable([], undefined));
    const live = createLive({
      store,
      tableRef: table,
      compile: compileTable,
      book,
      clock,
      door: clock.hex(16),
      mismatches: shadowing.mismatches,
      copy: state.copy,
      log: this.log,
      onEvent: (event) => {
        events.publish(event);
        if (event.type === "health" && this.due !== undefined) void this.reload();
      },
    });
    this.ends.push(() => live.close());
    await live.start(config);
    state.compare(live.revision());
    // Verdicts still count: the comparer ends before the last flush.
    this.ends.push(() => shadowing.comparer.close(1000));

    const upstreams = UpstreamSet.of(config, this.deadlines);
    this.upstreams = upstreams;
    this.ends.push(() => this.upstreams?.retire(undefined));
    const accessLog = openAccessLog(config, this.log, this.quiet);
    this.ends.push(() => accessLog.close());
    const context: ExchangeContext = {
      settings: settingsOf(config, upstreams),
      table,
      clock,
      accessLog,
      shadower: shadowing.shadower,
      draining: false,
      active: 0,
      refused: (code) => this.countRefused(code),
    };
    const doors = new Doors(
      config,
      this.deadlines,
      (request) => new Exchange(context, request),
      (code) => {
        this.countRefused(code);
        return rawRefusal(code, clock.hex(16));
      },
    );
    const useCases = {
      store,
      clock,
      compile: compileTable,
      facts: {
        config: () => live.config(),
        problems: () => this.problems(live),
        invalid: () => this.invalid,
        flush: () => live.flush(),
        rollUp: () => live.rollUp(),
        inForce: () => live.inForce(),
        apply: (entry: LedgerEntry) => live.apply(entry),
      },
    };
    const control = createControl(useCases);
    const board = createBoard(useCases, VERSION);
    const metrics = createMetrics({
      totals: () => book.totals(),
      version: VERSION,
      gauges: () => ({
        positions: table.current.routes.map(({ definition, position }) => ({
          route: definition.id,
          ...position,
        })),
        ledgerRevision: live.revision(),
        storeReachable: live.problems().length === 0,
        shadowBytesHeld: shadowing.budget.held,
        shadowsRefused: shadowing.budget.refused,
        connections: doors.connections,
        laneRequests: doors.taken,
        laneHandovers: doors.handovers,
        rejected: { ...this.rejected, ...doors.turnedAway } as Record<string, number>,
        logLinesDropped: accessLog.dropped,
      }),
    });
    this.ends.push(() => metrics.close());
    const admin = this.openAdmin(config, store, live, control, board, metrics, events, shadowing);
    const urls = await doors.listen().catch((error: unknown) => {
      doors.close();
      throw error;
    });
    this.ends.push(() => doors.close());
    const { url: adminUrl } = await admin.listen();
    this.ends.push(() => admin.close());
    const listening = {
      url: urls[0] as string,
      urls,
      adminUrl,
      stateId: store.stateId,
      revision: live.revision(),
    };
    return { store, live, control, context, shadowing, doors, admin, listening };
  }

  private openAdmin(
    config: FrontDoorConfig,
    store: Store,
    live: Live,
    control: Control,
    board: Board,
    metrics: Metrics,
    events: ReturnType<typeof createEventBus>,
    { comparisons }: Shadowing,
  ): Admin {
    return createAdmin({
      listen: config.admin,
      reusePort: config.reusePort,
      stopListening: (server) => stopListening(server, config.reusePort, systemClock),
      adminToken: config.adminToken,
      control,
      board,
      metrics,
      events,
      recent: comparisons,
      ready: () => readinessOf(this.ready, live, this.invalid, this.problems(live)),
      stateId: () => store.stateId,
      version: VERSION,
      clock: systemClock,
      log: this.log,
    });
  }

  private watch(): () => void {
    if (typeof this.source !== "string") return () => {};
    return watchConfig(
      this.source,
      () => this.paths,
      () => {
        if (this.running !== undefined) void this.reload();
      },
    );
  }

  private sweepDeadlines(): void {
    const sweep = () => this.deadlines.sweep(systemClock.micros() / 1000);
    sweep();
    const timer = setInterval(sweep, SWEEP_MS);
    this.ends.push(() => clearInterval(timer));
  }

  private countRefused(code: RefusalCode): void {
    this.rejected[code] = (this.rejected[code] ?? 0) + 1;
  }

  private problems(live: Live): readonly DoorProblem[] {
    return doorProblems(live, this.state, this.upstreams, this.restartNeeded, this.due);
  }

  private async reloadOnce(): Promise<void> {
    const { running } = this;
    if (running === undefined || this.closing !== undefined) return;
    const { context, live } = running;
    const before = context.settings;
    clearTimeout(this.again);
    try {
      const config = await this.load(loadAside);
      const old = this.upstreams;
      const next = UpstreamSet.of(config, this.deadlines, old);
      // Both tables must find their upstreams while one replaces the other.
      context.settings = { ...settingsOf(config, next), backends: next.map(old) };
      this.restartNeeded = restartReasons(live.config(), config, this.restartNeeded);
      await live.reload(config);
      context.settings = settingsOf(config, next);
      this.upstreams = next;
      this.invalid = [];
      this.due = undefined;
      old?.retire(next);
      this.log.info({ routes: config.routes.length }, "files reloaded");
    } catch (error) {
      context.settings = before;
      const problems = problemsOf(error);
      this.invalid = problems ?? [];
      const due =
        problems === undefined
          ? `the files changed, but could not be brought in force yet: ${messageOf(error)}`
          : undefined;
      if (due === undefined || due !== this.due)
        this.log.error({ err: error }, "the files were not reloaded: the last good ones stay in force");
      this.due = due;
      if (due !== undefined) this.again = setTimeout(() => void this.reload(), RELOAD_AGAIN_MS).unref();
    }
  }

  private async shutDown(): Promise<Closed> {
    const { running } = this;
    this.ready = false;
    clearTimeout(this.again);
    let brokenOff = 0;
    if (running !== undefined) {
      const { live, context, doors, shadowing, admin } = running;
      // Whoever asks from here on is to find the successor, not this door that is no longer ready.
      if (live.config().reusePort) void admin.stopAccepting();
      brokenOff = await drain({ config: live.config().drain, context, doors, shadowing, clock: systemClock });
      if (brokenOff > 0) this.log.warn({ brokenOff }, "requests under way were broken off at drain.deadline");
    }
    await this.end();
    return { brokenOff };
  }

  /** Undoes what start() did, newest first, whatever of it was done. */
  private async end(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        this.log.error({ err: error }, "something did not close");
      }
    }
    await this.log.close();
  }
}

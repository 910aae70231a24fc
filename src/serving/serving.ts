import type { AcmeAnswer } from "../domain/acme.ts";
import type { ApiKeyUse } from "../domain/api-key.ts";
import { ByteBudget } from "../domain/byte-budget.ts";
import type { Clock } from "../domain/clock.ts";
import type { Drain } from "../domain/config.ts";
import { Deadlines } from "../domain/deadlines.ts";
import type { Purge } from "../domain/http-cache/purge.ts";
import type { KeyNews } from "../domain/key-news.ts";
import type { ToldPin } from "../domain/pins.ts";
import type { Placement } from "../domain/placement.ts";
import type { RecentPart } from "../domain/recent-clients.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import type { SocketAsk, SocketReply } from "../domain/socket-asks.ts";
import { TallyBook } from "../domain/tally-book.ts";
import { admit } from "../lanes/admission.ts";
import type { WrittenRequest } from "../lanes/contract.ts";
import { TICKETS_MS } from "../lanes/front/ticket-keys.ts";
import type { Chains } from "../layers/contract.ts";
import { RouteBudgets } from "../layers/fallback-budget.ts";
import type { ClosableAccessLog } from "../observe/access-log.ts";
import type { ExchangeContext } from "../proxy/contract.ts";
import { Exchange } from "../proxy/exchange.ts";
import { HalfClosedClients } from "../proxy/half-closed.ts";
import { type DecidedValues, valuesOf } from "../routing/decide.ts";
import { decideWritten } from "../routing/decide-written.ts";
import { countedRests } from "../wire/read-gate.ts";
import { waitingBytes } from "../wire/waiting-bytes.ts";
import { logProblems, openAccessLog } from "./access-log.ts";
import { chainsOf } from "./chains.ts";
import { challengesAnswered, HttpChallenges } from "./challenges.ts";
import { ClientCookies } from "./client-cookies.ts";
import type {
  AnsweredSockets,
  ApiKeysMessage,
  CountsPart,
  Drained,
  EndedSessionsMessage,
  LimitAnswer,
  ServingEvents,
  ServingGauges,
  ServingProblem,
  VoidPath,
  WorkerMessages,
} from "./contract.ts";
import { Counted } from "./counted.ts";
import { Doors, rawRefusal } from "./doors.ts";
import { drain } from "./drain.ts";
import { DroppedFields } from "./dropped-fields.ts";
import { policiesOf } from "./explained-policies.ts";
import { GuardFeed } from "./guard-feed.ts";
import type { ServingHost } from "./host.ts";
import { IdentityKeys } from "./identity-keys.ts";
import { UntoldKeys } from "./key-news.ts";
import { type CompiledRoutes, compileRoutes, LiveRoutes } from "./live-routes.ts";
import { KnownPins } from "./pins.ts";
import { ServingPolicies } from "./policies.ts";
import { RecentBook } from "./recent-clients.ts";
import { settingsOf } from "./settings.ts";
import { createShadowing, type Shadowing, shadowGauges } from "./shadowing.ts";
import { Sockets } from "./sockets/sockets.ts";
import { UpstreamSet, type UpstreamTools } from "./upstreams.ts";

const SWEEP_MS = 50;
/** How often is asked what is wrong with upstreams. */
const LOOK_MS = 250;
/** Comparisons under way are waited for so long. */
const LAST_VERDICTS_MS = 1000;

interface Prepared {
  readonly config: ServingConfig;
  readonly routes: CompiledRoutes;
  readonly upstreams: UpstreamSet;
  readonly chains: Chains;
  /** Puts the certificates in force. */
  readonly renew: () => void;
}

/** What answers clients: the composition of lanes, exchange, shadows and upstreams. */
export class Serving implements WorkerMessages {
  private readonly host: ServingHost;
  private readonly clock: Clock;
  private readonly events: ServingEvents;
  private readonly deadlines = new Deadlines();
  private readonly routes: LiveRoutes;
  private readonly guards: GuardFeed;
  private readonly counted: Counted;
  private readonly shadowing: Shadowing;
  private readonly accessLog: ClosableAccessLog;
  private readonly context: ExchangeContext;
  private readonly doors: Doors;
  /** Of the bodies that layers and upstreams keep. */
  private readonly bodies: ByteBudget;
  private readonly tools: UpstreamTools;
  private readonly fallbacks: RouteBudgets;
  private readonly policies: ServingPolicies;
  private readonly sockets: Sockets;
  private readonly unchanging: Pick<ServingConfig, "limits" | "lane" | "accessLog">;
  private readonly rejected: Partial<Record<RefusalCode, number>> = {};
  private readonly dropped = new DroppedFields();
  private readonly cookies = new ClientCookies();
  private readonly pins: KnownPins;
  private readonly keyNews: UntoldKeys;
  private readonly book: TallyBook;
  private readonly recent: RecentBook;
  private readonly timers: NodeJS.Timeout[];
  private upstreams: UpstreamSet;
  private challenges: HttpChallenges | undefined;
  private challenging = false;
  private keys: IdentityKeys;
  private prepared: Prepared | undefined;
  private problems: readonly ServingProblem[] = [];
  private stopping: Promise<void> | undefined;

  constructor(config: ServingConfig, events: ServingEvents, host: ServingHost) {
    const { clock, log } = host;
    this.host = host;
    this.unchanging = config;
    this.clock = clock;
    this.events = events;
    const { deadlines } = this;
    const sweep = () => deadlines.tick(clock.micros() / 1000);
    sweep();
    this.timers = [setInterval(sweep, SWEEP_MS), setInterval(() => this.tellProblems(), LOOK_MS)];
    if (host.worker === undefined)
      this.timers.push(setInterval(() => this.doors.rotateTickets(), TICKETS_MS));
    this.policies = new ServingPolicies(config, events, host);
    this.policies.use(config);
    this.sockets = new Sockets({ clock, deadlines, log, events, context: () => this.context });
    this.sockets.use(config);
    this.keys = new IdentityKeys(config.identity);
    this.pins = new KnownPins(clock, host.worker && ((pins) => events.onPinned?.(pins)));
    this.keyNews = new UntoldKeys(host.worker && ((news) => events.onKeys?.(news)));
    this.book = new TallyBook(this.keyNews.failure);
    this.guards = new GuardFeed((witnesses) => events.onWitnesses(witnesses));
    this.recent = new RecentBook(clock);
    this.routes = new LiveRoutes(this.book, this.guards, this.recent);
    this.bodies = new ByteBudget(config.limits.bodyMemoryBytes);
    this.tools = { deadlines, clock, bodies: this.bodies, ...this.policies.asking };
    this.upstreams = UpstreamSet.of(config, this.tools);
    this.shadowing = createShadowing({
      memoryBytes: config.limits.shadowMemoryBytes,
      clock,
      deadlines,
      onComparison: (comparison) => events.onComparisons([comparison]),
      onWhole: (sample) => events.onWholes([sample]),
      onStopped: (stopped) => events.onStopped(stopped),
      onEarlierWrite: this.keyNews.write,
      log,
    });
    this.counted = new Counted(this.book, this.shadowing.evidence);
    this.accessLog = openAccessLog(config, clock, log, host);
    const refused = (code: RefusalCode) => {
      this.rejected[code] = (this.rejected[code] ?? 0) + 1;
    };
    this.fallbacks = new RouteBudgets(clock.micros);
    this.context = {
      settings: settingsOf(config, this.chainsOf(config, this.upstreams)),
      table: this.routes.table,
      clock,
      accessLog: this.accessLog,
      halfClosed: new HalfClosedClients(deadlines),
      draining: false,
      clients: this.shadowing.clients,
      refused,
      dropped: (fields, peer) => this.dropped.add(fields, peer, this.context.settings.trusted),
      clientCookie: (caching, route) => this.cookies.add(caching, route),
      pinCookie: (caching, route) => this.cookies.noteCaching(caching, route, "pinAfterWrite"),
      pins: this.pins,
      bodies: this.bodies,
      verdicts: this.policies.verdicts,
      layerFailed: (error) => log.error({ err: error }, "a layer failed, and with it its request"),
    };
    this.doors = new Doors(config, {
      deadlines,
      clock,
      // While no authority is to find anything, a request costs no call more.
      handler: (request) =>
        (this.challenging ? this.challenges?.answer(request) : undefined) ??
        (this.keys.path === undefined ? undefined : this.keys.answer(request)) ??
        (this.sockets.door === undefined ? undefined : this.sockets.door.answer(request)) ??
        new Exchange(this.context, request),
      refusal: (code) => {
        refused(code);
        return rawRefusal(code, clock.hex(16));
      },
      trusted: () => this.context.settings.trusted,
      ticketSecret: host.worker?.ticketSecret,
    });
  }

  async prepare(config: ServingConfig): Promise<void> {
    const routes = compileRoutes(config);
    this.policies.limits.prepare(config);
    this.forgetPrepared();
    const upstreams = UpstreamSet.of(config, this.tools, this.upstreams);
    const renew = this.doors.prepare(config);
    this.prepared = { config, routes, upstreams, chains: this.chainsOf(config, upstreams), renew };
  }

  /** Table and settings in one turn: a request takes both when it begins, so each table finds its upstreams. */
  async commit(placements: readonly Placement[]): Promise<void> {
    const { prepared, upstreams: old } = this;
    if (prepared === undefined) throw new Error("nothing was prepared");
    this.prepared = undefined;
    this.upstreams = prepared.upstreams;
    const { chains } = this.context.settings;
    this.context.settings = settingsOf(prepared.config, prepared.chains);
    this.policies.use(prepared.config);
    this.sockets.use(prepared.config);
    this.keys = new IdentityKeys(prepared.config.identity);
    prepared.renew();
    this.routes.replace(prepared.routes, placements);
    this.shadowing.shadower.retain(prepared.config.routes);
    chains.close();
    old.retire(this.upstreams);
  }

  async renew(listen: ServingConfig["listen"]): Promise<void> {
    this.doors.prepare({ listen })();
  }

  async sealTickets(secret: string): Promise<void> {
    this.doors.rotateTickets(secret);
  }

  async showChallenges(answers: readonly AcmeAnswer[]): Promise<void> {
    this.challenges = new HttpChallenges(answers, this.challenges);
    this.challenging = !this.challenges.none;
    this.doors.showChallenges(answers);
  }

  limitAnswers(answers: readonly LimitAnswer[]): void {
    this.policies.limits.answered(answers);
  }

  async keepApiKeys(message: ApiKeysMessage): Promise<void> {
    this.policies.apiKeys.take(message);
  }

  async apiKeyUses(ids: readonly string[]): Promise<readonly ApiKeyUse[]> {
    return this.policies.apiKeys.uses(ids);
  }

  async askSockets(ask: SocketAsk): Promise<SocketReply | undefined> {
    return this.sockets.hub.answer(ask);
  }

  async socketsAnswered({ id, reply }: AnsweredSockets): Promise<void> {
    this.sockets.answered(id, reply);
  }

  async place(placements: readonly Placement[]): Promise<void> {
    this.routes.place(placements);
  }

  async purge(purges: readonly Purge[]): Promise<readonly number[]> {
    return purges.map((purge) => this.policies.cache.purge(purge));
  }

  async invalidate(paths: readonly VoidPath[]): Promise<void> {
    for (const { path, host } of paths) this.policies.cache.invalidate(path, host);
  }

  async endSessions({ ended, failed }: EndedSessionsMessage): Promise<void> {
    this.policies.logins.endedElsewhere.take(ended, failed);
  }

  async rememberPins(pins: readonly ToldPin[]): Promise<void> {
    this.pins.hear(pins);
  }

  async hearKeys({ writes, failed }: KeyNews): Promise<void> {
    const { earlierWrites } = this.shadowing.shadower;
    for (const [key, what] of writes) earlierWrites.hear(key, what);
    for (const [window, side, key] of failed) this.book.hearFailed(window, side, key);
  }

  async decide(request: WrittenRequest): Promise<DecidedValues | RefusalCode> {
    const { settings, table } = this.context;
    const head = admit(request, this.unchanging.limits.headersBytes, this.unchanging.lane);
    if (typeof head === "string") return head;
    const decision = decideWritten(table.current, settings, head, request, this.clock.hex, this.pins);
    return { ...valuesOf(decision), policies: await policiesOf(decision, settings) };
  }

  async listen(): Promise<readonly string[]> {
    await this.policies.limits.known;
    return this.doors.listen(this.host.worker?.bound);
  }

  async *counts(): AsyncGenerator<CountsPart> {
    this.tellProblems();
    this.recent.turn();
    yield* this.counted.counts();
  }

  async recentClients(routes: readonly string[] | undefined): Promise<readonly RecentPart[]> {
    return this.recent.parts(routes);
  }

  async reopenLogs(): Promise<void> {
    this.accessLog.reopen();
  }

  totals(): ReturnType<Counted["totals"]> {
    return this.counted.totals();
  }

  async gauges(): Promise<ServingGauges> {
    const { bodies, context, doors, policies, shadowing, accessLog } = this;
    return {
      ...shadowGauges(shadowing),
      bodyBytesHeld: bodies.held,
      bodiesRefused: bodies.refused,
      waitingBytesHeld: waitingBytes.held,
      readsShortened: waitingBytes.shortened,
      connections: doors.connections,
      handshaking: doors.handshaking,
      handshakes: doors.handshakes,
      acmeChallenges: challengesAnswered(this.challenges, doors.handshakes),
      proxyRefused: doors.proxyRefused,
      readsRested: countedRests(),
      halfClosedCancelled: context.halfClosed.cancelled,
      laneRequests: doors.taken,
      laneHandovers: doors.handovers,
      sessionsEnded: doors.sessionsEnded,
      http2Limits: doors.http2Limits,
      ...policies.gauges(),
      ...this.sockets.gauges(),
      rejected: { ...this.rejected, ...doors.turnedAway } as Record<string, number>,
      guardEventsDropped: this.guards.dropped,
      fieldsDropped: { ...this.dropped.counts },
      clientCookies: { ...this.cookies.counts },
      pinsDropped: this.pins.dropped,
      upstreams: this.upstreams.states(),
      logLinesDropped: accessLog.dropped,
      logLinesCut: { access: accessLog.cut, door: this.host.worker?.linesCut() ?? 0 },
    };
  }

  stopAccepting(shared: boolean, patienceMs: number): Promise<void> {
    return this.doors.stopAccepting(shared, this.clock, patienceMs);
  }

  async drain(config: Drain): Promise<Drained> {
    const { context, doors, shadowing, clock, upstreams } = this;
    const { hub: sockets } = this.sockets;
    return { brokenOff: await drain({ config, context, doors, shadowing, sockets, clock, upstreams }) };
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    this.doors.close();
    this.guards.flush();
    this.forgetPrepared();
    this.context.settings.chains.close();
    this.upstreams.retire();
    try {
      await Promise.all([
        this.policies.close(),
        this.accessLog.close(),
        this.shadowing.comparer.close(LAST_VERDICTS_MS),
      ]);
    } finally {
      for (const timer of this.timers) clearInterval(timer);
    }
  }

  private chainsOf(config: ServingConfig, upstreams: UpstreamSet): Chains {
    const { bodies, deadlines, fallbacks, policies } = this;
    const tools = { ...policies.tools(config), bodies, deadlines, fallbacks, sockets: this.sockets.hub };
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
      ...this.policies.problems(),
      ...logProblems(this.accessLog.failure, this.unchanging.accessLog.file),
    ];
    const said = (all: readonly ServingProblem[]) => all.map(({ message }) => message).join("\n");
    if (said(problems) === said(this.problems)) return;
    this.problems = problems;
    this.events.onProblems(problems);
  }
}

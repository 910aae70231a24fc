import { setTimeout as sleep } from "node:timers/promises";
import type { AcmeAnswer } from "../../domain/acme.ts";
import type { ApiKeyUse } from "../../domain/api-key.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Drain } from "../../domain/config.ts";
import { FigError } from "../../domain/errors.ts";
import type { Purge } from "../../domain/http-cache/purge.ts";
import type { Placement } from "../../domain/placement.ts";
import type { RecentPart } from "../../domain/recent-clients.ts";
import type { ServingConfig } from "../../domain/serving-config.ts";
import type { SocketAsk, SocketReply } from "../../domain/socket-asks.ts";
import type { WrittenRequest } from "../../lanes/contract.ts";
import { TICKETS_MS, ticketSecret } from "../../lanes/front/ticket-keys.ts";
import { PATIENCE_MS } from "../../lanes/stop-listening.ts";
import type { Log } from "../../observe/contract.ts";
import type { FleetLimits } from "../../store/contract.ts";
import type {
  AnsweredSockets,
  ApiKeysMessage,
  CountsPart,
  Drained,
  EndedSessionsMessage,
  ServingEvents,
  ServingGauges,
  ServingMessages,
  VoidPath,
} from "../contract.ts";
import { AskedDesk } from "../limits/asked-desk.ts";
import { Limits } from "../limits/limits.ts";
import { upstreamIdentities } from "../upstream-identity.ts";
import { type Bound, bindAll } from "./addresses.ts";
import { Counting } from "./counting.ts";
import { InForce } from "./in-force.ts";
import { addedUses } from "./kept-api-keys.ts";
import { Said } from "./said.ts";
import { Seats } from "./seats.ts";
import { sharedOut } from "./shares.ts";
import { LOOP, Slot } from "./slot.ts";
import { canStartWorkers, unlessEnded, WorkerEnded, WorkerProcess } from "./worker-process.ts";

const TICK_MS = 1000;

interface WorkersHost {
  /** How many serve. */
  readonly workers: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly quiet: boolean;
  /** Counts limits over a fleet. */
  readonly fleetLimits?: FleetLimits | undefined;
}

/** Several processes that serve, as one: docs/decisions/0031. */
export class Workers implements ServingMessages {
  private readonly fixed: ServingConfig;
  private readonly host: WorkersHost;
  private readonly slots: readonly Slot[];
  private readonly counting: Counting;
  private readonly said: Said;
  private readonly timers: readonly NodeJS.Timeout[];
  private readonly inForce: InForce;
  /** Of all workers: each request of a route with limits is asked about. */
  private readonly limits: Limits;
  private readonly seats: Seats;
  private ticketSecret: string;
  private bound: readonly Bound[] = [];
  /** All of them serve for the first time, with these URLs. */
  private readonly first = Promise.withResolvers<readonly string[]>();
  private begun = false;
  private taking = false;
  private closing = false;
  private stopping: Promise<void> | undefined;

  /** Throws `workers_failed` where its program file is not. */
  constructor(config: ServingConfig, events: ServingEvents, host: WorkersHost) {
    if (!canStartWorkers())
      throw new FigError("workers_failed", "the program of a worker is not beside this one", {
        remedy: "leave strangler-fig out of the bundle, or write `workers: 1` in fig.yaml",
      });
    this.fixed = config;
    this.host = host;
    this.inForce = new InForce(host.clock);
    this.ticketSecret = ticketSecret(host.clock.hex);
    this.limits = new Limits(config.limits.limitMemoryBytes, host.clock, host.fleetLimits);
    this.said = new Said(
      events,
      () => [...this.slots.flatMap((slot) => slot.problem()), ...this.limits.problems()],
      (from, paths) => this.others(from, ({ near }) => near.invalidate(paths)),
    );
    this.counting = new Counting(host.clock, () => this.live());
    this.seats = new Seats(events, () => this.live());
    this.slots = Array.from(
      { length: host.workers },
      (_, index) => new Slot(index + 1, host.clock, (slot) => this.spawn(slot)),
    );
    // Nobody may be waiting for it.
    this.first.promise.catch(() => {});
    this.timers = [
      setInterval(() => this.tick(), TICK_MS),
      setInterval(() => this.sealTickets(), TICKETS_MS),
    ];
    for (const slot of this.slots) slot.begin();
  }

  async prepare(config: ServingConfig): Promise<void> {
    const { inForce } = this;
    const before = inForce.prepared;
    inForce.prepared = config;
    this.limits.prepare(config);
    try {
      await this.all(({ near }) => near.prepare(this.share(config)));
    } catch (error) {
      if (inForce.prepared === config) inForce.prepared = before;
      throw error;
    }
  }

  async commit(placements: readonly Placement[]): Promise<void> {
    const { inForce, counting } = this;
    const before = upstreamIdentities(inForce.config ?? this.fixed);
    const after = upstreamIdentities(inForce.commit(placements));
    for (const [name, identity] of before) if (after.get(name) !== identity) counting.forgetUpstream(name);
    await this.all(({ near }) => near.commit(placements));
  }

  async renew(listen: ServingConfig["listen"]): Promise<void> {
    const { inForce } = this;
    const before = inForce.renewed;
    inForce.renewed = listen;
    try {
      await this.all(({ near }) => near.renew(listen));
    } catch (error) {
      if (inForce.renewed === listen) inForce.renewed = before;
      throw error;
    }
  }

  async showChallenges(answers: readonly AcmeAnswer[]): Promise<void> {
    this.inForce.challenges = answers;
    await this.all(({ near }) => near.showChallenges(answers));
  }

  async reopenLogs(): Promise<void> {
    await this.each(({ near }) => near.reopenLogs());
  }

  async keepApiKeys(message: ApiKeysMessage): Promise<void> {
    this.inForce.apiKeys.take(message);
    await this.all(({ near }) => near.keepApiKeys(message));
  }

  async apiKeyUses(ids: readonly string[]): Promise<readonly ApiKeyUse[]> {
    return addedUses((await this.each(({ near }) => near.apiKeyUses(ids))).flat());
  }

  async recentClients(routes: readonly string[] | undefined): Promise<readonly RecentPart[]> {
    return (await this.each(({ near }) => near.recentClients(routes))).flat();
  }

  askSockets(ask: SocketAsk): Promise<SocketReply | undefined> {
    return this.seats.ask(ask);
  }

  socketsAnswered(answer: AnsweredSockets): Promise<void> {
    return this.seats.answered(answer);
  }

  async place(placements: readonly Placement[]): Promise<void> {
    this.inForce.place(placements);
    await this.all(({ near }) => near.place(placements));
  }

  async purge(purges: readonly Purge[]): Promise<readonly number[]> {
    const gone = await this.each(({ near }) => near.purge(purges));
    return purges.map((_, i) => gone.reduce((sum, each) => sum + (each[i] ?? 0), 0));
  }

  async invalidate(paths: readonly VoidPath[]): Promise<void> {
    this.others(undefined, ({ near }) => near.invalidate(paths));
  }

  async endSessions(message: EndedSessionsMessage): Promise<void> {
    this.inForce.end(message.ended);
    await this.all(({ near }) => near.endSessions(message));
  }

  async decide(request: WrittenRequest) {
    // All decide in the same way: the first that answers.
    for (const { near } of this.live()) {
      try {
        return await near.decide(request);
      } catch (error) {
        if (!(error instanceof WorkerEnded)) throw error;
      }
    }
    throw noWorker();
  }

  async listen(): Promise<readonly string[]> {
    await this.limits.known;
    this.bound = await bindAll(this.fixed.listen, this.fixed.reusePort);
    this.begun = true;
    for (const worker of this.live()) if (worker.ready) this.serve(worker);
    return await this.first.promise;
  }

  counts(): AsyncGenerator<CountsPart> {
    return this.counting.counts();
  }

  totals() {
    return this.counting.totals();
  }

  async gauges(): Promise<ServingGauges> {
    const workers: Record<string, number> = { serving: 0, starting: 0, waiting: 0 };
    const gauges = await this.counting.gauges();
    for (const { state } of this.slots) workers[state] = (workers[state] ?? 0) + 1;
    // Counted here, but it is the workers that answer.
    const { limitRefused } = gauges;
    return { ...gauges, ...this.limits.gauges(), limitRefused, workers };
  }

  /** All but the last just close: the addresses stay this front door's. The last loses none that comes meanwhile. */
  async stopAccepting(shared: boolean, patienceMs: number): Promise<void> {
    this.close();
    const live = this.live();
    const last = live.find(({ servingSince }) => servingSince !== undefined) ?? live[0];
    const others = live.filter((worker) => worker !== last);
    await Promise.all(others.map(({ near }) => near.stopAccepting(false, patienceMs).catch(unlessEnded)));
    await last?.near.stopAccepting(shared, patienceMs).catch(unlessEnded);
  }

  async drain({ delayMs, deadlineMs }: Drain): Promise<Drained> {
    const { clock } = this.host;
    // A worker that ends meanwhile is still replaced.
    if (delayMs > 0) await sleep(delayMs);
    const began = clock.micros();
    await this.stopAccepting(this.fixed.reusePort, Math.min(PATIENCE_MS, deadlineMs / 2));
    const limits = {
      delayMs: 0,
      deadlineMs: Math.max(0, deadlineMs - Math.round((clock.micros() - began) / 1000)),
    };
    const drained = await Promise.all(this.live().map(({ near }) => near.drain(limits).catch(unlessEnded)));
    return { brokenOff: drained.reduce((sum, each) => sum + (each?.brokenOff ?? 0), 0) };
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    this.close();
    await Promise.all(
      this.live().map(async (worker) => {
        await worker.near.stop().catch(unlessEnded);
        await this.counting.last(worker);
        await worker.end();
      }),
    );
    for (const timer of this.timers) clearInterval(timer);
    await this.limits.close();
  }

  /** From here on no worker is replaced, and the addresses are the workers' alone. */
  private close(): void {
    if (this.closing) return;
    this.closing = true;
    for (const slot of this.slots) slot.close();
    for (const bound of this.bound) bound.close();
    this.first.reject(new FigError("closed", "this front door was closed"));
  }

  private live(): readonly WorkerProcess[] {
    return this.slots.flatMap(({ worker }) => worker ?? []);
  }

  /** An order to all, in force when it is answered in each that listens or was told to. Any other obeys it before it hears that. */
  private async all(order: (worker: WorkerProcess) => Promise<void>): Promise<void> {
    const waits = this.live().map((worker) => {
      const answer = order(worker).catch(unlessEnded);
      if (!this.begun || worker.told) return answer;
      answer.catch(() => {});
      return undefined;
    });
    await Promise.all(waits);
  }

  private async each<Answer>(ask: (worker: WorkerProcess) => Promise<Answer>): Promise<readonly Answer[]> {
    const answers = await Promise.all(this.live().map((worker) => ask(worker).catch(unlessEnded)));
    return answers.filter((answer) => answer !== undefined);
  }

  private share(config: ServingConfig): ServingConfig {
    return sharedOut(config, this.host.workers);
  }

  private spawn(slot: Slot): WorkerProcess {
    const { quiet } = this.host;
    const asked = new AskedDesk(this.limits.desk, (answers) => worker.near.limitAnswers(answers));
    const worker: WorkerProcess = new WorkerProcess(
      { kind: "hello", config: this.share(this.fixed), ticketSecret: this.ticketSecret, quiet },
      {
        ...this.said.of(slot.number),
        onPinned: (pins) => this.others(slot.number, ({ near }) => near.rememberPins(pins)),
        onKeys: (news) => this.others(slot.number, ({ near }) => near.hearKeys(news)),
        ...this.seats.of(() => worker),
        onLimitAsks: (asks) => asked.hear(asks),
      },
      () => {
        asked.end();
        this.ended(slot, worker);
      },
    );
    this.inForce
      .tell(worker.near, (config) => this.share(config))
      .then(() => {
        worker.ready = true;
        if (this.begun && !this.closing) this.serve(worker);
      })
      .catch((error: unknown) => this.cannot(worker, error));
    return worker;
  }

  private serve(worker: WorkerProcess): void {
    for (const { socket } of this.bound) worker.give(socket);
    worker.told = true;
    worker.countedAt = this.host.clock.micros();
    worker.near.listen().then(
      (urls) => {
        worker.servingSince = this.host.clock.micros();
        if (this.slots.every(({ state }) => state === "serving")) this.first.resolve(urls);
      },
      (error: unknown) => {
        if (error instanceof FigError) this.first.reject(error);
        this.cannot(worker, error);
      },
    );
  }

  /** What one worker says, told to the others; of nobody's, to all. */
  private others(from: number | undefined, tell: (worker: WorkerProcess) => Promise<void>): void {
    for (const { number, worker } of this.slots) {
      if (number === from || worker === undefined) continue;
      tell(worker).catch((error: unknown) => this.cannot(worker, error));
    }
  }

  /** It cannot serve as the others do: another tries. */
  private cannot(worker: WorkerProcess, error: unknown): void {
    if (error instanceof WorkerEnded || this.closing) return;
    this.host.log.error({ err: error }, "a worker cannot serve");
    worker.kill();
  }

  private ended(slot: Slot, worker: WorkerProcess): void {
    this.said.forget(slot.number);
    this.seats.forget(worker);
    const lostSeconds = this.counting.ended(worker, this.stopping !== undefined);
    slot.worker = undefined;
    if (this.stopping !== undefined) return;
    const { pid, ended: { words: how, why } = {} } = worker;
    this.host.log.error(
      { worker: slot.number, pid, how, why, uncountedSeconds: lostSeconds },
      `worker ${slot.number} ended (${how})${this.closing ? "" : ", and is replaced"}; what it counted in its last ${lostSeconds.toFixed(1)} s is not in the evidence`,
    );
    if (this.closing) return;
    slot.endedWith(worker);
    if (slot.short >= LOOP) this.first.reject(noWorker());
    this.said.tell();
  }

  private sealTickets(): void {
    this.ticketSecret = ticketSecret(this.host.clock.hex);
    this.others(undefined, ({ near }) => near.sealTickets(this.ticketSecret));
  }

  private tick(): void {
    for (const slot of this.slots) slot.tick();
    // A worker that answers nothing is found by it.
    if (!this.taking) {
      this.taking = true;
      this.counting
        .take()
        .catch((err: unknown) => this.host.log.error({ err }, "workers could not be asked what they counted"))
        .finally(() => {
          this.taking = false;
        });
    }
    this.said.tell();
  }
}

function noWorker(): FigError {
  return new FigError("workers_failed", "the processes that serve keep ending", {
    remedy: "look at the log for why; `workers: 1` in fig.yaml serves in this process alone",
  });
}

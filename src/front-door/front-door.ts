import { hostname } from "node:os";
import type { Admin } from "../admin/index.ts";
import { systemClock } from "../clock.ts";
import { type Environment, formatProblems, loadConfig, unpackFiles } from "../config/index.ts";
import type { DoorProblem, ShiftResult } from "../control/contract.ts";
import {
  ApiKeyFeed,
  acceptResplits,
  type Control,
  createLive,
  EndedSessionsKeeper,
  FilesKeeper,
  type FilesSaid,
  FleetVoids,
  type Live,
  PurgeFollower,
  RecentShare,
  type Status,
  WholeKeeper,
} from "../control/index.ts";
import { FigError } from "../domain/errors.ts";
import { servingConfig } from "../domain/serving-config.ts";
import { createEventBus } from "../observe/event-bus.ts";
import { type ClosableLog, createLog } from "../observe/log.ts";
import type { CreateServing, ServingMessages } from "../serving/contract.ts";
import { CertificateCopy } from "./acme/certificate-copy.ts";
import { OrderedCertificates } from "./acme/ordered-certificates.ts";
import type { AcmeTimes } from "./acme/times.ts";
import { CertificatesInForce } from "./certificates-in-force.ts";
import type { Closed, FrontDoorOptions, Listening, RollbackOptions, ShiftOptions } from "./contract.ts";
import { Files } from "./files.ts";
import { Heard } from "./heard.ts";
import { openAdmin } from "./open-admin.ts";
import { openFleetMessages, openServing } from "./open-serving.ts";
import { doorProblems, readinessOf } from "./problems.ts";
import { Reloads } from "./reloads.ts";
import { SocketFleet } from "./socket-fleet.ts";
import { openState } from "./state.ts";
import { Webhooks } from "./webhooks.ts";
import { wholeSeal } from "./whole-seal.ts";

/** Everything that runs between listen() and close(). */
interface Running {
  readonly live: Live;
  readonly reloads: Reloads;
  readonly certificates: CertificatesInForce;
  readonly control: Control;
  readonly serving: ServingMessages;
  readonly admin: Admin;
  readonly listening: Listening;
}

/**
 * One front door: what serves, and the admin over it, which meet at serving/contract. Several front doors can run in one process;
 * nothing is shared between them.
 */
export class FrontDoor {
  private readonly log: ClosableLog;
  private readonly files: Files;
  private readonly quiet: boolean;
  private readonly env: Environment;
  private readonly createServing: CreateServing | undefined;
  private readonly acmeTimes: Partial<AcmeTimes> | undefined;
  private readonly ends: (() => unknown)[] = [];
  private running: Running | undefined;
  private ready = false;
  private closing: Promise<Closed> | undefined;

  /** `createServing`: where something else than this process is to serve. `acmeTimes`: other times than usual. */
  constructor(
    source: string | object,
    options: FrontDoorOptions = {},
    createServing?: CreateServing,
    acmeTimes?: Partial<AcmeTimes>,
  ) {
    this.acmeTimes = acmeTimes;
    this.quiet = options.quiet ?? false;
    this.log = createLog({ now: systemClock.now, ...(this.quiet ? { level: "silent" as const } : {}) });
    this.env = options.env ?? process.env;
    this.files = new Files(source, this.env, this.log);
    this.createServing = createServing;
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
  async reload(said?: FilesSaid): Promise<void> {
    const { running } = this;
    // That takes some milliseconds, and a reload a thread: certificates do not wait for it.
    await running?.certificates.renew();
    await running?.reloads.reload(said);
  }

  /** Opens the access log's file anew, as SIGUSR1 does. Never rejects. */
  async reopenLogs(): Promise<void> {
    try {
      await this.running?.serving.reopenLogs();
    } catch (error) {
      this.log.error({ err: error }, "the access log's file was not opened anew");
    }
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

  private async start(): Promise<Running> {
    const { files, log, ends } = this;
    const loaded = await files.load(loadConfig);
    ends.push(files.watch(() => void this.reload()));
    const state = await openState(loaded, log);
    ends.push(() => state.close());
    const { store } = state;
    const ordered = new OrderedCertificates({
      ...{ store, log, clock: systemClock, times: this.acmeTimes },
      copy: state.copy && new CertificateCopy(state.copy.path, systemClock.hex, log),
    });
    files.complete = (listen) => ordered.complete(listen);
    const config = { ...loaded, listen: await files.complete(loaded.listen) };
    ordered.follow(config.listen);
    const events = createEventBus();
    const heard = new Heard(events);
    const sockets = new SocketFleet({
      ...{ hex: systemClock.hex, log },
      serving: () => serving,
      open: () => openFleetMessages(config.state),
    });
    heard.onSockets = sockets;
    const serving: ServingMessages =
      this.createServing?.(servingConfig(config), heard) ??
      (await openServing(config, heard, { log, quiet: this.quiet, env: this.env }));
    ends.push(() => sockets.close());
    const certificates = new CertificatesInForce(config.listen, { files, serving, log });
    const webhooks = new Webhooks({
      ...{ clock: systemClock, log },
      settings: () => live.config().webhooks,
      environment: () => live.config().name,
    });
    ends.push(() => webhooks.close());
    const live: Live = createLive({
      store,
      serving,
      clock: systemClock,
      door: systemClock.hex(16),
      label: `${hostname()}, process ${process.pid}`,
      copy: state.copy,
      local: state.local,
      log,
      onNotice: (notice) => webhooks.send(notice),
      onEvent: (event) => {
        events.publish(event);
        if (event.type !== "health") return;
        reloads.retryDue();
        if (this.ready) void noteResplits();
        if (this.ready) void kept.settle();
      },
    });
    const seal = wholeSeal(() => live.config(), systemClock.hex);
    const wholes = new WholeKeeper({ ...{ store, seal, log }, config: () => live.config() });
    heard.onKept = (samples) => wholes.hear(samples);
    heard.onGuarded = (witnesses) => live.guards.hear(witnesses);
    heard.onCompared = (comparisons) => live.guards.compared(comparisons);
    // What could not be written is a problem in status, and is tried again when the store is back.
    const noteResplits = async (): Promise<void> => {
      try {
        await acceptResplits(control, live.resplits());
      } catch (error) {
        log.warn({ err: error }, "a change of a split is not in the ledger yet");
      }
    };
    const kept = new FilesKeeper({
      ...{
        store,
        clock: systemClock,
        log,
        unpack: unpackFiles,
        label: `${hostname()}, process ${process.pid}`,
      },
      ledger: () => {
        const { state: ledger, whole, rewound } = live.inForce();
        return whole && rewound === undefined ? ledger : undefined;
      },
      apply: (entry) => live.apply(entry),
    });
    ends.push(() => kept.close());
    const keys = new ApiKeyFeed({ store, serving, clock: systemClock, log });
    const endings = new EndedSessionsKeeper({ store, serving, clock: systemClock, log });
    heard.onEnded = (ended) => endings.append(ended);
    ends.push(
      () => keys.close(),
      () => endings.close(),
    );
    const reloads = new Reloads(
      files,
      live,
      log,
      async (said) => {
        ordered.follow(live.config().listen);
        await certificates.reloaded(live.config().listen);
        await noteResplits();
        await kept.note(files.read, said);
      },
      async (config) => {
        await Promise.all([keys.use(config), endings.use(config)]);
      },
    );
    // What serves stops first: its last counts are still to be written.
    ends.push(
      () => wholes.close(),
      () => live.close(),
      () => serving.stop(),
    );
    await Promise.all([live.start(config), keys.use(config), endings.use(config)]);
    const problems = (): readonly DoorProblem[] => [
      ...doorProblems(live, state, heard, reloads, certificates.listen, ordered.problems(), keys.problems()),
      ...kept.problems(),
    ];
    const purges = new PurgeFollower({
      ...{ store, log, config: () => live.config() },
      purge: (asked) => serving.purge(asked),
    });
    ends.push(() => purges.close());
    await purges.start();
    const door = systemClock.hex(8);
    const voids = new FleetVoids({
      ...{ door, micros: systemClock.micros, word: store.word },
      invalidate: (paths) => serving.invalidate(paths),
    });
    heard.onVoid = (paths) => voids.tell(paths);
    ends.push(() => voids.close());
    const recent = new RecentShare({
      ...{ store, door, clock: systemClock, log },
      read: () => serving.recentClients(undefined),
    });
    ends.push(() => recent.close());
    let urls: readonly string[] | undefined;
    const { control, pilot, metrics, admin } = openAdmin({
      ...{ purges, voids, door, wholes, seal, kept, url: () => urls?.[0] },
      askSockets: (ask) => sockets.ask(ask),
      openSockets: () => sockets.open(),
      ...{ config, store, live, serving, heard, certificates, events, log, keys, webhooks },
      orders: ordered.orders,
      facts: {
        problems,
        invalid: () => files.invalid,
        files: async () => {
          await kept.settle();
          return { id: kept.id };
        },
        reloadFiles: async (said) => {
          await this.reload(said);
          const invalid = files.invalid.map((problem) => formatProblems([problem]));
          const due = reloads.due === undefined ? [] : [reloads.due];
          return { id: kept.id ?? null, revision: live.revision(), problems: [...invalid, ...due] };
        },
      },
      hold: (given) => state.local.hold(given),
      ready: () => readinessOf(this.ready, live, files.invalid, problems()),
    });
    ends.push(() => metrics.close());
    ends.push(() => pilot.close());
    await noteResplits();
    // Nobody waits for it: whoever asks for the files does.
    void kept.note(files.read);
    urls = await serving.listen();
    const { url: adminUrl } = await admin.listen();
    ends.push(() => admin.close());
    await live.listening();
    pilot.start();
    ordered.start({ serving, renew: () => certificates.renew() });
    ends.push(() => ordered.close());
    const listening = {
      url: urls[0] as string,
      urls,
      adminUrl,
      stateId: store.stateId,
      revision: live.revision(),
    };
    return { live, reloads, certificates, control, serving, admin, listening };
  }

  private async shutDown(): Promise<Closed> {
    const { running } = this;
    this.ready = false;
    let brokenOff = 0;
    if (running !== undefined) {
      const { live, reloads, serving, admin } = running;
      reloads.stop();
      // Whoever asks from here on is to find the successor, not this door that is no longer ready.
      if (live.config().reusePort) void admin.stopAccepting();
      ({ brokenOff } = await serving.drain(live.config().drain));
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

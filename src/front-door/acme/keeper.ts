import { setTimeout as sleep } from "node:timers/promises";
import { newKey, type OrderedPair, OrderFailed, orderCertificate } from "../../acme/order.ts";
import { certificateId } from "../../acme/renewal-info.ts";
import { readPair } from "../../config/index.ts";
import type { AcmeAnswer, AcmeSettings } from "../../domain/acme.ts";
import type { Clock } from "../../domain/clock.ts";
import type { TlsCertificate } from "../../domain/config.ts";
import { messageOf } from "../../domain/errors.ts";
import { scrubbed } from "../../domain/scrub.ts";
import type { Log } from "../../observe/contract.ts";
import type { Store, StoredRecord } from "../../store/contract.ts";
import { OrderLease, OrderLost } from "./lease.ts";
import {
  accountKeyIn,
  type KeptOrder,
  type KeptPair,
  NO_ORDER,
  orderIn,
  pairIn,
  type RecordNames,
  recordNames,
} from "./records.ts";
import { RenewalTime } from "./renewal-time.ts";
import type { AcmeTimes } from "./times.ts";

interface KeeperParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: AcmeTimes;
  /** The certificate or the answers are others now: resolves when they are in force here. */
  readonly changed: () => Promise<void>;
  readonly ended: (result: "issued" | "failed") => void;
}

/** One certificate that is ordered: what the state has of it, and the order when one is due. */
export class AcmeKeeper {
  /** Others may order the same certificate: as another account, or trusting another authority's server. */
  settings: AcmeSettings;
  certificate: TlsCertificate | undefined;
  private readonly parts: KeeperParts;
  private readonly renewal: RenewalTime;
  private readonly closing = new AbortController();
  private certificateVersion = 0;
  private orderRecord: StoredRecord | undefined;
  private order: KeptOrder = NO_ORDER;
  /** When the order's record was first seen as it is, on the clock that never goes back, ms. */
  private seenMs = 0;
  private heard = false;
  private retryMs = 0;
  private running: Promise<void> | undefined;

  constructor(settings: AcmeSettings, parts: KeeperParts) {
    this.settings = settings;
    this.parts = parts;
    this.renewal = new RenewalTime(parts);
  }

  get names(): RecordNames {
    return recordNames(this.settings);
  }

  /** As messages call it. */
  get name(): string {
    return this.settings.domains[0] ?? "";
  }

  /** What every door is to show now: not that of a door which fell silent. */
  get answers(): readonly AcmeAnswer[] {
    return this.silent() ? [] : this.order.answers;
  }

  /** Orders that failed since the last that did not. */
  get failed(): Pick<KeptOrder, "failures" | "error"> {
    return this.order;
  }

  /** Takes in what the state has. True: there is another certificate. */
  hear(records: ReadonlyMap<string, StoredRecord>): boolean {
    this.hearOrder(records.get(this.names.order));
    const record = records.get(this.names.certificate);
    if (record === undefined || record.version === this.certificateVersion) return false;
    this.certificateVersion = record.version;
    const pair = pairIn(record);
    const certificate = pair && this.certificateOf(pair);
    if (certificate === undefined) return false;
    this.certificate = certificate;
    return true;
  }

  /** What this host has kept of it, while the state is away. */
  stand(pair: KeptPair): void {
    this.certificate ??= this.certificateOf(pair);
  }

  /** Orders if it is due, and no other door does. */
  step(): void {
    if (this.running !== undefined || this.closing.signal.aborted || !this.due()) return;
    if (this.order.holder !== "" && !this.silent()) return;
    if (this.nowMs() < this.retryMs) return;
    this.running = this.attempt().finally(() => {
      this.running = undefined;
    });
  }

  /** Asks the authority when to renew, now and then. Never rejects. */
  async look(): Promise<void> {
    if (this.certificate !== undefined)
      await this.renewal.look(this.settings, this.certificate, this.closing.signal);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private due(): boolean {
    const { certificate, renewal, parts } = this;
    return certificate === undefined || parts.clock.now() >= renewal.atMs(certificate);
  }

  private nowMs(): number {
    return this.parts.clock.micros() / 1000;
  }

  private silent(): boolean {
    return this.nowMs() - this.seenMs > this.parts.times.leaseMs;
  }

  private hearOrder(record: StoredRecord | undefined): void {
    if (this.heard && record?.version === this.orderRecord?.version) return;
    const before = this.order;
    this.orderRecord = record;
    this.order = orderIn(record);
    this.seenMs = this.nowMs();
    const { failures, pauseMs } = this.order;
    // A door that starts tries soon: what was wrong may have been mended.
    if (!this.heard && failures > 0) this.pause(1, 0);
    else if (failures > before.failures) this.pause(failures, pauseMs);
    this.heard = true;
  }

  private pause(failures: number, askedMs: number): void {
    const { times, clock } = this.parts;
    const most = Math.min(times.lastRetryMs, times.retryMs * 2 ** Math.min(failures - 1, 30));
    const chance = Number.parseInt(clock.hex(2), 16) / 0xffff;
    this.retryMs = this.nowMs() + Math.max(askedMs, most * (0.5 + chance / 2));
  }

  private certificateOf({ cert, key }: OrderedPair): TlsCertificate | undefined {
    const { certificate } = readPair(cert, key, this.name, undefined);
    return certificate && { ...certificate, ordered: "issued" };
  }

  private async attempt(): Promise<void> {
    const { store, clock, log } = this.parts;
    const { failures } = this.order;
    let lease: OrderLease | undefined;
    try {
      lease = await OrderLease.take(store, this.names.order, clock.hex(16), this.orderRecord);
      if (lease === undefined) return;
      // Another door may have done it since this one looked.
      if (this.hear(await store.readRecords([this.names.certificate]))) await this.parts.changed();
      if (this.due()) await this.orderUnder(lease, failures);
      await lease.release({ failures: 0, error: "", pauseMs: 0 });
    } catch (error) {
      const stopped = this.closing.signal.aborted;
      if (!stopped && !(error instanceof OrderLost)) {
        const reason = scrubbed(messageOf(error)).slice(0, 500);
        const pauseMs = error instanceof OrderFailed ? error.pauseMs : 0;
        // Should the store not take it, this door does not try again at once either.
        this.pause(failures + 1, pauseMs);
        this.parts.ended("failed");
        log.error({ domains: this.settings.domains, reason }, "a certificate could not be ordered");
        await lease?.release({ failures: failures + 1, error: reason, pauseMs }).catch(() => undefined);
      } else if (stopped) {
        const { error: last, pauseMs } = this.order;
        await lease?.release({ failures, error: last, pauseMs }).catch(() => undefined);
      }
    }
  }

  private async orderUnder(lease: OrderLease, failures: number): Promise<void> {
    const { clock, log, times } = this.parts;
    const { settings, certificate } = this;
    const lost = new AbortController();
    const beats = setInterval(() => {
      lease.beat().catch((error: unknown) => {
        if (error instanceof OrderLost) lost.abort(error);
      });
    }, times.beatMs);
    const signal = AbortSignal.any([this.closing.signal, lost.signal, AbortSignal.timeout(times.orderMs)]);
    const from = clock.now();
    try {
      log.info({ domains: settings.domains, directory: settings.directory }, "a certificate is ordered");
      const replaces =
        failures === 0 && certificate && this.renewal.known ? certificateId(certificate.cert) : undefined;
      const ordered = orderCertificate({
        ...{ settings, signal, replaces },
        accountKey: await this.accountKey(),
        show: async (answers) => {
          await lease.show(answers);
          this.order = { ...this.order, answers };
          this.seenMs = this.nowMs();
          await this.parts.changed();
          await sleep(times.spreadMs, undefined, { signal });
        },
      });
      const pair = await abortable(ordered, signal);
      await this.keep(pair, signal);
      this.parts.ended("issued");
      log.info({ domains: settings.domains, ms: clock.now() - from }, "a certificate was issued");
    } finally {
      clearInterval(beats);
      this.order = { ...this.order, answers: [] };
    }
  }

  /** Puts it in force here, and into the state, however long that is away: it is not ordered twice. */
  private async keep(pair: OrderedPair, signal: AbortSignal): Promise<void> {
    const { store, times, clock } = this.parts;
    const certificate = this.certificateOf(pair);
    const wrong =
      certificate === undefined
        ? "what was issued cannot be served"
        : faultOf(certificate, this.settings, clock.now());
    if (certificate === undefined || wrong !== undefined) throw new Error(wrong);
    this.certificate = certificate;
    await this.parts.changed();
    for (;;) {
      try {
        const { version = 0 } =
          (await store.readRecords([this.names.certificate])).get(this.names.certificate) ?? {};
        if (await store.swapRecord(this.names.certificate, version, JSON.stringify(pair))) {
          this.certificateVersion = version + 1;
          return;
        }
      } catch (error) {
        if (signal.aborted) throw error;
      }
      await sleep(times.pollMs, undefined, { signal });
    }
  }

  /** The one of all doors that order as this account. */
  private async accountKey(): Promise<string> {
    const { store } = this.parts;
    const { account } = this.names;
    const kept = async () => accountKeyIn((await store.readRecords([account])).get(account));
    const known = await kept();
    if (known !== undefined) return known;
    const key = await newKey();
    await store.swapRecord(account, 0, JSON.stringify({ key }));
    const first = await kept();
    if (first === undefined) throw new Error("the account's key in the state cannot be read");
    return first;
  }
}

/** What is wrong with a certificate that was issued for these settings. */
function faultOf(
  { names, startsMs, endsMs }: TlsCertificate,
  { domains }: AcmeSettings,
  nowMs: number,
): string | undefined {
  const missing = domains.filter((domain) => !names.includes(domain));
  if (missing.length > 0) return `what was issued is not for ${missing.join(", ")}`;
  return endsMs <= nowMs || endsMs <= startsMs ? "what was issued has ended already" : undefined;
}

/** The library's pauses end with their time, not with a signal. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () =>
      reject(signal.reason instanceof OrderLost ? signal.reason : new OrderFailed(signal.reason, 0));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

import { placeholderPair } from "../../acme/order.ts";
import { readPair } from "../../config/index.ts";
import type { DoorProblem } from "../../control/contract.ts";
import type { AcmeSettings } from "../../domain/acme.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Listener, TlsCertificate } from "../../domain/config.ts";
import { messageOf } from "../../domain/errors.ts";
import { countOf } from "../../domain/wording.ts";
import type { Log } from "../../observe/contract.ts";
import type { ServingMessages } from "../../serving/contract.ts";
import type { Store } from "../../store/contract.ts";
import type { CertificateCopy } from "./certificate-copy.ts";
import { AcmeKeeper } from "./keeper.ts";
import { recordNames } from "./records.ts";
import { ACME_TIMES, type AcmeTimes } from "./times.ts";

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly times?: Partial<AcmeTimes> | undefined;
  /** Of a state on another host. */
  readonly copy?: CertificateCopy | undefined;
}

/** What is told when certificates or answers change. */
interface Told {
  readonly serving: Pick<ServingMessages, "showChallenges">;
  /** Puts certificates in force. */
  readonly renew: () => Promise<void>;
}

function acmeOf(listen: readonly Listener[]): readonly AcmeSettings[] {
  return listen.flatMap(({ tls }) => (tls?.acme === undefined ? [] : [tls.acme]));
}

/** The certificates of `listen` that are ordered by ACME: kept in the state, shared by a fleet, renewed by one of its doors. */
export class OrderedCertificates {
  /** Orders made here, by how they ended. */
  readonly orders: Record<string, number> = {};
  private readonly parts: Parts;
  private readonly times: AcmeTimes;
  private readonly keepers = new Map<string, AcmeKeeper>();
  private readonly placeholders = new Map<string, TlsCertificate>();
  /** Those of the files in force. */
  private current = new Set<string>();
  private told: Told | undefined;
  private shown = "[]";
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> | undefined;
  private closed = false;

  constructor(parts: Parts) {
    this.parts = parts;
    this.times = { ...ACME_TIMES, ...parts.times };
  }

  /**
   * The listeners with the certificates that they order: the newest there is, one of other settings that has some of its names, or else a
   * placeholder. What the state has of settings that are new here is read first.
   */
  async complete(listen: readonly Listener[]): Promise<readonly Listener[]> {
    const wanted = acmeOf(listen);
    if (wanted.length === 0) return listen;
    const fresh = wanted
      .map((settings) => this.keeperOf(settings))
      .filter(({ certificate }) => certificate === undefined);
    if (fresh.length > 0) {
      try {
        await this.read(fresh);
      } catch (error) {
        this.parts.log.warn(
          { reason: messageOf(error) },
          "certificates could not be read from the state yet",
        );
        const kept = await this.parts.copy?.read();
        for (const keeper of fresh) {
          const pair = kept?.get(keeper.names.certificate);
          if (pair !== undefined) keeper.stand(pair);
        }
      }
    }
    const filled = new Map<AcmeSettings, TlsCertificate>();
    for (const settings of wanted) filled.set(settings, await this.certificateFor(settings));
    return listen.map((listener) => {
      const { tls } = listener;
      const certificate = tls?.acme && filled.get(tls.acme);
      return tls === undefined || certificate === undefined
        ? listener
        : { ...listener, tls: { ...tls, certificates: [certificate] } };
    });
  }

  /** These files are in force. */
  follow(listen: readonly Listener[]): void {
    const wanted = acmeOf(listen);
    for (const settings of wanted) this.keeperOf(settings);
    this.current = new Set(wanted.map((settings) => recordNames(settings).certificate));
    if (this.told !== undefined && this.timer === undefined && this.current.size > 0) this.pollSoon(0);
  }

  /** From here on certificates are ordered and renewed. */
  start(told: Told): void {
    this.told = told;
    void this.keepCopy();
    if (this.current.size > 0) this.pollSoon(0);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await Promise.all([...this.keepers.values()].map((keeper) => keeper.close()));
    await this.polling;
  }

  /** What is wrong with orders. */
  problems(): readonly DoorProblem[] {
    return [...this.keepers]
      .filter(([id]) => this.current.has(id))
      .flatMap(([, { name, certificate, failed }]) => {
        const { failures, error } = failed;
        if (certificate !== undefined && failures === 0) return [];
        const what =
          certificate === undefined
            ? `there is no certificate for ${name} yet`
            : `the certificate of ${name} could not be renewed`;
        const why =
          failures === 0
            ? "it is being ordered"
            : `${countOf(failures, "order")} failed, the last with: ${error}`;
        return [
          {
            kind: "certificate" as const,
            message: `${what}: ${why}`,
            remedy:
              failures === 0
                ? "wait until it is issued; clients see a certificate that they do not trust until then"
                : "see that the authority can be reached from here, and reaches this name; it is tried again by itself",
          },
        ];
      });
  }

  private keeperOf(settings: AcmeSettings): AcmeKeeper {
    const { certificate: id } = recordNames(settings);
    const known = this.keepers.get(id);
    if (known !== undefined) {
      known.settings = settings;
      return known;
    }
    const { store, clock, log } = this.parts;
    const keeper = new AcmeKeeper(settings, {
      ...{ store, clock, log, times: this.times },
      changed: () => this.tell(true),
      ended: (result) => {
        this.orders[result] = (this.orders[result] ?? 0) + 1;
      },
    });
    this.keepers.set(id, keeper);
    return keeper;
  }

  private async certificateFor(settings: AcmeSettings): Promise<TlsCertificate> {
    const own = this.keeperOf(settings).certificate;
    if (own !== undefined) return own;
    const others = [...this.keepers.values()].map(({ certificate }) => certificate);
    const shared = (certificate: TlsCertificate | undefined) =>
      settings.domains.filter((domain) => certificate?.names.includes(domain)).length;
    const [nearest] = others.sort((a, b) => shared(b) - shared(a));
    return nearest !== undefined && shared(nearest) > 0 ? nearest : await this.placeholderFor(settings);
  }

  private async placeholderFor({ domains }: AcmeSettings): Promise<TlsCertificate> {
    const name = domains[0] ?? "";
    const known = this.placeholders.get(name);
    if (known !== undefined) return known;
    const { cert, key } = await placeholderPair(name);
    const { certificate } = readPair(cert, key, name, undefined);
    if (certificate === undefined) throw new Error("no placeholder for a certificate could be made");
    const placeholder = { ...certificate, ordered: "placeholder" as const };
    this.placeholders.set(name, placeholder);
    return placeholder;
  }

  /** True: there are other certificates. */
  private async read(keepers: readonly AcmeKeeper[]): Promise<boolean> {
    const names = keepers.flatMap((keeper) => [keeper.names.certificate, keeper.names.order]);
    const records = await this.parts.store.readRecords(names);
    return keepers.map((keeper) => keeper.hear(records)).some((changed) => changed);
  }

  private pollSoon(ms: number): void {
    this.timer = setTimeout(() => {
      this.polling = this.poll().finally(() => {
        this.timer = undefined;
        if (!this.closed && this.keepers.size > 0) this.pollSoon(this.times.pollMs);
      });
    }, ms).unref();
  }

  private async poll(): Promise<void> {
    const keepers = [...this.keepers.values()];
    let others: boolean;
    try {
      others = await this.read(keepers);
    } catch {
      // The store is away: what is known stays in force, and status says so. Nothing is ordered that could not be kept.
      return;
    }
    this.forget();
    try {
      await this.tell(others);
    } catch (error) {
      this.parts.log.error({ reason: messageOf(error) }, "what an authority is to find could not be shown");
    }
    for (const [id, keeper] of this.keepers) if (this.current.has(id)) keeper.step();
    // An authority may take its time: what other doors show is not to wait for it.
    for (const keeper of keepers) void keeper.look();
  }

  /** Those that the files no longer name stand in until what replaces them is there. */
  private forget(): void {
    const missing = [...this.current].some((id) => this.keepers.get(id)?.certificate === undefined);
    for (const [id, keeper] of this.keepers) {
      if (this.current.has(id) || (missing && keeper.certificate !== undefined)) continue;
      this.keepers.delete(id);
      void keeper.close();
    }
  }

  private async keepCopy(): Promise<void> {
    const pairs = [...this.keepers].flatMap(([id, { certificate }]) => {
      if (certificate === undefined || !this.current.has(id)) return [];
      const { cert, key } = certificate;
      return [[id, { cert, key }] as const];
    });
    if (pairs.length > 0) await this.parts.copy?.keep(new Map(pairs));
  }

  private async tell(certificates: boolean): Promise<void> {
    const { told } = this;
    if (told === undefined) return;
    const answers = [...this.keepers.values()].flatMap((keeper) => keeper.answers);
    const text = JSON.stringify(answers);
    if (text !== this.shown) {
      await told.serving.showChallenges(answers);
      this.shown = text;
    }
    if (!certificates) return;
    await told.renew();
    await this.keepCopy();
  }
}

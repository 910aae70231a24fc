import { type RenewalWindow, renewalWindow } from "../../acme/renewal-info.ts";
import type { AcmeSettings } from "../../domain/acme.ts";
import type { Clock } from "../../domain/clock.ts";
import type { TlsCertificate } from "../../domain/config.ts";
import { messageOf } from "../../domain/errors.ts";
import { scrubbed } from "../../domain/scrub.ts";
import type { Log } from "../../observe/contract.ts";
import { type AcmeTimes, RENEW_AT } from "./times.ts";

/** When a certificate is to be renewed: when its authority says, else at two thirds of its life. */
export class RenewalTime {
  private readonly clock: Clock;
  private readonly times: AcmeTimes;
  private readonly log: Log;
  private fingerprint = "";
  private window: RenewalWindow | undefined;
  /** Where in the window: each door has its own place, so that not all come at once. */
  private share = 0;
  private nextMs = 0;

  constructor({
    clock,
    times,
    log,
  }: {
    readonly clock: Clock;
    readonly times: AcmeTimes;
    readonly log: Log;
  }) {
    this.clock = clock;
    this.times = times;
    this.log = log;
  }

  /** The authority has said when, of the certificate that is in force. */
  get known(): boolean {
    return this.window !== undefined;
  }

  /** ms since the epoch. */
  atMs({ fingerprint, startsMs, endsMs }: TlsCertificate): number {
    const { window, share } = this;
    const ownMs = startsMs + (endsMs - startsMs) * RENEW_AT;
    if (window === undefined || fingerprint !== this.fingerprint) return ownMs;
    // Never so late that there is no time left to try again.
    const lastMs = endsMs - (endsMs - startsMs) / 10;
    return Math.min(window.startMs + (window.endMs - window.startMs) * share, lastMs);
  }

  /** Never rejects: an authority that is away, or says nothing, leaves it at what is known. */
  async look(
    settings: AcmeSettings,
    { fingerprint, cert }: TlsCertificate,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, times } = this;
    const nowMs = clock.micros() / 1000;
    if (fingerprint !== this.fingerprint) {
      this.fingerprint = fingerprint;
      this.window = undefined;
      this.share = Number.parseInt(clock.hex(2), 16) / 0xffff;
      // A fleet that took the same certificate does not ask all at once.
      this.nextMs = nowMs + times.renewalInfoMs * 0.1 * this.share;
    }
    if (nowMs < this.nextMs) return;
    this.nextMs = nowMs + times.renewalInfoMs;
    try {
      const window = await renewalWindow(settings, cert, signal);
      if (fingerprint === this.fingerprint) this.window = window;
    } catch (error) {
      if (!signal.aborted)
        this.log.warn(
          { reason: scrubbed(messageOf(error)) },
          "the authority was asked in vain when to renew",
        );
    }
  }
}

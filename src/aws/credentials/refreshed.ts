import type { CredentialSettings } from "../../domain/aws.ts";
import { figErrorOf } from "../../domain/errors.ts";
import type { AwsCredentials, Credentials, CredentialsOf } from "../contract.ts";
import { lookedUp } from "./chain.ts";
import { noCredentials, type Surroundings } from "./source.ts";

/** Fresh ones are looked for so long before the end, while the old ones are used... */
const EARLY_MS = 5 * 60_000;
/** ... and waited for from here on: what is signed now arrives later. */
const LATE_MS = 60_000;
/** Ones without an end, as a file has them, are looked for again after so long. */
const LOOK_AGAIN_MS = 5 * 60_000;
/** After a failure nobody is asked for so long. */
const PAUSE_MS = 2_000;
/** A look ends by itself, also where a file's disk does not answer. */
const LOOK_MS = 10_000;

/** It is so long ago, or a clock was set: of a time that is still to come nothing is known. */
const isOver = (atMs: number, now: number, ms: number) => Math.abs(now - atMs) > ms;

/** Credentials that are looked for when they are needed, by one look at a time, and again before they end. */
class Refreshed implements Credentials {
  private readonly around: Surroundings;
  private readonly settings: CredentialSettings;
  private held: AwsCredentials | undefined = undefined;
  private heldSinceMs = 0;
  private looking: Promise<AwsCredentials> | undefined = undefined;
  private failed: { readonly error: unknown; readonly atMs: number } | undefined = undefined;
  private readonly lookMs: number;

  constructor(around: Surroundings, settings: CredentialSettings, lookMs: number) {
    this.around = around;
    this.settings = settings;
    this.lookMs = lookMs;
  }

  async current(signal: AbortSignal): Promise<AwsCredentials> {
    const now = this.around.now();
    const { held } = this;
    const leftMs = held?.expiresMs === undefined ? Number.POSITIVE_INFINITY : held.expiresMs - now;
    const due =
      leftMs < EARLY_MS ||
      (leftMs === Number.POSITIVE_INFINITY && isOver(this.heldSinceMs, now, LOOK_AGAIN_MS));
    if (held !== undefined && leftMs > LATE_MS) {
      // Whoever asks now does not wait for it, and hears of no failure.
      if (due && this.mayLook(now)) this.look().catch(() => {});
      return held;
    }
    if (this.looking === undefined && !this.mayLook(now)) {
      if (held !== undefined && leftMs > 0) return held;
      throw this.failed?.error;
    }
    return ended(signal, this.looking ?? this.look());
  }

  refused(credentials: AwsCredentials): void {
    if (this.held === credentials) this.held = undefined;
  }

  private mayLook(now: number): boolean {
    return (
      this.looking === undefined && (this.failed === undefined || isOver(this.failed.atMs, now, PAUSE_MS))
    );
  }

  private look(): Promise<AwsCredentials> {
    // Many wait for it: none of them ends it.
    const signal = AbortSignal.timeout(this.lookMs);
    this.looking = ended(signal, lookedUp(this.around, this.settings, signal)).then(
      (found) => {
        this.failed = undefined;
        this.looking = undefined;
        this.held = found;
        this.heldSinceMs = this.around.now();
        return found;
      },
      (error: unknown) => {
        const known =
          figErrorOf(error) ?? noCredentials("Looking for credentials failed.", "Name another source.");
        this.failed = { error: known, atMs: this.around.now() };
        this.looking = undefined;
        throw known;
      },
    );
    return this.looking;
  }
}

/** Waits no longer than the signal says. */
function ended<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  if (signal.aborted) return Promise.reject(noCredentials("It was given up.", "Try again."));
  return new Promise((resolve, reject) => {
    const give = () => reject(noCredentials("Credentials did not come in time.", "Try again."));
    signal.addEventListener("abort", give, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", give));
  });
}

/** One of each settings, for as long as the process runs. */
export function createCredentials(around: Surroundings, lookMs = LOOK_MS): CredentialsOf {
  const all = new Map<string, Credentials>();
  return (settings) => {
    const key = JSON.stringify([settings.from, settings.profile]);
    const known = all.get(key) ?? new Refreshed(around, settings, lookMs);
    all.set(key, known);
    return known;
  };
}

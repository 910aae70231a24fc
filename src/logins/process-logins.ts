import type { Ask } from "../asking/contract.ts";
import type { Clock } from "../domain/clock.ts";
import type { EndedSessions } from "../domain/ended-sessions.ts";
import { messageOf } from "../domain/errors.ts";
import { type LoginPolicy, providerSettings, type WrittenSecret } from "../domain/policies/login.ts";
import type { Login, LoginCounts, Logins } from "./contract.ts";
import { EndedElsewhere } from "./ended-elsewhere.ts";
import { OpenedSessions } from "./opened-sessions.ts";
import { PolicyLogin } from "./policy-login.ts";
import { Provider } from "./provider.ts";
import { Refreshes } from "./refreshes.ts";
import { Remembered } from "./remembered.ts";
import { Seal } from "./seal.ts";

/** Sessions that ended before their time, and as many states that were given in. */
const MAX_SPENT = 100_000;
/** Providers as files name them; those of files that are gone make room. */
const MAX_PROVIDERS = 1_000;
/** Between two lines of the log about one provider. */
const LOG_MS = 10_000;
const MIN_SECRET_BYTES = 32;

interface LoginsHost {
  readonly clock: Clock;
  readonly ask: Ask;
  /** Throws. */
  readonly readSecret: (path: string) => string;
  /** Has sessions that a provider ended kept for all front doors. */
  readonly ended: (ended: EndedSessions) => void;
  readonly warn: (about: { readonly provider: string; readonly detail: string }, message: string) => void;
}

/** All logins of this process: providers' metadata, refreshes under way, and what ended are known over reloads. */
export class ProcessLogins implements Logins {
  readonly counts: LoginCounts = { calls: {}, limits: {} };
  readonly endedElsewhere: EndedElsewhere;
  private readonly host: LoginsHost;
  private readonly providers = new Map<string, Provider>();
  private readonly refreshes: Refreshes;
  private readonly opened = new OpenedSessions(() => this.count(this.counts.limits, "opened"));
  private places = 0;
  private readonly ended: Remembered;
  private readonly used: Remembered;
  private readonly said = new Map<string, number>();

  constructor(host: LoginsHost) {
    this.host = host;
    const { now } = host.clock;
    const onForgotten = () => this.count(this.counts.limits, "ended");
    this.refreshes = new Refreshes(now, onForgotten);
    this.endedElsewhere = new EndedElsewhere({ now, tell: host.ended, onForgotten });
    this.ended = new Remembered({ max: MAX_SPENT, now, onForgotten });
    this.used = new Remembered({ max: MAX_SPENT, now, onForgotten });
  }

  of(policy: LoginPolicy): Login | undefined {
    const { clock } = this.host;
    const { issuer } = providerSettings(policy);
    try {
      const secrets = policy.session.secrets.map((secret) => this.secret(secret, MIN_SECRET_BYTES));
      const clientSecret =
        policy.clientSecret === undefined ? undefined : this.secret(policy.clientSecret, 1);
      return new PolicyLogin({
        policy,
        provider: this.provider(policy, clientSecret),
        seal: new Seal(secrets, clock.hex),
        refreshes: this.refreshes,
        opened: this.opened,
        place: String(++this.places),
        ended: this.ended,
        endedElsewhere: this.endedElsewhere,
        used: this.used,
        now: clock.now,
        randomHex: clock.hex,
        limited: (limit) => this.count(this.counts.limits, limit),
        failed: (detail) => this.failed(issuer, detail),
      });
    } catch (error) {
      this.failed(issuer, messageOf(error));
      return undefined;
    }
  }

  private provider(policy: LoginPolicy, clientSecret: string | undefined): Provider {
    const { ask, clock } = this.host;
    const settings = providerSettings(policy);
    const key = JSON.stringify([settings, policy.clientId, clientSecret ?? null]);
    const known = this.providers.get(key);
    if (known !== undefined) return known;
    const provider = new Provider({
      ...{ settings, clientId: policy.clientId, clientSecret, ask, now: clock.now },
      count: (call, result) => this.count(this.counts.calls, `${call}\t${result}`),
    });
    this.providers.set(key, provider);
    for (const oldest of this.providers.keys()) {
      if (this.providers.size <= MAX_PROVIDERS) break;
      this.providers.delete(oldest);
    }
    return provider;
  }

  private secret(written: WrittenSecret, shortest: number): string {
    if (typeof written === "string") return written;
    const text = this.host.readSecret(written.file).trim();
    if (Buffer.byteLength(text) < shortest)
      throw new Error(`the secret in a file is shorter than ${shortest} bytes`);
    return text;
  }

  private failed(provider: string, detail: string): void {
    const now = this.host.clock.now();
    if (now - (this.said.get(provider) ?? -LOG_MS) < LOG_MS) return;
    if (this.said.size > MAX_PROVIDERS) this.said.clear();
    this.said.set(provider, now);
    this.host.warn({ provider, detail }, "a login's provider could not be asked, or gave no usable answer");
  }

  private count(counts: Record<string, number>, what: string): void {
    counts[what] = (counts[what] ?? 0) + 1;
  }
}

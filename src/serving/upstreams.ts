import type { Aws, InvokeFunction } from "../aws/contract.ts";
import type { Backend, Upstream } from "../backends/contract.ts";
import { createBackend } from "../backends/index.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import { type CertificateState, ENDS_SOON_MS, endingText } from "../domain/certificate-state.ts";
import type { Clock } from "../domain/clock.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import type { UpstreamState } from "../domain/upstream-state.ts";
import type { ServingProblem } from "./contract.ts";
import { upstreamIdentities } from "./upstream-identity.ts";

interface Entry {
  readonly identity: string;
  readonly backend: Upstream;
}

/** What upstreams are made with. */
export interface UpstreamTools {
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  /** Of the bodies that are kept for another try. */
  readonly bodies: ByteBudget;
  readonly invoke?: InvokeFunction;
  readonly aws?: Aws;
}

/** The upstreams of one set of files. An upstream that did not change keeps its connections and its health. */
export class UpstreamSet {
  private readonly entries: ReadonlyMap<string, Entry>;

  private readonly clock: Clock;

  private constructor(entries: ReadonlyMap<string, Entry>, clock: Clock) {
    this.entries = entries;
    this.clock = clock;
  }

  static of(config: ServingConfig, tools: UpstreamTools, previous?: UpstreamSet): UpstreamSet {
    const { connectMs, bodyIdleMs, upgradeIdleMs } = config.timeouts;
    const { deadlines, bodies, clock, invoke, aws } = tools;
    const random = () => Number.parseInt(clock.hex(4), 16) / 0x1_0000_0000;
    const times = { connectMs, bodyIdleMs, upgradeIdleMs };
    const options = {
      deadlines,
      ...times,
      bodies,
      random,
      ...(invoke === undefined ? {} : { invoke }),
      ...(aws === undefined ? {} : { aws }),
    };
    const entries = new Map<string, Entry>();
    const identities = upstreamIdentities(config);
    for (const [name, definition] of config.upstreams) {
      const identity = identities.get(name) as string;
      const kept = previous?.entries.get(name);
      const backend = kept?.identity === identity ? kept.backend : createBackend(definition, options);
      entries.set(name, { identity, backend });
    }
    return new UpstreamSet(entries, clock);
  }

  map(): ReadonlyMap<string, Backend> {
    return new Map([...this.entries].map(([name, { backend }]) => [name, backend]));
  }

  problems(): readonly ServingProblem[] {
    return [...this.entries].flatMap(([upstream, { backend }]) => [
      ...backend.problems().map((message) => ({ kind: "upstream" as const, message, upstream })),
      ...backend.warnings().map((message) => ({ kind: "upstream" as const, message })),
      ...this.ending(backend.certificate()),
    ]);
  }

  /** It has ended, or soon will. */
  private ending(certificate: CertificateState | undefined): readonly ServingProblem[] {
    const nowMs = this.clock.now();
    if (certificate === undefined) return [];
    const { name, upstream, endsAt } = certificate;
    const endsMs = Date.parse(endsAt);
    if (endsMs - nowMs >= ENDS_SOON_MS) return [];
    const message = `upstream ${upstream}: ${endingText(name, endsMs, nowMs, "its servers refuse")}`;
    return [
      { kind: "certificate", message, remedy: "renew it: the file of tls.cert is read again within seconds" },
    ];
  }

  states(): readonly UpstreamState[] {
    return [...this.entries.values()].map(({ backend }) => backend.state());
  }

  /** The front door drains: nothing waits for more to come. */
  drain(): void {
    for (const { backend } of this.entries.values()) backend.drain?.();
  }

  /** Closes what `next` does not keep. Requests under way finish. */
  retire(next?: UpstreamSet): void {
    for (const [name, { backend }] of this.entries) {
      if (next?.entries.get(name)?.backend !== backend) backend.close();
    }
  }
}

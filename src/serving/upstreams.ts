import type { Backend } from "../backends/contract.ts";
import { createBackend } from "../backends/index.ts";
import { canonicalJson } from "../domain/canonical-json.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import type { ServingProblem } from "./contract.ts";

interface Entry {
  readonly identity: string;
  readonly backend: Backend;
}

/** The upstreams of one set of files. An upstream that did not change keeps its connections and its health. */
export class UpstreamSet {
  private readonly entries: ReadonlyMap<string, Entry>;

  private constructor(entries: ReadonlyMap<string, Entry>) {
    this.entries = entries;
  }

  static of(config: ServingConfig, deadlines: Deadlines, previous?: UpstreamSet): UpstreamSet {
    const { connectMs, bodyIdleMs, upgradeIdleMs } = config.timeouts;
    const entries = new Map<string, Entry>();
    for (const [name, definition] of config.upstreams) {
      const identity = canonicalJson([definition, connectMs, bodyIdleMs, upgradeIdleMs]);
      const kept = previous?.entries.get(name);
      const backend =
        kept?.identity === identity
          ? kept.backend
          : createBackend(definition, { deadlines, connectMs, bodyIdleMs, upgradeIdleMs });
      entries.set(name, { identity, backend });
    }
    return new UpstreamSet(entries);
  }

  map(): ReadonlyMap<string, Backend> {
    return new Map([...this.entries].map(([name, { backend }]) => [name, backend]));
  }

  problems(): readonly ServingProblem[] {
    return [...this.entries].flatMap(([upstream, { backend }]) =>
      backend.problems().map((message) => ({ kind: "upstream" as const, message, upstream })),
    );
  }

  /** Closes what `next` does not keep. Requests under way finish. */
  retire(next?: UpstreamSet): void {
    for (const [name, { backend }] of this.entries) {
      if (next?.entries.get(name)?.backend !== backend) backend.close();
    }
  }
}

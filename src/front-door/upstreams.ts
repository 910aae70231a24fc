import type { Backend } from "../backends/contract.ts";
import { createBackend } from "../backends/index.ts";
import { canonicalJson } from "../domain/canonical-json.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import type { Deadlines } from "../domain/deadlines.ts";

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

  static of(config: FrontDoorConfig, deadlines: Deadlines, previous?: UpstreamSet): UpstreamSet {
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

  /** By name; those of `others` that this set does not name as well, for requests that began before a reload. */
  map(others?: UpstreamSet): ReadonlyMap<string, Backend> {
    const map = new Map<string, Backend>();
    for (const set of others === undefined ? [this] : [others, this]) {
      for (const [name, { backend }] of set.entries) map.set(name, backend);
    }
    return map;
  }

  problems(): readonly string[] {
    return [...this.entries.values()].flatMap(({ backend }) => backend.problems());
  }

  /** Closes what `next` does not keep. Requests under way finish. */
  retire(next: UpstreamSet | undefined): void {
    for (const [name, { backend }] of this.entries) {
      if (next?.entries.get(name)?.backend !== backend) backend.close();
    }
  }
}

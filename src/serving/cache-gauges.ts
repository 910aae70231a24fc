import type { CacheStore } from "../domain/http-cache/cache-store.ts";
import type { ServingGauges, VoidPath } from "./contract.ts";

/** Paths are told together after so long. */
const GATHER_MS = 20;

/** Paths whose stored answers are void, gathered for others. */
export class VoidPaths {
  private readonly tell: (paths: readonly VoidPath[]) => void;
  private paths = new Map<string, VoidPath>();

  constructor(tell: (paths: readonly VoidPath[]) => void) {
    this.tell = tell;
  }

  add(path: string, host: string): void {
    if (this.paths.size === 0) setTimeout(() => this.flush(), GATHER_MS);
    this.paths.set(`${host}\n${path}`, { path, host });
  }

  private flush(): void {
    const paths = [...this.paths.values()];
    this.paths = new Map();
    this.tell(paths);
  }
}

/** What the cache is like now, and what it counted, by `route side name` with tabs between them. */
export function cacheGauges(
  cache: CacheStore,
): Pick<ServingGauges, "cacheBytesHeld" | "cacheStored" | "cacheCounts"> {
  const stored: Record<string, number> = {};
  const counts: Record<string, number> = {};
  for (const { route, side, bytes, entries, counts: counted } of cache.all()) {
    const add = (name: string, value: number) => {
      const key = `${route}\t${side}\t${name}`;
      stored[key] = (stored[key] ?? 0) + value;
    };
    add("bytes", bytes);
    add("entries", entries);
    // Two definitions of one side, while one takes the other's place, count together.
    for (const [name, count] of Object.entries(counted)) counts[`${route}\t${side}\t${name}`] = count;
  }
  return { cacheBytesHeld: cache.held, cacheStored: stored, cacheCounts: counts };
}

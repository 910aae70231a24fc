import { LRUCache } from "lru-cache";
import type { KeptVerdicts } from "../contract.ts";

/** Verdicts of all authorizers of a process, and what they take together, about. The least used go first. */
const MAX_KEPT_VERDICTS = 100_000;
const MAX_KEPT_VERDICT_BYTES = 32 * 1024 * 1024;
/** A key, and what keeps it. */
const ENTRY_BYTES = 256;

interface Entry {
  readonly verdict: object;
  readonly bytes: number;
  readonly untilMs: number;
}

interface KeptVerdictsOptions {
  /** On a clock that never goes back. */
  readonly nowMs: () => number;
  /** One went to make room. */
  readonly onEvicted: () => void;
}

/** Verdicts by key until they end. */
export class VerdictCache implements KeptVerdicts {
  private readonly entries: LRUCache<string, Entry>;
  private readonly nowMs: () => number;

  constructor({ nowMs, onEvicted }: KeptVerdictsOptions) {
    this.nowMs = nowMs;
    this.entries = new LRUCache({
      max: MAX_KEPT_VERDICTS,
      maxSize: MAX_KEPT_VERDICT_BYTES,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: (_entry, _key, reason) => {
        if (reason === "evict") onEvicted();
      },
    });
  }

  get bytes(): number {
    return this.entries.calculatedSize;
  }

  get(key: string): unknown {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.untilMs > this.nowMs()) return entry.verdict;
    this.entries.delete(key);
    return undefined;
  }

  keep(key: string, verdict: object, bytes: number, forMs: number): void {
    this.entries.set(key, { verdict, bytes: bytes + ENTRY_BYTES, untilMs: this.nowMs() + forMs });
  }
}

import { LRUCache } from "lru-cache";
import type { TokenVerdict } from "./contract.ts";
import type { PublicKey } from "./jwks.ts";
import type { KeySet } from "./key-set.ts";

/** Of all tokens that were verified and are remembered, in one process; the one used longest ago is forgotten. */
const MAX_VERIFIED_BYTES = 16 * 1024 * 1024;
/** What one costs beside its claims. */
const BASE_BYTES = 512;
/** Of a parsed character: as a text of its own, in an object. */
const BYTES_A_CHAR = 4;

interface Verified {
  readonly verdict: TokenVerdict;
  readonly key: PublicKey;
  readonly keys: KeySet;
  readonly staleForMs: number;
  /** The token's `exp`, ms since the epoch. */
  readonly endsMs: number;
}

/**
 * Tokens whose signature was verified, and what they came to. None is there longer than its `exp`, nor than its key. Tokens themselves are
 * not kept here.
 */
export class VerifiedTokens {
  hits = 0;
  misses = 0;
  evicted = 0;
  private readonly known = new LRUCache<string, Verified>({
    maxSize: MAX_VERIFIED_BYTES,
    dispose: (_value, _key, reason) => {
      if (reason === "evict") this.evicted++;
    },
  });

  get bytes(): number {
    return this.known.calculatedSize;
  }

  /** Where a token of these rules is kept. `digest`: its SHA-256, in hex. */
  place(rules: number, digest: string): string {
    return `${rules} ${digest}`;
  }

  at(place: string, nowMs: number): TokenVerdict | undefined {
    const found = this.known.get(place);
    if (found !== undefined) {
      const { verdict, key, keys, staleForMs, endsMs } = found;
      if (nowMs < endsMs && key.live && nowMs < keys.freshUntilMs + staleForMs) {
        this.hits++;
        return verdict;
      }
      this.known.delete(place);
    }
    this.misses++;
    return undefined;
  }

  keep(place: string, verified: Verified, payloadChars: number): void {
    this.known.set(place, verified, { size: BASE_BYTES + payloadChars * BYTES_A_CHAR });
  }
}

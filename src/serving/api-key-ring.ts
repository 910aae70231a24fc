import { hash as sha256 } from "node:crypto";
import type { ApiKeyUse } from "../domain/api-key.ts";
import type { Clock } from "../domain/clock.ts";
import type { Identity } from "../domain/identity.ts";
import type { KnownApiKey, KnownApiKeys } from "../layers/contract.ts";
import type { ApiKeysMessage } from "./contract.ts";

/** What authorizers name by a key holds for so long while the state store does not answer, as `staleFor` does by default. */
const HOLDS_MS = 5 * 60_000;

interface RingKey extends KnownApiKey {
  passed: number;
  refused: number;
  lastAt: number;
}

/** The API keys that this process knows, by their hashes. Their texts are nowhere. */
export class ApiKeyRing implements KnownApiKeys {
  private readonly keys = new Map<string, RingKey>();
  private readonly clock: Clock;
  /** When the store last said that these are all, in micros. */
  private confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  take({ keys, ageMs }: ApiKeysMessage): void {
    const removed = new Set<string>();
    for (const { id, hash, ...key } of keys) {
      if (hash === null) removed.add(id);
      else {
        const { passed = 0, refused = 0, lastAt = 0 } = this.keys.get(hash) ?? {};
        this.keys.set(hash, { id, ...key, passed, refused, lastAt });
      }
    }
    if (removed.size > 0) for (const [hash, { id }] of this.keys) if (removed.has(id)) this.keys.delete(hash);
    if (ageMs !== undefined) this.confirmedAt = this.clock.micros() - ageMs * 1000;
  }

  find(hash: string): RingKey | undefined {
    return this.keys.get(hash);
  }

  /** Whose key this is, as an authorizer names it by its text; undefined: nobody's that holds now. */
  holder(text: string): Identity["apiKey"] {
    const key = this.keys.get(sha256("sha256", text, "hex"));
    if (key === undefined || key.state !== "active" || this.ageMs() > HOLDS_MS) return undefined;
    if (key.expiresAt !== null && key.expiresAt <= this.clock.now()) return undefined;
    return { id: key.id, plan: key.plan ?? undefined };
  }

  ageMs(): number {
    return (this.clock.micros() - this.confirmedAt) / 1000;
  }

  used(key: KnownApiKey, passed: boolean): void {
    const used = key as RingKey;
    if (passed) used.passed++;
    else used.refused++;
    used.lastAt = this.clock.now();
  }

  uses(ids: readonly string[]): readonly ApiKeyUse[] {
    const asked = new Set(ids);
    const uses: ApiKeyUse[] = [];
    for (const { id, passed, refused, lastAt } of this.keys.values())
      if (lastAt > 0 && asked.has(id)) uses.push({ id, passed, refused, lastAt });
    return uses;
  }
}

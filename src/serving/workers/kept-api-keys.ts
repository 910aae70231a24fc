import type { ApiKeyInForce, ApiKeyUse } from "../../domain/api-key.ts";
import type { Clock } from "../../domain/clock.ts";
import type { ApiKeysMessage } from "../contract.ts";

/** Keys in one message to a worker that begins. */
const KEYS_A_PART = 2000;

/** The API keys that workers were told of, for one that begins. */
export class KeptApiKeys {
  private readonly keys = new Map<string, ApiKeyInForce>();
  private readonly clock: Clock;
  private confirmedAt: number | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  take({ keys, ageMs }: ApiKeysMessage): void {
    for (const key of keys) {
      if (key.hash === null) this.keys.delete(key.id);
      else this.keys.set(key.id, key);
    }
    if (ageMs !== undefined) this.confirmedAt = this.clock.micros() - ageMs * 1000;
  }

  parts(): readonly ApiKeysMessage[] {
    if (this.keys.size === 0 && this.confirmedAt === undefined) return [];
    const keys = [...this.keys.values()];
    const parts: ApiKeysMessage[] = [];
    for (let i = 0; i < keys.length; i += KEYS_A_PART)
      parts.push({ keys: keys.slice(i, i + KEYS_A_PART), ageMs: undefined });
    const ageMs =
      this.confirmedAt === undefined ? undefined : (this.clock.micros() - this.confirmedAt) / 1000;
    return [...parts, { keys: [], ageMs }];
  }
}

/** What several processes saw of keys, as one. */
export function addedUses(uses: readonly ApiKeyUse[]): readonly ApiKeyUse[] {
  const sums = new Map<string, ApiKeyUse>();
  for (const use of uses) {
    const { passed = 0, refused = 0, lastAt = 0 } = sums.get(use.id) ?? {};
    sums.set(use.id, {
      id: use.id,
      passed: passed + use.passed,
      refused: refused + use.refused,
      lastAt: Math.max(lastAt, use.lastAt),
    });
  }
  return [...sums.values()];
}

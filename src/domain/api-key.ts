/** API keys as the state store keeps them. The text of a key is nowhere: who has it is known by its hash. */

export const API_KEY_ACTS = ["created", "imported", "changed", "enabled", "disabled", "revoked"] as const;

/** What was done to a key: when (ISO 8601), by whom, and why. */
export interface ApiKeyAct {
  readonly at: string;
  readonly act: (typeof API_KEY_ACTS)[number];
  readonly by: string;
  readonly reason: string;
}

export interface ApiKey {
  /** Public: it stands in the key's text, in logs and in headers to upstreams. */
  readonly id: string;
  /** SHA-256 of the key's text, lower-case hex. */
  readonly hash: string;
  /** The last characters of its text, by which people tell keys apart. */
  readonly last: string;
  readonly name: string;
  /** Whose it is, and what for; "": nobody said. */
  readonly owner: string;
  readonly description: string;
  /** Null: it is on no plan. */
  readonly plan: string | null;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
  readonly enabled: boolean;
  readonly revoked: boolean;
  /** Oldest first: how it began, and the newest of what followed. */
  readonly acts: readonly ApiKeyAct[];
}

/** Keys in one state, revoked ones that were not removed among them. */
export const MAX_API_KEYS = 100_000;
/** Of the acts that a key's record keeps. */
export const MAX_ACTS = 20;

export const API_KEY_STATES = ["active", "disabled", "expired", "revoked"] as const;
export type ApiKeyState = (typeof API_KEY_STATES)[number];

export function apiKeyState(
  { revoked, enabled, expiresAt }: Pick<ApiKey, "revoked" | "enabled" | "expiresAt">,
  now: number,
): ApiKeyState {
  if (revoked) return "revoked";
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return "expired";
  return enabled ? "active" : "disabled";
}

/** The record with one act more; of too many, the oldest but the first go. */
export function withAct(key: ApiKey, act: ApiKeyAct): ApiKey {
  const acts = [...key.acts, act];
  return {
    ...key,
    acts: acts.length <= MAX_ACTS ? acts : [acts[0] as ApiKeyAct, ...acts.slice(1 - MAX_ACTS)],
  };
}

/** What a key is made of, in random bytes. */
export const API_KEY_PARTS = { id: 6, secret: 32 } as const;

/** The name of a plan. */
export const PLAN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * The text that its holder sends. `fig_` makes scanners of repositories and logs find it (domain/secret-shapes.ts knows it too). A
 * secret of 256 random bits cannot be guessed, so that one SHA-256 is enough: slow hashes are for what people think of.
 */
export function apiKeyText(id: string, secret: string): string {
  return `fig_${id}_${secret}`;
}

/** What those that serve know of a key. `hash` null: it was removed. */
export interface ApiKeyInForce {
  readonly id: string;
  readonly hash: string | null;
  readonly plan: string | null;
  readonly state: "active" | "disabled" | "revoked";
  /** ms since the epoch; null: never. */
  readonly expiresAt: number | null;
}

export function apiKeyInForce(id: string, key: ApiKey | null): ApiKeyInForce {
  if (key === null) return { id, hash: null, plan: null, state: "revoked", expiresAt: null };
  const { hash, plan, revoked, enabled, expiresAt } = key;
  return {
    id,
    hash,
    plan,
    state: revoked ? "revoked" : enabled ? "active" : "disabled",
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
  };
}

/** What a front door's clients did with a key since it began. */
export interface ApiKeyUse {
  readonly id: string;
  readonly passed: number;
  readonly refused: number;
  /** When it was sent last, ms since the epoch. */
  readonly lastAt: number;
}

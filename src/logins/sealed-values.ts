import type { Session } from "./contract.ts";

/** A login under way. `at`: ms since the epoch. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** A path of this host. */
  readonly back: string;
  readonly at: number;
}

function parsed(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isMaybe = (value: unknown, type: string) => value === undefined || typeof value === type;

/** Undefined: it is none. What is sealed may be of another version. */
export function readSession(text: string | undefined): Session | undefined {
  const value = parsed(text);
  if (value === undefined) return undefined;
  const { id, subject, claims, began, seen, refreshAt, refreshToken, idToken, sid } = value;
  const whole =
    isText(id) &&
    isText(subject) &&
    typeof claims === "object" &&
    claims !== null &&
    Number.isFinite(began) &&
    Number.isFinite(seen) &&
    isMaybe(refreshAt, "number") &&
    isMaybe(refreshToken, "string") &&
    isMaybe(idToken, "string") &&
    isMaybe(sid, "string");
  return whole ? (value as unknown as Session) : undefined;
}

export function readAttempt(text: string | undefined): Attempt | undefined {
  const value = parsed(text);
  if (value === undefined) return undefined;
  const { state, nonce, verifier, back, at } = value;
  const whole = [state, nonce, verifier, back].every(isText) && Number.isFinite(at);
  return whole ? (value as unknown as Attempt) : undefined;
}

/** Of an ID token's and not of a person's. */
const OF_TOKENS: ReadonlySet<string> = new Set([
  ...[
    "iss",
    "aud",
    "exp",
    "iat",
    "nbf",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "azp",
    "jti",
    "sid",
    "sub",
    "origin_jti",
    "event_id",
  ],
]);

export function personalClaims(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_TOKENS.has(name)));
}

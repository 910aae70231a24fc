import type { LogoutFault } from "./contract.ts";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
/** A token that was made longer ago ends nothing. */
const MAX_AGE_SECONDS = 600;
const MAX_NAME_CHARS = 512;

/** Whom a logout token speaks of. */
interface LogoutToken {
  readonly jti: string;
  /** Left out: all sessions of `sub`. */
  readonly sid: string | undefined;
  readonly sub: string | undefined;
  /** From then on it is too old to end anything, ms since the epoch. */
  readonly oldAt: number;
}

const isName = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value.length <= MAX_NAME_CHARS;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads the claims of a token whose signature, issuer, audience and times hold (OpenID Connect Back-Channel Logout 1.0 §2.6). */
export function readLogoutToken(
  claims: Readonly<Record<string, unknown>>,
  nowMs: number,
): LogoutToken | LogoutFault {
  const { aud, events, iat, jti, nonce, sid, sub } = claims;
  if (aud === undefined || !isObject(events) || !Object.hasOwn(events, EVENT) || !isObject(events[EVENT]))
    return "claims";
  // An ID token has one: it is none of these.
  if (nonce !== undefined) return "claims";
  if (typeof iat !== "number" || nowMs / 1000 - iat > MAX_AGE_SECONDS) return "claims";
  if (!isName(jti) || (sid !== undefined && !isName(sid)) || (sub !== undefined && !isName(sub)))
    return "claims";
  const oldAt = (iat + MAX_AGE_SECONDS) * 1000;
  return sid === undefined && sub === undefined ? "claims" : { jti, sid, sub, oldAt };
}

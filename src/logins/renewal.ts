import type { Session } from "./contract.ts";
import type { Signed } from "./provider.ts";
import { personalClaims } from "./sealed-values.ts";

/** A token is renewed so long before its end, or a tenth of its life if that is less. */
const EARLY_MS = 30_000;
/** A longer `sid` is not kept: such a session ends with all of its person. */
const MAX_SID_CHARS = 512;

function renewAt(now: number, expiresInMs: number | undefined): number | undefined {
  return expiresInMs === undefined ? undefined : now + Math.max(expiresInMs - EARLY_MS, expiresInMs * 0.9);
}

export function newSession(person: Signed, id: string, now: number): Session {
  const { subject, claims, expiresInMs, refreshToken, idToken } = person;
  const { sid } = claims;
  return {
    ...{ id, subject, claims: personalClaims(claims), began: now, seen: now },
    ...(refreshToken === undefined ? {} : { refreshToken, refreshAt: renewAt(now, expiresInMs) }),
    ...(idToken === undefined ? {} : { idToken }),
    ...(typeof sid === "string" && sid !== "" && sid.length <= MAX_SID_CHARS ? { sid } : {}),
  };
}

/** What the provider leaves out stays as it was. */
export function renewedSession(session: Session, person: Partial<Signed>, now: number): Session {
  const { refreshToken = session.refreshToken, idToken = session.idToken, claims = {}, expiresInMs } = person;
  return {
    ...session,
    claims: { ...session.claims, ...personalClaims(claims) },
    refreshToken,
    refreshAt: renewAt(now, expiresInMs),
    idToken,
  };
}

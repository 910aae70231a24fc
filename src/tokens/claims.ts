import type { TokenRule } from "../domain/policies/jwt.ts";
import type { TokenFault, TokenLack } from "./contract.ts";
import type { Jws } from "./jws.ts";

/** The end of the year 9999: a later date is a mistake, or is meant to end never. */
const LAST_SECOND = 253_402_300_799;

function isDate(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LAST_SECOND;
}

/** A list of texts, or one: `aud`. Undefined: neither. */
function texts(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") return [value];
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}

/** When a token ends, ms since the epoch. Only of one that `claimFault` found nothing in. */
export function endOf(claims: Jws["claims"]): number {
  return (claims.exp as number) * 1000;
}

function audienceFault(claims: Jws["claims"], { audiences, tokenUse }: TokenRule): TokenFault | undefined {
  if (tokenUse !== undefined && claims.token_use !== tokenUse) return "token_use";
  const { aud } = claims;
  const named = aud === undefined ? [] : texts(aud);
  if (named === undefined) return "malformed";
  if (audiences === undefined) return undefined;
  // Who gives no audience names the client (as Cognito does in access tokens).
  const given = aud === undefined || tokenUse === "access" ? [...named, claims.client_id] : named;
  return given.some((one) => typeof one === "string" && audiences.includes(one)) ? undefined : "audience";
}

/** What is wrong with a token besides its signature, by this rule (RFC 7519 §4.1, RFC 8725 §3). */
export function claimFault(
  { algorithm, type, claims }: Jws,
  rule: TokenRule,
  nowMs: number,
): TokenFault | undefined {
  if (!(rule.algorithms as readonly string[]).includes(algorithm)) return "algorithm";
  if (!rule.types.includes(type)) return "type";
  if (claims.iss !== rule.issuer) return "issuer";
  const { exp, nbf, iat, sub } = claims;
  if (!isDate(exp) || (nbf !== undefined && !isDate(nbf)) || (iat !== undefined && !isDate(iat)))
    return "malformed";
  if (sub !== undefined && typeof sub !== "string") return "malformed";
  if (nowMs - rule.clockSkewMs >= exp * 1000) return "expired";
  const earliest = (nowMs + rule.clockSkewMs) / 1000;
  if ((nbf ?? 0) > earliest || (iat ?? 0) > earliest) return "not_yet";
  return audienceFault(claims, rule);
}

/** `scope` is words in one text (RFC 8693 §4.2), `scp` that or a list (Okta, Entra ID). */
function scopesOf({ scope, scp }: Jws["claims"]): readonly string[] {
  return [scope, scp].flatMap((value) => texts(value) ?? []).flatMap((text) => text.split(" "));
}

/** What a verified token lacks. */
export function lackOf(claims: Jws["claims"], rule: TokenRule): TokenLack | undefined {
  if (rule.scopes.length > 0) {
    const given = scopesOf(claims);
    if (!rule.scopes.some((scope) => given.includes(scope))) return "scope";
  }
  for (const [name, wanted] of Object.entries(rule.claims)) {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const given: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!given.some((one) => wanted.some((other) => other === one))) return "claim";
  }
  return undefined;
}

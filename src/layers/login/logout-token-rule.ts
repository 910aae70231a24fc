import { TOKEN_ALGORITHMS, type TokenRule } from "../../domain/policies/jwt.ts";
import { type LoginPolicy, providerSettings } from "../../domain/policies/login.ts";

/** `typ` of a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4); it may be left out. */
const TYPES = ["", "jwt", "logout+jwt"] as const;
const CLOCK_SKEW_MS = 60_000;

/** What the signature of a provider's logout token is held against. Keys that are known hold for a while when it is away. */
export function logoutTokenRule(policy: LoginPolicy): TokenRule {
  const { issuer } = providerSettings(policy);
  return {
    issuer,
    keys: { kind: "discovery", at: issuer },
    audiences: [policy.clientId],
    tokenUse: undefined,
    scopes: [],
    claims: {},
    algorithms: TOKEN_ALGORITHMS,
    types: TYPES,
    from: [],
    clockSkewMs: CLOCK_SKEW_MS,
    staleForMs: 300_000,
    forwards: [],
  };
}

import { type JwtRule, type TokenRule, tokenRule } from "../../src/domain/policies/jwt.ts";

/** What the files make of a rule with these keys. */
export function jwtRule(keys: Partial<JwtRule>): JwtRule {
  return {
    ...{ audience: ["shop"], scopes: [], claims: {}, clockSkewMs: 5_000, staleForMs: 300_000 },
    ...{ from: [{ kind: "header", name: "authorization" }], required: true },
    ...{ forward: { claims: [], token: "keep" } },
    ...keys,
  };
}

export function ruleOf(keys: Partial<JwtRule>): TokenRule {
  return tokenRule(jwtRule(keys));
}

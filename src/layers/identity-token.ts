import type { Identity } from "../domain/identity.ts";
import { IDENTITY_FIELD, identityClaims } from "../domain/identity-token.ts";
import type { SideLayer } from "./contract.ts";

/** Tells a side who its client is in a token that it can verify, addressed to its upstream. */
export const identityToken: SideLayer = {
  name: "identityToken",
  create({ policies, ...route }, side, _shadow, { identityTokens }) {
    const upstream = route[side]?.upstream;
    if (identityTokens === undefined || upstream === undefined) return undefined;
    const { apiKeys, jwt, login, authorizer } = policies ?? {};
    if ((apiKeys ?? jwt ?? login ?? authorizer) === undefined) return undefined;
    // A token that is remembered has one identity for all its requests.
    const known = new WeakMap<Identity, string>();
    const claimsOf = (identity: Identity): string => {
      let claims = known.get(identity);
      if (claims === undefined) {
        claims = JSON.stringify(identityClaims(identity, apiKeys?.identity !== false));
        known.set(identity, claims);
      }
      return claims;
    };
    return {
      wrap: (open) => (request, listener) => {
        const { identity } = request;
        const token = identity && identityTokens.token(claimsOf(identity), upstream);
        if (token === undefined) return open(request, listener);
        return open({ ...request, headers: [...request.headers, IDENTITY_FIELD, token] }, listener);
      },
    };
  },
};

import type { Identity } from "../domain/identity.ts";
import { identityFields } from "../domain/identity-fields.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { DoorLayer } from "./contract.ts";

/** Tells the side who its client is, as the policies above found out. What clients send of these fields never comes so far. */
export const forwardIdentity: DoorLayer = {
  name: "forwardIdentity",
  create({ policies = {} }, { identityTokens }) {
    const { apiKeys, jwt, login, authorizer } = policies;
    // No other policy finds out whom a request speaks of.
    const fields = (jwt ?? login) !== undefined;
    const token = identityTokens !== undefined && (apiKeys ?? jwt ?? login ?? authorizer) !== undefined;
    if (!fields && !token) return undefined;
    // A token that is remembered has one identity for all its requests.
    const known = new WeakMap<Identity, RawHeaders>();
    const fieldsOf = (identity: Identity): RawHeaders => {
      let found = known.get(identity);
      if (found === undefined) {
        found = identityFields(identity);
        known.set(identity, found);
      }
      return found;
    };
    return {
      wrap: (open) => (request, listener) => {
        const { identity } = request.served;
        if (identity === undefined) return open(request, listener);
        const headers = fields ? [...request.headers, ...fieldsOf(identity)] : request.headers;
        // The side's own layer signs it: each side has a token of its own.
        return open({ ...request, headers, ...(token ? { identity } : {}) }, listener);
      },
    };
  },
};

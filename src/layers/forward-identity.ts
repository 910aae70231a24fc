import { dashed } from "../domain/forwarding-fields.ts";
import type { Identity } from "../domain/identity.ts";
import { claimField, identityFields } from "../domain/identity-fields.ts";
import type { RawHeaders } from "../domain/message.ts";
import { jwtRules } from "../domain/policies/jwt.ts";
import type { Policies } from "../domain/policies.ts";
import type { DoorLayer } from "./contract.ts";

/** Which claims go on; undefined: no policy of the route finds out who a client is. */
function forwardedClaims({ jwt, login }: Policies): readonly string[] | undefined {
  if (jwt === undefined && login === undefined) return undefined;
  const ofTokens = jwt === undefined ? [] : jwtRules(jwt).flatMap(({ forward }) => forward.claims);
  const claims = [...ofTokens, ...(login?.forward.claims ?? [])];
  // Of several issuers two may have claims for one field: it is there once.
  return [...new Map(claims.map((name) => [claimField(name), name])).values()];
}

/** Spellings that servers do not tell from ours, and that came through where `underscoreHeaders: pass` stands. */
function withoutForged(headers: RawHeaders): RawHeaders {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.includes("_") && dashed(name).toLowerCase().startsWith("x-fig-")) continue;
    kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** Tells the side who its client is, as the policies above found out. What clients send of these fields never comes so far. */
export const forwardIdentity: DoorLayer = {
  name: "forwardIdentity",
  create({ policies }, { underscoreHeaders }) {
    const claims = forwardedClaims(policies ?? {});
    if (claims === undefined) return undefined;
    // A token that is remembered has one identity for all its requests.
    const known = new WeakMap<Identity, RawHeaders>();
    const fieldsOf = (identity: Identity): RawHeaders => {
      let fields = known.get(identity);
      if (fields === undefined) {
        fields = identityFields(identity, claims);
        known.set(identity, fields);
      }
      return fields;
    };
    const forgeable = underscoreHeaders === "pass";
    return {
      wrap: (open) => (request, listener) => {
        const { identity } = request.served;
        const headers = forgeable ? withoutForged(request.headers) : request.headers;
        if (identity === undefined) return open(forgeable ? { ...request, headers } : request, listener);
        return open({ ...request, headers: [...headers, ...fieldsOf(identity)] }, listener);
      },
    };
  },
};

import type { Identity } from "../domain/identity.ts";
import { identityFields } from "../domain/identity-fields.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { DoorLayer } from "./contract.ts";

/** Tells the side who its client is, as the policies above found out. What clients send of these fields never comes so far. */
export const forwardIdentity: DoorLayer = {
  name: "forwardIdentity",
  create({ policies }) {
    // No other policy finds out whom a request speaks of.
    if (policies?.jwt === undefined && policies?.login === undefined) return undefined;
    // A token that is remembered has one identity for all its requests.
    const known = new WeakMap<Identity, RawHeaders>();
    const fieldsOf = (identity: Identity): RawHeaders => {
      let fields = known.get(identity);
      if (fields === undefined) {
        fields = identityFields(identity);
        known.set(identity, fields);
      }
      return fields;
    };
    return {
      wrap: (open) => (request, listener) => {
        const { identity } = request.served;
        if (identity === undefined) return open(request, listener);
        return open({ ...request, headers: [...request.headers, ...fieldsOf(identity)] }, listener);
      },
    };
  },
};

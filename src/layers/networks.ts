import { compileNetworks } from "../domain/client-address.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import { REFUSALS } from "../domain/refusals.ts";
import { refuse } from "./answer.ts";
import { doorPolicy } from "./policy.ts";

/** Lets requests of some addresses pass. An address that cannot be told passes only where nothing is allowed by name. */
export const networks = doorPolicy("networks", ({ allow, deny }) => {
  const allowed = allow === undefined ? undefined : compileNetworks(allow);
  const denied = compileNetworks(deny);
  const passes = (address: string) => !denied.has(address) && (allowed === undefined || allowed.has(address));
  return {
    wrap: (open) => (request, listener) => {
      const { served } = request;
      if (passes(served.clientAddress())) {
        served.verdict("networks", "passed");
        return open(request, listener);
      }
      served.verdict("networks", "refused");
      return refuse(request, listener, "network_denied");
    },
    explain: ({ address }): PolicyVerdict =>
      passes(address)
        ? { policy: "networks", verdict: "passed", detail: "the client's address may ask" }
        : {
            policy: "networks",
            verdict: "refused",
            detail: address === "" ? "the client's address is not known" : "the client's address may not ask",
            status: REFUSALS.network_denied.status,
          },
  };
});

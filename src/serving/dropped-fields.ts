import { compileNetworks, type TrustedNetworks } from "../domain/client-address.ts";
import type { DroppedField } from "../domain/forwarding-fields.ts";
import type { ServingProblem } from "./contract.ts";

/** Where load balancers stand: private, shared, link-local and loopback addresses (RFC 6890). */
const NEARBY = compileNetworks([
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"],
  ...["::1/128", "fc00::/7", "fe80::/10"],
]);

/** Fields of requests that were not believed, and the first sender of some that looks like a load balancer. */
export class DroppedFields {
  readonly counts: Partial<Record<DroppedField, number>> = {};
  private suspect: string | undefined;

  add(fields: readonly DroppedField[], peer: string, trusted: TrustedNetworks): void {
    for (const field of fields) {
      this.counts[field] = (this.counts[field] ?? 0) + 1;
      if (this.suspect !== undefined || field === "underscore" || field === "trailer") continue;
      if (NEARBY.has(peer) && !trusted.has(peer)) this.suspect = peer;
    }
  }

  problems(trusted: TrustedNetworks): readonly ServingProblem[] {
    const { suspect } = this;
    if (suspect === undefined) return [];
    if (trusted.has(suspect)) {
      this.suspect = undefined;
      return [];
    }
    const message = `${suspect} sends forwarding headers, and is not in trustedProxies, so they are dropped: if it is your load balancer, add its network there`;
    return [{ kind: "untrusted_proxy", message }];
  }
}

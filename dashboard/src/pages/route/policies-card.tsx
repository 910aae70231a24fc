import { Card } from "../../parts/card.tsx";
import { PolicyTable } from "../../parts/policy-table.tsx";
import { url } from "../../state/api.ts";
import { href } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { PolicyReport } from "../../state/wire.ts";

/** The route's policies in their order, and what they said. Nothing where it has none. */
export function PoliciesCard({ route }: { readonly route: string }) {
  const { data } = useResource<PolicyReport>(url("/policies", { route }), {
    on: ["rollup", "reload"],
    pauseMs: 2_000,
    everyMs: 5_000,
  });
  if (data === undefined || data.routes.length === 0) return null;
  return (
    <Card
      title="Policies"
      id="route-policies"
      class="card-apart"
      aside={
        <span class="note">
          in their order, of this front door · <a href={href(["policies"])}>all routes</a>
        </span>
      }
    >
      <PolicyTable rows={data.routes} seconds={data.seconds} withRoute={false} />
    </Card>
  );
}

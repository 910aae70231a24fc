import { Card } from "../../parts/card.tsx";
import { LedgerList } from "../../parts/ledger-list.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { href } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { Difference, LedgerEntry, Noticed, RouteStatus } from "../../state/wire.ts";
import { DifferenceList } from "../differences/difference-list.tsx";
import { NoticedList } from "../differences/noticed-list.tsx";

const MOST = 5;

/** The differences of this route, and its part of the ledger. */
export function RouteAbout({ route }: { readonly route: RouteStatus }) {
  const { id } = route;
  const differences = useResource<readonly Difference[]>(url("/mismatches", { route: id, limit: MOST }), {
    on: ["mismatch", "skipped", "shift", "reload"],
    pauseMs: 1_500,
  });
  const noticed = useResource<readonly Noticed[]>(url("/noticed", { route: id }), {
    on: ["shift", "reload"],
    everyMs: 10_000,
  });
  const entries = useResource<readonly LedgerEntry[]>(
    url("/ledger", { route: id, order: "newest", limit: MOST, evidence: "false" }),
    {
      on: ["shift"],
    },
  );
  return (
    <div class="route-about">
      <Card
        title="Differences"
        id="differences"
        aside={<a href={href(["differences"], { route: id })}>All for this route</a>}
      >
        <Loaded of={differences} what="differences">
          {(rows) =>
            rows.length === 0 ? (
              <Empty title="No difference was found">
                {route.comparisons.match === 0
                  ? "Nothing was compared in this window."
                  : "Every compared answer was equal."}
              </Empty>
            ) : (
              <DifferenceList rows={rows} withRoute={false} />
            )
          }
        </Loaded>
        <NoticedList rows={noticed.data ?? []} withRoute={false} />
      </Card>
      <Card
        title="History"
        id="route-history"
        aside={<a href={href(["history"], { route: id })}>All for this route</a>}
      >
        <Loaded of={entries} what="history">
          {(rows) => <LedgerList entries={rows} route={id} fromNewest />}
        </Loaded>
      </Card>
    </div>
  );
}

import { Loaded } from "../../parts/states.tsx";
import { UnknownNote } from "../../parts/unknown.tsx";
import { WebSocketsCard } from "../../parts/web-sockets-card.tsx";
import { useMarks } from "../../state/marks.ts";
import { useOverview } from "../../state/overview.ts";
import type { PageProps } from "../page.ts";
import { AllWell, AttentionCard } from "./attention-card.tsx";
import { CertificatesCard } from "./certificates-card.tsx";
import { NextStepCard } from "./next-step-card.tsx";
import { ProgressCharts } from "./progress-charts.tsx";
import { RouteTable } from "./route-table.tsx";
import { Tiles, useDay } from "./tiles.tsx";
import { UpstreamsCard } from "./upstreams-card.tsx";

export function OverviewPage({ place }: PageProps) {
  const overview = useOverview();
  const day = useDay();
  const marks = useMarks({});
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <Loaded of={overview} what="overview">
        {(data) => (
          <>
            <AttentionCard overview={data} />
            <UnknownNote of={data} />
            <Tiles overview={data} day={day} />
            <div class="overview-middle">
              <ProgressCharts overview={data} marks={marks} />
              <div class="overview-side">
                <NextStepCard overview={data} />
                <AllWell overview={data} />
              </div>
            </div>
          </>
        )}
      </Loaded>
      <RouteTable place={place} phases={overview.data?.routes.phases} />
      <WebSocketsCard />
      <UpstreamsCard />
      <CertificatesCard />
    </>
  );
}

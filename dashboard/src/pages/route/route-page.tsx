import { Empty, Loaded } from "../../parts/states.tsx";
import { WebSocketsCard } from "../../parts/web-sockets-card.tsx";
import { href } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { Definition, RouteStatus } from "../../state/wire.ts";
import type { PageProps } from "../page.ts";
import { ExplainBox } from "./explain-box.tsx";
import { PoliciesCard } from "./policies-card.tsx";
import { RouteAbout } from "./route-about.tsx";
import { RouteCharts } from "./route-charts.tsx";
import { RouteDefinition } from "./route-definition.tsx";
import { RouteHead } from "./route-head.tsx";
import { SideTable } from "./side-table.tsx";
import { TemplatesCard } from "./templates-card.tsx";

export function RoutePage({ place }: PageProps) {
  const id = place.path[1] ?? "";
  const route = useResource<RouteStatus>(`/routes/${encodeURIComponent(id)}`, {
    on: ["shift", "rollup", "comparison", "reload"],
    pauseMs: 5_000,
    everyMs: 10_000,
  });
  const { data: definition } = useResource<Definition>(`/routes/${encodeURIComponent(id)}/definition`, {
    on: ["reload", "shift"],
    pauseMs: 2_000,
  });
  if (route.error?.status === 404) {
    return (
      <>
        <h1>{id}</h1>
        <Empty title="No route has this id">
          It may have left the files; its <a href={href(["history"], { route: id })}>history</a> is kept.{" "}
          <a href={href([])}>To the overview</a>
        </Empty>
      </>
    );
  }
  return (
    <>
      {route.data === undefined && <h1>{id}</h1>}
      <Loaded of={route} what="route">
        {(data) => (
          <>
            <RouteHead route={data} />
            <SideTable route={data} />
            <TemplatesCard route={data.id} />
            {definition && (
              <div class="route-evidence route-files">
                <RouteDefinition definition={definition} />
                <ExplainBox definition={definition} />
              </div>
            )}
            <WebSocketsCard route={data.id} />
            <PoliciesCard route={data.id} />
            <RouteCharts route={data} place={place} gate={definition?.gate ?? null} />
            <RouteAbout route={data} />
          </>
        )}
      </Loaded>
    </>
  );
}

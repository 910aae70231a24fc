import { Empty, Failure, Loaded } from "../../parts/states.tsx";
import { href } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { RouteStatus } from "../../state/wire.ts";
import type { PageProps } from "../page.ts";
import { RouteAbout } from "./route-about.tsx";
import { RouteCharts } from "./route-charts.tsx";
import { RouteHead } from "./route-head.tsx";
import { SideTable } from "./side-table.tsx";

export function RoutePage({ place }: PageProps) {
  const id = place.path[1] ?? "";
  const route = useResource<RouteStatus>(`/routes/${encodeURIComponent(id)}`, {
    on: ["shift", "rollup", "comparison", "reload"],
    pauseMs: 5_000,
    everyMs: 10_000,
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
  if (route.data === undefined && route.error !== undefined)
    return <Failure what="The route" error={route.error} />;
  return (
    <Loaded of={route} what="route">
      {(data) => (
        <>
          <RouteHead route={data} />
          <SideTable route={data} />
          <RouteCharts route={data} place={place} />
          <RouteAbout route={data} />
        </>
      )}
    </Loaded>
  );
}

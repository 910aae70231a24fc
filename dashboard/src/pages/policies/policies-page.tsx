import { Card } from "../../parts/card.tsx";
import { OnlyRoute } from "../../parts/chips.tsx";
import { Pager } from "../../parts/pager.tsx";
import { latelyText, PolicyTable } from "../../parts/policy-table.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { refine } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { PolicyReport } from "../../state/wire.ts";
import { countText, durationText, NONE } from "../../words.ts";
import type { PageProps } from "../page.ts";
import { CacheCard } from "./cache-card.tsx";
import { LimitedCard } from "./limited-card.tsx";

const ROWS = 25;

/** What each route's policies let pass, answered and refused, and with which codes. */
export function PoliciesPage({ place }: PageProps) {
  const asked = (name: string) => place.query.get(name) ?? undefined;
  const page = Math.max(1, Number(asked("page")) || 1);
  const route = asked("route");
  const report = useResource<PolicyReport>(
    url("/policies", { route, query: asked("q"), limit: ROWS, offset: (page - 1) * ROWS }),
    { on: ["rollup", "reload"], pauseMs: 2_000, everyMs: 5_000 },
  );
  return (
    <>
      <div class="page-head">
        <h1>Policies</h1>
        <p class="lead">
          What this front door did for routes beside asking a side, since it started: whom it let pass, what
          it answered by itself, and what it refused. A route's page explains one request.
        </p>
      </div>
      <Card
        title="By route"
        id="policies"
        class="card-apart"
        aside={<Lately seconds={report.data?.seconds} />}
      >
        <div class="filters">
          <SearchField
            label="Search routes by id"
            placeholder="Search by route"
            value={asked("q") ?? ""}
            onSearch={(q) => refine({ q, page: undefined })}
          />
          {route && <OnlyRoute route={route} onAll={() => refine({ route: undefined, page: undefined })} />}
        </div>
        <Loaded of={report} what="policies">
          {({ routes, seconds }) =>
            routes.length === 0 ? (
              <NoRoutes narrowed={route !== undefined || asked("q") !== undefined} />
            ) : (
              <PolicyTable rows={routes} seconds={seconds} withRoute />
            )
          }
        </Loaded>
        <Pager
          page={page}
          rows={ROWS}
          total={report.total}
          onPage={(to) => refine({ page: to === 1 ? undefined : String(to) })}
        />
      </Card>
      {report.data && <LimitedCard report={report.data} />}
      <CacheCard />
      {report.data && <Codes report={report.data} />}
    </>
  );
}

function Lately({ seconds }: { readonly seconds: number | null | undefined }) {
  if (!seconds) return null;
  return <span class="note">a second: over the last {durationText(seconds * 1000)}</span>;
}

function NoRoutes({ narrowed }: { readonly narrowed: boolean }) {
  if (narrowed) return <Empty title="No route with a policy matches" />;
  return (
    <Empty title="No policy is in force">
      <code>policies:</code> in fig.yaml is for every route, in a route for that one.
    </Empty>
  );
}

/** Also those that no policy gave, such as a request without a route: what clients saw is one list. */
function Codes({ report: { codes, seconds } }: { readonly report: PolicyReport }) {
  return (
    <Card
      title="Answers of the front door's own"
      id="codes"
      aside={<span class="note">over all routes, by error code</span>}
    >
      {codes.length === 0 ? (
        <Empty title="Every request was answered by a side or a policy" />
      ) : (
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col" class="num">
                Status
              </th>
              <th scope="col" class="num">
                Requests
              </th>
              <th scope="col" class="num">
                A second
              </th>
            </tr>
          </thead>
          <tbody>
            {codes.map(({ code, status, count, lately }) => (
              <tr key={code}>
                <th scope="row">
                  <code>{code}</code>
                </th>
                <td class="num">{status ?? NONE}</td>
                <td class="num">{countText(count)}</td>
                <td class="num">{latelyText(lately, seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

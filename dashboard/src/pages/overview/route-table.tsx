import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { openAct } from "../../act/act.ts";
import { ActButton } from "../../act/act-button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chips } from "../../parts/chips.tsx";
import { Pager } from "../../parts/pager.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { type Place, refine } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import { useNow } from "../../state/use-now.ts";
import { PHASES, type Phase, type RouteRow as Row } from "../../state/wire.ts";
import { countText } from "../../words.ts";
import { RouteRow } from "./route-row.tsx";

const ROWS = 25;

interface Column {
  readonly name: string;
  /** Over which time its figures are. */
  readonly over?: string;
  /** What the API sorts by. */
  readonly sort: string;
  readonly class?: string;
  /** The direction of the first click. */
  readonly order?: "asc" | "desc";
}

const LATELY = "last 5 min";

const COLUMNS: readonly Column[] = [
  { name: "Route", sort: "id" },
  { name: "Phase", sort: "phase", class: "from-720" },
  { name: "Position", sort: "modern", order: "desc" },
  { name: "Requests/s", over: LATELY, sort: "rate", order: "desc", class: "num" },
  { name: "p95", over: LATELY, sort: "recentP95", order: "desc", class: "num from-900" },
  { name: "Errors", over: LATELY, sort: "recentErrors", order: "desc", class: "num from-720" },
  {
    name: "Mismatches",
    over: "since the last shift",
    sort: "mismatchRate",
    order: "desc",
    class: "num from-560",
  },
  { name: "Last shift", sort: "lastShift", order: "desc", class: "from-1100" },
];

/** Columns that every width has: a cell over more would make room for those that are not shown. */
const NARROWEST = 3;

interface RouteTableProps {
  readonly place: Place;
  readonly phases: Readonly<Record<Phase, number>> | undefined;
}

/** Sorted, filtered and cut into pages by the front door: two thousand routes are as quick as ten. */
export function RouteTable({ place, phases }: RouteTableProps) {
  const asked = (name: string) => place.query.get(name) ?? undefined;
  const page = Math.max(1, Number(asked("page")) || 1);
  const sort = asked("sort") ?? "worst";
  const order = asked("order") ?? "asc";
  const grouped = asked("group") !== "none";
  const upstream = asked("upstream");
  const query = {
    query: asked("q"),
    phase: asked("phase"),
    attention: asked("attention"),
    upstream,
    group: grouped ? "cohort" : undefined,
    sort,
    order,
    limit: ROWS,
    offset: (page - 1) * ROWS,
  };
  const top = useRef<HTMLDivElement>(null);
  // Who follows a link to the routes of an upstream wants to see them.
  useEffect(() => {
    if (upstream !== undefined) top.current?.scrollIntoView({ block: "start" });
  }, [upstream]);
  const routes = useResource<readonly Row[]>(url("/routes", query), {
    on: ["shift", "rollup", "reload"],
    everyMs: 10_000,
  });
  const now = useNow();
  const by = (column: Column) => {
    const again = column.sort === sort;
    const next = again ? (order === "asc" ? "desc" : "asc") : (column.order ?? "asc");
    refine({ sort: column.sort, order: next, page: undefined });
  };
  return (
    <Card
      title="Routes"
      id="routes"
      class="card-table"
      aside={<ActButton onClick={() => openAct({ kind: "rollback all" })}>Roll back all …</ActButton>}
    >
      <div ref={top} />
      <Filters place={place} phases={phases} />
      <Loaded of={routes} what="routes">
        {(rows) => (
          <>
            <table class="routes">
              <caption class="unseen">Routes</caption>
              <thead>
                <tr>
                  {COLUMNS.map((column) => (
                    <th
                      key={column.name}
                      scope="col"
                      class={column.class}
                      aria-sort={
                        column.sort === sort ? (order === "asc" ? "ascending" : "descending") : undefined
                      }
                    >
                      <button type="button" class="sort" onClick={() => by(column)}>
                        {column.name}
                        {column.over && <small>{column.over}</small>}
                        <span aria-hidden="true">
                          {column.sort === sort ? (order === "asc" ? "▲" : "▼") : ""}
                        </span>
                      </button>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((route, at) => {
                  const many = grouped && (route.cohortRoutes ?? 1) > 1;
                  return (
                    <Fragment key={route.id}>
                      {many && rows[at - 1]?.cohort !== route.cohort && <CohortHead of={route} />}
                      <RouteRow route={route} now={now} inCohort={many} />
                    </Fragment>
                  );
                })}
              </tbody>
            </table>
            {rows.length === 0 && <NoRows place={place} />}
            <Pager
              page={page}
              rows={ROWS}
              total={routes.total}
              onPage={(to) => refine({ page: to === 1 ? undefined : String(to) })}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function CohortHead({ of: { cohort, cohortRoutes = 1 } }: { readonly of: Row }) {
  return (
    <tr class="cohort-head">
      <th scope="rowgroup" colSpan={NARROWEST}>
        cohort <b>{cohort}</b> <span class="note">{countText(cohortRoutes)} routes, one split</span>
      </th>
    </tr>
  );
}

function NoRows({ place: { query } }: { readonly place: Place }) {
  if (query.get("attention") && !query.get("q") && !query.get("phase"))
    return <Empty title="No route needs attention" />;
  return <Empty title="No route matches">Try another word, phase or filter.</Empty>;
}

/** A filter that is on or off. */
function Toggle({
  on,
  onClick,
  children,
}: {
  on: boolean;
  onClick: () => void;
  children: ComponentChildren;
}) {
  return (
    <button type="button" class="chip" aria-pressed={on} onClick={onClick}>
      {children}
    </button>
  );
}

function Filters({ place, phases }: RouteTableProps) {
  const { query } = place;
  const upstream = query.get("upstream");
  const attention = query.get("attention") !== null;
  const grouped = query.get("group") !== "none";
  return (
    <div class="filters">
      <SearchField
        label="Search routes by id or cohort"
        placeholder="Search by id or cohort"
        value={place.query.get("q") ?? ""}
        onSearch={(q) => refine({ q, page: undefined })}
      />
      <Chips
        label="Phase"
        options={[undefined, ...PHASES]}
        chosen={place.query.get("phase") ?? undefined}
        onChoose={(phase) => refine({ phase, page: undefined })}
        says={(phase) => (
          <>
            {phase ?? "all"}
            {phase && phases && <span class="count">{countText(phases[phase])}</span>}
          </>
        )}
      />
      <div class="chips">
        <Toggle
          on={attention}
          onClick={() => refine({ attention: attention ? undefined : "true", page: undefined })}
        >
          needs attention
        </Toggle>
        <Toggle on={grouped} onClick={() => refine({ group: grouped ? "none" : undefined, page: undefined })}>
          by cohort
        </Toggle>
        {upstream !== null && (
          <Toggle on onClick={() => refine({ upstream: undefined, page: undefined })}>
            only upstream {upstream} ✕
          </Toggle>
        )}
        {query.get("sort") && (
          <Toggle on={false} onClick={() => refine({ sort: undefined, order: undefined, page: undefined })}>
            worst first
          </Toggle>
        )}
      </div>
    </div>
  );
}

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
import { PHASES, type Phase, type RouteStatus } from "../../state/wire.ts";
import { countText } from "../../words.ts";
import { RouteRow } from "./route-row.tsx";

const ROWS = 25;

interface Column {
  readonly name: string;
  /** What the API sorts by; left out: not sorted by. */
  readonly sort?: string;
  readonly class?: string;
  /** The direction of the first click. */
  readonly order?: "asc" | "desc";
}

const COLUMNS: readonly Column[] = [
  { name: "Route", sort: "id" },
  { name: "Phase", sort: "phase", class: "from-720" },
  { name: "Position", sort: "modern", order: "desc" },
  { name: "Requests", sort: "requests", order: "desc", class: "num from-900" },
  { name: "Errors", sort: "errorRate", order: "desc", class: "num from-1100" },
  { name: "p95", sort: "p95", order: "desc", class: "num from-900" },
  { name: "Mismatches", sort: "mismatchRate", order: "desc", class: "num" },
  { name: "Last shift", sort: "lastShift", order: "desc", class: "from-1100" },
];

interface RouteTableProps {
  readonly place: Place;
  readonly phases: Readonly<Record<Phase, number>> | undefined;
}

/** Sorted, filtered and cut into pages by the front door: two thousand routes are as quick as ten. */
export function RouteTable({ place, phases }: RouteTableProps) {
  const asked = (name: string) => place.query.get(name) ?? undefined;
  const page = Math.max(1, Number(asked("page")) || 1);
  const sort = asked("sort") ?? "id";
  const order = asked("order") ?? "asc";
  const query = {
    query: asked("q"),
    phase: asked("phase"),
    sort,
    order,
    limit: ROWS,
    offset: (page - 1) * ROWS,
  };
  const routes = useResource<readonly RouteStatus[]>(url("/routes", query), {
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
                        <span aria-hidden="true">
                          {column.sort === sort ? (order === "asc" ? "▲" : "▼") : ""}
                        </span>
                      </button>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((route) => (
                  <RouteRow key={route.id} route={route} now={now} />
                ))}
              </tbody>
            </table>
            {rows.length === 0 && <Empty title="No route matches">Try another word or phase.</Empty>}
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

function Filters({ place, phases }: RouteTableProps) {
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
    </div>
  );
}

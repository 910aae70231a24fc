import { Chips, OnlyRoute } from "../../parts/chips.tsx";
import { Pager } from "../../parts/pager.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { type Place, refine } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { Difference, DifferenceGroup, Noticed } from "../../state/wire.ts";
import { countOf } from "../../words.ts";
import type { PageProps } from "../page.ts";
import { KINDS } from "./difference-head.tsx";
import { DifferenceList } from "./difference-list.tsx";
import { GroupList } from "./group-list.tsx";
import { NoticedList } from "./noticed-list.tsx";

const ROWS = 50;

export function DifferencesPage({ place }: PageProps) {
  const asked = (name: string) => place.query.get(name) ?? undefined;
  const page = Math.max(1, Number(asked("page")) || 1);
  const filter = { route: asked("route"), kind: asked("kind"), query: asked("q") };
  // One path over many routes has one cause; of one route there is nothing to add up.
  const grouped = filter.route === undefined && asked("by") !== "route";
  const address = grouped ? "/mismatches/by-path" : "/mismatches";
  const rows = useResource<readonly (Difference | DifferenceGroup)[]>(
    url(address, { ...filter, limit: ROWS, offset: (page - 1) * ROWS }),
    // With many differences the front door reads them seldom, so an event may come first.
    { on: ["mismatch", "skipped", "shift", "reload"], everyMs: 5_000 },
  );
  const noticed = useResource<readonly Noticed[]>(url("/noticed", { route: filter.route }), {
    on: ["shift", "reload"],
    everyMs: 10_000,
  });
  return (
    <>
      <div class="page-head">
        <h1>Differences</h1>
        <p class="lead">
          Where modern answered otherwise than legacy, added up by path and kind since each route's evidence
          window opened. One pair of answers can have several.
        </p>
      </div>
      <Loaded of={rows} what="differences">
        {(data) => <Found rows={data} total={rows.total ?? data.length} page={page} place={place} />}
      </Loaded>
      <NoticedList rows={noticed.data ?? []} withRoute />
    </>
  );
}

interface FoundProps {
  readonly rows: readonly (Difference | DifferenceGroup)[];
  readonly total: number;
  readonly page: number;
  readonly place: Place;
}

function Found({ rows, total, page, place }: FoundProps) {
  const { query } = place;
  const [route, kind] = [query.get("route"), query.get("kind")];
  const filtered = ["route", "kind", "q"].some((name) => query.get(name));
  const search = (changes: Readonly<Record<string, string | undefined>>) =>
    refine({ ...changes, page: undefined });
  return (
    <section class="card" aria-label="Differences">
      <div class="filters">
        <SearchField
          label="Search by path or route"
          placeholder="Search by path or route"
          value={query.get("q") ?? ""}
          onSearch={(q) => search({ q })}
        />
        <Chips
          label="Kind"
          options={[undefined, ...Object.keys(KINDS)]}
          chosen={kind ?? undefined}
          onChoose={(each) => search({ kind: each })}
          says={(each) => each ?? "all kinds"}
        />
        {!route && (
          <Chips
            label="Listed by"
            options={["path", "route"]}
            chosen={query.get("by") ?? "path"}
            onChoose={(by) => search({ by: by === "path" ? undefined : by })}
            says={(by) => `by ${by}`}
          />
        )}
        {route && <OnlyRoute route={route} onAll={() => search({ route: undefined })} />}
        <span class="note filters-count">{countOf(total, "difference")}</span>
      </div>
      {total === 0 && !filtered ? (
        <Empty title="No difference was found">
          Shadowed routes are compared. Each route's page shows what was not compared, and why.
        </Empty>
      ) : rows.length === 0 ? (
        <Empty title="No difference matches" />
      ) : (
        <Rows rows={rows} />
      )}
      <Pager
        page={page}
        rows={ROWS}
        total={total}
        onPage={(to) => refine({ page: to === 1 ? undefined : String(to) })}
      />
    </section>
  );
}

/** What was asked for before stays until the answer comes: rows say themselves what they are. */
function Rows({ rows }: Pick<FoundProps, "rows">) {
  const groups = rows.filter((row) => "routes" in row);
  const single = rows.filter((row) => "route" in row);
  return groups.length > 0 ? <GroupList rows={groups} /> : <DifferenceList rows={single} withRoute />;
}

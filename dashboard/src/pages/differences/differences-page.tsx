import { useState } from "preact/hooks";
import type { PageProps } from "../../app.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { type Place, refine } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { Difference } from "../../state/wire.ts";
import { plural } from "../../words.ts";
import { DifferenceList } from "./difference-list.tsx";

const MOST = 50;

export function DifferencesPage({ place }: PageProps) {
  const route = place.query.get("route") ?? undefined;
  const rows = useResource<readonly Difference[]>(url("/mismatches", { route }), {
    on: ["comparison", "skipped", "shift", "reload"],
    pauseMs: 500,
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
        {(data) => <Found rows={data} place={place} route={route} />}
      </Loaded>
    </>
  );
}

interface FoundProps {
  readonly rows: readonly Difference[];
  readonly place: Place;
  readonly route: string | undefined;
}

function Found({ rows, place, route }: FoundProps) {
  const [most, setMost] = useState(MOST);
  const text = (place.query.get("q") ?? "").toLowerCase();
  const kind = place.query.get("kind");
  const found = rows.filter(
    (row) =>
      (kind === null || row.kind === kind) &&
      (text === "" || row.path.toLowerCase().includes(text) || row.route.toLowerCase().includes(text)),
  );
  const kinds = [...new Set(rows.map((row) => row.kind))].sort();
  return (
    <section class="card" aria-label="Differences">
      <div class="filters">
        <SearchField
          label="Search by path or route"
          placeholder="Search by path or route"
          value={place.query.get("q") ?? ""}
          onSearch={(q) => refine({ q })}
        />
        <fieldset class="chips" aria-label="Kind">
          {[undefined, ...kinds].map((each) => (
            <button
              key={each ?? "all"}
              type="button"
              class="chip"
              aria-pressed={(kind ?? undefined) === each}
              onClick={() => refine({ kind: each })}
            >
              {each ?? "all kinds"}
            </button>
          ))}
        </fieldset>
        {route && (
          <button type="button" class="chip" aria-pressed="true" onClick={() => refine({ route: undefined })}>
            only {route} ✕<span class="unseen">: show every route</span>
          </button>
        )}
        <span class="note filters-count">{plural(found.length, "difference")}</span>
      </div>
      {rows.length === 0 ? (
        <Empty title="No difference was found">
          Shadowed routes are compared; what was not compared, and why, stands on each route's page.
        </Empty>
      ) : found.length === 0 ? (
        <Empty title="No difference is like that" />
      ) : (
        <DifferenceList rows={found.slice(0, most)} withRoute />
      )}
      {found.length > most && (
        <p class="more">
          <button type="button" class="button" onClick={() => setMost(most + MOST)}>
            Show {Math.min(MOST, found.length - most)} more
          </button>
        </p>
      )}
    </section>
  );
}

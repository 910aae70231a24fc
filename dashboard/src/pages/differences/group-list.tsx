import { useState } from "preact/hooks";
import { rateOf } from "../../figures.ts";
import { Icon } from "../../parts/icon.tsx";
import { RateText } from "../../parts/rate.tsx";
import { Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { href } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import { useNow } from "../../state/use-now.ts";
import type { Difference, DifferenceGroup } from "../../state/wire.ts";
import { agoText, countOf, countText, fullMoment } from "../../words.ts";
import { DifferenceList, KINDS } from "./difference-list.tsx";
import { Ignore } from "./ignore.tsx";
import { Samples } from "./samples.tsx";
import { TrendMark } from "./trend.tsx";

const MOST = 100;

/** By path and kind over all routes; each opens to the routes that have it. */
export function GroupList({ rows }: { readonly rows: readonly DifferenceGroup[] }) {
  const now = useNow(5_000);
  return (
    <ul class="differences groups">
      <li class="difference-head difference-names" aria-hidden="true">
        <span>Path</span>
        <span>Kind</span>
        <span>Routes</span>
        <span class="difference-rate">Rate, 95 % interval</span>
        <span class="difference-trend">Trend</span>
        <span class="difference-seen">Seen</span>
      </li>
      {rows.map((row) => (
        <Group key={`${row.path} ${row.kind}`} row={row} now={now} />
      ))}
    </ul>
  );
}

function Group({ row, now }: { readonly row: DifferenceGroup; readonly now: number }) {
  const [open, setOpen] = useState(false);
  const { path, kind, routes, count, comparisons, firstSeen, lastSeen } = row;
  const [first] = routes;
  const id = `group ${path} ${kind}`.replaceAll(/\W+/g, "-");
  return (
    <li class={open ? "difference open" : "difference"}>
      <div class="difference-head">
        <button
          type="button"
          class="expander"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          <Icon name="down" />
          <code>{path}</code>
        </button>
        <span class="difference-kind">
          <span class="tag">{kind}</span> <span class="note">{KINDS[kind]}</span>
        </span>
        <span class="difference-route">
          {routes.length === 1 && first !== undefined ? (
            <a href={href(["routes", first])}>{first}</a>
          ) : (
            countOf(routes.length, "route")
          )}
        </span>
        <span class="difference-rate">
          <span class="unseen">Rate </span>
          <RateText rate={rateOf(count, comparisons)} />
          <span class="note">
            {countText(count)} of {countText(comparisons)}
          </span>
        </span>
        <span class="difference-trend">
          <TrendMark of={row} />
        </span>
        <span class="difference-seen">
          <span title={fullMoment(lastSeen)}>last {agoText(lastSeen, now)}</span>
          <span class="note" title={fullMoment(firstSeen)}>
            first {agoText(firstSeen, now)}
          </span>
        </span>
      </div>
      {open && (
        <div class="difference-body" id={id}>
          <OfRoutes path={path} kind={kind} />
        </div>
      )}
    </li>
  );
}

/** Asked for when it is opened. */
function OfRoutes({ path, kind }: Pick<DifferenceGroup, "path" | "kind">) {
  const rows = useResource<readonly Difference[]>(url("/mismatches", { path, kind, limit: MOST }), {
    on: ["mismatch", "skipped", "shift", "reload"],
    everyMs: 10_000,
  });
  return (
    <Loaded of={rows} what="differences">
      {(data) => (
        <>
          {data.length === 1 && data[0] !== undefined ? (
            <>
              <Samples row={data[0]} />
              <Ignore row={data[0]} />
            </>
          ) : (
            <DifferenceList rows={data} withRoute />
          )}
          {(rows.total ?? 0) > data.length && (
            <p class="note">and {countText((rows.total ?? 0) - data.length)} more routes</p>
          )}
        </>
      )}
    </Loaded>
  );
}

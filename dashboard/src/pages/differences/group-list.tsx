import { useState } from "preact/hooks";
import { Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { href } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import { useNow } from "../../state/use-now.ts";
import type { Difference, DifferenceGroup } from "../../state/wire.ts";
import { countOf, countText } from "../../words.ts";
import { AfterWrites, CascadeList, Operations } from "./cascade.tsx";
import { DifferenceHead, DifferenceNames } from "./difference-head.tsx";
import { DifferenceList } from "./difference-list.tsx";
import { Ignore } from "./ignore.tsx";
import { Samples } from "./samples.tsx";

const MOST = 100;

/** By path and kind over all routes; each opens to the routes that have it. */
export function GroupList({ rows }: { readonly rows: readonly DifferenceGroup[] }) {
  const now = useNow(5_000);
  return (
    <ul class="differences groups">
      <DifferenceNames where="Routes" />
      {rows.map((row) => (
        <Group key={`${row.path} ${row.kind}`} row={row} now={now} />
      ))}
    </ul>
  );
}

function Group({ row, now }: { readonly row: DifferenceGroup; readonly now: number }) {
  const [open, setOpen] = useState(false);
  const { path, kind, routes } = row;
  const [first] = routes;
  const id = `group ${path} ${kind}`.replaceAll(/\W+/g, "-");
  return (
    <li class={open ? "difference open" : "difference"}>
      <DifferenceHead row={row} now={now} id={id} open={open} onToggle={() => setOpen(!open)}>
        <span class="difference-route">
          {routes.length === 1 && first !== undefined ? (
            <a href={href(["routes", first])}>{first}</a>
          ) : (
            countOf(routes.length, "route")
          )}
        </span>
      </DifferenceHead>
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
              {data[0].cascade !== undefined && <CascadeList cascade={data[0].cascade} />}
              <Operations row={data[0]} />
              <AfterWrites row={data[0]} />
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

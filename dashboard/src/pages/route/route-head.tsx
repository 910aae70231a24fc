import { openAct } from "../../act/act.ts";
import { ActButton } from "../../act/act-button.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PhaseMark, PositionBar, PositionText } from "../../parts/position.tsx";
import { UnknownNote } from "../../parts/unknown.tsx";
import { useOverview } from "../../state/overview.ts";
import { href } from "../../state/place.ts";
import { useNow } from "../../state/use-now.ts";
import type { Attention, RouteStatus } from "../../state/wire.ts";
import { agoText } from "../../words.ts";

const DEFAULT_ROUTE = "(default)";

/** Where the route stands, since when and why, and what can be done about it. */
export function RouteHead({ route }: { readonly route: RouteStatus }) {
  const { id, cohort, phase, position, lastShift } = route;
  const now = useNow();
  const fixed = id === DEFAULT_ROUTE || phase === "retired";
  const problems = useProblems(id);
  const held = problems.some(({ kind }) => kind === "held");
  return (
    <header class="route-head">
      <p class="crumbs">
        <a href={href([])}>Overview</a> <span aria-hidden="true">/</span> Route
      </p>
      <div class="route-title">
        <h1>{id}</h1>
        <PhaseMark phase={phase} />
        {cohort !== id && id !== DEFAULT_ROUTE && <span class="quiet">cohort {cohort}</span>}
        {!fixed && (
          <p class="actions">
            <ActButton primary onClick={() => openAct({ kind: "shift", route: id, cohort, position })}>
              Shift …
            </ActButton>
            <ActButton disabled={lastShift === null} onClick={() => openAct({ kind: "rollback", route: id })}>
              Roll back …
            </ActButton>
            {held && <ActButton onClick={() => openAct({ kind: "resume", route: id })}>Resume …</ActButton>}
          </p>
        )}
      </div>
      <PositionBar position={position} wide />
      <p class="route-where">
        <PositionText position={position} />
        <span class="quiet">
          {lastShift === null
            ? "never shifted"
            : `since r${lastShift.revision}, ${agoText(lastShift.at, now)}, ${lastShift.kind} by ${lastShift.by}: ${lastShift.reason}`}
        </span>
      </p>
      <UnknownNote of={route} />
      <RouteProblems items={problems} />
    </header>
  );
}

/** What asks for attention on a route. */
function useProblems(id: string): readonly Attention[] {
  const { data } = useOverview();
  return data?.attention.filter(({ route, routes }) => route === id || routes?.includes(id)) ?? [];
}

function RouteProblems({ items }: { readonly items: readonly Attention[] }) {
  return (
    <>
      {items.map((item) => (
        <div key={item.message} class={`alert alert-${item.severity}`}>
          <Icon name={item.severity} />
          <div>
            {item.message} {item.remedy && <span class="note">{item.remedy}</span>}
          </div>
        </div>
      ))}
    </>
  );
}

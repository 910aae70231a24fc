import { GateTable, otherReasons } from "../../parts/gate.tsx";
import { Icon } from "../../parts/icon.tsx";
import { href } from "../../state/place.ts";
import { useNow } from "../../state/use-now.ts";
import type { MigrationPlan, MigrationStatus } from "../../state/wire.ts";
import { agoText, changeText, fullMoment, positionText } from "../../words.ts";

interface StepProps {
  readonly step: MigrationStatus;
  /** Of the next one. */
  readonly plan: MigrationPlan | undefined;
}

export function Step({ step, plan }: StepProps) {
  const { number, name, description, state, drifted, edited, late, changes } = step;
  const stand = state !== "pending" ? state : plan === undefined ? "pending" : "next";
  return (
    <li class={`step step-${state === "archived" ? "applied" : stand}`}>
      <span class="step-number" aria-hidden="true">
        {number}
      </span>
      <div class="card">
        <header class="card-head">
          <h2>
            <span class="unseen">Step {number}: </span>
            {description || name}
          </h2>
          <span class={`tag tag-${state === "archived" ? "applied" : stand}`}>{stand}</span>
        </header>
        <p class="step-where">
          <code>{name}</code> <Applied step={step} />
        </p>
        {edited && (
          <p class="alert alert-error">
            <Icon name="error" /> Its file was edited after it was applied: restore it, and put the change
            into a new step.
          </p>
        )}
        {late && (
          <p class="alert alert-warning">
            <Icon name="warning" /> It is late: a step with a higher number was applied before it. Give its
            file the next free number.
          </p>
        )}
        {drifted.length > 0 && (
          <p class="alert alert-warning">
            <Icon name="warning" />
            <span>
              Drifted: {drifted.join(", ")} no longer {drifted.length === 1 ? "stands" : "stand"} where this
              step left {drifted.length === 1 ? "it" : "them"}.
            </span>
          </p>
        )}
        {plan === undefined ? <Changes changes={changes} /> : <Planned plan={plan} />}
      </div>
    </li>
  );
}

function Applied({ step: { revision, at, by } }: { readonly step: MigrationStatus }) {
  const now = useNow();
  if (at === null || revision === null) return null;
  return (
    <span class="quiet" title={fullMoment(at)}>
      applied as <a href={href(["history"])}>r{revision}</a>, {agoText(at, now)}
      {by && ` by ${by}`}
    </span>
  );
}

function Changes({ changes }: Pick<MigrationStatus, "changes">) {
  return (
    <ul class="step-changes">
      {Object.entries(changes).map(([route, position]) => (
        <li key={route}>
          <a href={href(["routes", route])}>{route}</a> <span>{positionText(position)}</span>
        </li>
      ))}
    </ul>
  );
}

/** What the step would change now, and everything that stands in its way. */
function Planned({ plan }: { readonly plan: MigrationPlan }) {
  const { changes, gates, allowed, reasons } = plan;
  return (
    <>
      <ul class="step-changes step-effects">
        {changes.map((change, at) => (
          <li key={change.route}>
            <a href={href(["routes", change.route])}>{change.route}</a> <span>{changeText(change)}</span>
            <span class="note">{plan.effects[at]?.text}</span>
            <span class="note">{plan.effects[at]?.recent?.text}</span>
          </li>
        ))}
      </ul>
      <p class={allowed ? "verdict verdict-good" : "verdict verdict-wait"}>
        <Icon name={allowed ? "good" : "warning"} />
        {allowed
          ? gates.length === 0
            ? "It can be applied; it has no gate."
            : "Its gate holds: it can be applied."
          : "It has to wait:"}
      </p>
      {otherReasons(reasons, gates).map((reason) => (
        <p class="alert alert-warning" key={reason}>
          <Icon name="warning" /> {reason}
        </p>
      ))}
      {plan.unseen?.map((unseen) => (
        <p class="alert alert-warning" key={unseen}>
          <Icon name="warning" /> {unseen}
        </p>
      ))}
      {gates.length > 0 && <GateTable gates={gates} />}
    </>
  );
}

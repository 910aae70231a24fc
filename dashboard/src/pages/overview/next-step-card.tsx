import { openAct } from "../../act/act.ts";
import { ActButton } from "../../act/act-button.tsx";
import { Card } from "../../parts/card.tsx";
import { GateSummary, otherReasons } from "../../parts/gate.tsx";
import { Icon } from "../../parts/icon.tsx";
import { href } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { MigrationPlan, Overview } from "../../state/wire.ts";
import { countOf } from "../../words.ts";

/** What to do next, and whether its gate lets it. */
export function NextStepCard({ overview }: { readonly overview: Overview }) {
  const { next, applied, pending } = overview.migrations;
  const plan = useResource<MigrationPlan>(next === null ? undefined : "/migrations/plan", {
    on: ["shift", "rollup", "reload"],
    pauseMs: 5_000,
  }).data;
  const aside = (
    <span class="note">
      {countOf(applied, "step")} applied, {pending} pending
    </span>
  );
  if (next === null) {
    return (
      <Card title="Next step" id="next-step" aside={aside}>
        <p class="calm">
          {pending > 0
            ? "Which step is next is not known: the store does not answer."
            : applied === 0
              ? "There are no migration files yet. A route can be shifted on its page."
              : "Every step is applied."}
        </p>
      </Card>
    );
  }
  const gates = plan?.gates ?? [];
  return (
    <Card title="Next step" id="next-step" aside={aside}>
      <div class="next-step">
        <p>
          <b class="step-number">{next.number}</b> {next.description || next.name}
        </p>
        <p class={next.allowed ? "verdict verdict-good" : "verdict verdict-wait"}>
          <Icon name={next.allowed ? "good" : "warning"} />
          {next.allowed
            ? gates.length === 0
              ? "It can be applied; it has no gate"
              : "Its gate holds"
            : "It has to wait"}
        </p>
        {otherReasons(next.reasons, gates).map((reason) => (
          <p key={reason}>{reason}</p>
        ))}
        {gates.length > 0 && <GateSummary gates={gates} />}
        <p class="actions">
          <ActButton primary={next.allowed} onClick={() => openAct({ kind: "up", number: next.number })}>
            Preview step {next.number} …
          </ActButton>
          <a href={href(["migrations"])}>All steps</a>
        </p>
      </div>
    </Card>
  );
}

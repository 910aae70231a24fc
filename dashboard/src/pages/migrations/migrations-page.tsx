import { openAct } from "../../act/act.ts";
import { ActButton } from "../../act/act-button.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { useResource } from "../../state/resource.ts";
import type { MigrationPlan, MigrationStatus } from "../../state/wire.ts";
import { countOf } from "../../words.ts";
import { AutopilotCard } from "./autopilot-card.tsx";
import { Step } from "./step.tsx";

const LIVE = { on: ["shift", "rollup", "reload"], pauseMs: 2_000 } as const;

export function MigrationsPage() {
  const steps = useResource<readonly MigrationStatus[]>("/migrations", LIVE);
  const plan = useResource<MigrationPlan>("/migrations/plan", LIVE);
  return (
    <>
      <div class="page-head">
        <h1>Migrations</h1>
        <p class="lead">
          The numbered steps in git, in order: what is applied, what the next one would change, and whether
          its gate holds.
        </p>
      </div>
      <AutopilotCard />
      <Loaded of={steps} what="steps">
        {(data) => <Steps steps={data} plan={plan.data} />}
      </Loaded>
    </>
  );
}

function Steps({
  steps,
  plan,
}: {
  readonly steps: readonly MigrationStatus[];
  readonly plan: MigrationPlan | undefined;
}) {
  if (steps.length === 0) {
    return (
      <section class="card" aria-label="Steps">
        <Empty title="There are no steps yet">
          A step is a file in migrations/: 0001-first-shadow.yaml, with the positions it sets and the gate it
          waits for.
        </Empty>
      </section>
    );
  }
  const applied = steps.filter((step) => step.state === "applied");
  const last = applied.reduce<MigrationStatus | undefined>(
    (newest, step) => ((step.revision ?? 0) > (newest?.revision ?? 0) ? step : newest),
    undefined,
  );
  const next = plan?.next ?? undefined;
  return (
    <>
      <div class="steps-head">
        <p>
          <b>{steps.filter(({ state }) => state !== "pending").length}</b> of {countOf(steps.length, "step")}{" "}
          applied
        </p>
        <p class="actions">
          {last && (
            <ActButton onClick={() => openAct({ kind: "down", number: last.number })}>
              Undo step {last.number} …
            </ActButton>
          )}
          {next && (
            <ActButton
              primary={plan?.allowed ?? false}
              onClick={() => openAct({ kind: "up", number: next.number })}
            >
              Preview step {next.number} …
            </ActButton>
          )}
        </p>
      </div>
      <ol class="steps">
        {steps.map((step) => (
          <Step key={step.number} step={step} plan={step.number === next?.number ? plan : undefined} />
        ))}
      </ol>
    </>
  );
}

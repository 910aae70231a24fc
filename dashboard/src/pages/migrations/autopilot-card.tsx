import { useState } from "preact/hooks";
import { ActButton } from "../../act/act-button.tsx";
import { Card } from "../../parts/card.tsx";
import { Icon } from "../../parts/icon.tsx";
import { useResource } from "../../state/resource.ts";
import { useNow } from "../../state/use-now.ts";
import type { AutopilotStatus } from "../../state/wire.ts";
import { agoText, fullMoment } from "../../words.ts";
import { AutopilotDialog, type AutopilotVerb } from "./autopilot-dialog.tsx";

/** What people can tell it, by what it is in. */
const VERBS: Readonly<Record<AutopilotStatus["state"], readonly AutopilotVerb[]>> = {
  off: ["start"],
  running: ["pause", "stop"],
  paused: ["resume", "stop"],
};

/** What the autopilot waits for, when it expects to move, and what it can be told. */
export function AutopilotCard() {
  const [verb, setVerb] = useState<AutopilotVerb>();
  const status = useResource<AutopilotStatus>("/autopilot", {
    on: ["autopilot", "shift", "rollup", "reload"],
    pauseMs: 2_000,
    everyMs: 10_000,
  }).data;
  if (status === undefined) return null;
  const { state, says, stuck, overdue } = status;
  const good = state === "running" && !stuck && !overdue;
  return (
    <Card
      title="Autopilot"
      id="autopilot"
      class="card-apart"
      aside={<span class={`tag tag-${state === "running" ? "applied" : "pending"}`}>{state}</span>}
    >
      <p class={`verdict ${good ? "verdict-good" : "verdict-wait"}`}>
        <Icon name={state !== "off" && (stuck || overdue) ? "warning" : "good"} /> {sentence(says)}
      </p>
      <Told status={status} />
      <p class="actions">
        {VERBS[state].map((each) => (
          <ActButton key={each} primary={each === "resume"} onClick={() => setVerb(each)}>
            {`${each.charAt(0).toUpperCase()}${each.slice(1)} …`}
          </ActButton>
        ))}
      </p>
      {verb && <AutopilotDialog verb={verb} onClose={() => setVerb(undefined)} />}
    </Card>
  );
}

function Told({
  status: { state, by, at, reason, to, times, expectedAt, waitsFor },
}: {
  readonly status: AutopilotStatus;
}) {
  const now = useNow();
  if (by === null || at === null)
    return <p class="note">It applies each step by itself when its gate holds.</p>;
  return (
    <p class="note">
      <span title={fullMoment(at)}>
        Told by {by}, {agoText(at, now)}
        {reason && `: ${reason}`}.
      </span>
      {state === "running" && to !== null && ` As far as step ${to}.`}
      {state === "running" && times.text !== null && ` Declared: ${times.text}.`}
      {expectedAt !== null && waitsFor !== null && ` It expects to move at ${fullMoment(expectedAt)}.`}
    </p>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

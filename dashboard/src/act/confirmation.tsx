import { useLayoutEffect, useRef } from "preact/hooks";
import type { ShiftResult } from "../state/wire.ts";
import { shareText } from "../words.ts";
import type { Act, Fields } from "./act.ts";
import { PreviewOf } from "./preview-of.tsx";

interface ConfirmationProps {
  readonly act: Act;
  readonly result: ShiftResult;
  readonly fields: Fields;
  readonly busy: boolean;
  readonly onBack: () => void;
  readonly onConfirm: () => void;
}

/** Says once more what changes for which share of clients; the button says it too. */
export function Confirmation({ act, result, fields, busy, onBack, onConfirm }: ConfirmationProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // With the paint and not after it: a key pressed in between would be lost.
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <div class="form">
      <h3 ref={heading} tabIndex={-1}>
        {act.kind === "resume" ? RESUMED : clientsText(result)}
      </h3>
      <section class="preview" aria-label="What will be done">
        <PreviewOf result={result} />
      </section>
      <dl class="said">
        <dt>By</dt>
        <dd>{fields.by}</dd>
        <dt>Reason</dt>
        <dd>{fields.reason || "the step's description"}</dd>
        {fields.force && (
          <>
            <dt>Forced</dt>
            <dd>yes, although the gate does not hold or a route has drifted</dd>
          </>
        )}
      </dl>
      <footer>
        <button type="button" class="button" disabled={busy} onClick={onBack}>
          Back
        </button>
        <button type="button" class="button primary" disabled={busy} onClick={onConfirm}>
          {buttonText(act, result)}
        </button>
      </footer>
    </div>
  );
}

const RESUMED = "No client changes sides. From now on the route may rise again.";

/** `25 % of clients move to modern on 2 routes`. */
function clientsText({ effects }: ShiftResult): string {
  const moved = effects.filter(({ toward }) => toward !== null);
  const [first] = moved;
  if (first === undefined) return "No client changes sides; only the shadow changes.";
  const same = moved.every((effect) => effect.clients === first.clients && effect.toward === first.toward);
  const where = moved.length === 1 ? `on ${first.route}` : `on ${moved.length} routes`;
  if (same) return `${shareText(first.clients)} of clients move to ${first.toward} ${where}.`;
  return `Clients change sides ${where}: see each one.`;
}

const VERBS: Readonly<Record<Act["kind"], string>> = {
  shift: "Shift",
  rollback: "Roll back",
  "rollback all": "Roll back",
  resume: "Resume",
  up: "Apply",
  down: "Undo",
};

function buttonText(act: Act, { effects }: ShiftResult): string {
  const [first, ...others] = effects.filter(({ toward }) => toward !== null);
  const verb = VERBS[act.kind];
  if (act.kind === "resume") return `${verb} ${act.route}`;
  if (first === undefined) return `${verb}: no client moves`;
  if (others.some(({ clients, toward }) => clients !== first.clients || toward !== first.toward))
    return `${verb}: ${others.length + 1} routes`;
  return `${verb}: ${shareText(first.clients)} of clients to ${first.toward}`;
}

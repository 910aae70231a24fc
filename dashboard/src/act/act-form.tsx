import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { ApiError, post } from "../state/api.ts";
import { onLive } from "../state/live.ts";
import { announce } from "../state/notice.ts";
import { useOverview } from "../state/overview.ts";
import { refreshAll } from "../state/resource.ts";
import { author, rememberAuthor, session } from "../state/session.ts";
import type { LedgerEntry, ShiftResult } from "../state/wire.ts";
import { changeText } from "../words.ts";
import { type Act, canForce, type Fields, FORCEABLE, firstFields, needsReason, requestOf } from "./act.ts";
import { Confirmation } from "./confirmation.tsx";
import { PreviewOf } from "./preview-of.tsx";
import { isRefused, Refusal } from "./refusal.tsx";
import { ShiftFields } from "./shift-fields.tsx";
import { usePreview } from "./use-preview.ts";

interface ActFormProps {
  readonly act: Act;
  readonly onClose: () => void;
}

/** Choose and see what it would do, then confirm what it does to whom. */
export function ActForm({ act, onClose }: ActFormProps) {
  const { data: overview } = useOverview();
  // What was known first when the dialog opened: a newer entry is a conflict, not a surprise.
  const seen = useRef<number>(undefined);
  seen.current ??= overview?.revision;
  const [fields, setFields] = useState(() => firstFields(act, author()));
  const [turn, setTurn] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const [confirming, setConfirming] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const change = (changes: Partial<Fields>) => {
    setFailure(undefined);
    setFields((old) => ({ ...old, ...changes }));
  };
  const known = seen.current !== undefined;
  const request = requestOf(act, fields, seen.current);
  const preview = usePreview(request, known, attempt, turn);
  const { result, refusal } = preview;
  const askAgain = () => setAttempt((old) => old + 1);
  const lookAgain = (why: ApiError | undefined) => {
    seen.current = Math.max(overview?.revision ?? 0, newerRevision(why));
    askAgain();
  };
  const ready = known && result !== undefined && !preview.loading && result.changes.length > 0;
  // One's own act is an event too, and may come before its answer.
  useEffect(() => {
    if (busy) return;
    return onLive((type) => {
      if (type === "shift" || type === "reload") setTurn((old) => old + 1);
    });
  }, [busy]);
  // What is confirmed is what was read: if that has changed by now, it has to be chosen again.
  useEffect(() => {
    if (!busy) setConfirming(false);
  }, [preview.turned, refusal]);

  const carryOut = async () => {
    setBusy(true);
    try {
      const done = await post<ShiftResult>(request.path, request.body);
      rememberAuthor(fields.by);
      announce(doneText(done));
      refreshAll();
      onClose();
    } catch (error) {
      const failed = error instanceof ApiError ? error : new ApiError(0, "page_error", String(error));
      setFailure(failed);
      setConfirming(false);
      if (isRefused(failed)) return lookAgain(failed);
      // It may have been written. It was decided on an older revision, so a second try is a conflict and not a second shift.
      refreshAll();
      askAgain();
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (ready) setConfirming(true);
  };

  if (confirming && result !== undefined) {
    return (
      <Confirmation
        act={act}
        result={result}
        fields={fields}
        busy={busy}
        onBack={() => setConfirming(false)}
        onConfirm={carryOut}
      />
    );
  }
  return (
    <form class="form" onSubmit={submit}>
      {act.kind === "shift" && <ShiftFields act={act} fields={fields} onChange={change} />}
      {act.kind.startsWith("rollback") && <ToRevision fields={fields} onChange={change} />}
      <section class="preview" aria-label="Preview" aria-live="polite" aria-busy={preview.loading}>
        {failure && <Refusal refusal={failure} happened />}
        {refusal && !failure && <Refusal refusal={refusal} />}
        {refusal?.code === "conflict" && (
          <button type="button" class="button small" onClick={() => lookAgain(refusal)}>
            Look at the newest revision
          </button>
        )}
        {result && preview.turned > 0 && (
          <p class="alert alert-warning" role="alert">
            <Icon name="warning" />{" "}
            <span>Something changed in the meantime: this is what it would do now.</span>
          </p>
        )}
        {result && <PreviewOf result={result} />}
        {!result && !refusal && <p class="note">Asking the front door …</p>}
      </section>
      {canForce(act) && (fields.force || FORCEABLE.has(refusal?.code ?? "")) && (
        <label class="check">
          <input
            type="checkbox"
            checked={fields.force}
            onChange={(event) => change({ force: event.currentTarget.checked })}
          />
          Go on regardless. The ledger will record that it was forced.
        </label>
      )}
      <WhoAndWhy act={act} fields={fields} onChange={change} />
      <footer>
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="button primary" disabled={!ready}>
          Continue …
        </button>
      </footer>
    </form>
  );
}

/** Of a conflict: the entry that was first. */
function newerRevision(error: ApiError | undefined): number {
  const { conflict } = (error?.details ?? {}) as { readonly conflict?: LedgerEntry };
  return conflict?.revision ?? 0;
}

interface FieldsProps {
  readonly fields: Fields;
  readonly onChange: (changes: Partial<Fields>) => void;
}

function ToRevision({ fields, onChange }: FieldsProps) {
  return (
    <label>
      <span>
        Back to revision <span class="quiet">· left empty: undo the newest shift</span>
      </span>
      <input
        inputMode="numeric"
        pattern="[0-9]*"
        value={fields.to}
        onInput={(event) => onChange({ to: event.currentTarget.value.replace(/\D/g, "") })}
      />
    </label>
  );
}

function WhoAndWhy({ act, fields, onChange }: FieldsProps & { readonly act: Act }) {
  const needed = needsReason(act);
  const known = session.get()?.by;
  return (
    <div class="who-and-why">
      <label>
        <span>Reason {!needed && <span class="quiet">· left empty: the step's description</span>}</span>
        <textarea
          name="reason"
          rows={2}
          maxLength={2000}
          required={needed}
          value={fields.reason}
          onInput={(event) => onChange({ reason: event.currentTarget.value })}
        />
      </label>
      <label>
        Your name
        <input
          name="by"
          required
          maxLength={200}
          readOnly={Boolean(known)}
          value={fields.by}
          onInput={(event) => onChange({ by: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

function doneText({ entries, changes }: ShiftResult): string {
  const revisions = entries.map((entry) => `r${entry.revision}`).join(", ");
  const what = changes.map((change) => `${change.route}: ${changeText(change)}`).join("; ");
  return revisions === "" ? "Nothing had to change." : `Revision ${revisions} is in force. ${what}`;
}

import { useState } from "preact/hooks";
import { isRefused, Refusal } from "../../act/refusal.tsx";
import { Modal } from "../../parts/modal.tsx";
import { ApiError, post } from "../../state/api.ts";
import { announce } from "../../state/notice.ts";
import { refreshAll } from "../../state/resource.ts";
import { author, rememberAuthor, session } from "../../state/session.ts";
import type { AutopilotStatus } from "../../state/wire.ts";

const DOES = {
  start: "From now on each pending step is applied by itself, when its gate holds and its hours are open.",
  pause: "No step is applied by itself until it is resumed. Nothing that was applied changes.",
  resume: "It goes on with the next step, also where a route was taken back.",
  stop: "It is off. Nothing that was applied changes.",
} as const;
export type AutopilotVerb = keyof typeof DOES;

interface AutopilotDialogProps {
  readonly verb: AutopilotVerb;
  readonly onClose: () => void;
}

export function AutopilotDialog({ verb, onClose }: AutopilotDialogProps) {
  const [reason, setReason] = useState("");
  const [by, setBy] = useState(author);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const name = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
  const carryOut = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      rememberAuthor(by);
      const body = { by: by || "dashboard", ...(reason === "" ? {} : { reason }) };
      const { state } = await post<AutopilotStatus>(`/autopilot/${verb}`, body);
      announce(`The autopilot is ${state}.`);
      onClose();
      refreshAll();
    } catch (error) {
      const failed = error instanceof ApiError ? error : new ApiError(0, "page_error", String(error));
      setFailure(failed);
      if (!isRefused(failed)) refreshAll();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal id="autopilot-title" title={`${name} the autopilot`} onClose={onClose}>
      <form class="form" onSubmit={carryOut}>
        <p class="preview">{DOES[verb]}</p>
        {failure && <Refusal refusal={failure} happened />}
        <div class="who-and-why">
          <label>
            <span>Reason {verb !== "start" && <span class="quiet">· may be left empty</span>}</span>
            <textarea
              name="reason"
              rows={2}
              maxLength={2000}
              required={verb === "start"}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
          <label>
            Your name
            <input
              name="by"
              required
              maxLength={200}
              readOnly={Boolean(session.get()?.by)}
              value={by}
              onInput={(event) => setBy(event.currentTarget.value)}
            />
          </label>
        </div>
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {name}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

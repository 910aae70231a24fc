import { useState } from "preact/hooks";
import { isRefused, Refusal } from "../../act/refusal.tsx";
import { Modal } from "../../parts/modal.tsx";
import { ApiError, post } from "../../state/api.ts";
import { announce } from "../../state/notice.ts";
import { refreshAll } from "../../state/resource.ts";
import { author, rememberAuthor, session } from "../../state/session.ts";
import type { AddedApiKey, ApiKey } from "../../state/wire.ts";
import { ShownOnce } from "./shown-once.tsx";

export type KeyAct =
  | { readonly kind: "add" }
  | { readonly kind: "disable" | "enable" | "revoke"; readonly id: string; readonly name: string };

interface KeyDialogProps {
  readonly act: KeyAct;
  readonly onClose: () => void;
}

/** What was typed. */
interface Fields {
  readonly name: string;
  readonly owner: string;
  readonly plan: string;
  readonly days: string;
  readonly reason: string;
  readonly by: string;
}

const DAY_MS = 86_400_000;

/** What it does to clients, in the words of the button too. */
const ACTS = {
  revoke: {
    verb: "Revoke",
    does: "Every front door refuses this key from now on, for good. Its clients get 401 api_key_revoked.",
    done: "is revoked",
  },
  disable: {
    verb: "Disable",
    does: "Every front door refuses this key until it is enabled again. Its clients get 401 api_key_disabled.",
    done: "is disabled",
  },
  enable: { verb: "Enable", does: "Requests with this key pass again.", done: "is enabled" },
} as const;

export function KeyDialog({ act, onClose }: KeyDialogProps) {
  const [fields, setFields] = useState<Fields>(() => ({
    ...{ name: "", owner: "", plan: "", days: "", reason: "" },
    by: author(),
  }));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const [added, setAdded] = useState<AddedApiKey>();
  const change = (changes: Partial<Fields>) => {
    setFailure(undefined);
    setFields((old) => ({ ...old, ...changes }));
  };
  const carryOut = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const by = fields.by || "dashboard";
      rememberAuthor(fields.by);
      if (act.kind === "add") setAdded(await post<AddedApiKey>("/keys", { ...wishesOf(fields), by }));
      else {
        const { id } = act;
        const said = { reason: fields.reason, by };
        if (act.kind === "revoke") await post<ApiKey>(`/keys/${id}/revoke`, said);
        else await post<ApiKey>(`/keys/${id}`, { ...said, enabled: act.kind === "enable" });
        announce(`Key ${id} (${act.name}) ${ACTS[act.kind].done}.`);
        onClose();
      }
      refreshAll();
    } catch (error) {
      const failed = error instanceof ApiError ? error : new ApiError(0, "page_error", String(error));
      setFailure(failed);
      if (!isRefused(failed)) refreshAll();
    } finally {
      setBusy(false);
    }
  };
  if (added !== undefined)
    return (
      <Modal key="added" id="key-title" title={`Key ${added.apiKey.id} (${added.apiKey.name})`}>
        <ShownOnce text={added.key} onClose={onClose} />
      </Modal>
    );
  const title = act.kind === "add" ? "New API key" : `${ACTS[act.kind].verb} ${act.name}`;
  return (
    <Modal id="key-title" title={title} onClose={onClose}>
      <form class="form" onSubmit={carryOut}>
        {act.kind === "add" ? (
          <NewKey fields={fields} onChange={change} />
        ) : (
          <p class="preview">
            {ACTS[act.kind].does} Its id is <code>{act.id}</code>.
          </p>
        )}
        {failure && <Refusal refusal={failure} happened />}
        <div class="who-and-why">
          <label>
            <span>Reason {act.kind !== "revoke" && <span class="quiet">· may be left empty</span>}</span>
            <textarea
              name="reason"
              rows={2}
              maxLength={2000}
              required={act.kind === "revoke"}
              value={fields.reason}
              onInput={(event) => change({ reason: event.currentTarget.value })}
            />
          </label>
          <label>
            Your name
            <input
              name="by"
              required
              maxLength={200}
              readOnly={Boolean(session.get()?.by)}
              value={fields.by}
              onInput={(event) => change({ by: event.currentTarget.value })}
            />
          </label>
        </div>
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {act.kind === "add" ? "Make the key" : `${ACTS[act.kind].verb} key ${act.id}`}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

function wishesOf({ name, owner, plan, days, reason }: Fields): object {
  return {
    ...{ name, owner, reason },
    ...(plan === "" ? {} : { plan }),
    ...(days === "" ? {} : { expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString() }),
  };
}

interface NewKeyProps {
  readonly fields: Fields;
  readonly onChange: (changes: Partial<Fields>) => void;
}

function NewKey({ fields, onChange }: NewKeyProps) {
  return (
    <>
      <label>
        Name
        <input
          name="name"
          required
          maxLength={200}
          value={fields.name}
          onInput={(event) => onChange({ name: event.currentTarget.value })}
        />
      </label>
      <label>
        <span>
          Owner <span class="quiet">· whose it is; may be left empty</span>
        </span>
        <input
          name="owner"
          maxLength={200}
          value={fields.owner}
          onInput={(event) => onChange({ owner: event.currentTarget.value })}
        />
      </label>
      <label>
        <span>
          Plan <span class="quiet">· left empty: none</span>
        </span>
        <input
          name="plan"
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,62}"
          value={fields.plan}
          onInput={(event) => onChange({ plan: event.currentTarget.value })}
        />
      </label>
      <label>
        <span>
          Expires in days <span class="quiet">· left empty: never</span>
        </span>
        <input
          name="days"
          inputMode="numeric"
          pattern="[1-9][0-9]{0,4}"
          value={fields.days}
          onInput={(event) => onChange({ days: event.currentTarget.value.replace(/\D/g, "") })}
        />
      </label>
    </>
  );
}

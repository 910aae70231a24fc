import { ActButton } from "../../act/act-button.tsx";
import { Empty } from "../../parts/states.tsx";
import { useNow } from "../../state/use-now.ts";
import type { ApiKey } from "../../state/wire.ts";
import { agoText, fullMoment, NONE, shortCount } from "../../words.ts";
import type { KeyAct } from "./key-dialog.tsx";

interface KeyTableProps {
  readonly keys: readonly ApiKey[];
  /** Only some keys were asked for. */
  readonly filtered: boolean;
  readonly onAct: (act: KeyAct) => void;
}

export function KeyTable({ keys, filtered, onAct }: KeyTableProps) {
  if (keys.length === 0)
    return filtered ? (
      <Empty title="No key matches" />
    ) : (
      <Empty title="There is no key yet">
        A route with the policy apiKeys answers nobody without one. Make one here, or with fig keys add.
      </Empty>
    );
  return (
    <div class="card-table">
      <table class="plain keys">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">State</th>
            <th scope="col" class="from-560">
              Plan
            </th>
            <th scope="col" class="from-900">
              Expires
            </th>
            <th scope="col" class="num from-720" title="By this front door since it started">
              Passed
            </th>
            <th scope="col" class="num from-720" title="By this front door since it started">
              Refused
            </th>
            <th scope="col" class="from-900">
              Last used here
            </th>
            <th scope="col">
              <span class="unseen">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <KeyRow key={key.id} of={key} onAct={onAct} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function KeyRow({ of, onAct }: { readonly of: ApiKey; readonly onAct: KeyTableProps["onAct"] }) {
  const { id, name, owner, description, plan, state, last, createdAt, createdBy, expiresAt, use } = of;
  const now = useNow(5_000);
  const end = of.acts.at(-1);
  return (
    <tr>
      <td>
        <b title={description || undefined}>{name}</b>
        <div class="note key-where">
          <code>{id}</code>
          {last && ` ends in ${last}`} · {owner && `${owner} · `}
          <span title={fullMoment(createdAt)}>
            made {agoText(createdAt, now)} by {createdBy}
          </span>
        </div>
      </td>
      <td>
        <span
          class={`tag key-${state}`}
          title={state === "revoked" && end ? `by ${end.by}: ${end.reason}` : undefined}
        >
          {state}
        </span>
      </td>
      <td class="from-560">{plan ?? NONE}</td>
      <td class="from-900">{expiresAt === null ? "never" : fullMoment(expiresAt)}</td>
      <td class="num from-720">{use === null ? NONE : shortCount(use.passed)}</td>
      <td class="num from-720">{use === null ? NONE : shortCount(use.refused)}</td>
      <td class="from-900">{use === null || use.lastAt === null ? NONE : agoText(use.lastAt, now)}</td>
      <td class="key-acts">
        {state === "active" && (
          <ActButton small onClick={() => onAct({ kind: "disable", id, name })}>
            Disable …
          </ActButton>
        )}
        {state === "disabled" && (
          <ActButton small onClick={() => onAct({ kind: "enable", id, name })}>
            Enable …
          </ActButton>
        )}
        {state !== "revoked" && (
          <ActButton small onClick={() => onAct({ kind: "revoke", id, name })}>
            Revoke …
          </ActButton>
        )}
      </td>
    </tr>
  );
}

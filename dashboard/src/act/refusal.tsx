import { GateTable } from "../parts/gate.tsx";
import { Icon } from "../parts/icon.tsx";
import type { ApiError } from "../state/api.ts";
import type { GateReport } from "../state/wire.ts";

interface RefusalProps {
  readonly refusal: ApiError;
  /** It was tried, not only asked about. */
  readonly happened?: boolean;
}

/** Why it is not done: a gate condition by condition, anything else in the front door's words. */
export function Refusal({ refusal, happened = false }: RefusalProps) {
  const { gates = [] } = (refusal.details ?? {}) as { readonly gates?: readonly GateReport[] };
  return (
    <div class="refusal">
      <div class="alert alert-error" role="alert">
        <Icon name="bad" />
        <div>
          <b>{happened ? "Refused. Nothing was changed." : "This would be refused."}</b>{" "}
          {gates.length > 0 ? "The gate does not hold:" : sentence(refusal.message)}
          {refusal.code === "unauthorized" && " Log in and try again."}
        </div>
      </div>
      {gates.length > 0 && <GateTable gates={gates} />}
    </div>
  );
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

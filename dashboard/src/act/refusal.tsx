import { GateTable } from "../parts/gate.tsx";
import { Icon } from "../parts/icon.tsx";
import type { ApiError } from "../state/api.ts";
import { href } from "../state/place.ts";
import type { GateReport, LedgerEntry } from "../state/wire.ts";
import { openedAct } from "./act.ts";

interface RefusalDetails {
  readonly gates?: readonly GateReport[];
  readonly entry?: LedgerEntry;
}

interface RefusalProps {
  readonly refusal: ApiError;
  /** It was tried, not only asked about. */
  readonly happened?: boolean;
}

/** The front door said no. Any other failure leaves open what became of it: the answer may have been lost on its way. */
export function isRefused({ status }: ApiError): boolean {
  return status >= 400 && status < 500;
}

function headline({ refusal, happened = false }: RefusalProps, written: LedgerEntry | undefined): string {
  if (isRefused(refusal)) return happened ? "Refused. Nothing was changed." : "This would be refused.";
  if (!happened) return "The preview could not be read.";
  return written === undefined ? "It is not known whether this was written." : "This was written.";
}

/** Why it is not done, or what is known of it: a gate condition by condition, anything else in the front door's words. */
export function Refusal({ refusal, happened = false }: RefusalProps) {
  const { gates = [], entry } = (refusal.details ?? {}) as RefusalDetails;
  const remedy = refusal.code === "unauthorized" ? "Log in and try again." : refusal.remedy;
  return (
    <div class="refusal">
      <div class="alert alert-error" role="alert">
        <Icon name="bad" />
        <div>
          <b>{headline({ refusal, happened }, entry)}</b>{" "}
          {gates.length > 0 ? "The gate does not hold:" : sentence(refusal.message)}
          {remedy && gates.length === 0 && <p class="note">{sentence(remedy)}</p>}
          {happened && !isRefused(refusal) && (
            <p>
              <a href={href(["history"])} onClick={() => openedAct.set(undefined)}>
                Look at the history
              </a>{" "}
              before you do anything again.
            </p>
          )}
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

import { FigError, messageOf } from "../domain/errors.ts";
import type { LedgerDraft, LedgerEntry } from "../domain/ledger.ts";
import { conflictError } from "../domain/plan.ts";
import { withoutSecrets } from "../domain/redaction.ts";
import type { AppendGuard } from "../store/contract.ts";
import type { ControlContext } from "./context.ts";
import { rewoundError } from "./rewind-watch.ts";

/**
 * Appends with compare-and-set, then has the entry in force in this process before anybody is told. Throws `conflict` when
 * another writer was first, `store_unavailable` where the store does not have what is in force here; nothing is written then.
 */
export async function commit(
  { store, facts }: ControlContext,
  draft: LedgerDraft,
  guard: AppendGuard,
): Promise<LedgerEntry> {
  const rewound = facts.inForce()?.rewound;
  if (rewound !== undefined) throw rewoundError(rewound);
  const { by, reason } = draft;
  // The ledger is never written again, and everybody may read it.
  const kept = { ...draft, by: withoutSecrets(by), reason: withoutSecrets(reason) };
  const result = await store.append(kept, guard);
  if (!result.ok) throw conflictError(guard.revision, result.conflict);
  const { entry } = result;
  try {
    await facts.apply(entry);
  } catch (cause) {
    const why = messageOf(cause);
    throw new FigError(
      "store_unavailable",
      `revision ${entry.revision} is written, but is not in force in this front door yet: ${why}`,
      { remedy: "do not repeat it; read status to see when it is in force", details: { entry }, cause },
    );
  }
  return entry;
}

import type { LocalRollback } from "../domain/local-rollback.ts";
import { listText } from "../domain/wording.ts";
import type { Store } from "../store/contract.ts";

/** What a front door holds lower than the ledger, from its own disk. */
export interface LocalKeeper {
  readonly held: LocalRollback | undefined;
  readonly problem: string | undefined;
  onChange(listener: () => void): void;
  /** The ledger says it now. */
  settled(id: string): Promise<void>;
}

/** Whether the ledger has it, whatever came after it. */
export async function isWritten(store: Store, id: string): Promise<boolean> {
  const entries = await store.read(0);
  return entries.some(({ evidence }) => (evidence.local as { id?: unknown } | undefined)?.id === id);
}

export function heldText({ routes, by, reason }: LocalRollback): string {
  const limits = listText(Object.entries(routes).map(([id, modern]) => `${id} at modern ${modern}`));
  return `this front door alone holds ${limits}, by ${by} (${reason}): it is written to the ledger once the store takes it`;
}

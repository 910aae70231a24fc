import type { ControlContext } from "./context.ts";
import type { Revision } from "./contract.ts";

/** The ledger's newest revision as the store has it now. Throws store_unavailable. */
export async function revision({ facts, ledger, store }: ControlContext): Promise<Revision> {
  const { revision } = await ledger.read(facts.config().routes);
  return { stateId: store.stateId, revision };
}

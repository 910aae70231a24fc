import type { ExchangeContext } from "../proxy/contract.ts";
import { addressFor } from "../proxy/outgoing.ts";
import { type DecidedValues, type Decision, isDecided } from "../routing/decide.ts";

/** What the route's policies would say. */
export async function policiesOf(
  decision: Decision,
  settings: ExchangeContext["settings"],
): Promise<DecidedValues["policies"]> {
  if (!isDecided(decision)) return [];
  const address = addressFor(decision, settings);
  return settings.chains.explain({ decision, address, identity: undefined });
}

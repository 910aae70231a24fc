import type { ServingConfig } from "../domain/serving-config.ts";
import type { Chains } from "../layers/contract.ts";
import type { ExchangeSettings } from "../proxy/contract.ts";
import { decisionSettings } from "../routing/decision-settings.ts";

/** What the files say, as the exchange reads it. */
export function settingsOf(config: ServingConfig, chains: Chains): ExchangeSettings {
  return {
    chains,
    ...decisionSettings(config),
    debugHeaders: config.debugHeaders,
    halfClosedTunnelMs: config.timeouts.halfClosedMs,
    halfClosedMs: config.clientHalfClose === "keep" ? config.timeouts.halfClosedMs : 0,
  };
}

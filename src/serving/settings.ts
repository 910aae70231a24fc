import { compileNetworks } from "../domain/client-address.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import type { Chains } from "../layers/contract.ts";
import type { ExchangeSettings } from "../proxy/contract.ts";

/** What the files say, as the exchange reads it. */
export function settingsOf(config: ServingConfig, chains: Chains): ExchangeSettings {
  return {
    chains,
    trusted: compileNetworks(config.trustedProxies),
    ambiguousPaths: config.ambiguousPaths,
    debugHeaders: config.debugHeaders,
    halfClosedMs: config.clientHalfClose === "keep" ? config.timeouts.halfClosedMs : 0,
    maxUrlBytes: config.limits.urlBytes,
    maxBodyBytes: config.limits.bodyBytes,
  };
}

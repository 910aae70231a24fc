import { compileNetworks } from "../domain/client-address.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import type { DecisionSettings } from "./decide.ts";

/** What the files say that a decision depends on, ready to be asked: the same for the exchange and for `fig explain`. */
export function decisionSettings(
  config: Pick<
    FrontDoorConfig,
    "trustedProxies" | "trustedHeaders" | "forwarded" | "underscoreHeaders" | "ambiguousPaths" | "limits"
  >,
): DecisionSettings {
  const { trustedProxies, trustedHeaders, forwarded, underscoreHeaders, ambiguousPaths, limits } = config;
  return {
    trusted: compileNetworks(trustedProxies),
    trustedHeaders: new Set(trustedHeaders),
    forwarded,
    underscoreHeaders,
    ambiguousPaths,
    maxUrlBytes: limits.urlBytes,
    maxBodyBytes: limits.bodyBytes,
  };
}

import type { FrontDoorConfig } from "./config.ts";

/** The part of the files that serving needs: nothing of admin's, and no secret. */
export type ServingConfig = Pick<
  FrontDoorConfig,
  | "file"
  | "listen"
  | "reusePort"
  | "lane"
  | "clientHalfClose"
  | "debugHeaders"
  | "accessLogSamplePercent"
  | "trustedProxies"
  | "trustedHeaders"
  | "forwarded"
  | "underscoreHeaders"
  | "ambiguousPaths"
  | "limits"
  | "timeouts"
  | "defaultUpstream"
  | "upstreams"
  | "routes"
>;

export function servingConfig(config: FrontDoorConfig): ServingConfig {
  const { file, listen, reusePort, lane, clientHalfClose, debugHeaders, accessLogSamplePercent } = config;
  const { trustedHeaders, forwarded, underscoreHeaders } = config;
  const { trustedProxies, ambiguousPaths, limits, timeouts, defaultUpstream, upstreams, routes } = config;
  return {
    ...{ file, listen, reusePort, lane, clientHalfClose, debugHeaders, accessLogSamplePercent },
    ...{ trustedHeaders, forwarded, underscoreHeaders },
    ...{ trustedProxies, ambiguousPaths, limits, timeouts, defaultUpstream, upstreams, routes },
  };
}

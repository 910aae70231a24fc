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
  | "ambiguousPaths"
  | "limits"
  | "timeouts"
  | "defaultUpstream"
  | "upstreams"
  | "routes"
>;

export function servingConfig(config: FrontDoorConfig): ServingConfig {
  const { file, listen, reusePort, lane, clientHalfClose, debugHeaders, accessLogSamplePercent } = config;
  const { trustedProxies, ambiguousPaths, limits, timeouts, defaultUpstream, upstreams, routes } = config;
  return {
    ...{ file, listen, reusePort, lane, clientHalfClose, debugHeaders, accessLogSamplePercent },
    ...{ trustedProxies, ambiguousPaths, limits, timeouts, defaultUpstream, upstreams, routes },
  };
}

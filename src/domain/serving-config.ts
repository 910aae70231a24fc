import type { FrontDoorConfig } from "./config.ts";

/** The part of the files that serving needs: nothing of admin's. */
export type ServingConfig = Pick<
  FrontDoorConfig,
  | "file"
  | "listen"
  | "reusePort"
  | "lane"
  | "clientHalfClose"
  | "debugHeaders"
  | "accessLog"
  | "trustedProxies"
  | "identity"
  | "tracing"
  | "trustedHeaders"
  | "forwarded"
  | "underscoreHeaders"
  | "ambiguousPaths"
  | "limits"
  | "timeouts"
  | "defaultUpstream"
  | "upstreams"
  | "policies"
  | "plans"
  | "documents"
  | "routes"
  | "websockets"
>;

export function servingConfig(config: FrontDoorConfig): ServingConfig {
  const { file, listen, reusePort, lane, clientHalfClose, debugHeaders, accessLog } = config;
  const { identity, tracing, trustedHeaders, forwarded, underscoreHeaders } = config;
  const {
    trustedProxies,
    ambiguousPaths,
    limits,
    timeouts,
    defaultUpstream,
    upstreams,
    routes,
    policies,
    plans,
    documents,
    websockets,
  } = config;
  return {
    ...{ file, listen, reusePort, lane, clientHalfClose, debugHeaders, accessLog },
    ...{ identity, tracing, trustedHeaders, forwarded, underscoreHeaders },
    ...{
      trustedProxies,
      ambiguousPaths,
      limits,
      timeouts,
      defaultUpstream,
      upstreams,
      routes,
      policies,
      plans,
      documents,
      websockets,
    },
  };
}

import type { Upstream } from "./upstream.ts";
import type { Wire } from "./wire.ts";

/** What a case may set on the proxy under test. Milliseconds, bytes. */
export interface ProxyOptions {
  readonly headersMs?: number;
  readonly idleMs?: number;
  readonly connectMs?: number;
  readonly responseMs?: number;
  readonly bodyIdleMs?: number;
  /** From a client's FIN until it is taken to be gone. */
  readonly halfClosedMs?: number;
  readonly bodyBytes?: number;
  readonly headerBytes?: number;
  readonly trustedProxies?: readonly string[];
}

/** Features a case is about; a proxy without them gets "n/a" instead of a verdict. */
export type Feature = "body limit" | "HTTP/2" | "trusted proxies" | "x-fig headers" | "x-forwarded headers";

/** One case's surroundings: a proxy of its own in front of an upstream of its own. */
export interface World {
  readonly upstream: Upstream;
  client(): Promise<Wire>;
  /** Begins the proxy's orderly stop; resolves when it is over. */
  drain(): Promise<void>;
}

export interface Case {
  /** A sentence: what a right proxy does. */
  readonly name: string;
  /** Sections of RFC 9110, 9112, 6455 …; "house" where the demand is this project's and an RFC only allows it. */
  readonly rfc: string;
  readonly options?: ProxyOptions;
  readonly needs?: Feature;
  /** `refused`: nothing listens there; `blackhole`: connections are never completed. */
  readonly upstream?: "refused" | "blackhole";
  /** Sends, waits and judges; throws a CaseFailure with the reason. */
  run(world: World): Promise<void>;
}

/** A proxy under test: started in child processes, each of which opens and closes proxies on demand. */
export interface ProxyKind {
  readonly name: string;
  /** Package and version, for the table. */
  readonly version: string;
  /** The child's module, see proxies/child.ts. */
  readonly module: URL;
  readonly features: readonly Feature[];
  /** Set in the child. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface CaseResult {
  readonly name: string;
  readonly rfc: string;
  readonly outcome: "pass" | "fail" | "n/a";
  readonly reason: string;
  readonly ms: number;
}

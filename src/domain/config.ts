import type { GateDefinition } from "./gate.ts";
import type { MigrationDefinition } from "./migration.ts";
import type { RouteDefinition, SourcePlace } from "./route.ts";

export interface UpstreamDefinition {
  readonly name: string;
  /** What answers: a kind of backend (backends/index.ts). */
  readonly kind: "http";
  /** Origins, e.g. `http://127.0.0.1:3001`; never a path. */
  readonly urls: readonly string[];
  /** Which Host the upstream sees: the client's, or its own. */
  readonly host: "client" | "upstream";
  /** Until the answer's head, ms. */
  readonly timeoutMs: number;
  readonly connections: UpstreamConnections;
}

/** How connections to an upstream are kept. */
export interface UpstreamConnections {
  /** Idle for so long, ms, one is closed. A shorter time that the server says holds. */
  readonly idleMs: number;
  /** Older than this, ms, one is not used again: the upstream's name is then looked up anew. 0: it may grow as old as it gets. */
  readonly maxAgeMs: number;
}

export const UPSTREAM_CONNECTIONS: UpstreamConnections = { idleMs: 4_000, maxAgeMs: 300_000 };

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** 0 is no limit. */
interface Limits {
  readonly headersBytes: number;
  readonly urlBytes: number;
  readonly bodyBytes: number;
  readonly connections: number;
  /** Bytes held for shadows across tee, queue and worker; at the bound shadows are shed. Never 0. */
  readonly shadowMemoryBytes: number;
  /** Bytes of bodies that layers keep, over all requests. Never 0. */
  readonly bodyMemoryBytes: number;
}

/** All in ms. `response`: until the answer's head. */
interface Timeouts {
  readonly headersMs: number;
  readonly idleMs: number;
  readonly connectMs: number;
  readonly responseMs: number;
  readonly bodyIdleMs: number;
  /** Silence on an upgraded connection or an event stream. Key: `upgradeIdle`, default 1h. */
  readonly upgradeIdleMs: number;
  /** From a client's FIN until something of its answer is written. Never 0. */
  readonly halfClosedMs: number;
}

export interface Drain {
  readonly delayMs: number;
  readonly deadlineMs: number;
}

/** fig.yaml with every default filled in, plus what the folders it names hold. Frozen. */
export interface FrontDoorConfig {
  /** Absolute path of fig.yaml; undefined when the config was given as a value. */
  readonly file: string | undefined;
  /** Which environment this is, for people. Undefined: nobody said. */
  readonly name: string | undefined;
  readonly listen: readonly ListenAddress[];
  /** Another front door may listen on the same addresses. */
  readonly reusePort: boolean;
  readonly admin: ListenAddress;
  /** The state URL with paths made absolute: `sqlite:/abs/state.db` or `memory:`. */
  readonly state: string;
  readonly requireState: boolean;
  readonly defaultUpstream: string | undefined;
  readonly debugHeaders: boolean;
  readonly accessLogSamplePercent: number;
  readonly adminToken: string | undefined;
  /** CIDR networks, e.g. `10.0.0.0/8`, `::1/128`. */
  readonly trustedProxies: readonly string[];
  /** Lower-case names of forwarding fields that pass from them, beside those that are always believed. */
  readonly trustedHeaders: readonly string[];
  /** How upstreams are told who the client is. */
  readonly forwarded: "x" | "rfc7239" | "both";
  /** What becomes of spellings with underscores of fields that the front door writes or strips. */
  readonly underscoreHeaders: "drop" | "pass";
  readonly ambiguousPaths: "reject" | "default";
  /** A kind of lane by its name; `auto`: the first in lanes/index.ts, the fast lane. */
  readonly lane: "auto" | "node";
  /** What a FIN behind a whole request means: the client still reads, or is gone. */
  readonly clientHalfClose: "keep" | "cancel";
  /** The gate of `fig shift`; undefined: not gated. */
  readonly gate: GateDefinition | undefined;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly drain: Drain;
  readonly upstreams: ReadonlyMap<string, UpstreamDefinition>;
  readonly routes: readonly RouteDefinition[];
  readonly migrations: readonly MigrationDefinition[];
}

/** One thing wrong in one file. All problems of all files are reported at once. */
export interface ConfigProblem extends SourcePlace {
  /** What is wrong. */
  readonly message: string;
  /** What would be right. */
  readonly remedy: string;
}

import type { AcmeSettings } from "./acme.ts";
import type { AutopilotTimes } from "./autopilot.ts";
import type { FunctionTarget } from "./function-target.ts";
import type { GateDefinition } from "./gate/contract.ts";
import type { IdentityTokenSettings } from "./identity-token.ts";
import type { AccessLogSettings } from "./log-format.ts";
import type { MessageTarget } from "./message-target.ts";
import type { MigrationDefinition } from "./migration.ts";
import type { ObjectTarget } from "./object-target.ts";
import type { Plans } from "./policies/limit.ts";
import type { Policies } from "./policies.ts";
import type { RouteDefinition, SourcePlace } from "./route.ts";
import type { TracingSettings } from "./tracing.ts";
import type { Retries, UpstreamBalancing, UpstreamConnections, UpstreamTls } from "./upstream.ts";
import type { WebhookSettings } from "./webhooks.ts";
import type { WebSocketApi } from "./websocket-api.ts";

/** A named upstream: what answers, of one of the kinds of backends (backends/index.ts). */
export type UpstreamDefinition = HttpUpstream | FunctionUpstream | BucketUpstream | MessageUpstream;

/** Servers that speak HTTP. */
export interface HttpUpstream extends UpstreamBalancing {
  readonly name: string;
  readonly kind: "http";
  /** Origins, e.g. `http://127.0.0.1:3001`, `https://orders`, `unix:/run/app.sock`; never a path behind them. */
  readonly urls: readonly string[];
  /** Which Host the upstream sees: the client's, or its own. */
  readonly host: "client" | "upstream";
  /** Until the answer's head, ms. */
  readonly timeoutMs: number;
  /** `timeoutMs` is the upstream's own, and holds for gRPC too; left out: it is not. */
  readonly ownTimeout?: boolean;
  readonly connections: UpstreamConnections;
}

/** Functions of AWS Lambda. */
export interface FunctionUpstream {
  readonly name: string;
  readonly kind: "lambda";
  readonly lambda: FunctionTarget;
  /** Until a function has answered, ms. */
  readonly timeoutMs: number;
}

/** A bucket of S3: its objects answer. */
export interface BucketUpstream {
  readonly name: string;
  readonly kind: "s3";
  readonly s3: ObjectTarget;
  /** Until the answer's head, ms. */
  readonly timeoutMs: number;
  readonly connections: UpstreamConnections;
  readonly tls: UpstreamTls | undefined;
  readonly retries: Retries | undefined;
}

/** A stream or a queue: requests are messages. */
export interface MessageUpstream {
  readonly name: string;
  readonly kind: "messages";
  readonly messages: MessageTarget;
  /** Until a message was taken, ms. */
  readonly timeoutMs: number;
}

export const UPSTREAM_CONNECTIONS: UpstreamConnections = { idleMs: 4_000, maxAgeMs: 300_000 };

export interface ListenAddress {
  /** "" for a Unix socket, whose port is 0. */
  readonly host: string;
  readonly port: number;
  readonly unix?: UnixSocket;
}

export interface UnixSocket {
  /** Absolute once fig.yaml is read. */
  readonly path: string;
  /** Its permissions, such as 0o600. */
  readonly mode: number;
}

/** Where clients come in, and how they speak. */
export interface Listener extends ListenAddress {
  readonly tls: TlsSettings | undefined;
  /** Every connection begins with a PROXY header, v1 or v2. */
  readonly proxyProtocol: boolean;
  /** Clients may speak HTTP/2 beside HTTP/1.1. */
  readonly http2: boolean;
}

export interface TlsSettings {
  /** Chosen by the name that a client asks for; the first for any other. Empty only where nothing is served: no file was read. */
  readonly certificates: readonly TlsCertificate[];
  readonly minVersion: "1.2" | "1.3";
  /** Client certificates; undefined: none are asked for. */
  readonly clients: TlsClients | undefined;
  /** Its certificate is ordered. As files are read, `certificates` is empty then: whoever holds it puts it there. */
  readonly acme?: AcmeSettings;
}

export interface TlsCertificate {
  /** As messages and metrics call it: its first name, or its file. */
  readonly name: string;
  /** The chain, PEM. */
  readonly cert: string;
  /** PEM. A secret: never shown, never logged. */
  readonly key: string;
  /** Lower-case names that it is for; `*.example.com` stands for one label. */
  readonly names: readonly string[];
  /** Of the certificate, SHA-256, lower-case hex. */
  readonly fingerprint: string;
  /** When it ends, ms since the epoch. */
  readonly endsMs: number;
  /** When it begins, ms since the epoch. */
  readonly startsMs: number;
  /** It was ordered, and is renewed, by the front door. `placeholder`: it stands in for one that is not issued yet, and no client trusts it. */
  readonly ordered?: "issued" | "placeholder";
}

export interface TlsClients {
  /** Who signs them, PEM. */
  readonly ca: string;
  /** A client without one that verifies is refused. */
  readonly require: boolean;
}

/** 0 is no limit. */
interface Limits {
  readonly headersBytes: number;
  readonly urlBytes: number;
  readonly bodyBytes: number;
  readonly connections: number;
  /** Connections that are not yet ready for a request: in a TLS handshake, or before the end of a PROXY header. */
  readonly handshakes: number;
  /** Requests at once of one HTTP/2 connection. Never 0. */
  readonly streams: number;
  /** Bytes held for shadows across tee, queue and worker; at the bound shadows are shed. Never 0. */
  readonly shadowMemoryBytes: number;
  /** Bytes of bodies that layers keep, over all requests. Never 0. */
  readonly bodyMemoryBytes: number;
  /** Bytes of the state of answers that are being compressed. Never 0. */
  readonly compressMemoryBytes: number;
  /** Bytes of stored answers. Never 0. */
  readonly cacheMemoryBytes: number;
  /** Bytes in which `limit` keeps what keys have used. Never 0. */
  readonly limitMemoryBytes: number;
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
  readonly listen: readonly Listener[];
  /** Another front door may listen on the same addresses. */
  readonly reusePort: boolean;
  /** Processes that serve; `auto`: as many as this one may use cores. */
  readonly workers: number | "auto";
  readonly admin: ListenAddress;
  /** The state URL with paths made absolute: `sqlite:/abs/state.db` or `memory:`. */
  readonly state: string;
  readonly requireState: boolean;
  readonly defaultUpstream: string | undefined;
  readonly debugHeaders: boolean;
  readonly accessLog: AccessLogSettings;
  readonly adminToken: string | undefined;
  /** CIDR networks, e.g. `10.0.0.0/8`, `::1/128`. */
  readonly trustedProxies: readonly string[];
  /** Undefined: sides get no token of the front door's. */
  readonly identity: IdentityTokenSettings | undefined;
  /** Undefined: nothing is traced. */
  readonly tracing: TracingSettings | undefined;
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
  /** The gates of pending steps bind shifts by hand too. Left out: they are said. */
  readonly gateBinding?: boolean;
  /** When steps may be applied by themselves. Left out: always, without a wait. */
  readonly autopilot?: AutopilotTimes;
  /** Of whole answers: what they are sealed with, the first seals and each opens, and how many bytes of them the state has at most. */
  readonly samples: {
    readonly keys: readonly (string | { readonly file: string })[];
    readonly totalBytes: number;
  };
  /** Who is told what guards did. */
  readonly webhooks: readonly WebhookSettings[];
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly drain: Drain;
  /** OpenAPI documents that passed, by name. */
  readonly documents: ReadonlyMap<string, { readonly id: string; readonly text: string }>;
  /** Of every route, `(default)` too. Routes have them already, together with their own. */
  readonly policies: Policies;
  /** What plans of API keys promise, by name. */
  readonly plans: Plans;
  readonly upstreams: ReadonlyMap<string, UpstreamDefinition>;
  readonly routes: readonly RouteDefinition[];
  /** Left out: there are none. Their routes are among `routes`. */
  readonly websockets?: readonly WebSocketApi[] | undefined;
  readonly migrations: readonly MigrationDefinition[];
}

/** One thing wrong in one file. All problems of all files are reported at once. */
export interface ConfigProblem extends SourcePlace {
  /** What is wrong. */
  readonly message: string;
  /** What would be right. */
  readonly remedy: string;
}

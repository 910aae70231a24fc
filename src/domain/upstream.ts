import type { StickySource } from "./route.ts";

/** What a consistent hash is made of: the first source that a request has. */
export type HashSource = Exclude<StickySource, { readonly kind: "client" }>;

/** Which of an upstream's members gets a request. */
export type Balance = "roundRobin" | "leastRequests" | { readonly hash: readonly HashSource[] };

/** Requests of the front door's own that ask every member whether it is up. */
export interface HealthCheck {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many passes in a row until a member that is down is up again. */
  readonly up: number;
  /** So many failures in a row until one that is up is down. */
  readonly down: number;
}

/** When a member is left out because requests to it fail. */
interface Ejection {
  /** In a row. */
  readonly failures: number;
  /** The first time; doubled each further time, up to `EJECT_LONGEST`. */
  readonly forMs: number;
  /** Percent of the members, rounded up. */
  readonly maxPercent: number;
}

/** A failed try that may be followed by another. The numbers are statuses of answers; `unavailable` is gRPC's, in an answer of trailers only. */
export const RETRY_CAUSES = ["connect", "reset", "timeout", "unavailable", 502, 503, 504] as const;
export type RetryCause = (typeof RETRY_CAUSES)[number];

export interface Retries {
  /** Beyond the first try. */
  readonly attempts: number;
  readonly on: readonly RetryCause[];
  /** Percent of the requests. */
  readonly budgetPercent: number;
}

/** What is spoken: `auto` is HTTP/2 where a server over TLS takes it (ALPN), and HTTP/1.1 elsewhere. */
export const UPSTREAM_PROTOCOLS = ["http1", "http2", "auto"] as const;
export type UpstreamProtocol = (typeof UPSTREAM_PROTOCOLS)[number];

/** Files are absolute paths. */
export interface UpstreamTls {
  /** Who is believed in place of the system's authorities. */
  readonly ca: string | undefined;
  /** The front door's own certificate, and its key. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The name that is asked for and has to be in the certificate. */
  readonly servername: string | undefined;
  readonly verify: boolean;
}

/** How connections to an upstream are kept. */
export interface UpstreamConnections {
  /** Idle for so long, ms, one is closed. A shorter time that the server says holds. */
  readonly idleMs: number;
  /** Older than this, ms, one is not used again. 0: it may grow as old as it gets. */
  readonly maxAgeMs: number;
  /** Open at once, idle ones too; left out or 0: as many as are needed. */
  readonly max?: number;
  /** Requests that wait for one at `max`. */
  readonly queue?: number;
  /** A name is looked up again so often, ms. */
  readonly refreshMs?: number;
}

export const EJECTION: Ejection = { failures: 5, forMs: 5_000, maxPercent: 50 };

/** How requests find one of several members, and what becomes of members that fail. */
export interface UpstreamBalancing {
  /** One for each URL; left out: 1 each. */
  readonly weights?: readonly number[];
  readonly balance?: Balance;
  /** A member that is new or came back gets its share little by little, ms. */
  readonly slowStartMs?: number;
  readonly health?: HealthCheck | undefined;
  readonly ejection?: Ejection;
  readonly retries?: Retries | undefined;
  readonly tls?: UpstreamTls | undefined;
  /** Left out: `http1`. */
  readonly protocol?: UpstreamProtocol;
}

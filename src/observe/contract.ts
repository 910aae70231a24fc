import type { Phase, Side } from "../domain/position.ts";

/** One request as the access log says it. Never holds a credential: the log replaces those in what the client chose. */
export interface AccessRecord {
  readonly requestId: string;
  readonly traceId: string;
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly remoteAddress: string;
  readonly route: string;
  readonly side: Side | "none";
  readonly phase: Phase | undefined;
  readonly upstream: string | undefined;
  /** 0 when the client left before a head was sent. */
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly micros: number;
  /** The front door's or the backend's error code. */
  readonly error: string | undefined;
  /** What an upstream that failed did, in words of ours. */
  readonly detail: string | undefined;
  readonly shadowed: boolean;
  /** Legacy answered in modern's place: `side` and `upstream` are modern's, `status` is legacy's. */
  readonly fellBack: boolean;
}

/** Called last, after the client's answer; must not block or throw. */
export interface AccessLog {
  /**
   * Whether this request will be logged: asked before a record is made. Errors always are. The sample follows from a secret of the
   * process, never from what a client sends.
   */
  wants(status: number, error: string | undefined): boolean;
  write(record: AccessRecord): void;
}

/** Operational log, pino-shaped. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the admin's event stream carries. */
export interface FigEvent {
  readonly type: "shift" | "comparison" | "guard" | "health" | "reload" | "rollup";
  /** ISO 8601. */
  readonly at: string;
  readonly data: unknown;
}

export interface EventBus {
  publish(event: FigEvent): void;
  subscribe(listener: (event: FigEvent) => void): () => void;
  /** So that publishers make no event nobody hears. */
  readonly listeners: number;
}

/** What /metrics says besides the tallies, read once a scrape. */
export interface MetricsGauges {
  readonly positions: readonly { readonly route: string; readonly modern: number; readonly shadow: number }[];
  /** The revision in force; 0: an empty ledger. */
  readonly ledgerRevision: number;
  readonly storeReachable: boolean;
  /** Bytes held for shadows now, and reservations refused so far. */
  readonly shadowBytesHeld: number;
  readonly shadowsRefused: number;
  /** Bytes of bodies held for layers now, and reservations refused so far. */
  readonly bodyBytesHeld: number;
  readonly bodiesRefused: number;
  /** Requests given up because their clients had sent a FIN and nothing was written to them in time. */
  readonly halfClosedCancelled: number;
  /** Client connections open now. */
  readonly connections: number;
  /** Requests by the lane that took them, and connections the fast lane gave up, by reason. */
  readonly laneRequests: Readonly<Record<string, number>>;
  readonly laneHandovers: Readonly<Record<string, number>>;
  /** Answers of the front door's own, by error code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Forwarding fields of requests that were not believed, by field. */
  readonly fieldsDropped: Readonly<Record<string, number>>;
  /** Answers that were to set the front door's own cookie, by what became of their caching. */
  readonly clientCookies: Readonly<Record<string, number>>;
  /** What the admin API refused: wrong tokens, tries after too many, connections closed for newer ones. */
  readonly adminRefused: Readonly<Record<string, number>>;
  /** Access log lines dropped because the destination could not keep up. */
  readonly logLinesDropped: number;
  /** By route; left out until there are any. */
  readonly guardTrips?: Readonly<Record<string, number>>;
}

/** GET /metrics: this process alone. */
export interface Metrics {
  readonly contentType: string;
  /**
   * The exposition, UTF-8, whole. Concurrent calls share one rendering. Rejects with a FigError `metrics_unavailable`; the
   * next call tries afresh.
   */
  render(): Promise<Uint8Array>;
  /** Ends the rendering thread. */
  close(): Promise<void>;
}

import type { Identity } from "../domain/identity.ts";
import type { RequestHead } from "../domain/message.ts";
import type { Policies } from "../domain/policies.ts";
import type { Phase, Side } from "../domain/position.ts";
import type { UpstreamState, UpstreamTry } from "../domain/upstream-state.ts";

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
  /** Where a try came to nothing: all of them, in their order. */
  readonly tries: readonly UpstreamTry[] | undefined;
  readonly shadowed: boolean;
  /** The side that had taken a write of the client's just before. Left out: none had. */
  readonly pinned?: Side | undefined;
  /** What each policy said, by its name. Left out: the route has none. */
  readonly policies?: Readonly<Record<string, string>> | undefined;
  /** The id of the client's API key, and whom its token or session speaks of. */
  readonly apiKey?: string | undefined;
  readonly subject?: string | undefined;
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
  /** `request`: what the format may ask for besides. */
  write(record: AccessRecord, request: LoggedRequest): void;
}

/** What a request was, for formats that name more of it than its record has. */
export interface LoggedRequest {
  readonly decision: {
    readonly head: RequestHead;
    readonly scanned: { readonly forwardedProto: string | undefined };
    readonly live:
      | {
          readonly definition: {
            readonly match: { readonly path: string };
            /** What they read who a client is from is not shown. */
            readonly policies?: Policies | undefined;
          };
        }
      | undefined;
  };
  readonly identity: Identity | undefined;
  /** Until the side's answer was whole, of a tunnel until it opened, microseconds; 0: it never was. */
  readonly answerMicros: number;
  clientAddress(): string;
}

/** Operational log, pino-shaped. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the admin's event stream carries. */
export interface FigEvent {
  readonly type: "shift" | "comparison" | "guard" | "autopilot" | "health" | "reload" | "rollup";
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
  /** Between two writes of counters to the store. */
  readonly counterPauseSeconds: number;
  /** Bytes held for shadows now, and reservations refused so far. */
  readonly shadowBytesHeld: number;
  readonly shadowsRefused: number;
  /** Bytes of bodies held for layers now, and reservations refused so far. */
  readonly bodyBytesHeld: number;
  readonly bodiesRefused: number;
  /** Bytes of the state of answers that are being compressed now, and reservations refused so far. */
  readonly compressBytesHeld: number;
  readonly compressionsRefused: number;
  /** Bytes of stored answers, and of those under way, now. */
  readonly cacheBytesHeld: number;
  /** Bytes and entries stored now, and what came of requests, by `route side name` with tabs between them. */
  readonly cacheStored: Readonly<Record<string, number>>;
  readonly cacheCounts: Readonly<Record<string, number>>;
  /** What became of controls so far, and paths now of which they said something. */
  readonly controls: Readonly<Record<string, number>>;
  readonly noisePaths: number;
  /** Sticky keys whose writes are remembered now, and those forgotten so far. */
  readonly earlierWrites: number;
  readonly earlierWritesForgotten: number;
  /** Bytes of differences kept apart now, and rows added to others so far. */
  readonly mismatchBytesHeld: number;
  readonly mismatchRowsFolded: number;
  /** Whole answers, by what became of them. */
  readonly wholeAnswers: Readonly<Record<string, number>>;
  /** Sets of files that are not kept, by why. */
  readonly filesDropped: Readonly<Record<string, number>>;
  /** Bytes of bodies that wait for their receivers now, and reads that were short for them so far. */
  readonly waitingBytesHeld: number;
  readonly readsShortened: number;
  /** Requests given up because their clients had sent a FIN and nothing was written to them in time. */
  readonly halfClosedCancelled: number;
  /** Times that a connection was not read for a turn: wire/read-gate.ts. */
  readonly readsRested: number;
  /** Client connections open now. */
  readonly connections: number;
  /** Of those, connections in a TLS handshake or before the end of a PROXY header. */
  readonly handshaking: number;
  /** TLS handshakes by how they ended. */
  readonly handshakes: Readonly<Record<string, number>>;
  /** Connections closed because of their PROXY header, by reason. */
  readonly proxyRefused: Readonly<Record<string, number>>;
  /** When TLS certificates in force end, seconds since the epoch, by name. */
  readonly certificates: Readonly<Record<string, number>>;
  /** Orders of certificates that this front door made, by how they ended. */
  readonly acmeOrders: Readonly<Record<string, number>>;
  /** Since the state store last said which API keys there are; undefined: no route asks for keys. */
  readonly apiKeysAgeSeconds?: number | undefined;
  /** What certificate authorities asked for and found, by type of challenge. */
  readonly acmeChallenges: Readonly<Record<string, number>>;
  /** Requests by the lane that took them, and connections the fast lane gave up, by reason. */
  readonly laneRequests: Readonly<Record<string, number>>;
  readonly laneHandovers: Readonly<Record<string, number>>;
  /** HTTP/2 connections that ended with an error, by its name. */
  readonly sessionsEnded: Readonly<Record<string, number>>;
  /** What policies said, by `route policy verdict` with tabs between them. */
  readonly policyVerdicts: Readonly<Record<string, number>>;
  /** Bytes of verified tokens that are remembered; how often one was (`hit`), was not (`miss`) and was forgotten for others. */
  readonly tokenCacheBytes: number;
  readonly tokenCache: Readonly<Record<string, number>>;
  /** Tokens that say who clients are: signed, reused, evicted. */
  readonly identityTokens: Readonly<Record<string, number>>;
  /** How fetches of issuers' keys ended, by `issuer result` with a tab between them. */
  readonly keyFetches: Readonly<Record<string, number>>;
  /** By issuer, in how many processes its keys could not be read again. */
  readonly keysStale: Readonly<Record<string, number>>;
  /** Questions to authorizers by how they ended, what was found kept, and the bounds they came to; questions now; bytes kept. */
  readonly authorizerCalls: Readonly<Record<string, number>>;
  readonly authorizerCache: Readonly<Record<string, number>>;
  readonly authorizerLimits: Readonly<Record<string, number>>;
  readonly authorizerQuestions: Readonly<Record<string, number>>;
  readonly authorizerBytesKept: number;
  /** Keys of limits that are remembered now, and the bytes that they hold; keys so far that shared a place; decisions without the fleet; front doors that count together, 0: each by itself. */
  readonly limitKeys: number;
  readonly limitBytesHeld: number;
  readonly limitShared: number;
  readonly limitLocal: number;
  /** Paths whose stored answers are void because an unsafe method said so: `told` to other front doors, `heard` of them, or not told (`dropped`). */
  readonly cacheVoids: Readonly<Record<string, number>>;
  /** Of those that passed: `told` to the fleet's Redis when it was back, or `dropped`. */
  readonly limitTold: Readonly<Record<string, number>>;
  readonly limitDoors: number;
  /** How often limits refused whom, by `route limit key` with tabs between them: those that they refused most. No metric: keys are many. */
  readonly limitRefused: Readonly<Record<string, number>>;
  /** Questions to the providers of logins by `call result` with a tab between them, and the bounds they came to. */
  readonly loginCalls: Readonly<Record<string, number>>;
  readonly loginLimits: Readonly<Record<string, number>>;
  /** Connections of WebSocket APIs open now, by API; and what was counted of them, by `kind api label` with tabs between them. */
  readonly websocketsOpen: Readonly<Record<string, number>>;
  readonly websocketCounts: Readonly<Record<string, number>>;
  /** How often HTTP/2 connections came to limits, by limit. */
  readonly http2Limits: Readonly<Record<string, number>>;
  /** Answers of the front door's own, by error code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Forwarding fields of requests that were not believed, by field. */
  readonly fieldsDropped: Readonly<Record<string, number>>;
  /** Answers that were to set the front door's own cookie, by what became of their caching. */
  readonly clientCookies: Readonly<Record<string, number>>;
  /** Pins of clients that went before their time was over. */
  readonly pinsDropped: number;
  /** What the admin API refused: wrong tokens, tries after too many, connections closed for newer ones. */
  readonly adminRefused: Readonly<Record<string, number>>;
  /** Upstreams of the files in force. */
  readonly upstreams: readonly UpstreamState[];
  /** Bodies that could not be transformed or checked, by why. */
  readonly bodyWorkFailed: Readonly<Record<string, number>>;
  /** Spans of traces by what became of them, and bytes of those that wait. */
  readonly spans: Readonly<Record<string, number>>;
  readonly spanBytesHeld: number;
  /** Access log lines dropped because the destination could not keep up. */
  readonly logLinesDropped: number;
  /** Lines of which something was left out, because it was too long, by log. */
  readonly logLinesCut: Readonly<Record<string, number>>;
  /** Processes that serve, by what they do now; why such ones ended; seconds of what those had counted and not told. Left out: it is one. */
  readonly workers?: Readonly<Record<string, number>>;
  readonly workerExits?: Readonly<Record<string, number>>;
  readonly workerUncountedSeconds?: number;
  /** Steps that the autopilot applied here, and what it is in. Left out: nothing here asks. */
  readonly autopilot?: { readonly moves: number; readonly state: "off" | "running" | "paused" };
  /** By route; left out until there are any. */
  readonly guardTrips?: Readonly<Record<string, number>>;
  /** By watched route, how near it is to a trip: 0 nothing speaks for one, 1 is one. */
  readonly guardStates: Readonly<Record<string, number>>;
  /** What became of notices to webhooks, by result. */
  readonly webhooks: Readonly<Record<string, number>>;
  /** Failures of routes with guards that were too many at once to be told. */
  readonly guardEventsDropped: number;
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

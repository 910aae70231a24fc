import type { Phase, Side } from "../domain/position.ts";

/** One request as the access log says it. Never holds a credential: the log redacts query and headers. */
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
  readonly shadowed: boolean;
}

/** Called last, after the client's answer; must not block or throw. */
export interface AccessLog {
  /** Whether this request will be logged: asked before a record is made. Errors always are. */
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
  readonly type: "shift" | "comparison" | "guard" | "health" | "reload";
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

/** How requests are traced. */
export interface TracingSettings {
  /** Where spans go: an OTLP/HTTP URL with its path. */
  readonly endpoint: string;
  /** Sent with every batch of spans. They may be credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of traces that begin here, and of those whose parent does not decide. */
  readonly samplePercent: number;
  /** Whose sampling decision counts: those of `trustedProxies`, everybody's, or nobody's. */
  readonly parents: "trusted" | "all" | "none";
  /** X-Amzn-Trace-Id is read and written beside traceparent. */
  readonly xray: boolean;
  /** `service.name` of the spans. */
  readonly service: string;
  /** `deployment.environment.name`; undefined: it is not said. */
  readonly environment: string | undefined;
  /** Most bytes of spans that wait to be sent. */
  readonly queueBytes: number;
  readonly timeoutMs: number;
}

export type SpanKind = "internal" | "server" | "client";

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** One span that is over. Times are microseconds since the epoch. */
export interface EndedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMicros: number;
  readonly endMicros: number;
  readonly attributes: SpanAttributes;
  /** What went wrong; undefined: nothing did. */
  readonly error: string | undefined;
}

/** The sampled trace of one request: what is a child of it is told here. */
export interface Trace {
  readonly traceId: string;
  /** Of the request's own span. */
  readonly spanId: string;
  /** A fresh id for a span. */
  fresh(): string;
  /** Microseconds since the epoch, of a reading of the clock's `micros`. */
  at(micros: number): number;
  end(span: Omit<EndedSpan, "traceId">): void;
  /** Begins a span below the request's own, and gives what ends it. */
  child(name: string, attributes?: SpanAttributes): (error?: string, attributes?: SpanAttributes) => void;
}

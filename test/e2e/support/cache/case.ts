/** What the origin answers, in turn; the last is repeated. Without a Date of its own it has the present one. */
export interface OriginAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Default: `answer N`, N from 1. */
  readonly body?: string;
  /** Before its head. */
  readonly delayMs?: number;
  /** Chunked, though its length is known. */
  readonly chunked?: boolean;
  readonly trailers?: Readonly<Record<string, string>>;
  /** Dies behind half of the body, or with the head; closes behind a body without a length; never answers. */
  readonly fault?: "half" | "no-head" | "until-close" | "hang";
}

/** One request of a client, and what it is to get. */
export interface Step {
  readonly method?: string;
  /** Behind the case's own path. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Goes first. */
  readonly waitMs?: number;
  readonly status?: number;
  /** `answer N`: which of the origin's answers it is, or the body itself. */
  readonly gets?: number | string;
  /** How many requests of this case the origin has seen by then, at any path of it. */
  readonly asked?: number;
  /** Of the answer: a text, what it is to match, or undefined: it is not there. */
  readonly has?: Readonly<Record<string, string | RegExp | undefined>>;
  /** Of the newest request that the origin has seen. */
  readonly saw?: Readonly<Record<string, string | undefined>>;
  /** The answer breaks off. */
  readonly breaks?: boolean;
}

/** A row of the table. */
export interface CacheCase {
  readonly name: string;
  /** Of RFC 9111, or the document named. */
  readonly section: string;
  /** The route, by the policy it has: see door.ts. */
  readonly route?: "plain" | "ttl" | "strict" | "stale" | "keys" | "cookies" | "small" | "known";
  readonly origin: readonly OriginAnswer[];
  readonly steps: readonly Step[];
}

/** The header fields of an answer. */
export const says = (cacheControl: string, more: OriginAnswer["headers"] = {}): OriginAnswer => ({
  headers: { "cache-control": cacheControl, ...more },
});

/** A day `seconds` from now. */
export const day = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();

/** The second request is answered without asking. */
export const kept = (
  name: string,
  section: string,
  answer: OriginAnswer,
  more: Partial<CacheCase> = {},
): CacheCase => ({
  name,
  section,
  origin: [answer],
  steps: [
    { gets: 1, asked: 1, has: { "cache-status": /^fig; fwd=uri-miss; .*stored$/ } },
    { gets: 1, asked: 1, has: { age: /^\d+$/, "cache-status": /^fig; hit; ttl=\d+$/ } },
  ],
  ...more,
});

/** The second request is asked like the first. */
export const notKept = (
  name: string,
  section: string,
  answer: OriginAnswer,
  more: Partial<CacheCase> = {},
  headers: Step["headers"] = {},
): CacheCase => ({
  name,
  section,
  origin: [answer],
  steps: [
    { headers, gets: 1, asked: 1, has: { "cache-status": /^fig; fwd=[a-z-]+$/ } },
    { headers, gets: 2, asked: 2, has: { "cache-status": /^fig; fwd=[a-z-]+$/, age: undefined } },
  ],
  ...more,
});

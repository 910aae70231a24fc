/** What stands for a stored answer beside route, side, path and method. */
export interface CacheKeyParts {
  /** The whole query as sent, or the parameters of these names, in the order in which they were sent. */
  readonly query: "all" | readonly string[];
  /** Lower-case names of request fields. */
  readonly headers: readonly string[];
  /** Names of cookies; all others mean nothing. Undefined: a request with cookies is taken for one of a known person. */
  readonly cookies?: readonly string[] | undefined;
  /** The authority that was asked for. */
  readonly host: boolean;
}

/** Keeps answers and gives them again: a shared cache (RFC 9111). Times are ms, sizes bytes; the names are those of the files. */
export interface CachePolicy {
  /** How long an answer is fresh that says nothing of it; 0: such answers are not kept. */
  readonly ttl: number;
  readonly key: CacheKeyParts;
  /** How long a stale answer is still given while it is asked for anew, where the answer does not say it (RFC 5861 §3). */
  readonly staleWhileRevalidate: number;
  /** How long a stale answer is given in place of a failure, where the answer does not say it (RFC 5861 §4). */
  readonly staleIfError: number;
  /** Of one answer's body. */
  readonly maxObject: number;
  /** A client cannot ask past the cache. */
  readonly ignoreClientCacheControl: boolean;
}

// Written by scripts/write-schemas.mjs from the schemas that check the files.

/** A route, as a file of routes/ has it. */
export interface RouteConfig {
  /** Its name in tables, commands, metrics and the ledger. */
  readonly id: string;
  /** Which requests it takes. */
  readonly match: {
    /** Path template: literal segments, `{x}` for one non-empty segment, `{x+}` for the rest (at least one). */
    readonly path: string;
    /** Methods, in capitals. Left out: all. */
    readonly methods?: readonly string[];
    /** Host without port. Left out: any. */
    readonly host?: string;
    /** Headers that the request must have, exactly once and with exactly this value. */
    readonly headers?: { readonly [name: string]: string };
    /** Query parameters that the request must have. The first of each name counts, decoded once, with exactly this value. */
    readonly query?: { readonly [name: string]: string };
    /** `keep`: a segment may hold `%2F`, however often it is encoded. It says that both sides read paths as they are sent. `reject`: such a path is ambiguous if a server that decodes it would choose another route. Default: "reject". */
    readonly encodedSlash?: "reject" | "keep";
    /** false: the path's literals match in upper and lower case (ASCII letters). What is forwarded is what came. Default: true. */
    readonly caseSensitive?: boolean;
    /** `any`: the path matches with and without a slash at its end. What is forwarded is what came. Default: "exact". */
    readonly trailingSlash?: "exact" | "any";
  };
  /** The side that serves at first: an upstream, or an upstream and a path. Left out: the default upstream. */
  readonly legacy?: string | {
    /** An upstream's name. */
    readonly upstream: string;
    /** Replaces the request's path. `{x}` inserts what match.path captured, as it was sent. The query is kept. */
    readonly path?: string;
    /** Fields that are removed and set for this side, after the route's. */
    readonly headers?: {
      /** On the way to the upstream. */
      readonly request?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. */
        readonly set?: { readonly [name: string]: string };
      };
      /** On the way to the client; a comparison sees the answer so. */
      readonly answer?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. */
        readonly set?: { readonly [name: string]: string };
      };
    };
    /** Where the side has a path of its own: Location, Content-Location, Refresh and the Path of cookies in its answers are written back to the path that the client knows, and a cookie's Domain where it is the upstream's. false: they stay as they came. Default: true. */
    readonly rewriteAnswers?: boolean;
  };
  /** The side that takes over: an upstream, or an upstream and a path. */
  readonly modern: string | {
    /** An upstream's name. */
    readonly upstream: string;
    /** Replaces the request's path. `{x}` inserts what match.path captured, as it was sent. The query is kept. */
    readonly path?: string;
    /** Fields that are removed and set for this side, after the route's. */
    readonly headers?: {
      /** On the way to the upstream. */
      readonly request?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. */
        readonly set?: { readonly [name: string]: string };
      };
      /** On the way to the client; a comparison sees the answer so. */
      readonly answer?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. */
        readonly set?: { readonly [name: string]: string };
      };
    };
    /** Where the side has a path of its own: Location, Content-Location, Refresh and the Path of cookies in its answers are written back to the path that the client knows, and a cookie's Domain where it is the upstream's. false: they stay as they came. Default: true. */
    readonly rewriteAnswers?: boolean;
  };
  /** Routes of one cohort move a client together. Left out: the route's id. */
  readonly cohort?: string;
  /** Where a client's key comes from: the first source that is there, of `client` (a cookie that the front door sets when a page is opened), `cookie:NAME`, `header:NAME` and `ip`. Default: ["ip"]. */
  readonly sticky?: readonly string[];
  /** The position while the ledger has no entry for this route. */
  readonly start?: {
    /** Percent of clients that modern serves. Default: 0. */
    readonly modern?: number;
    /** Percent of requests whose copy goes to the other side. Default: 0. */
    readonly shadow?: number;
  };
  /** true: only modern serves, legacy is gone, and shifts are refused. Default: false. */
  readonly retired?: boolean;
  /** Former ids of this route, so that its ledger continues. */
  readonly formerly?: readonly string[];
  /** `accepted`: a change of `cohort` or `sticky` may move clients while the route is splitting; it is written to the ledger. Left out: files with such a change are refused. Take it out again afterwards. */
  readonly resplit?: "accepted";
  /** Fields that are removed and set, on both sides. */
  readonly headers?: {
    /** On the way to the upstream. */
    readonly request?: {
      /** Fields that go, every one of that name. */
      readonly remove?: readonly string[];
      /** Fields that are set, in place of those that came under their names. */
      readonly set?: { readonly [name: string]: string };
    };
    /** On the way to the client; a comparison sees the answer so. */
    readonly answer?: {
      /** Fields that go, every one of that name. */
      readonly remove?: readonly string[];
      /** Fields that are set, in place of those that came under their names. */
      readonly set?: { readonly [name: string]: string };
    };
  };
  /** Copies sent to the side that does not serve. */
  readonly shadow?: {
    /** Which unsafe methods may be shadowed while modern is 0: none, PUT and DELETE, or every method. Default: "never". */
    readonly writes?: "never" | "idempotent" | "sandboxed";
    /** How long a shadow may take. Default: "5s". */
    readonly timeout?: string | 0;
    /** The largest body, of the request and of each answer. A larger one is not compared. Default: "1MiB". */
    readonly maxBody?: string | 0;
    /** How many shadows of this route may run at once. More wait, and then are shed. Default: 64. */
    readonly concurrency?: number;
    /** Fields that are removed and set in the copy alone: `{ remove: [authorization, cookie] }`. Left out: the copy has the client's, and shadows of the route stop once one of them is answered with a cookie that its client had sent. `{}` accepts that. */
    readonly headers?: {
      /** Fields that go, every one of that name. */
      readonly remove?: readonly string[];
      /** Fields that are set, in place of those that came under their names. */
      readonly set?: { readonly [name: string]: string };
    };
    /** true: every method of this route only reads, as a search or a GraphQL query by POST does. Its requests are then safe everywhere: they are shadowed like a GET, to either side, and fall back like one. Say it only of what changes nothing. Default: false. */
    readonly safe?: boolean;
  };
  /** How the two sides' answers are compared. */
  readonly compare?: {
    /** Response headers that are compared. Default: ["content-type","location","vary","www-authenticate"]. */
    readonly headers?: readonly string[];
    /** Paths left out of the comparison: `$.updatedAt`, `$.items[*].etag` of every element, `$.users.*.seen` of every member, `$..etag` at any depth. Or `{ path, reason, until }`. */
    readonly ignore?: readonly (string | {
      /** The path left out. */
      readonly path: string;
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
      /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then the path is compared again. */
      readonly until?: string;
    })[];
    /** How arrays are compared, by path: `unordered`, or by a `key`. Left out: in order. */
    readonly arrays?: { readonly [name: string]: "unordered" | {
      /** The member that identifies an array's elements. */
      readonly key: string;
    } };
    /** By how much numbers may differ, as an absolute amount, by path. */
    readonly tolerance?: { readonly [name: string]: number };
    /** Paths whose values are never stored. Credentials are never stored, listed or not. */
    readonly redact?: readonly string[];
    /** How many samples are kept for each mismatch path, spread over time. A sample has the differing values, cut to 256 bytes, and the request's method, path and query without credentials. 0: none. Default: 5. */
    readonly samples?: number;
    /** Statuses that count as equal, group by group: `[[404, 410]]`. The rest of such answers is compared, bodies too. */
    readonly status?: readonly (readonly number[])[];
    /** `absent`: a member that is null equals one that is not there. Left out: they differ. */
    readonly nulls?: "absent";
    /** Replaced in bodies of text that are no JSON (HTML, XML) before they are compared, in this order: a nonce, a time. */
    readonly text?: readonly ({
      /** What is replaced, wherever it stands: a pattern of characters, classes, groups, `|` and repeats. No anchors, lookaround or back references, so that it takes linear time. */
      readonly replace: string;
      /** What stands in its place, to the letter. Default: "". */
      readonly with?: string;
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
    })[];
    /** `accept`: legacy is known to be broken. Where it answers 5xx, whatever modern answers below 500 is a match; if both fail, they are compared. Left out: such a comparison is inconclusive where legacy serves. */
    readonly legacyErrors?: "accept";
  };
  /** `legacy`: legacy answers what modern cannot. A safe request falls back when modern refuses, times out, breaks off or answers 502 to 504 before a byte of an answer went out. Any other request falls back only if no byte of it was sent to modern. A retired route never falls back. Left out: modern's failures reach the client. */
  readonly fallback?: "legacy" | {
    /** The side that answers in modern's place. */
    readonly to: "legacy";
    /** The most fallbacks, in percent of the route's requests over the last 5 to 10 seconds. Ten are always allowed, and at 100 all are. Beyond it, modern's failures reach the client. Default: 100. */
    readonly budget?: number;
  };
  /** What counts as an error besides 5xx and broken answers. `graphql`: an answer of 200 with errors at the top of its JSON, and any 4xx, since servers differ in which of the two they send. Left out: nothing. */
  readonly errors?: "graphql";
}

/** A step: what a file of migrations/ has, with the number and the name that are its file's name there. */
export interface MigrationConfig {
  readonly number: number;
  readonly name: string;
  /** What this step does, for people. Default: "". */
  readonly description?: string;
  /** Route ids and the positions they take, all in one revision. */
  readonly changes: { readonly [name: string]: {
    /** Percent of clients that modern serves. Left out: unchanged. */
    readonly modern?: number;
    /** Percent of requests whose copy goes to the other side. Left out: unchanged. */
    readonly shadow?: number;
    /** The gate of this route, instead of the step's; `none`: it has none. For a route that can never hold the step's, as one whose writes are not shadowed. */
    readonly gate?: "none" | {
      /** How many comparisons (match or mismatch) the route's evidence window must have. */
      readonly minComparisons?: number;
      /** Percent, more than 0. The upper end of the two-sided 95 % Wilson interval of mismatch / (match + mismatch) must be below it. */
      readonly maxMismatchRate?: number;
      /** Percentage points by which modern's error rate may be above legacy's. Shadow answers count for the side that gave them. */
      readonly maxErrorRateIncrease?: number;
      /** The most that modern's latency divided by legacy's may be, by quantile. */
      readonly maxLatencyRatio?: {
        /** Of the medians. */
        readonly p50?: number;
        /** Of the 95th percentiles. */
        readonly p95?: number;
        /** Of the 99th percentiles. */
        readonly p99?: number;
      };
      /** How long the route's evidence window must have been open. */
      readonly minDuration?: string | 0;
      /** Percent, more than 0. Of each method that is shadowed, so much of its requests must have been compared in the route's evidence window. A method that is not shadowed must be in `uncovered`. */
      readonly minCoverage?: number;
      /** Methods that need not be compared: what they do was tried by other means. `other`: all beyond the usual eight (GET, HEAD, OPTIONS, TRACE, POST, PUT, PATCH, DELETE), which are counted together; by their names they are accepted where the route's `methods` lists them all. */
      readonly uncovered?: readonly string[];
    };
  } };
  /** What every changed route without a gate of its own must hold by itself before its modern rises. Left out: it is not gated. */
  readonly gate?: {
    /** How many comparisons (match or mismatch) the route's evidence window must have. */
    readonly minComparisons?: number;
    /** Percent, more than 0. The upper end of the two-sided 95 % Wilson interval of mismatch / (match + mismatch) must be below it. */
    readonly maxMismatchRate?: number;
    /** Percentage points by which modern's error rate may be above legacy's. Shadow answers count for the side that gave them. */
    readonly maxErrorRateIncrease?: number;
    /** The most that modern's latency divided by legacy's may be, by quantile. */
    readonly maxLatencyRatio?: {
      /** Of the medians. */
      readonly p50?: number;
      /** Of the 95th percentiles. */
      readonly p95?: number;
      /** Of the 99th percentiles. */
      readonly p99?: number;
    };
    /** How long the route's evidence window must have been open. */
    readonly minDuration?: string | 0;
    /** Percent, more than 0. Of each method that is shadowed, so much of its requests must have been compared in the route's evidence window. A method that is not shadowed must be in `uncovered`. */
    readonly minCoverage?: number;
    /** Methods that need not be compared: what they do was tried by other means. `other`: all beyond the usual eight (GET, HEAD, OPTIONS, TRACE, POST, PUT, PATCH, DELETE), which are counted together; by their names they are accepted where the route's `methods` lists them all. */
    readonly uncovered?: readonly string[];
  };
}

/** fig.yaml, with routes and migrations inline in the place of folders. */
export interface FigConfig {
  /** Where the front door listens: host:port, or a list of them. Port 0 picks a free one. Default: "127.0.0.1:8080". */
  readonly listen?: string | readonly string[];
  /** true: a second front door may listen on the same addresses while this one drains (SO_REUSEPORT). false: a second one is an error. Default: false. */
  readonly reusePort?: boolean;
  /** Admin API, dashboard, /metrics, /livez and /readyz. An address other than loopback needs `adminToken`. Default: "127.0.0.1:9901". */
  readonly admin?: string;
  /** Where ledger and evidence are kept: `sqlite:PATH`, relative to this file, for one host; `redis://[user:password@]host:port/database` or `rediss://` (TLS) for a fleet, with `?prefix=`, `copy=`, `ca=`, `cert=`, `key=`, `servername=`; or `memory:`, which ends with the process. Default: "sqlite:.fig/state.db". */
  readonly state?: string;
  /** true: a front door with an empty store is not ready. For front doors that must never start from nothing. Default: false. */
  readonly requireState?: boolean;
  /** The upstream for every request that no route matches. Left out: such a request gets 404. */
  readonly default?: string;
  /** true adds x-fig-route and x-fig-side to answers. Default: false. */
  readonly debugHeaders?: boolean;
  /** The access log. */
  readonly accessLog?: {
    /** Percent of requests that are logged. Errors are always logged, and so are requests that fell back to legacy. Default: 0. */
    readonly sample?: number;
  };
  /** The token that the admin API asks for, of at least 16 characters. It is required if `admin` is not loopback. Take it from the environment. /livez and /readyz never ask for it. */
  readonly adminToken?: string;
  /** Networks whose X-Forwarded-For, -Proto, -Host and -Port are believed. The client is the rightmost address outside them. From other senders the whole family is dropped: X-Forwarded-*, Forwarded, X-Real-IP, X-Original-* and X-Rewrite-URL. */
  readonly trustedProxies?: readonly string[];
  /** Further fields of that family that pass from `trustedProxies`: `forwarded`, `x-real-ip`, `x-forwarded-prefix` and the like. Any other is dropped from them too. */
  readonly trustedHeaders?: readonly string[];
  /** How upstreams are told who the client is: in X-Forwarded-For, -Proto and -Host, in Forwarded (RFC 7239), or in both. Default: "x". */
  readonly forwarded?: "x" | "rfc7239" | "both";
  /** What becomes of X_Forwarded_For and the like: spellings with underscores of fields that the front door writes or strips, and of those that a route's `headers` set or remove. Many servers do not tell them from the fields with dashes. Default: "drop". */
  readonly underscoreHeaders?: "drop" | "pass";
  /** What happens to a path that another route would take in a lenient reading: it gets 400, or goes to the default upstream untouched. Default: "reject". */
  readonly ambiguousPaths?: "reject" | "default";
  /** How HTTP/1.1 comes in. `auto`: plain requests go through the fast lane (raw sockets), all others through node:http. `node`: all requests go through node:http, which knows fewer methods. A connection that was handed to node:http stays there. Default: "auto". */
  readonly lane?: "auto" | "node";
  /** What it means that a client ends its side of the connection (FIN) behind a whole request. `keep`: it may still read, and is answered. `cancel`: it is gone, and requests behind the present one are dropped. An event stream ends either way, and so does the request of a client that resets the connection. Default: "keep". */
  readonly clientHalfClose?: "keep" | "cancel";
  /** What must hold before `fig shift` raises modern. Left out: a shift is not gated. */
  readonly gate?: {
    /** How many comparisons (match or mismatch) the route's evidence window must have. */
    readonly minComparisons?: number;
    /** Percent, more than 0. The upper end of the two-sided 95 % Wilson interval of mismatch / (match + mismatch) must be below it. */
    readonly maxMismatchRate?: number;
    /** Percentage points by which modern's error rate may be above legacy's. Shadow answers count for the side that gave them. */
    readonly maxErrorRateIncrease?: number;
    /** The most that modern's latency divided by legacy's may be, by quantile. */
    readonly maxLatencyRatio?: {
      /** Of the medians. */
      readonly p50?: number;
      /** Of the 95th percentiles. */
      readonly p95?: number;
      /** Of the 99th percentiles. */
      readonly p99?: number;
    };
    /** How long the route's evidence window must have been open. */
    readonly minDuration?: string | 0;
    /** Percent, more than 0. Of each method that is shadowed, so much of its requests must have been compared in the route's evidence window. A method that is not shadowed must be in `uncovered`. */
    readonly minCoverage?: number;
    /** Methods that need not be compared: what they do was tried by other means. `other`: all beyond the usual eight (GET, HEAD, OPTIONS, TRACE, POST, PUT, PATCH, DELETE), which are counted together; by their names they are accepted where the route's `methods` lists them all. */
    readonly uncovered?: readonly string[];
  };
  /** Bounds on what clients send; 0 is no limit. */
  readonly limits?: {
    /** Of a request's header section. Default: "16KiB". */
    readonly headers?: string | 0;
    /** Of a request's target. Default: "8KiB". */
    readonly url?: string | 0;
    /** Of a request's body. Default: 0. */
    readonly body?: string | 0;
    /** Client connections open at once. Default: 0. */
    readonly connections?: number;
    /** Bytes held for shadows in copies, queue and comparison. At the bound, shadows are shed. Never 0. Default: "64MiB". */
    readonly shadowMemory?: string | 0;
    /** Bytes of request bodies that layers keep, as `fallback` does. A request beyond the bound does without. Never 0. Default: "64MiB". */
    readonly bodyMemory?: string | 0;
  };
  /** How long the front door waits. */
  readonly timeouts?: {
    /** Until a request's head is complete. Default: "10s". */
    readonly headers?: string | 0;
    /** Between two requests of a kept-alive connection. Default: "75s". */
    readonly idle?: string | 0;
    /** Until an upstream accepts a connection. Default: "5s". */
    readonly connect?: string | 0;
    /** Until the head of an upstream's answer. Default: "60s". */
    readonly response?: string | 0;
    /** Between two pieces of a body, either way. Default: "60s". */
    readonly bodyIdle?: string | 0;
    /** Silence on an upgraded connection or an event stream. Default: "1h". */
    readonly upgradeIdle?: string | 0;
    /** From a client's FIN until something of its answer is written; then the client is taken to be gone. Also silence in a tunnel of which one end has sent a FIN. Never 0. Default: "10s". */
    readonly halfClosed?: string | 0;
  };
  /** What happens on SIGTERM: readiness off, wait, stop accepting, finish. */
  readonly drain?: {
    /** From readiness off until no more connections are accepted. Default: "0s". */
    readonly delay?: string | 0;
    /** From then until requests still in flight are cut off. Default: "30s". */
    readonly deadline?: string | 0;
  };
  /** The backends by name: a URL, or urls and options. */
  readonly upstreams?: { readonly [name: string]: string | {
    /** Where it listens. Several URLs are asked in turn. Only origins: `http://host:port`, without a path. */
    readonly urls: readonly string[];
    /** Which Host it sees, also in shadows: the one that the client sent, or its own. Default: "client". */
    readonly host?: "client" | "upstream";
    /** Until the head of its answer. Replaces `timeouts.response`. */
    readonly timeout?: string | 0;
    /** How its connections are kept. */
    readonly connections?: {
      /** How long a connection is kept that carries no request. Less than the server keeps it, or a request meets a connection that is just being closed. A shorter time in the server's Keep-Alive holds. Default: "4s". */
      readonly idle?: string | 0;
      /** How long a connection is used. The name in a URL is looked up for each new one, so an upstream that moves is followed within this time. 0: as long as it stands. Default: "5m". */
      readonly maxAge?: string | 0;
    };
  } };
  /** Which environment this is, such as `production`. The dashboard has it in its title and header, and `fig` says it with everything it changes. It changes nothing else. */
  readonly name?: string;
  /** The routes, in any order. */
  readonly routes?: readonly RouteConfig[];
  /** The steps. */
  readonly migrations?: readonly MigrationConfig[];
}

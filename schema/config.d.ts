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
    /** Operations of GraphQL by name, or methods of JSON-RPC: requests that ask for these alone, by POST with JSON or in the query. The body is read up to 256 KiB before a side is asked. What names none, or others too, goes to the path's other routes. Left out: whatever is asked for. */
    readonly operations?: readonly string[];
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
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
      /** On the way to the client; a comparison sees the answer so. */
      readonly answer?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
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
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
      /** On the way to the client; a comparison sees the answer so. */
      readonly answer?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
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
  /** What the front door does for this route besides. Each replaces the one of that name in fig.yaml; `false` removes it. */
  readonly policies?: {
    /** As `policies.cors` of fig.yaml; false: this route does without. */
    readonly cors?: {
      /** The origins whose pages may read answers: exact, `https://*.example.com` for every name below it, `http://localhost:*` for every port, `https://*` for every host, or `*`. Pages of others cannot open a WebSocket of `websockets`, unless they are of its own host. */
      readonly allowOrigins: readonly string[];
      /** What preflights are told; `*`: the method that they announce. Default: ["GET","HEAD","POST","PUT","PATCH","DELETE"]. */
      readonly allowMethods?: readonly string[];
      /** The request fields that pages may set; `*`: those that the preflight announces. */
      readonly allowHeaders?: readonly string[];
      /** The answers' fields that pages may read beside those that every page may. */
      readonly exposeHeaders?: readonly string[];
      /** Pages may send cookies and passwords, and read what comes. Not with `*`. Default: false. */
      readonly allowCredentials?: boolean;
      /** How long a browser may keep what a preflight said. Left out: as long as it likes, 5 s mostly. */
      readonly maxAge?: string | 0;
      /** Preflights that ask for it are told that pages of public networks may come. Default: false. */
      readonly allowPrivateNetwork?: boolean;
    } | false;
    /** As `policies.networks` of fig.yaml; false: this route does without. */
    readonly networks?: {
      /** The networks that may ask. Left out: all that `deny` does not name. */
      readonly allow?: readonly string[];
      /** The networks that may not ask, though `allow` names them. */
      readonly deny?: readonly string[];
    } | false;
    /** As `policies.redirect` of fig.yaml; false: this route does without. */
    readonly redirect?: {
      /** Where to: a path of this front door, or a URL. `{x}` stands for what `match.path` captured, as it was sent. */
      readonly to: string;
      /** 301, 302 and 303 let a client ask by GET; 307 and 308 keep its method. 301 and 308 are kept by caches. Default: 307. */
      readonly status?: 301 | 302 | 303 | 307 | 308;
      /** The request's query goes along. Default: true. */
      readonly query?: boolean;
    } | false;
    /** As `policies.respond` of fig.yaml; false: this route does without. */
    readonly respond?: {
      /** The answer's status. Default: 503. */
      readonly status?: number;
      /** Fields of the answer, such as `retry-after: "120"`. */
      readonly headers?: { readonly [name: string]: string };
      /** The answer's body: UTF-8 text. Default: "". */
      readonly body?: string;
      /** The answer's body in place of `body`: it is sent as JSON. */
      readonly json?: unknown;
    } | false;
    /** As `policies.apiKeys` of fig.yaml; false: this route does without. */
    readonly apiKeys?: {
      /** The field that a key comes in, or a list of such fields. Of `authorization`, what follows `Bearer` or `ApiKey`. Default: "x-api-key". */
      readonly header?: string | readonly string[];
      /** The query parameter that a key may come in besides. URLs are kept in many places: a field is safer. */
      readonly query?: string;
      /** Keys on these plans alone. Left out: every key. */
      readonly plans?: readonly string[];
      /** Sides do not get the key. Default: true. */
      readonly remove?: boolean;
      /** Sides get `x-fig-api-key-id` and `x-fig-api-key-plan`, which no client can send. Default: true. */
      readonly identity?: boolean;
      /** How long keys that are known pass while the state store does not answer; at most 1h. Default: "5m". */
      readonly staleFor?: string | 0;
    } | false;
    /** As `policies.jwt` of fig.yaml; false: this route does without. */
    readonly jwt?: {
      /** `iss` of its tokens, to the letter. Left out: that of the pool in `cognito`. */
      readonly issuer?: string;
      /** Its public keys (JWKS): a URL, or a file, relative to fig.yaml. Left out: found by discovery at `issuer`/.well-known/openid-configuration. */
      readonly jwks?: string;
      /** `aud` must name one of these; a token without `aud` is held against its `client_id`. false: tokens for anybody pass. Must be there, unless `cognito` is. */
      readonly audience?: string | readonly string[] | false;
      /** A token must have one of these in `scope` or `scp`; 403 for others. */
      readonly scopes?: readonly string[];
      /** Each claim must be one of its values, or a list that has one of them; 403 for others. */
      readonly claims?: { readonly [name: string]: string | number | boolean | readonly (string | number | boolean)[] };
      /** Left out: all of them; with `cognito`, RS256. */
      readonly algorithms?: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519")[];
      /** `typ` must be one of these; `application/` before it does not matter. Left out: JWT, at+jwt, or none at all. */
      readonly types?: readonly string[];
      /** Where the token may be. Left out: `header:authorization`, behind `Bearer`. */
      readonly from?: readonly string[];
      /** So far the issuer's clock may be from this one's. Default: "5s". */
      readonly clockSkew?: string | 0;
      /** So long keys are believed that are out of date and cannot be read again. Default: "5m". */
      readonly staleFor?: string | 0;
      /** false: a request without a token passes as nobody's; one with a wrong token does not. Default: true. */
      readonly required?: boolean;
      /** What of a verified identity the side gets beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
        /** Whether the side gets the token as the client sent it. Default: "keep". */
        readonly token?: "keep" | "drop";
      };
      /** A user pool of Amazon Cognito: issuer, keys, algorithm and audience follow from it. */
      readonly cognito?: {
        /** Left out: the pool's id begins with it. */
        readonly region?: string;
        /** The id of the pool. */
        readonly userPool: string;
        /** The app clients whose tokens pass: `aud` of an ID token, `client_id` of an access token. */
        readonly clients: readonly string[];
        /** Which of Cognito's tokens pass: `token_use` must be this. Default: "access". */
        readonly use?: "id" | "access";
      };
    } | readonly ({
      /** `iss` of its tokens, to the letter. Left out: that of the pool in `cognito`. */
      readonly issuer?: string;
      /** Its public keys (JWKS): a URL, or a file, relative to fig.yaml. Left out: found by discovery at `issuer`/.well-known/openid-configuration. */
      readonly jwks?: string;
      /** `aud` must name one of these; a token without `aud` is held against its `client_id`. false: tokens for anybody pass. Must be there, unless `cognito` is. */
      readonly audience?: string | readonly string[] | false;
      /** A token must have one of these in `scope` or `scp`; 403 for others. */
      readonly scopes?: readonly string[];
      /** Each claim must be one of its values, or a list that has one of them; 403 for others. */
      readonly claims?: { readonly [name: string]: string | number | boolean | readonly (string | number | boolean)[] };
      /** Left out: all of them; with `cognito`, RS256. */
      readonly algorithms?: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519")[];
      /** `typ` must be one of these; `application/` before it does not matter. Left out: JWT, at+jwt, or none at all. */
      readonly types?: readonly string[];
      /** Where the token may be. Left out: `header:authorization`, behind `Bearer`. */
      readonly from?: readonly string[];
      /** So far the issuer's clock may be from this one's. Default: "5s". */
      readonly clockSkew?: string | 0;
      /** So long keys are believed that are out of date and cannot be read again. Default: "5m". */
      readonly staleFor?: string | 0;
      /** false: a request without a token passes as nobody's; one with a wrong token does not. Default: true. */
      readonly required?: boolean;
      /** What of a verified identity the side gets beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
        /** Whether the side gets the token as the client sent it. Default: "keep". */
        readonly token?: "keep" | "drop";
      };
      /** A user pool of Amazon Cognito: issuer, keys, algorithm and audience follow from it. */
      readonly cognito?: {
        /** Left out: the pool's id begins with it. */
        readonly region?: string;
        /** The id of the pool. */
        readonly userPool: string;
        /** The app clients whose tokens pass: `aud` of an ID token, `client_id` of an access token. */
        readonly clients: readonly string[];
        /** Which of Cognito's tokens pass: `token_use` must be this. Default: "access". */
        readonly use?: "id" | "access";
      };
    })[] | false;
    /** As `policies.login` of fig.yaml; false: this route does without. */
    readonly login?: {
      /** A provider by name. Left out: an OpenID provider, by its `issuer`. */
      readonly provider?: "google" | "facebook" | "x" | "cognito";
      /** The provider's issuer; its metadata are at `issuer`/.well-known/openid-configuration. */
      readonly issuer?: string;
      /** The client id that the provider gave you. */
      readonly clientId: string;
      /** The client's secret: best from the environment, or `{ file: PATH }`. Left out: a public client, with PKCE alone. */
      readonly clientSecret?: string | {
        /** A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are. */
        readonly file: string;
      };
      /** What is asked for. Left out: `openid email profile`; of facebook `public_profile email`; of x `users.read tweet.read offline.access`. `offline_access` gives sessions a refresh token with most providers. */
      readonly scopes?: readonly string[];
      /** More of the request for a login, such as `prompt: select_account` or Google's `access_type: offline`. */
      readonly parameters?: { readonly [name: string]: string };
      /** Addresses in place of the provider's own: of a stand-in, or of metadata that lack them. */
      readonly endpoints?: {
        /** Where people are sent to log in. */
        readonly authorize?: string;
        /** Where codes and refresh tokens are given in. */
        readonly token?: string;
        /** Where it says who somebody is. */
        readonly userinfo?: string;
        /** Where people are sent to log out. */
        readonly logout?: string;
      };
      /** Of cognito. Left out: the pool's id begins with it. */
      readonly region?: string;
      /** Of cognito: the pool's id. */
      readonly userPool?: string;
      /** Of cognito: the domain of the pool's login pages, which its logout needs. */
      readonly domain?: string;
      /** Where the provider sends people back to: register `https://HOST` and this path with it. The policy answers it. Default: "/.fig/login/callback". */
      readonly callback?: string;
      /** Where a login begins, with `?return=PATH`. The policy answers it. Default: "/.fig/login". */
      readonly start?: string;
      /** Where a session ends. The policy answers it. Default: "/.fig/logout". */
      readonly logout?: string;
      /** Where the provider says that a session ended there (OpenID Connect Back-Channel Logout 1.0), like /.fig/backchannel-logout: register `https://HOST` and this path with it as `backchannel_logout_uri`. The policy answers it. Left out: it is not told. */
      readonly backchannel?: string;
      /** Where people come to after it: register `https://HOST` and this path with the provider. Default: "/". */
      readonly afterLogout?: string;
      /** How long people stay logged in, and what keeps it. */
      readonly session: {
        /** The cookie's name. Over TLS it is `__Host-` and this name. Default: "fig_session". */
        readonly cookie?: string;
        /** What sessions are sealed with: 32 or more random bytes, from the environment or `{ file: PATH }`. The first seals, each opens: put a new one before the old, and take the old away after `life`. */
        readonly secrets: readonly (string | {
          /** A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are. */
          readonly file: string;
        })[];
        /** A session ends so long after its last request. Default: "1h". */
        readonly idle?: string | 0;
        /** A session ends so long after its login, whatever happens. Default: "12h". */
        readonly life?: string | 0;
      };
      /** What the side is told of who is logged in, beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
      };
      /** false: requests without a session pass as nobody's. Default: true. */
      readonly required?: boolean;
    } | false;
    /** As `policies.authorizer` of fig.yaml; false: this route does without. */
    readonly authorizer?: {
      /** A service that is asked over HTTP, as nginx's auth_request and Traefik's ForwardAuth do: 2xx lets a request pass; 401, 403 and redirects go to the client; all else is a failure. */
      readonly url?: string;
      /** How `url` is asked. No body is sent. Default: "GET". */
      readonly method?: "GET" | "HEAD" | "POST";
      /** Fields of the request that `url` is sent, beside `x-forwarded-method`, `-uri`, `-host`, `-proto` and `-for`. Left out: all. */
      readonly headers?: readonly string[];
      /** Fields of the answer of `url` that go on to the side. Those that a client sent under these names never do. */
      readonly forward?: readonly string[];
      /** A function of AWS Lambda, by API Gateway's rules: its name or ARN, or more of it. */
      readonly function?: string | {
        /** Its name, or its ARN. */
        readonly name: string;
        /** A version or an alias. Left out: `$LATEST`. */
        readonly qualifier?: string;
        /** Its Region. Left out: the ARN's, or `AWS_REGION` of the environment. */
        readonly region?: string;
        /** Where Lambda is asked: an emulator, or a private endpoint. Left out: `AWS_ENDPOINT_URL_LAMBDA` or `AWS_ENDPOINT_URL` of the environment, or the Region's. */
        readonly endpoint?: string;
        /** true: the Region's FIPS endpoint. Left out: as `AWS_USE_FIPS_ENDPOINT` says. */
        readonly fips?: boolean;
        /** Where credentials are looked for: `environment` (`AWS_ACCESS_KEY_ID` ...), `file` (`~/.aws/credentials` and `~/.aws/config`: keys, a role by another profile or by web identity, the login that `aws sso login` keeps, which is not renewed, or a `credential_process`), `webIdentity` (a Kubernetes service account), `container` (ECS, EKS), `instance` (EC2, IMDSv2). `auto`: each in this order. Default: "auto". */
        readonly credentials?: "auto" | "environment" | "file" | "webIdentity" | "container" | "instance";
        /** Of the shared file. Left out: `AWS_PROFILE`, or `default`. */
        readonly profile?: string;
      };
      /** The event that the function gets: API Gateway's TOKEN, with one header's value, or REQUEST, with the head of the request. Default: "request". */
      readonly type?: "token" | "request";
      /** The form of REQUEST. `1.0` is answered by a policy document; `2.0` also by `isAuthorized`, and `context` may have objects. Default: "1.0". */
      readonly payload?: "1.0" | "2.0";
      /** What stands in `methodArn` and in events for what API Gateway has: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`. */
      readonly arn?: {
        /** The account. Default: "000000000000". */
        readonly account?: string;
        /** The API. Default: "fig". */
        readonly api?: string;
        /** The stage. Default: "prod". */
        readonly stage?: string;
      };
      /** Who asks: `header:NAME`, `query:NAME`, `cookie:NAME`, `claim:NAME` (of a token that `jwt` verified). A function is not called for a request without one of them: 401. What was answered is kept under their values. Left out: `[header:authorization]`, of `url` none. */
      readonly identity?: readonly string[];
      /** What the one identity source must look like, from its first to its last character. Other requests get 401 with no call. */
      readonly validation?: string;
      /** `WWW-Authenticate` of a 401 that the front door gives itself. Default: "Bearer". */
      readonly challenge?: string;
      /** How long an answer is kept, `0` to `1h`. Left out: `300s` of a function; of `url` 0: each request is asked about. */
      readonly ttl?: string | 0;
      /** Until the answer is whole; 504 after it. Default: "10s". */
      readonly timeout?: string | 0;
      /** Questions asked at once; further ones wait in a line. Default: 100. */
      readonly maxConcurrent?: number;
      /** Questions in that line; for further ones it is 503. Default: 1000. */
      readonly maxWaiting?: number;
    } | false;
    /** As `policies.body` of fig.yaml; false: this route does without. */
    readonly body?: {
      /** The most bytes that a body may have as it is sent; 0: as many as `limits.body` lets. 413 for more. Default: 0. */
      readonly max?: string | 0;
      /** The media types that a body may be of: `application/json`, `text/*`, `application/*+json`. 415 for others, and for a body without a type. Left out: any. */
      readonly types?: readonly string[];
      /** The content codings that a body may be sent in. A compressed one may become many times as large at the side. 415 for others. Default: ["identity"]. */
      readonly encodings?: readonly string[];
      /** A POST, PUT or PATCH must have a body; 400 without. Default: false. */
      readonly required?: boolean;
    } | false;
    /** As `policies.limit` of fig.yaml; false: this route does without. */
    readonly limit?: {
      /** Requests per second, minute or hour, such as `100/s`. Decimals are allowed: `0.5/s`. */
      readonly rate?: string;
      /** Requests at once. In any time t at most burst + rate × t pass. Left out: the number in `rate`, rounded up. */
      readonly burst?: number;
      /** Requests per calendar day, week (from Monday) or month, in UTC, such as `10000/day`; a list for several. */
      readonly quota?: string | readonly string[];
      /** Requests under way at once, over all front doors of a state on Redis. */
      readonly concurrent?: number;
      /** Answers say what is left, in RateLimit and RateLimit-Policy. false: they do not. Default: true. */
      readonly headers?: boolean;
      /** What those fields call the limit. Left out: `default`, then `limit-2` and so on. */
      readonly name?: string;
      /** Whose requests are counted together: those with the same API key, claim, header, cookie, client (the cookie fig_client) or address (IPv6 by its /64), or the same of several. All that lack one are counted together. Left out: all requests of the route. */
      readonly key?: string | readonly string[];
    } | readonly ({
      /** Requests per second, minute or hour, such as `100/s`. Decimals are allowed: `0.5/s`. */
      readonly rate?: string;
      /** Requests at once. In any time t at most burst + rate × t pass. Left out: the number in `rate`, rounded up. */
      readonly burst?: number;
      /** Requests per calendar day, week (from Monday) or month, in UTC, such as `10000/day`; a list for several. */
      readonly quota?: string | readonly string[];
      /** Requests under way at once, over all front doors of a state on Redis. */
      readonly concurrent?: number;
      /** Answers say what is left, in RateLimit and RateLimit-Policy. false: they do not. Default: true. */
      readonly headers?: boolean;
      /** What those fields call the limit. Left out: `default`, then `limit-2` and so on. */
      readonly name?: string;
      /** Whose requests are counted together: those with the same API key, claim, header, cookie, client (the cookie fig_client) or address (IPv6 by its /64), or the same of several. All that lack one are counted together. Left out: all requests of the route. */
      readonly key?: string | readonly string[];
    })[] | false;
    /** As `policies.validate` of fig.yaml; false: this route does without. */
    readonly validate?: {
      /** The name of one of fig.yaml's `documents`. */
      readonly openapi: string;
      /** `enforce`: a request that is not as the document says gets 400. `report`: it passes and is counted. Default: "enforce". */
      readonly requests?: "enforce" | "report";
      /** `report`: answers of both sides, to shadows too, are held against the document and counted. Where modern's breaks it otherwise than legacy's, it is a mismatch of kind `schema`. No answer waits for it. Default: "off". */
      readonly answers?: "report" | "off";
      /** What the document does not describe: a path gets 404, a method 405, a media type 415; or it passes and is counted. Default: "refuse". */
      readonly unknown?: "refuse" | "pass";
      /** The largest body that is looked at. A larger request gets 413 (with `requests: report` it passes), a larger answer is not looked at. Never 0. Default: "1MiB". */
      readonly maxBody?: string | 0;
    } | false;
    /** As `policies.compress` of fig.yaml; false: this route does without. */
    readonly compress?: {
      /** What is offered, the preferred first. A client's own weights come before that. Default: ["zstd","br","gzip"]. */
      readonly encodings?: readonly ("zstd" | "br" | "gzip")[];
      /** The media types of answers that are compressed: `application/json`, `text/*`, `application/*+json`. Default: ["text/*","application/json","application/*+json","application/javascript","application/x-ndjson","application/xml","application/*+xml","application/graphql-response+json","application/wasm","image/svg+xml"]. */
      readonly types?: readonly string[];
      /** A shorter answer is sent as it is. Default: "1KiB". */
      readonly min?: string | 0;
      /** Answers to requests with what browsers send of their own accord (cookies, passwords, a certificate), and answers that set cookies: compressed where Sec-Fetch-Site says that the page is of the same origin; `always`; or `never`. Another site's page could otherwise learn what is in them from their length (BREACH). Default: "same-origin". */
      readonly secrets?: "same-origin" | "always" | "never";
    } | false;
    /** As `policies.cache` of fig.yaml; false: this route does without. */
    readonly cache?: {
      /** How long an answer is fresh that says nothing of it: of status 200, 203, 204, 300, 301, 308 and 410. 0: such answers are not kept. Default: 0. */
      readonly ttl?: string | 0;
      /** What tells requests apart beside route, side and path. */
      readonly key?: {
        /** `all`: the query as it was sent. A list: these parameters, in the order in which they were sent; others still reach the side. Default: "all". */
        readonly query?: "all" | readonly string[];
        /** Request fields whose values make another answer, beside those that `Vary` names. */
        readonly headers?: readonly string[];
        /** Cookies whose values make another answer; all others mean nothing. Left out: a request with cookies is given and leaves only answers that say `public` or `s-maxage`. */
        readonly cookies?: readonly string[];
        /** false: one answer for all hosts. Default: true. */
        readonly host?: boolean;
      };
      /** How long a stale answer is still given while the side is asked anew (RFC 5861), where the answer does not say so itself. Default: 0. */
      readonly staleWhileRevalidate?: string | 0;
      /** How long a stale answer is given where the side fails (RFC 5861), where the answer does not say so itself. Default: 0. */
      readonly staleIfError?: string | 0;
      /** The largest body that is kept. Default: "1MiB". */
      readonly maxObject?: string | 0;
      /** true: a client cannot ask past the cache by Cache-Control or Pragma; `no-store` and `only-if-cached` still count. false: RFC 9111 §5.2.1 to the letter. Default: true. */
      readonly ignoreClientCacheControl?: boolean;
    } | false;
    /** As `policies.transform` of fig.yaml; false: this route does without. */
    readonly transform?: {
      /** What is changed for legacy. */
      readonly legacy?: {
        /** On the way to the side. */
        readonly request?: {
          /** The method that the side is asked with. Left out: the client's. */
          readonly method?: string;
          /** Changes of the query. Other parameters stay as they were sent. */
          readonly query?: {
            /** Parameters that get another name: old to new. */
            readonly rename?: { readonly [name: string]: string };
            /** Parameters that go. */
            readonly remove?: readonly string[];
            /** Parameters that are set, in place of those that came under their names. */
            readonly set?: { readonly [name: string]: string };
          };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the side gets. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** On the way back. */
        readonly answer?: {
          /** The side's status to the client's. */
          readonly status?: { readonly [name: string]: number };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the client gets, of an answer of 2xx. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** The largest body that is transformed, before and after. A larger request gets 413, a larger answer is an error of its side. Never 0. Default: "1MiB". */
        readonly maxBody?: string | 0;
      };
      /** What is changed for modern. */
      readonly modern?: {
        /** On the way to the side. */
        readonly request?: {
          /** The method that the side is asked with. Left out: the client's. */
          readonly method?: string;
          /** Changes of the query. Other parameters stay as they were sent. */
          readonly query?: {
            /** Parameters that get another name: old to new. */
            readonly rename?: { readonly [name: string]: string };
            /** Parameters that go. */
            readonly remove?: readonly string[];
            /** Parameters that are set, in place of those that came under their names. */
            readonly set?: { readonly [name: string]: string };
          };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the side gets. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** On the way back. */
        readonly answer?: {
          /** The side's status to the client's. */
          readonly status?: { readonly [name: string]: number };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the client gets, of an answer of 2xx. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** The largest body that is transformed, before and after. A larger request gets 413, a larger answer is an error of its side. Never 0. Default: "1MiB". */
        readonly maxBody?: string | 0;
      };
    } | false;
    /** As `policies.headers` of fig.yaml; false: this route does without. */
    readonly headers?: {
      /** On the way to the upstream. */
      readonly request?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
      /** On the way to the client; a comparison sees the answer so. */
      readonly answer?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
    } | false;
  };
  /** Fields that are removed and set, on both sides. */
  readonly headers?: {
    /** On the way to the upstream. */
    readonly request?: {
      /** Fields that go, every one of that name. */
      readonly remove?: readonly string[];
      /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
      readonly set?: { readonly [name: string]: string };
    };
    /** On the way to the client; a comparison sees the answer so. */
    readonly answer?: {
      /** Fields that go, every one of that name. */
      readonly remove?: readonly string[];
      /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
      readonly set?: { readonly [name: string]: string };
    };
  };
  /** For so long after a side has answered an unsafe request of a client on this route, the client's safe requests go to that side, on all routes of the cohort, and are not compared: the other side's data may lag. At most 10m. Left out: the split alone decides. */
  readonly pinAfterWrite?: string | 0;
  /** What is watched while clients are on modern. Each part replaces the one of that name in fig.yaml; `false`: nothing is watched. */
  readonly guards?: boolean | {
    /** Modern's clients get more than their share of errors (5xx, broken, timed out, what `errors` names), or of 401 and 403. Where legacy is shadowed while modern serves, requests that one side alone fails are watched too: at modern 100 nothing else is. Left out: true. */
    readonly errors?: boolean;
    /** How many times as slow as legacy modern may be, by quantile, of answers to clients. Not watched at modern 100. Left out: it is not watched. */
    readonly latency?: {
      /** Of the medians. */
      readonly p50?: number;
      /** Of the 95th percentiles. */
      readonly p95?: number;
      /** Of the 99th percentiles. */
      readonly p99?: number;
      /** Of the 99.9th percentiles. A few answers that became far slower are seen here first. */
      readonly p999?: number;
    };
    /** Answers differ where it is grave. Left out: that is not watched. */
    readonly mismatches?: {
      /** Paths that a route lists as `compare.high`; and answers of modern that break its OpenAPI document (`policies.validate.answers: report`). */
      readonly severity: "high";
      /** Percent of compared requests that may differ there. Default: 0.1. */
      readonly percent?: number;
    };
    /** Clients' sticky keys do not come to the sides as the split asks for: one key in eight or fewer is looked at, each once. Left out: false. */
    readonly sampleRatio?: boolean;
    /** How often guards may take a route back within a day. Beyond it they say what they see, and leave the route. Left out: 3. */
    readonly maxTrips?: number;
  };
  /** Copies sent to the side that does not serve. */
  readonly shadow?: {
    /** Which unsafe methods may be shadowed while modern is 0: none, PUT and DELETE, or every method. Default: "never". */
    readonly writes?: "never" | "idempotent" | "sandboxed";
    /** How long a shadow may take. Default: "5s". */
    readonly timeout?: string | 0;
    /** The largest body, of the request and of each answer. A larger one is not compared. Default: "1MiB". */
    readonly maxBody?: string | 0;
    /** Event streams that end within this time are compared too, up to `maxBody`; their shadows may take as long, in place of `timeout`. One that lasts longer is let go of. Left out: no event stream is. */
    readonly eventStreams?: string | 0;
    /** How many shadows of this route may run at once. More wait, and then are shed. Default: 64. */
    readonly concurrency?: number;
    /** Fields that are removed and set in the copy alone: `{ remove: [authorization, cookie] }`. Left out: the copy has the client's, and shadows of the route stop once one of them is answered with a cookie that its client had sent. `{}` accepts that. */
    readonly headers?: {
      /** Fields that go, every one of that name. */
      readonly remove?: readonly string[];
      /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
      readonly set?: { readonly [name: string]: string };
    };
    /** `{ operations: [...] }`: these methods of gRPC services only read. true: every method of this route only reads, as a search or a GraphQL query by POST does. Its requests are then safe everywhere: they are shadowed like a GET, to either side, and fall back like one. Say it only of what changes nothing. Default: false. */
    readonly safe?: boolean | {
      /** Methods of gRPC services: `GetOrder`, or `shop.Orders/GetOrder` of one service alone. */
      readonly operations: readonly string[];
    };
  };
  /** How the two sides' answers are compared. */
  readonly compare?: {
    /** Response headers that are compared. `{ ignore: vary, reason, until }` takes one out of them; a list of such entries alone takes them out of the default. Default: ["content-type","location","vary","www-authenticate"]. */
    readonly headers?: readonly (string | {
      /** A header that is not compared, listed or not, as long as this holds. */
      readonly ignore: string;
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
      /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
      readonly until?: string;
    })[];
    /** Paths left out of the comparison: `$.updatedAt`, `$.items[*].etag` of every element, `$.users.*.seen` of every member, `$..etag` at any depth. Or `{ path, reason, until }`. */
    readonly ignore?: readonly (string | {
      /** The path left out. */
      readonly path: string;
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
      /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
      readonly until?: string;
    })[];
    /** How arrays are compared, by path: `unordered`, or by a `key`, or `{ key | unordered: true, reason, until }`. Left out: in order. */
    readonly arrays?: { readonly [name: string]: "unordered" | {
      /** The member that identifies an array's elements. */
      readonly key?: string;
      /** true: the array is a set. This form is for a set that says why, or until when. */
      readonly unordered?: boolean;
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
      /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
      readonly until?: string;
    } };
    /** By how much numbers may differ, as an absolute amount, by path: `0.01`, or `{ by: 0.01, reason, until }`. */
    readonly tolerance?: { readonly [name: string]: number | {
      /** The amount. */
      readonly by: number;
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
      /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
      readonly until?: string;
    } };
    /** Paths whose values are never stored. Credentials are never stored, listed or not. */
    readonly redact?: readonly string[];
    /** How many samples are kept for each mismatch path, spread over time. A sample has the differing values, cut to 256 bytes, and the request's method, path and query without credentials. 0: none. Or an object, where whole answers are wanted too. Default: 5. */
    readonly samples?: number | {
      /** How many samples are kept for each mismatch path, as the number alone says. Default: 5. */
      readonly values?: number;
      /** true: whole answers of a few differing requests are kept too, both sides' status, fields and body, without credentials and what `redact` names. `fig diff` and the dashboard show them side by side. Default: false. */
      readonly bodies?: boolean;
      /** Whole answers of a route kept at once. Default: 20. */
      readonly perRoute?: number;
      /** Of these, kept for each difference: of different clients as long as there are others, spread over time. Default: 3. */
      readonly perDifference?: number;
      /** The largest body kept whole, decoded; of a larger one type, size and a hash. At most 1MiB. Default: "64KiB". */
      readonly maxBody?: string | 0;
      /** A whole answer goes so long after it was kept. At most 30 days. Default: "24h". */
      readonly keep?: string | 0;
    };
    /** Statuses that count as equal, group by group: `[[404, 410]]`, or `[{ equal: [404, 410], reason, until }]`. The rest of such answers is compared, bodies too. */
    readonly status?: readonly (readonly number[] | {
      /** The statuses. */
      readonly equal: readonly number[];
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
      /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
      readonly until?: string;
    })[];
    /** `absent`, or `{ as: absent, reason, until }`: a member that is null equals one that is not there. Left out: they differ. */
    readonly nulls?: "absent" | {
      /** The same. */
      readonly as: "absent";
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
      /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
      readonly until?: string;
    };
    /** Replaced in bodies of text that are no JSON (HTML, XML) before they are compared, in this order: a nonce, a time. */
    readonly text?: readonly ({
      /** What is replaced, wherever it stands: a pattern of characters, classes, groups, `|` and repeats. No anchors, lookaround or back references, so that it takes linear time. */
      readonly replace: string;
      /** What stands in its place, to the letter. Default: "". */
      readonly with?: string;
      /** Why, for people. A rule with a reason may hide much without being said. */
      readonly reason?: string;
      /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
      readonly until?: string;
    })[];
    /** Paths whose differences are grave, such as `$.total`: what `guards.mismatches` goes by. What lies below them counts, and so does a part above them that is missing: the body too, where one side has none or one of another form, or answers with another class of status (404 in place of 200). */
    readonly high?: readonly string[];
    /** Percent of the comparisons of safe requests for which legacy is asked once more, together with the shadow: what legacy itself answers differently is noise, and no mismatch. The first 200 of an evidence window all have one. 0: none. Default: 0. */
    readonly control?: number;
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
  /** What counts as an error besides 5xx and broken answers. `graphql`: an answer of 200 with errors at the top of its JSON, and any 4xx, since servers differ in which of the two they send. `grpc`: a call that ends with UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE or DATA_LOSS, or without a status. Left out: nothing. */
  readonly errors?: "graphql" | "grpc";
}

/** A WebSocket API, as a file of routes/ has it. */
export interface WebSocketConfig {
  /** Its name in metrics and events, and what its routes' ids begin with. */
  readonly id: string;
  /** Where clients connect: a plain path. Below it, at `/@connections`, callers do. */
  readonly path: string;
  /** Host without port. Left out: any. */
  readonly host?: string;
  /** API Gateway's route selection expression: which part of a message's JSON names its route. `$$`{...} within a text; a member that is not there is an empty text, and what is not JSON goes to `$default`. Default: "$request.body.action". */
  readonly select?: string;
  /** The routes by their keys. `$connect` lets clients in (left out: whom the policies let pass), `$disconnect` hears that a connection ended, `$default` takes what no other does. */
  readonly routes: { readonly [name: string]: {
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
          /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
          readonly set?: { readonly [name: string]: string };
        };
        /** On the way to the client; a comparison sees the answer so. */
        readonly answer?: {
          /** Fields that go, every one of that name. */
          readonly remove?: readonly string[];
          /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
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
          /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
          readonly set?: { readonly [name: string]: string };
        };
        /** On the way to the client; a comparison sees the answer so. */
        readonly answer?: {
          /** Fields that go, every one of that name. */
          readonly remove?: readonly string[];
          /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
          readonly set?: { readonly [name: string]: string };
        };
      };
      /** Where the side has a path of its own: Location, Content-Location, Refresh and the Path of cookies in its answers are written back to the path that the client knows, and a cookie's Domain where it is the upstream's. false: they stay as they came. Default: true. */
      readonly rewriteAnswers?: boolean;
    };
    /** Routes of one cohort move a client together. Left out: the route's id. */
    readonly cohort?: string;
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
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
      /** On the way to the client; a comparison sees the answer so. */
      readonly answer?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
    };
    /** What is watched while clients are on modern. Each part replaces the one of that name in fig.yaml; `false`: nothing is watched. */
    readonly guards?: boolean | {
      /** Modern's clients get more than their share of errors (5xx, broken, timed out, what `errors` names), or of 401 and 403. Where legacy is shadowed while modern serves, requests that one side alone fails are watched too: at modern 100 nothing else is. Left out: true. */
      readonly errors?: boolean;
      /** How many times as slow as legacy modern may be, by quantile, of answers to clients. Not watched at modern 100. Left out: it is not watched. */
      readonly latency?: {
        /** Of the medians. */
        readonly p50?: number;
        /** Of the 95th percentiles. */
        readonly p95?: number;
        /** Of the 99th percentiles. */
        readonly p99?: number;
        /** Of the 99.9th percentiles. A few answers that became far slower are seen here first. */
        readonly p999?: number;
      };
      /** Answers differ where it is grave. Left out: that is not watched. */
      readonly mismatches?: {
        /** Paths that a route lists as `compare.high`; and answers of modern that break its OpenAPI document (`policies.validate.answers: report`). */
        readonly severity: "high";
        /** Percent of compared requests that may differ there. Default: 0.1. */
        readonly percent?: number;
      };
      /** Clients' sticky keys do not come to the sides as the split asks for: one key in eight or fewer is looked at, each once. Left out: false. */
      readonly sampleRatio?: boolean;
      /** How often guards may take a route back within a day. Beyond it they say what they see, and leave the route. Left out: 3. */
      readonly maxTrips?: number;
    };
    /** Copies sent to the side that does not serve. */
    readonly shadow?: {
      /** Which unsafe methods may be shadowed while modern is 0: none, PUT and DELETE, or every method. Default: "never". */
      readonly writes?: "never" | "idempotent" | "sandboxed";
      /** How long a shadow may take. Default: "5s". */
      readonly timeout?: string | 0;
      /** The largest body, of the request and of each answer. A larger one is not compared. Default: "1MiB". */
      readonly maxBody?: string | 0;
      /** Event streams that end within this time are compared too, up to `maxBody`; their shadows may take as long, in place of `timeout`. One that lasts longer is let go of. Left out: no event stream is. */
      readonly eventStreams?: string | 0;
      /** How many shadows of this route may run at once. More wait, and then are shed. Default: 64. */
      readonly concurrency?: number;
      /** Fields that are removed and set in the copy alone: `{ remove: [authorization, cookie] }`. Left out: the copy has the client's, and shadows of the route stop once one of them is answered with a cookie that its client had sent. `{}` accepts that. */
      readonly headers?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
      /** `{ operations: [...] }`: these methods of gRPC services only read. true: every method of this route only reads, as a search or a GraphQL query by POST does. Its requests are then safe everywhere: they are shadowed like a GET, to either side, and fall back like one. Say it only of what changes nothing. Default: false. */
      readonly safe?: boolean | {
        /** Methods of gRPC services: `GetOrder`, or `shop.Orders/GetOrder` of one service alone. */
        readonly operations: readonly string[];
      };
    };
    /** How the two sides' answers are compared. */
    readonly compare?: {
      /** Response headers that are compared. `{ ignore: vary, reason, until }` takes one out of them; a list of such entries alone takes them out of the default. Default: ["content-type","location","vary","www-authenticate"]. */
      readonly headers?: readonly (string | {
        /** A header that is not compared, listed or not, as long as this holds. */
        readonly ignore: string;
        /** Why, for people. A rule with a reason may hide much without being said. */
        readonly reason?: string;
        /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
        readonly until?: string;
      })[];
      /** Paths left out of the comparison: `$.updatedAt`, `$.items[*].etag` of every element, `$.users.*.seen` of every member, `$..etag` at any depth. Or `{ path, reason, until }`. */
      readonly ignore?: readonly (string | {
        /** The path left out. */
        readonly path: string;
        /** Why, for people. A rule with a reason may hide much without being said. */
        readonly reason?: string;
        /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
        readonly until?: string;
      })[];
      /** How arrays are compared, by path: `unordered`, or by a `key`, or `{ key | unordered: true, reason, until }`. Left out: in order. */
      readonly arrays?: { readonly [name: string]: "unordered" | {
        /** The member that identifies an array's elements. */
        readonly key?: string;
        /** true: the array is a set. This form is for a set that says why, or until when. */
        readonly unordered?: boolean;
        /** Why, for people. A rule with a reason may hide much without being said. */
        readonly reason?: string;
        /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
        readonly until?: string;
      } };
      /** By how much numbers may differ, as an absolute amount, by path: `0.01`, or `{ by: 0.01, reason, until }`. */
      readonly tolerance?: { readonly [name: string]: number | {
        /** The amount. */
        readonly by: number;
        /** Why, for people. A rule with a reason may hide much without being said. */
        readonly reason?: string;
        /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
        readonly until?: string;
      } };
      /** Paths whose values are never stored. Credentials are never stored, listed or not. */
      readonly redact?: readonly string[];
      /** How many samples are kept for each mismatch path, spread over time. A sample has the differing values, cut to 256 bytes, and the request's method, path and query without credentials. 0: none. Or an object, where whole answers are wanted too. Default: 5. */
      readonly samples?: number | {
        /** How many samples are kept for each mismatch path, as the number alone says. Default: 5. */
        readonly values?: number;
        /** true: whole answers of a few differing requests are kept too, both sides' status, fields and body, without credentials and what `redact` names. `fig diff` and the dashboard show them side by side. Default: false. */
        readonly bodies?: boolean;
        /** Whole answers of a route kept at once. Default: 20. */
        readonly perRoute?: number;
        /** Of these, kept for each difference: of different clients as long as there are others, spread over time. Default: 3. */
        readonly perDifference?: number;
        /** The largest body kept whole, decoded; of a larger one type, size and a hash. At most 1MiB. Default: "64KiB". */
        readonly maxBody?: string | 0;
        /** A whole answer goes so long after it was kept. At most 30 days. Default: "24h". */
        readonly keep?: string | 0;
      };
      /** Statuses that count as equal, group by group: `[[404, 410]]`, or `[{ equal: [404, 410], reason, until }]`. The rest of such answers is compared, bodies too. */
      readonly status?: readonly (readonly number[] | {
        /** The statuses. */
        readonly equal: readonly number[];
        /** Why, for people. A rule with a reason may hide much without being said. */
        readonly reason?: string;
        /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
        readonly until?: string;
      })[];
      /** `absent`, or `{ as: absent, reason, until }`: a member that is null equals one that is not there. Left out: they differ. */
      readonly nulls?: "absent" | {
        /** The same. */
        readonly as: "absent";
        /** Why, for people. A rule with a reason may hide much without being said. */
        readonly reason?: string;
        /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
        readonly until?: string;
      };
      /** Replaced in bodies of text that are no JSON (HTML, XML) before they are compared, in this order: a nonce, a time. */
      readonly text?: readonly ({
        /** What is replaced, wherever it stands: a pattern of characters, classes, groups, `|` and repeats. No anchors, lookaround or back references, so that it takes linear time. */
        readonly replace: string;
        /** What stands in its place, to the letter. Default: "". */
        readonly with?: string;
        /** Why, for people. A rule with a reason may hide much without being said. */
        readonly reason?: string;
        /** The last day, UTC, on which the rule holds, as YYYY-MM-DD. Then it is no longer in force. */
        readonly until?: string;
      })[];
      /** Paths whose differences are grave, such as `$.total`: what `guards.mismatches` goes by. What lies below them counts, and so does a part above them that is missing: the body too, where one side has none or one of another form, or answers with another class of status (404 in place of 200). */
      readonly high?: readonly string[];
      /** Percent of the comparisons of safe requests for which legacy is asked once more, together with the shadow: what legacy itself answers differently is noise, and no mismatch. The first 200 of an evidence window all have one. 0: none. Default: 0. */
      readonly control?: number;
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
    /** Its name in tables, commands, metrics and the ledger. Left out: the API's id, a dot, and the route key without its `$`. */
    readonly id?: string;
    /** true: the body of the side's answer goes back to the client as a message. Default: false. */
    readonly respond?: boolean;
    /** true: these messages only read. They are shadowed, to either side, and fall back like a GET. Say it only of what changes nothing. It is `shadow.safe` in short. Default: false. */
    readonly safe?: boolean;
  } };
  /** Of `$connect`: what the front door does before a client comes in. Each replaces the one of that name in fig.yaml; `false` removes it. */
  readonly policies?: {
    /** As `policies.cors` of fig.yaml; false: this route does without. */
    readonly cors?: {
      /** The origins whose pages may read answers: exact, `https://*.example.com` for every name below it, `http://localhost:*` for every port, `https://*` for every host, or `*`. Pages of others cannot open a WebSocket of `websockets`, unless they are of its own host. */
      readonly allowOrigins: readonly string[];
      /** What preflights are told; `*`: the method that they announce. Default: ["GET","HEAD","POST","PUT","PATCH","DELETE"]. */
      readonly allowMethods?: readonly string[];
      /** The request fields that pages may set; `*`: those that the preflight announces. */
      readonly allowHeaders?: readonly string[];
      /** The answers' fields that pages may read beside those that every page may. */
      readonly exposeHeaders?: readonly string[];
      /** Pages may send cookies and passwords, and read what comes. Not with `*`. Default: false. */
      readonly allowCredentials?: boolean;
      /** How long a browser may keep what a preflight said. Left out: as long as it likes, 5 s mostly. */
      readonly maxAge?: string | 0;
      /** Preflights that ask for it are told that pages of public networks may come. Default: false. */
      readonly allowPrivateNetwork?: boolean;
    } | false;
    /** As `policies.networks` of fig.yaml; false: this route does without. */
    readonly networks?: {
      /** The networks that may ask. Left out: all that `deny` does not name. */
      readonly allow?: readonly string[];
      /** The networks that may not ask, though `allow` names them. */
      readonly deny?: readonly string[];
    } | false;
    /** As `policies.redirect` of fig.yaml; false: this route does without. */
    readonly redirect?: {
      /** Where to: a path of this front door, or a URL. `{x}` stands for what `match.path` captured, as it was sent. */
      readonly to: string;
      /** 301, 302 and 303 let a client ask by GET; 307 and 308 keep its method. 301 and 308 are kept by caches. Default: 307. */
      readonly status?: 301 | 302 | 303 | 307 | 308;
      /** The request's query goes along. Default: true. */
      readonly query?: boolean;
    } | false;
    /** As `policies.respond` of fig.yaml; false: this route does without. */
    readonly respond?: {
      /** The answer's status. Default: 503. */
      readonly status?: number;
      /** Fields of the answer, such as `retry-after: "120"`. */
      readonly headers?: { readonly [name: string]: string };
      /** The answer's body: UTF-8 text. Default: "". */
      readonly body?: string;
      /** The answer's body in place of `body`: it is sent as JSON. */
      readonly json?: unknown;
    } | false;
    /** As `policies.apiKeys` of fig.yaml; false: this route does without. */
    readonly apiKeys?: {
      /** The field that a key comes in, or a list of such fields. Of `authorization`, what follows `Bearer` or `ApiKey`. Default: "x-api-key". */
      readonly header?: string | readonly string[];
      /** The query parameter that a key may come in besides. URLs are kept in many places: a field is safer. */
      readonly query?: string;
      /** Keys on these plans alone. Left out: every key. */
      readonly plans?: readonly string[];
      /** Sides do not get the key. Default: true. */
      readonly remove?: boolean;
      /** Sides get `x-fig-api-key-id` and `x-fig-api-key-plan`, which no client can send. Default: true. */
      readonly identity?: boolean;
      /** How long keys that are known pass while the state store does not answer; at most 1h. Default: "5m". */
      readonly staleFor?: string | 0;
    } | false;
    /** As `policies.jwt` of fig.yaml; false: this route does without. */
    readonly jwt?: {
      /** `iss` of its tokens, to the letter. Left out: that of the pool in `cognito`. */
      readonly issuer?: string;
      /** Its public keys (JWKS): a URL, or a file, relative to fig.yaml. Left out: found by discovery at `issuer`/.well-known/openid-configuration. */
      readonly jwks?: string;
      /** `aud` must name one of these; a token without `aud` is held against its `client_id`. false: tokens for anybody pass. Must be there, unless `cognito` is. */
      readonly audience?: string | readonly string[] | false;
      /** A token must have one of these in `scope` or `scp`; 403 for others. */
      readonly scopes?: readonly string[];
      /** Each claim must be one of its values, or a list that has one of them; 403 for others. */
      readonly claims?: { readonly [name: string]: string | number | boolean | readonly (string | number | boolean)[] };
      /** Left out: all of them; with `cognito`, RS256. */
      readonly algorithms?: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519")[];
      /** `typ` must be one of these; `application/` before it does not matter. Left out: JWT, at+jwt, or none at all. */
      readonly types?: readonly string[];
      /** Where the token may be. Left out: `header:authorization`, behind `Bearer`. */
      readonly from?: readonly string[];
      /** So far the issuer's clock may be from this one's. Default: "5s". */
      readonly clockSkew?: string | 0;
      /** So long keys are believed that are out of date and cannot be read again. Default: "5m". */
      readonly staleFor?: string | 0;
      /** false: a request without a token passes as nobody's; one with a wrong token does not. Default: true. */
      readonly required?: boolean;
      /** What of a verified identity the side gets beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
        /** Whether the side gets the token as the client sent it. Default: "keep". */
        readonly token?: "keep" | "drop";
      };
      /** A user pool of Amazon Cognito: issuer, keys, algorithm and audience follow from it. */
      readonly cognito?: {
        /** Left out: the pool's id begins with it. */
        readonly region?: string;
        /** The id of the pool. */
        readonly userPool: string;
        /** The app clients whose tokens pass: `aud` of an ID token, `client_id` of an access token. */
        readonly clients: readonly string[];
        /** Which of Cognito's tokens pass: `token_use` must be this. Default: "access". */
        readonly use?: "id" | "access";
      };
    } | readonly ({
      /** `iss` of its tokens, to the letter. Left out: that of the pool in `cognito`. */
      readonly issuer?: string;
      /** Its public keys (JWKS): a URL, or a file, relative to fig.yaml. Left out: found by discovery at `issuer`/.well-known/openid-configuration. */
      readonly jwks?: string;
      /** `aud` must name one of these; a token without `aud` is held against its `client_id`. false: tokens for anybody pass. Must be there, unless `cognito` is. */
      readonly audience?: string | readonly string[] | false;
      /** A token must have one of these in `scope` or `scp`; 403 for others. */
      readonly scopes?: readonly string[];
      /** Each claim must be one of its values, or a list that has one of them; 403 for others. */
      readonly claims?: { readonly [name: string]: string | number | boolean | readonly (string | number | boolean)[] };
      /** Left out: all of them; with `cognito`, RS256. */
      readonly algorithms?: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519")[];
      /** `typ` must be one of these; `application/` before it does not matter. Left out: JWT, at+jwt, or none at all. */
      readonly types?: readonly string[];
      /** Where the token may be. Left out: `header:authorization`, behind `Bearer`. */
      readonly from?: readonly string[];
      /** So far the issuer's clock may be from this one's. Default: "5s". */
      readonly clockSkew?: string | 0;
      /** So long keys are believed that are out of date and cannot be read again. Default: "5m". */
      readonly staleFor?: string | 0;
      /** false: a request without a token passes as nobody's; one with a wrong token does not. Default: true. */
      readonly required?: boolean;
      /** What of a verified identity the side gets beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
        /** Whether the side gets the token as the client sent it. Default: "keep". */
        readonly token?: "keep" | "drop";
      };
      /** A user pool of Amazon Cognito: issuer, keys, algorithm and audience follow from it. */
      readonly cognito?: {
        /** Left out: the pool's id begins with it. */
        readonly region?: string;
        /** The id of the pool. */
        readonly userPool: string;
        /** The app clients whose tokens pass: `aud` of an ID token, `client_id` of an access token. */
        readonly clients: readonly string[];
        /** Which of Cognito's tokens pass: `token_use` must be this. Default: "access". */
        readonly use?: "id" | "access";
      };
    })[] | false;
    /** As `policies.login` of fig.yaml; false: this route does without. */
    readonly login?: {
      /** A provider by name. Left out: an OpenID provider, by its `issuer`. */
      readonly provider?: "google" | "facebook" | "x" | "cognito";
      /** The provider's issuer; its metadata are at `issuer`/.well-known/openid-configuration. */
      readonly issuer?: string;
      /** The client id that the provider gave you. */
      readonly clientId: string;
      /** The client's secret: best from the environment, or `{ file: PATH }`. Left out: a public client, with PKCE alone. */
      readonly clientSecret?: string | {
        /** A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are. */
        readonly file: string;
      };
      /** What is asked for. Left out: `openid email profile`; of facebook `public_profile email`; of x `users.read tweet.read offline.access`. `offline_access` gives sessions a refresh token with most providers. */
      readonly scopes?: readonly string[];
      /** More of the request for a login, such as `prompt: select_account` or Google's `access_type: offline`. */
      readonly parameters?: { readonly [name: string]: string };
      /** Addresses in place of the provider's own: of a stand-in, or of metadata that lack them. */
      readonly endpoints?: {
        /** Where people are sent to log in. */
        readonly authorize?: string;
        /** Where codes and refresh tokens are given in. */
        readonly token?: string;
        /** Where it says who somebody is. */
        readonly userinfo?: string;
        /** Where people are sent to log out. */
        readonly logout?: string;
      };
      /** Of cognito. Left out: the pool's id begins with it. */
      readonly region?: string;
      /** Of cognito: the pool's id. */
      readonly userPool?: string;
      /** Of cognito: the domain of the pool's login pages, which its logout needs. */
      readonly domain?: string;
      /** Where the provider sends people back to: register `https://HOST` and this path with it. The policy answers it. Default: "/.fig/login/callback". */
      readonly callback?: string;
      /** Where a login begins, with `?return=PATH`. The policy answers it. Default: "/.fig/login". */
      readonly start?: string;
      /** Where a session ends. The policy answers it. Default: "/.fig/logout". */
      readonly logout?: string;
      /** Where the provider says that a session ended there (OpenID Connect Back-Channel Logout 1.0), like /.fig/backchannel-logout: register `https://HOST` and this path with it as `backchannel_logout_uri`. The policy answers it. Left out: it is not told. */
      readonly backchannel?: string;
      /** Where people come to after it: register `https://HOST` and this path with the provider. Default: "/". */
      readonly afterLogout?: string;
      /** How long people stay logged in, and what keeps it. */
      readonly session: {
        /** The cookie's name. Over TLS it is `__Host-` and this name. Default: "fig_session". */
        readonly cookie?: string;
        /** What sessions are sealed with: 32 or more random bytes, from the environment or `{ file: PATH }`. The first seals, each opens: put a new one before the old, and take the old away after `life`. */
        readonly secrets: readonly (string | {
          /** A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are. */
          readonly file: string;
        })[];
        /** A session ends so long after its last request. Default: "1h". */
        readonly idle?: string | 0;
        /** A session ends so long after its login, whatever happens. Default: "12h". */
        readonly life?: string | 0;
      };
      /** What the side is told of who is logged in, beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
      };
      /** false: requests without a session pass as nobody's. Default: true. */
      readonly required?: boolean;
    } | false;
    /** As `policies.authorizer` of fig.yaml; false: this route does without. */
    readonly authorizer?: {
      /** A service that is asked over HTTP, as nginx's auth_request and Traefik's ForwardAuth do: 2xx lets a request pass; 401, 403 and redirects go to the client; all else is a failure. */
      readonly url?: string;
      /** How `url` is asked. No body is sent. Default: "GET". */
      readonly method?: "GET" | "HEAD" | "POST";
      /** Fields of the request that `url` is sent, beside `x-forwarded-method`, `-uri`, `-host`, `-proto` and `-for`. Left out: all. */
      readonly headers?: readonly string[];
      /** Fields of the answer of `url` that go on to the side. Those that a client sent under these names never do. */
      readonly forward?: readonly string[];
      /** A function of AWS Lambda, by API Gateway's rules: its name or ARN, or more of it. */
      readonly function?: string | {
        /** Its name, or its ARN. */
        readonly name: string;
        /** A version or an alias. Left out: `$LATEST`. */
        readonly qualifier?: string;
        /** Its Region. Left out: the ARN's, or `AWS_REGION` of the environment. */
        readonly region?: string;
        /** Where Lambda is asked: an emulator, or a private endpoint. Left out: `AWS_ENDPOINT_URL_LAMBDA` or `AWS_ENDPOINT_URL` of the environment, or the Region's. */
        readonly endpoint?: string;
        /** true: the Region's FIPS endpoint. Left out: as `AWS_USE_FIPS_ENDPOINT` says. */
        readonly fips?: boolean;
        /** Where credentials are looked for: `environment` (`AWS_ACCESS_KEY_ID` ...), `file` (`~/.aws/credentials` and `~/.aws/config`: keys, a role by another profile or by web identity, the login that `aws sso login` keeps, which is not renewed, or a `credential_process`), `webIdentity` (a Kubernetes service account), `container` (ECS, EKS), `instance` (EC2, IMDSv2). `auto`: each in this order. Default: "auto". */
        readonly credentials?: "auto" | "environment" | "file" | "webIdentity" | "container" | "instance";
        /** Of the shared file. Left out: `AWS_PROFILE`, or `default`. */
        readonly profile?: string;
      };
      /** The event that the function gets: API Gateway's TOKEN, with one header's value, or REQUEST, with the head of the request. Default: "request". */
      readonly type?: "token" | "request";
      /** The form of REQUEST. `1.0` is answered by a policy document; `2.0` also by `isAuthorized`, and `context` may have objects. Default: "1.0". */
      readonly payload?: "1.0" | "2.0";
      /** What stands in `methodArn` and in events for what API Gateway has: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`. */
      readonly arn?: {
        /** The account. Default: "000000000000". */
        readonly account?: string;
        /** The API. Default: "fig". */
        readonly api?: string;
        /** The stage. Default: "prod". */
        readonly stage?: string;
      };
      /** Who asks: `header:NAME`, `query:NAME`, `cookie:NAME`, `claim:NAME` (of a token that `jwt` verified). A function is not called for a request without one of them: 401. What was answered is kept under their values. Left out: `[header:authorization]`, of `url` none. */
      readonly identity?: readonly string[];
      /** What the one identity source must look like, from its first to its last character. Other requests get 401 with no call. */
      readonly validation?: string;
      /** `WWW-Authenticate` of a 401 that the front door gives itself. Default: "Bearer". */
      readonly challenge?: string;
      /** How long an answer is kept, `0` to `1h`. Left out: `300s` of a function; of `url` 0: each request is asked about. */
      readonly ttl?: string | 0;
      /** Until the answer is whole; 504 after it. Default: "10s". */
      readonly timeout?: string | 0;
      /** Questions asked at once; further ones wait in a line. Default: 100. */
      readonly maxConcurrent?: number;
      /** Questions in that line; for further ones it is 503. Default: 1000. */
      readonly maxWaiting?: number;
    } | false;
    /** As `policies.body` of fig.yaml; false: this route does without. */
    readonly body?: {
      /** The most bytes that a body may have as it is sent; 0: as many as `limits.body` lets. 413 for more. Default: 0. */
      readonly max?: string | 0;
      /** The media types that a body may be of: `application/json`, `text/*`, `application/*+json`. 415 for others, and for a body without a type. Left out: any. */
      readonly types?: readonly string[];
      /** The content codings that a body may be sent in. A compressed one may become many times as large at the side. 415 for others. Default: ["identity"]. */
      readonly encodings?: readonly string[];
      /** A POST, PUT or PATCH must have a body; 400 without. Default: false. */
      readonly required?: boolean;
    } | false;
    /** As `policies.limit` of fig.yaml; false: this route does without. */
    readonly limit?: {
      /** Requests per second, minute or hour, such as `100/s`. Decimals are allowed: `0.5/s`. */
      readonly rate?: string;
      /** Requests at once. In any time t at most burst + rate × t pass. Left out: the number in `rate`, rounded up. */
      readonly burst?: number;
      /** Requests per calendar day, week (from Monday) or month, in UTC, such as `10000/day`; a list for several. */
      readonly quota?: string | readonly string[];
      /** Requests under way at once, over all front doors of a state on Redis. */
      readonly concurrent?: number;
      /** Answers say what is left, in RateLimit and RateLimit-Policy. false: they do not. Default: true. */
      readonly headers?: boolean;
      /** What those fields call the limit. Left out: `default`, then `limit-2` and so on. */
      readonly name?: string;
      /** Whose requests are counted together: those with the same API key, claim, header, cookie, client (the cookie fig_client) or address (IPv6 by its /64), or the same of several. All that lack one are counted together. Left out: all requests of the route. */
      readonly key?: string | readonly string[];
    } | readonly ({
      /** Requests per second, minute or hour, such as `100/s`. Decimals are allowed: `0.5/s`. */
      readonly rate?: string;
      /** Requests at once. In any time t at most burst + rate × t pass. Left out: the number in `rate`, rounded up. */
      readonly burst?: number;
      /** Requests per calendar day, week (from Monday) or month, in UTC, such as `10000/day`; a list for several. */
      readonly quota?: string | readonly string[];
      /** Requests under way at once, over all front doors of a state on Redis. */
      readonly concurrent?: number;
      /** Answers say what is left, in RateLimit and RateLimit-Policy. false: they do not. Default: true. */
      readonly headers?: boolean;
      /** What those fields call the limit. Left out: `default`, then `limit-2` and so on. */
      readonly name?: string;
      /** Whose requests are counted together: those with the same API key, claim, header, cookie, client (the cookie fig_client) or address (IPv6 by its /64), or the same of several. All that lack one are counted together. Left out: all requests of the route. */
      readonly key?: string | readonly string[];
    })[] | false;
    /** As `policies.validate` of fig.yaml; false: this route does without. */
    readonly validate?: {
      /** The name of one of fig.yaml's `documents`. */
      readonly openapi: string;
      /** `enforce`: a request that is not as the document says gets 400. `report`: it passes and is counted. Default: "enforce". */
      readonly requests?: "enforce" | "report";
      /** `report`: answers of both sides, to shadows too, are held against the document and counted. Where modern's breaks it otherwise than legacy's, it is a mismatch of kind `schema`. No answer waits for it. Default: "off". */
      readonly answers?: "report" | "off";
      /** What the document does not describe: a path gets 404, a method 405, a media type 415; or it passes and is counted. Default: "refuse". */
      readonly unknown?: "refuse" | "pass";
      /** The largest body that is looked at. A larger request gets 413 (with `requests: report` it passes), a larger answer is not looked at. Never 0. Default: "1MiB". */
      readonly maxBody?: string | 0;
    } | false;
    /** As `policies.compress` of fig.yaml; false: this route does without. */
    readonly compress?: {
      /** What is offered, the preferred first. A client's own weights come before that. Default: ["zstd","br","gzip"]. */
      readonly encodings?: readonly ("zstd" | "br" | "gzip")[];
      /** The media types of answers that are compressed: `application/json`, `text/*`, `application/*+json`. Default: ["text/*","application/json","application/*+json","application/javascript","application/x-ndjson","application/xml","application/*+xml","application/graphql-response+json","application/wasm","image/svg+xml"]. */
      readonly types?: readonly string[];
      /** A shorter answer is sent as it is. Default: "1KiB". */
      readonly min?: string | 0;
      /** Answers to requests with what browsers send of their own accord (cookies, passwords, a certificate), and answers that set cookies: compressed where Sec-Fetch-Site says that the page is of the same origin; `always`; or `never`. Another site's page could otherwise learn what is in them from their length (BREACH). Default: "same-origin". */
      readonly secrets?: "same-origin" | "always" | "never";
    } | false;
    /** As `policies.cache` of fig.yaml; false: this route does without. */
    readonly cache?: {
      /** How long an answer is fresh that says nothing of it: of status 200, 203, 204, 300, 301, 308 and 410. 0: such answers are not kept. Default: 0. */
      readonly ttl?: string | 0;
      /** What tells requests apart beside route, side and path. */
      readonly key?: {
        /** `all`: the query as it was sent. A list: these parameters, in the order in which they were sent; others still reach the side. Default: "all". */
        readonly query?: "all" | readonly string[];
        /** Request fields whose values make another answer, beside those that `Vary` names. */
        readonly headers?: readonly string[];
        /** Cookies whose values make another answer; all others mean nothing. Left out: a request with cookies is given and leaves only answers that say `public` or `s-maxage`. */
        readonly cookies?: readonly string[];
        /** false: one answer for all hosts. Default: true. */
        readonly host?: boolean;
      };
      /** How long a stale answer is still given while the side is asked anew (RFC 5861), where the answer does not say so itself. Default: 0. */
      readonly staleWhileRevalidate?: string | 0;
      /** How long a stale answer is given where the side fails (RFC 5861), where the answer does not say so itself. Default: 0. */
      readonly staleIfError?: string | 0;
      /** The largest body that is kept. Default: "1MiB". */
      readonly maxObject?: string | 0;
      /** true: a client cannot ask past the cache by Cache-Control or Pragma; `no-store` and `only-if-cached` still count. false: RFC 9111 §5.2.1 to the letter. Default: true. */
      readonly ignoreClientCacheControl?: boolean;
    } | false;
    /** As `policies.transform` of fig.yaml; false: this route does without. */
    readonly transform?: {
      /** What is changed for legacy. */
      readonly legacy?: {
        /** On the way to the side. */
        readonly request?: {
          /** The method that the side is asked with. Left out: the client's. */
          readonly method?: string;
          /** Changes of the query. Other parameters stay as they were sent. */
          readonly query?: {
            /** Parameters that get another name: old to new. */
            readonly rename?: { readonly [name: string]: string };
            /** Parameters that go. */
            readonly remove?: readonly string[];
            /** Parameters that are set, in place of those that came under their names. */
            readonly set?: { readonly [name: string]: string };
          };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the side gets. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** On the way back. */
        readonly answer?: {
          /** The side's status to the client's. */
          readonly status?: { readonly [name: string]: number };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the client gets, of an answer of 2xx. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** The largest body that is transformed, before and after. A larger request gets 413, a larger answer is an error of its side. Never 0. Default: "1MiB". */
        readonly maxBody?: string | 0;
      };
      /** What is changed for modern. */
      readonly modern?: {
        /** On the way to the side. */
        readonly request?: {
          /** The method that the side is asked with. Left out: the client's. */
          readonly method?: string;
          /** Changes of the query. Other parameters stay as they were sent. */
          readonly query?: {
            /** Parameters that get another name: old to new. */
            readonly rename?: { readonly [name: string]: string };
            /** Parameters that go. */
            readonly remove?: readonly string[];
            /** Parameters that are set, in place of those that came under their names. */
            readonly set?: { readonly [name: string]: string };
          };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the side gets. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** On the way back. */
        readonly answer?: {
          /** The side's status to the client's. */
          readonly status?: { readonly [name: string]: number };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the client gets, of an answer of 2xx. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** The largest body that is transformed, before and after. A larger request gets 413, a larger answer is an error of its side. Never 0. Default: "1MiB". */
        readonly maxBody?: string | 0;
      };
    } | false;
    /** As `policies.headers` of fig.yaml; false: this route does without. */
    readonly headers?: {
      /** On the way to the upstream. */
      readonly request?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
      /** On the way to the client; a comparison sees the answer so. */
      readonly answer?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
    } | false;
  };
  /** true: messages may be binary; events have them in base64. false: one closes its connection with 1003. Default: false. */
  readonly binary?: boolean;
  /** The first that a client offers and that stands here is chosen, unless the answer to `$connect` names one in `Sec-WebSocket-Protocol`. */
  readonly subprotocols?: readonly string[];
  /** What events say of the API. */
  readonly names?: {
    /** `requestContext.apiId`. Left out: the API's id. */
    readonly api?: string;
    /** `requestContext.stage`. Left out: `path` without its first slash, so that functions that build `https://domainName/stage` find `@connections`. */
    readonly stage?: string;
  };
  /** Who may send to connections, look at them and close them, at `path`/@connections. Left out: nobody. */
  readonly connections?: {
    /** Key pairs of your own, which callers use as AWS's: any Region, service `execute-api`. */
    readonly keys: readonly ({
      /** The access key id. */
      readonly id: string;
      /** The secret access key: best from the environment, or `{ file: PATH }`, which is read anew when files are. */
      readonly secret: string | {
        /** A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are. */
        readonly file: string;
      };
    })[];
  };
  /** Bounds of the API and of each of its connections. */
  readonly limits?: {
    /** How long no message may pass, either way. Then the connection is closed with 1001. Default: "10m". */
    readonly idle?: string | 0;
    /** How long a connection may last. Then it is closed with 1001. Default: "2h". */
    readonly lifetime?: string | 0;
    /** The largest message, either way. A client's larger one closes its connection with 1009; one to a client is refused with 413. Default: "128KiB". */
    readonly message?: string | 0;
    /** The largest frame of a client's. A larger one closes its connection with 1009. A browser sends each message as one frame: messages that are larger than this need it raised. Default: "32KiB". */
    readonly frame?: string | 0;
    /** Connections open at once, in each process that serves. More get 503 `websocket_limit`. Default: 10000. */
    readonly connections?: number;
    /** Messages a second from one client, and as many at once. More are answered with an error each. Default: 100. */
    readonly rate?: number;
    /** Messages of one client under way at once; more wait, and the client's bytes with them. 1: they reach sides in their order. Default: 1. */
    readonly concurrency?: number;
    /** Bytes that may wait for one client to read them. What does not fit is refused with 429. Default: "1MiB". */
    readonly buffer?: string | 0;
    /** Tags of one connection. More are not set. Default: 32. */
    readonly tags?: number;
  };
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
      /** How many comparisons (match or mismatch) the route's evidence window must have, a client's same request each time. */
      readonly minComparisons?: number;
      /** Percent, more than 0. The rate of mismatches, mismatch / (match + mismatch), is proven to be below it, by a bound that may be looked at all the time (docs/proof.md); each method and path template is held against it too. A client's same request counts once a minute. */
      readonly maxMismatchRate?: number;
      /** Percentage points: modern's error rate is proven to be no more than that above legacy's. Shadow answers count for the side that gave them. It fails too where modern answers a client error, 401 say, so much more often than legacy. */
      readonly maxErrorRateIncrease?: number;
      /** The most that modern's latency divided by legacy's is proven to be, by quantile. */
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
      /** Percent, 95 if left out: of gates that should not hold, at least so many never do, however often they are looked at. What is left is shared out over the conditions on rates and latencies. */
      readonly confidence?: number;
    };
  } };
  /** What every changed route without a gate of its own must hold by itself before its modern rises. Left out: it is not gated. */
  readonly gate?: {
    /** How many comparisons (match or mismatch) the route's evidence window must have, a client's same request each time. */
    readonly minComparisons?: number;
    /** Percent, more than 0. The rate of mismatches, mismatch / (match + mismatch), is proven to be below it, by a bound that may be looked at all the time (docs/proof.md); each method and path template is held against it too. A client's same request counts once a minute. */
    readonly maxMismatchRate?: number;
    /** Percentage points: modern's error rate is proven to be no more than that above legacy's. Shadow answers count for the side that gave them. It fails too where modern answers a client error, 401 say, so much more often than legacy. */
    readonly maxErrorRateIncrease?: number;
    /** The most that modern's latency divided by legacy's is proven to be, by quantile. */
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
    /** Percent, 95 if left out: of gates that should not hold, at least so many never do, however often they are looked at. What is left is shared out over the conditions on rates and latencies. */
    readonly confidence?: number;
  };
  /** When `fig autopilot` may apply this step: what is written here replaces that of fig.yaml, key by key. To change it does not make an applied file an edited one. */
  readonly autopilot?: {
    /** On which days. Left out: on every day. Hours over midnight belong to the day on which they begin. */
    readonly days?: readonly ("sun" | "mon" | "tue" | "wed" | "thu" | "fri" | "sat")[];
    /** Between which hours, the end excluded. Left out: at any time. */
    readonly hours?: string;
    /** Whose clock days and hours are told by. Left out: UTC. */
    readonly zone?: string;
    /** How long after the move before it. Left out: as soon as its gate holds. */
    readonly wait?: string | 0;
    /** For how long it may wait for its gate until status asks somebody to look. Left out: 24h. */
    readonly patience?: string | 0;
  };
}

/** fig.yaml, with routes and migrations inline in the place of folders. */
export interface FigConfig {
  /** Another fig.yaml whose keys hold where this one says nothing, relative to this file: stages that share routes. A mapping goes into a mapping key by key, `~` takes a key away, anything else takes the place of what was there. Paths are relative to the file that says them; `routes` and `migrations` that nobody names are beside the file that extends no other. */
  readonly extends?: string;
  /** Texts and numbers by name, which `${vars.name}` stands for in this file, in those that it extends, in routes and in steps. A value may come from the environment, and not from another variable. Those of the file that is started with win. */
  readonly vars?: { readonly [name: string]: unknown };
  /** Where the front door listens: host:port, unix:PATH or an object, or a list of them. Port 0 picks a free one. A socket file is removed at the end, and one that nobody listens on is replaced. Default: "127.0.0.1:8080". */
  readonly listen?: string | {
    /** host:port, or unix:PATH. */
    readonly address: string;
    /** Clients speak TLS here. A list is short for `certificates`. The files are read again when they change: new connections get the new certificate, and open ones go on. */
    readonly tls?: {
      /** The certificate and those that signed it, up to one that clients know: a PEM file, relative to this one, or the text itself. */
      readonly cert?: string;
      /** Its private key, PEM, without a passphrase. Best a file that only the user of the front door can read. */
      readonly key?: string;
      /** In place of `cert` and `key`: several, chosen by the name that a client asks for (SNI). A certificate is for the DNS names in it, with `*` for one label. The first is for all other names. */
      readonly certificates?: readonly ({
        /** The certificate and those that signed it, up to one that clients know: a PEM file, relative to this one, or the text itself. */
        readonly cert: string;
        /** Its private key, PEM, without a passphrase. Best a file that only the user of the front door can read. */
        readonly key: string;
      })[];
      /** In place of `cert` and `key`: a certificate that the front door orders and renews by itself, with ACME (RFC 8555). Account, keys and certificate are in `state`, so that a fleet shares them. */
      readonly acme?: {
        /** The directory of the certificate authority, such as https://acme-v02.api.letsencrypt.org/directory. */
        readonly directory: string;
        /** The DNS names that the certificate is for. */
        readonly domains: readonly string[];
        /** Where the authority writes to about the account. */
        readonly email?: string;
        /** true: you agree to the authority's terms of service. Nothing is ordered without. */
        readonly termsAgreed: boolean;
        /** How the authority is shown that the names are yours. `http-01`: it asks port 80 for `/.well-known/acme-challenge/…`, which every listener answers. `tls-alpn-01`: it connects to port 443, which has to reach this listener. Default: "http-01". */
        readonly challenge?: "http-01" | "tls-alpn-01";
        /** External account binding (RFC 8555 §7.3.4): what authorities such as ZeroSSL, Google and Sectigo give their customers to make an account with. Only used to make it. */
        readonly eab?: {
          /** The key's id, as the authority gives it. */
          readonly keyId: string;
          /** The key itself (HMAC, base64url), best from the environment, or the path of a file that holds it: what has 22 or more letters, digits, `-` and `_` alone is a key. */
          readonly key: string;
        };
        /** The certificates that sign that of the directory's own server, PEM, where it is not one that the system knows: a private authority. */
        readonly ca?: string;
      };
      /** The oldest version of TLS that is spoken. Default: "1.2". */
      readonly minVersion?: "1.2" | "1.3" | 1.2 | 1.3;
      /** Client certificates (mTLS). Upstreams get `x-fig-client-cert-verify` (`SUCCESS`, `FAILED:why` or `NONE`), and of one that verifies `x-fig-client-cert-subject`, `-issuer`, `-serial` and `-fingerprint` (SHA-256). Clients cannot send these. */
      readonly clients?: {
        /** The certificates that sign those of clients, PEM. */
        readonly ca: string;
        /** true: a client without a certificate that verifies gets 400. false: it is served, and upstreams learn that there is none. Default: true. */
        readonly require?: boolean;
      };
    } | readonly ({
      /** The certificate and those that signed it, up to one that clients know: a PEM file, relative to this one, or the text itself. */
      readonly cert: string;
      /** Its private key, PEM, without a passphrase. Best a file that only the user of the front door can read. */
      readonly key: string;
    })[];
    /** true: every connection begins with a PROXY header (version 1 or 2), which says who the client is. Only `trustedProxies` may connect. Default: false. */
    readonly proxyProtocol?: boolean;
    /** HTTP/2 beside HTTP/1.1: by ALPN where `tls` is spoken, and for clients that begin with it (h2c with prior knowledge). false: HTTP/1.1 alone. `limits.streams` bounds the requests at once of a connection. Default: true. */
    readonly http2?: boolean;
    /** Permissions of a Unix socket. Left out, only the user that runs the front door may connect. */
    readonly mode?: string;
  } | readonly (string | {
    /** host:port, or unix:PATH. */
    readonly address: string;
    /** Clients speak TLS here. A list is short for `certificates`. The files are read again when they change: new connections get the new certificate, and open ones go on. */
    readonly tls?: {
      /** The certificate and those that signed it, up to one that clients know: a PEM file, relative to this one, or the text itself. */
      readonly cert?: string;
      /** Its private key, PEM, without a passphrase. Best a file that only the user of the front door can read. */
      readonly key?: string;
      /** In place of `cert` and `key`: several, chosen by the name that a client asks for (SNI). A certificate is for the DNS names in it, with `*` for one label. The first is for all other names. */
      readonly certificates?: readonly ({
        /** The certificate and those that signed it, up to one that clients know: a PEM file, relative to this one, or the text itself. */
        readonly cert: string;
        /** Its private key, PEM, without a passphrase. Best a file that only the user of the front door can read. */
        readonly key: string;
      })[];
      /** In place of `cert` and `key`: a certificate that the front door orders and renews by itself, with ACME (RFC 8555). Account, keys and certificate are in `state`, so that a fleet shares them. */
      readonly acme?: {
        /** The directory of the certificate authority, such as https://acme-v02.api.letsencrypt.org/directory. */
        readonly directory: string;
        /** The DNS names that the certificate is for. */
        readonly domains: readonly string[];
        /** Where the authority writes to about the account. */
        readonly email?: string;
        /** true: you agree to the authority's terms of service. Nothing is ordered without. */
        readonly termsAgreed: boolean;
        /** How the authority is shown that the names are yours. `http-01`: it asks port 80 for `/.well-known/acme-challenge/…`, which every listener answers. `tls-alpn-01`: it connects to port 443, which has to reach this listener. Default: "http-01". */
        readonly challenge?: "http-01" | "tls-alpn-01";
        /** External account binding (RFC 8555 §7.3.4): what authorities such as ZeroSSL, Google and Sectigo give their customers to make an account with. Only used to make it. */
        readonly eab?: {
          /** The key's id, as the authority gives it. */
          readonly keyId: string;
          /** The key itself (HMAC, base64url), best from the environment, or the path of a file that holds it: what has 22 or more letters, digits, `-` and `_` alone is a key. */
          readonly key: string;
        };
        /** The certificates that sign that of the directory's own server, PEM, where it is not one that the system knows: a private authority. */
        readonly ca?: string;
      };
      /** The oldest version of TLS that is spoken. Default: "1.2". */
      readonly minVersion?: "1.2" | "1.3" | 1.2 | 1.3;
      /** Client certificates (mTLS). Upstreams get `x-fig-client-cert-verify` (`SUCCESS`, `FAILED:why` or `NONE`), and of one that verifies `x-fig-client-cert-subject`, `-issuer`, `-serial` and `-fingerprint` (SHA-256). Clients cannot send these. */
      readonly clients?: {
        /** The certificates that sign those of clients, PEM. */
        readonly ca: string;
        /** true: a client without a certificate that verifies gets 400. false: it is served, and upstreams learn that there is none. Default: true. */
        readonly require?: boolean;
      };
    } | readonly ({
      /** The certificate and those that signed it, up to one that clients know: a PEM file, relative to this one, or the text itself. */
      readonly cert: string;
      /** Its private key, PEM, without a passphrase. Best a file that only the user of the front door can read. */
      readonly key: string;
    })[];
    /** true: every connection begins with a PROXY header (version 1 or 2), which says who the client is. Only `trustedProxies` may connect. Default: false. */
    readonly proxyProtocol?: boolean;
    /** HTTP/2 beside HTTP/1.1: by ALPN where `tls` is spoken, and for clients that begin with it (h2c with prior knowledge). false: HTTP/1.1 alone. `limits.streams` bounds the requests at once of a connection. Default: true. */
    readonly http2?: boolean;
    /** Permissions of a Unix socket. Left out, only the user that runs the front door may connect. */
    readonly mode?: string;
  })[];
  /** true: a second front door may listen on the same addresses while this one drains (SO_REUSEPORT). false: a second one is an error. Default: false. */
  readonly reusePort?: boolean;
  /** How many processes serve; `auto`: as many as there are cores for it. 1: this process alone. With more, one process has the addresses, the files, the state and `admin`, and starts the others. Default: 1. */
  readonly workers?: "auto" | number;
  /** Admin API, dashboard, /metrics, /livez and /readyz: host:port, or unix:PATH for the user of the front door alone. An address other than loopback needs `adminToken`. Default: "127.0.0.1:9901". */
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
    /** How a line is written: `json` (fig's own fields), `clf`, `combined`, a text with variables, or a mapping of names to such texts, which is one JSON object a line. Variables have API Gateway's names, nginx's or fig's own ([Access log](access-log.md)). Default: "json". */
    readonly format?: string | { readonly [name: string]: string };
    /** `stdout`, or `file:PATH`, relative to this file. Lines are added at its end; it is made with mode 0640. SIGUSR1 opens it anew. Default: "stdout". */
    readonly to?: string;
  };
  /** The token that the admin API asks for, of at least 16 characters. It is required if `admin` is not loopback. Take it from the environment. /livez and /readyz never ask for it. */
  readonly adminToken?: string;
  /** Networks whose X-Forwarded-For, -Proto, -Host and -Port are believed; `unix:` stands for whoever connects to a Unix socket. The client is the rightmost address outside them. From other senders the whole family is dropped: X-Forwarded-*, Forwarded, X-Real-IP, X-Original-* and X-Rewrite-URL. */
  readonly trustedProxies?: readonly string[];
  /** Further fields of that family that pass from `trustedProxies`: `forwarded`, `x-real-ip`, `x-forwarded-prefix` and the like. Any other is dropped from them too. */
  readonly trustedHeaders?: readonly string[];
  /** How upstreams are told who the client is: in X-Forwarded-For, -Proto and -Host, in Forwarded (RFC 7239), or in both. Default: "x". */
  readonly forwarded?: "x" | "rfc7239" | "both";
  /** What becomes of X_Forwarded_For and the like: spellings with underscores of fields that the front door writes or strips, and of those that a route's `headers` set or remove. `X_Fig_…` never passes. Many servers do not tell them from the fields with dashes. Default: "drop". */
  readonly underscoreHeaders?: "drop" | "pass";
  /** What happens to a path that another route would take in a lenient reading: it gets 400, or goes to the default upstream untouched. Default: "reject". */
  readonly ambiguousPaths?: "reject" | "default";
  /** How HTTP comes in. `auto`: plain requests go through the fast lane (raw sockets), all others through node:http. `node`: all requests go through node:http, which knows fewer methods. A connection that was handed to node:http stays there. HTTP/2 comes in through node:http2 with either (`listen.http2`). Default: "auto". */
  readonly lane?: "auto" | "node";
  /** What it means that a client ends its side of the connection (FIN) behind a whole request. `keep`: it may still read, and is answered. `cancel`: it is gone, and requests behind the present one are dropped. An event stream ends either way, and so does the request of a client that resets the connection. Default: "keep". */
  readonly clientHalfClose?: "keep" | "cancel";
  /** What must hold before `fig shift` raises modern. Left out: a shift is not gated. */
  readonly gate?: {
    /** How many comparisons (match or mismatch) the route's evidence window must have, a client's same request each time. */
    readonly minComparisons?: number;
    /** Percent, more than 0. The rate of mismatches, mismatch / (match + mismatch), is proven to be below it, by a bound that may be looked at all the time (docs/proof.md); each method and path template is held against it too. A client's same request counts once a minute. */
    readonly maxMismatchRate?: number;
    /** Percentage points: modern's error rate is proven to be no more than that above legacy's. Shadow answers count for the side that gave them. It fails too where modern answers a client error, 401 say, so much more often than legacy. */
    readonly maxErrorRateIncrease?: number;
    /** The most that modern's latency divided by legacy's is proven to be, by quantile. */
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
    /** Percent, 95 if left out: of gates that should not hold, at least so many never do, however often they are looked at. What is left is shared out over the conditions on rates and latencies. */
    readonly confidence?: number;
    /** true: a shift by hand that raises modern has to hold the gate of the pending step that would raise that route too. `--force` goes over it, and its reason stays in the ledger. Left out: what that gate says is shown, and binds nobody. */
    readonly binding?: boolean;
  };
  /** When `fig autopilot` may apply steps: days, hours and waits of every step that does not say otherwise. */
  readonly autopilot?: {
    /** On which days. Left out: on every day. Hours over midnight belong to the day on which they begin. */
    readonly days?: readonly ("sun" | "mon" | "tue" | "wed" | "thu" | "fri" | "sat")[];
    /** Between which hours, the end excluded. Left out: at any time. */
    readonly hours?: string;
    /** Whose clock days and hours are told by. Left out: UTC. */
    readonly zone?: string;
    /** How long after the move before it. Left out: as soon as its gate holds. */
    readonly wait?: string | 0;
    /** For how long it may wait for its gate until status asks somebody to look. Left out: 24h. */
    readonly patience?: string | 0;
  };
  /** What is watched on every route while clients are on modern, and takes it back by itself; `true`: errors. A route's own `guards` replace parts of it by name. Left out: nothing is watched. */
  readonly guards?: boolean | {
    /** Modern's clients get more than their share of errors (5xx, broken, timed out, what `errors` names), or of 401 and 403. Where legacy is shadowed while modern serves, requests that one side alone fails are watched too: at modern 100 nothing else is. Left out: true. */
    readonly errors?: boolean;
    /** How many times as slow as legacy modern may be, by quantile, of answers to clients. Not watched at modern 100. Left out: it is not watched. */
    readonly latency?: {
      /** Of the medians. */
      readonly p50?: number;
      /** Of the 95th percentiles. */
      readonly p95?: number;
      /** Of the 99th percentiles. */
      readonly p99?: number;
      /** Of the 99.9th percentiles. A few answers that became far slower are seen here first. */
      readonly p999?: number;
    };
    /** Answers differ where it is grave. Left out: that is not watched. */
    readonly mismatches?: {
      /** Paths that a route lists as `compare.high`; and answers of modern that break its OpenAPI document (`policies.validate.answers: report`). */
      readonly severity: "high";
      /** Percent of compared requests that may differ there. Default: 0.1. */
      readonly percent?: number;
    };
    /** Clients' sticky keys do not come to the sides as the split asks for: one key in eight or fewer is looked at, each once. Left out: false. */
    readonly sampleRatio?: boolean;
    /** How often guards may take a route back within a day. Beyond it they say what they see, and leave the route. Left out: 3. */
    readonly maxTrips?: number;
  };
  /** Who is told when a guard takes a route back. Tried again for some minutes; no client waits. */
  readonly webhooks?: readonly ({
    /** Where it is sent by POST. It may hold a token, so it is never shown. */
    readonly url: string;
    /** `json`: all that is known. `slack`: an incoming webhook's `text`. Default: "json". */
    readonly format?: "json" | "slack";
    /** Signs it: `x-fig-signature: sha256=` and the HMAC-SHA256 of `x-fig-timestamp`, a dot and the body, in hex. Best from the environment, or `{ file: PATH }`. */
    readonly secret?: string | {
      /** A file that holds it and nothing else, relative to fig.yaml. It is read for each notice; while it cannot be, notices wait like others that are not taken. */
      readonly file: string;
    };
    /** How long one try may take. Default: "5s". */
    readonly timeout?: string | 0;
  })[];
  /** How sides are told who a client is, beside the fields of policies (`forward`). */
  readonly identity?: {
    /** Sides get a signed token beside the fields, in `x-fig-identity`. */
    readonly token: {
      /** `iss` of the tokens. */
      readonly issuer: string;
      /** Private keys (Ed25519, or P-256 for ES256) as PEM: paths, relative to this file, or the text itself, from the environment. The first signs, all are published. They are read again when they change. */
      readonly keys: readonly string[];
      /** From signing to `exp`. A token is sent again until half of it is over. Default: "60s". */
      readonly life?: string | 0;
      /** A path on which every listener answers with the public keys, ahead of all routes, such as `/.well-known/fig-identity.json`. Left out: they are at the admin's `/api/v1/identity/keys` alone. */
      readonly jwks?: string;
    };
  };
  /** Of the whole answers that routes keep (`compare.samples.bodies`). */
  readonly samples?: {
    /** What whole answers are encrypted with in the state: 32 or more random bytes, from the environment or `{ file: PATH }`. The first seals, each opens: put a new one before the old, and take the old away after `keep`. Left out: they are redacted and not encrypted. */
    readonly keys?: readonly (string | {
      /** A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are. */
      readonly file: string;
    })[];
    /** Bytes of whole answers in the state, of all routes. At the bound the oldest of the route that has most goes. Never 0. Default: "64MiB". */
    readonly total?: string | 0;
  };
  /** Spans of requests, to an OTLP/HTTP receiver. Left out: nothing is traced, and traceparent passes as it came. */
  readonly tracing?: {
    /** Where spans go: the URL of an OTLP/HTTP receiver, which is sent JSON. Without a path it is `/v1/traces`. */
    readonly endpoint: string;
    /** Fields of each batch of spans, such as a token of the receiver's. Best from the environment. */
    readonly headers?: { readonly [name: string]: string };
    /** Percent of requests that are traced, of those whose caller does not decide (`parents`). Default: 1. */
    readonly sample?: number;
    /** Whose sampling decision is followed: that of callers in `trustedProxies`, of every caller, or of none. A trace that a caller began goes on either way. Default: "trusted". */
    readonly parents?: "trusted" | "all" | "none";
    /** true: X-Amzn-Trace-Id is read where there is no traceparent, and is written beside it. Default: false. */
    readonly xray?: boolean;
    /** `service.name` of the spans. Default: "strangler-fig". */
    readonly service?: string;
    /** Spans that wait for the receiver, in bytes. More are dropped and counted. Never 0. Default: "8MiB". */
    readonly queue?: string | 0;
    /** How long one batch may take. Default: "10s". */
    readonly timeout?: string | 0;
  };
  /** OpenAPI documents (3.0 and 3.1, YAML or JSON) by name, for `policies.validate`: paths, relative to this file. They are read again when they change. */
  readonly documents?: { readonly [name: string]: string };
  /** What the front door does for every route besides. A route's own `policies` replace them by name. */
  readonly policies?: {
    /** Which other origins' pages may read answers; preflights are answered here. The sides' own fields go. */
    readonly cors?: {
      /** The origins whose pages may read answers: exact, `https://*.example.com` for every name below it, `http://localhost:*` for every port, `https://*` for every host, or `*`. Pages of others cannot open a WebSocket of `websockets`, unless they are of its own host. */
      readonly allowOrigins: readonly string[];
      /** What preflights are told; `*`: the method that they announce. Default: ["GET","HEAD","POST","PUT","PATCH","DELETE"]. */
      readonly allowMethods?: readonly string[];
      /** The request fields that pages may set; `*`: those that the preflight announces. */
      readonly allowHeaders?: readonly string[];
      /** The answers' fields that pages may read beside those that every page may. */
      readonly exposeHeaders?: readonly string[];
      /** Pages may send cookies and passwords, and read what comes. Not with `*`. Default: false. */
      readonly allowCredentials?: boolean;
      /** How long a browser may keep what a preflight said. Left out: as long as it likes, 5 s mostly. */
      readonly maxAge?: string | 0;
      /** Preflights that ask for it are told that pages of public networks may come. Default: false. */
      readonly allowPrivateNetwork?: boolean;
    };
    /** Who may ask, by address; 403 for all others. */
    readonly networks?: {
      /** The networks that may ask. Left out: all that `deny` does not name. */
      readonly allow?: readonly string[];
      /** The networks that may not ask, though `allow` names them. */
      readonly deny?: readonly string[];
    };
    /** Sends every request elsewhere. */
    readonly redirect?: {
      /** Where to: a path of this front door, or a URL. `{x}` stands for what `match.path` captured, as it was sent. */
      readonly to: string;
      /** 301, 302 and 303 let a client ask by GET; 307 and 308 keep its method. 301 and 308 are kept by caches. Default: 307. */
      readonly status?: 301 | 302 | 303 | 307 | 308;
      /** The request's query goes along. Default: true. */
      readonly query?: boolean;
    };
    /** Answers every request itself: maintenance, an endpoint that is gone. */
    readonly respond?: {
      /** The answer's status. Default: 503. */
      readonly status?: number;
      /** Fields of the answer, such as `retry-after: "120"`. */
      readonly headers?: { readonly [name: string]: string };
      /** The answer's body: UTF-8 text. Default: "". */
      readonly body?: string;
      /** The answer's body in place of `body`: it is sent as JSON. */
      readonly json?: unknown;
    };
    /** Only clients with an API key; 401 for all others. */
    readonly apiKeys?: {
      /** The field that a key comes in, or a list of such fields. Of `authorization`, what follows `Bearer` or `ApiKey`. Default: "x-api-key". */
      readonly header?: string | readonly string[];
      /** The query parameter that a key may come in besides. URLs are kept in many places: a field is safer. */
      readonly query?: string;
      /** Keys on these plans alone. Left out: every key. */
      readonly plans?: readonly string[];
      /** Sides do not get the key. Default: true. */
      readonly remove?: boolean;
      /** Sides get `x-fig-api-key-id` and `x-fig-api-key-plan`, which no client can send. Default: true. */
      readonly identity?: boolean;
      /** How long keys that are known pass while the state store does not answer; at most 1h. Default: "5m". */
      readonly staleFor?: string | 0;
    };
    /** Who may ask, by a signed token (JWT): one issuer, or a list of them. */
    readonly jwt?: {
      /** `iss` of its tokens, to the letter. Left out: that of the pool in `cognito`. */
      readonly issuer?: string;
      /** Its public keys (JWKS): a URL, or a file, relative to fig.yaml. Left out: found by discovery at `issuer`/.well-known/openid-configuration. */
      readonly jwks?: string;
      /** `aud` must name one of these; a token without `aud` is held against its `client_id`. false: tokens for anybody pass. Must be there, unless `cognito` is. */
      readonly audience?: string | readonly string[] | false;
      /** A token must have one of these in `scope` or `scp`; 403 for others. */
      readonly scopes?: readonly string[];
      /** Each claim must be one of its values, or a list that has one of them; 403 for others. */
      readonly claims?: { readonly [name: string]: string | number | boolean | readonly (string | number | boolean)[] };
      /** Left out: all of them; with `cognito`, RS256. */
      readonly algorithms?: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519")[];
      /** `typ` must be one of these; `application/` before it does not matter. Left out: JWT, at+jwt, or none at all. */
      readonly types?: readonly string[];
      /** Where the token may be. Left out: `header:authorization`, behind `Bearer`. */
      readonly from?: readonly string[];
      /** So far the issuer's clock may be from this one's. Default: "5s". */
      readonly clockSkew?: string | 0;
      /** So long keys are believed that are out of date and cannot be read again. Default: "5m". */
      readonly staleFor?: string | 0;
      /** false: a request without a token passes as nobody's; one with a wrong token does not. Default: true. */
      readonly required?: boolean;
      /** What of a verified identity the side gets beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
        /** Whether the side gets the token as the client sent it. Default: "keep". */
        readonly token?: "keep" | "drop";
      };
      /** A user pool of Amazon Cognito: issuer, keys, algorithm and audience follow from it. */
      readonly cognito?: {
        /** Left out: the pool's id begins with it. */
        readonly region?: string;
        /** The id of the pool. */
        readonly userPool: string;
        /** The app clients whose tokens pass: `aud` of an ID token, `client_id` of an access token. */
        readonly clients: readonly string[];
        /** Which of Cognito's tokens pass: `token_use` must be this. Default: "access". */
        readonly use?: "id" | "access";
      };
    } | readonly ({
      /** `iss` of its tokens, to the letter. Left out: that of the pool in `cognito`. */
      readonly issuer?: string;
      /** Its public keys (JWKS): a URL, or a file, relative to fig.yaml. Left out: found by discovery at `issuer`/.well-known/openid-configuration. */
      readonly jwks?: string;
      /** `aud` must name one of these; a token without `aud` is held against its `client_id`. false: tokens for anybody pass. Must be there, unless `cognito` is. */
      readonly audience?: string | readonly string[] | false;
      /** A token must have one of these in `scope` or `scp`; 403 for others. */
      readonly scopes?: readonly string[];
      /** Each claim must be one of its values, or a list that has one of them; 403 for others. */
      readonly claims?: { readonly [name: string]: string | number | boolean | readonly (string | number | boolean)[] };
      /** Left out: all of them; with `cognito`, RS256. */
      readonly algorithms?: readonly ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519")[];
      /** `typ` must be one of these; `application/` before it does not matter. Left out: JWT, at+jwt, or none at all. */
      readonly types?: readonly string[];
      /** Where the token may be. Left out: `header:authorization`, behind `Bearer`. */
      readonly from?: readonly string[];
      /** So far the issuer's clock may be from this one's. Default: "5s". */
      readonly clockSkew?: string | 0;
      /** So long keys are believed that are out of date and cannot be read again. Default: "5m". */
      readonly staleFor?: string | 0;
      /** false: a request without a token passes as nobody's; one with a wrong token does not. Default: true. */
      readonly required?: boolean;
      /** What of a verified identity the side gets beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
        /** Whether the side gets the token as the client sent it. Default: "keep". */
        readonly token?: "keep" | "drop";
      };
      /** A user pool of Amazon Cognito: issuer, keys, algorithm and audience follow from it. */
      readonly cognito?: {
        /** Left out: the pool's id begins with it. */
        readonly region?: string;
        /** The id of the pool. */
        readonly userPool: string;
        /** The app clients whose tokens pass: `aud` of an ID token, `client_id` of an access token. */
        readonly clients: readonly string[];
        /** Which of Cognito's tokens pass: `token_use` must be this. Default: "access". */
        readonly use?: "id" | "access";
      };
    })[];
    /** Who may ask, by a session: people log in at an OpenID provider, Google, Facebook, X or Amazon Cognito. */
    readonly login?: {
      /** A provider by name. Left out: an OpenID provider, by its `issuer`. */
      readonly provider?: "google" | "facebook" | "x" | "cognito";
      /** The provider's issuer; its metadata are at `issuer`/.well-known/openid-configuration. */
      readonly issuer?: string;
      /** The client id that the provider gave you. */
      readonly clientId: string;
      /** The client's secret: best from the environment, or `{ file: PATH }`. Left out: a public client, with PKCE alone. */
      readonly clientSecret?: string | {
        /** A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are. */
        readonly file: string;
      };
      /** What is asked for. Left out: `openid email profile`; of facebook `public_profile email`; of x `users.read tweet.read offline.access`. `offline_access` gives sessions a refresh token with most providers. */
      readonly scopes?: readonly string[];
      /** More of the request for a login, such as `prompt: select_account` or Google's `access_type: offline`. */
      readonly parameters?: { readonly [name: string]: string };
      /** Addresses in place of the provider's own: of a stand-in, or of metadata that lack them. */
      readonly endpoints?: {
        /** Where people are sent to log in. */
        readonly authorize?: string;
        /** Where codes and refresh tokens are given in. */
        readonly token?: string;
        /** Where it says who somebody is. */
        readonly userinfo?: string;
        /** Where people are sent to log out. */
        readonly logout?: string;
      };
      /** Of cognito. Left out: the pool's id begins with it. */
      readonly region?: string;
      /** Of cognito: the pool's id. */
      readonly userPool?: string;
      /** Of cognito: the domain of the pool's login pages, which its logout needs. */
      readonly domain?: string;
      /** Where the provider sends people back to: register `https://HOST` and this path with it. The policy answers it. Default: "/.fig/login/callback". */
      readonly callback?: string;
      /** Where a login begins, with `?return=PATH`. The policy answers it. Default: "/.fig/login". */
      readonly start?: string;
      /** Where a session ends. The policy answers it. Default: "/.fig/logout". */
      readonly logout?: string;
      /** Where the provider says that a session ended there (OpenID Connect Back-Channel Logout 1.0), like /.fig/backchannel-logout: register `https://HOST` and this path with it as `backchannel_logout_uri`. The policy answers it. Left out: it is not told. */
      readonly backchannel?: string;
      /** Where people come to after it: register `https://HOST` and this path with the provider. Default: "/". */
      readonly afterLogout?: string;
      /** How long people stay logged in, and what keeps it. */
      readonly session: {
        /** The cookie's name. Over TLS it is `__Host-` and this name. Default: "fig_session". */
        readonly cookie?: string;
        /** What sessions are sealed with: 32 or more random bytes, from the environment or `{ file: PATH }`. The first seals, each opens: put a new one before the old, and take the old away after `life`. */
        readonly secrets: readonly (string | {
          /** A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are. */
          readonly file: string;
        })[];
        /** A session ends so long after its last request. Default: "1h". */
        readonly idle?: string | 0;
        /** A session ends so long after its login, whatever happens. Default: "12h". */
        readonly life?: string | 0;
      };
      /** What the side is told of who is logged in, beside `x-fig-subject`. Clients cannot send these. */
      readonly forward?: {
        /** Claims that the side gets, each in `x-fig-claim-NAME`. */
        readonly claims?: readonly string[];
      };
      /** false: requests without a session pass as nobody's. Default: true. */
      readonly required?: boolean;
    };
    /** Asks a service over HTTP, or a function of AWS Lambda, whether a request may pass. */
    readonly authorizer?: {
      /** A service that is asked over HTTP, as nginx's auth_request and Traefik's ForwardAuth do: 2xx lets a request pass; 401, 403 and redirects go to the client; all else is a failure. */
      readonly url?: string;
      /** How `url` is asked. No body is sent. Default: "GET". */
      readonly method?: "GET" | "HEAD" | "POST";
      /** Fields of the request that `url` is sent, beside `x-forwarded-method`, `-uri`, `-host`, `-proto` and `-for`. Left out: all. */
      readonly headers?: readonly string[];
      /** Fields of the answer of `url` that go on to the side. Those that a client sent under these names never do. */
      readonly forward?: readonly string[];
      /** A function of AWS Lambda, by API Gateway's rules: its name or ARN, or more of it. */
      readonly function?: string | {
        /** Its name, or its ARN. */
        readonly name: string;
        /** A version or an alias. Left out: `$LATEST`. */
        readonly qualifier?: string;
        /** Its Region. Left out: the ARN's, or `AWS_REGION` of the environment. */
        readonly region?: string;
        /** Where Lambda is asked: an emulator, or a private endpoint. Left out: `AWS_ENDPOINT_URL_LAMBDA` or `AWS_ENDPOINT_URL` of the environment, or the Region's. */
        readonly endpoint?: string;
        /** true: the Region's FIPS endpoint. Left out: as `AWS_USE_FIPS_ENDPOINT` says. */
        readonly fips?: boolean;
        /** Where credentials are looked for: `environment` (`AWS_ACCESS_KEY_ID` ...), `file` (`~/.aws/credentials` and `~/.aws/config`: keys, a role by another profile or by web identity, the login that `aws sso login` keeps, which is not renewed, or a `credential_process`), `webIdentity` (a Kubernetes service account), `container` (ECS, EKS), `instance` (EC2, IMDSv2). `auto`: each in this order. Default: "auto". */
        readonly credentials?: "auto" | "environment" | "file" | "webIdentity" | "container" | "instance";
        /** Of the shared file. Left out: `AWS_PROFILE`, or `default`. */
        readonly profile?: string;
      };
      /** The event that the function gets: API Gateway's TOKEN, with one header's value, or REQUEST, with the head of the request. Default: "request". */
      readonly type?: "token" | "request";
      /** The form of REQUEST. `1.0` is answered by a policy document; `2.0` also by `isAuthorized`, and `context` may have objects. Default: "1.0". */
      readonly payload?: "1.0" | "2.0";
      /** What stands in `methodArn` and in events for what API Gateway has: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`. */
      readonly arn?: {
        /** The account. Default: "000000000000". */
        readonly account?: string;
        /** The API. Default: "fig". */
        readonly api?: string;
        /** The stage. Default: "prod". */
        readonly stage?: string;
      };
      /** Who asks: `header:NAME`, `query:NAME`, `cookie:NAME`, `claim:NAME` (of a token that `jwt` verified). A function is not called for a request without one of them: 401. What was answered is kept under their values. Left out: `[header:authorization]`, of `url` none. */
      readonly identity?: readonly string[];
      /** What the one identity source must look like, from its first to its last character. Other requests get 401 with no call. */
      readonly validation?: string;
      /** `WWW-Authenticate` of a 401 that the front door gives itself. Default: "Bearer". */
      readonly challenge?: string;
      /** How long an answer is kept, `0` to `1h`. Left out: `300s` of a function; of `url` 0: each request is asked about. */
      readonly ttl?: string | 0;
      /** Until the answer is whole; 504 after it. Default: "10s". */
      readonly timeout?: string | 0;
      /** Questions asked at once; further ones wait in a line. Default: 100. */
      readonly maxConcurrent?: number;
      /** Questions in that line; for further ones it is 503. Default: 1000. */
      readonly maxWaiting?: number;
    };
    /** What requests' bodies may be: 413, 415 and 400 for others. */
    readonly body?: {
      /** The most bytes that a body may have as it is sent; 0: as many as `limits.body` lets. 413 for more. Default: 0. */
      readonly max?: string | 0;
      /** The media types that a body may be of: `application/json`, `text/*`, `application/*+json`. 415 for others, and for a body without a type. Left out: any. */
      readonly types?: readonly string[];
      /** The content codings that a body may be sent in. A compressed one may become many times as large at the side. 415 for others. Default: ["identity"]. */
      readonly encodings?: readonly string[];
      /** A POST, PUT or PATCH must have a body; 400 without. Default: false. */
      readonly required?: boolean;
    };
    /** How many requests pass: a rate, quotas, requests under way; 429 for those beyond. A list for several limits. */
    readonly limit?: {
      /** Requests per second, minute or hour, such as `100/s`. Decimals are allowed: `0.5/s`. */
      readonly rate?: string;
      /** Requests at once. In any time t at most burst + rate × t pass. Left out: the number in `rate`, rounded up. */
      readonly burst?: number;
      /** Requests per calendar day, week (from Monday) or month, in UTC, such as `10000/day`; a list for several. */
      readonly quota?: string | readonly string[];
      /** Requests under way at once, over all front doors of a state on Redis. */
      readonly concurrent?: number;
      /** Answers say what is left, in RateLimit and RateLimit-Policy. false: they do not. Default: true. */
      readonly headers?: boolean;
      /** What those fields call the limit. Left out: `default`, then `limit-2` and so on. */
      readonly name?: string;
      /** Whose requests are counted together: those with the same API key, claim, header, cookie, client (the cookie fig_client) or address (IPv6 by its /64), or the same of several. All that lack one are counted together. Left out: all requests of the route. */
      readonly key?: string | readonly string[];
    } | readonly ({
      /** Requests per second, minute or hour, such as `100/s`. Decimals are allowed: `0.5/s`. */
      readonly rate?: string;
      /** Requests at once. In any time t at most burst + rate × t pass. Left out: the number in `rate`, rounded up. */
      readonly burst?: number;
      /** Requests per calendar day, week (from Monday) or month, in UTC, such as `10000/day`; a list for several. */
      readonly quota?: string | readonly string[];
      /** Requests under way at once, over all front doors of a state on Redis. */
      readonly concurrent?: number;
      /** Answers say what is left, in RateLimit and RateLimit-Policy. false: they do not. Default: true. */
      readonly headers?: boolean;
      /** What those fields call the limit. Left out: `default`, then `limit-2` and so on. */
      readonly name?: string;
      /** Whose requests are counted together: those with the same API key, claim, header, cookie, client (the cookie fig_client) or address (IPv6 by its /64), or the same of several. All that lack one are counted together. Left out: all requests of the route. */
      readonly key?: string | readonly string[];
    })[];
    /** Holds requests, and answers, against an OpenAPI document. */
    readonly validate?: {
      /** The name of one of fig.yaml's `documents`. */
      readonly openapi: string;
      /** `enforce`: a request that is not as the document says gets 400. `report`: it passes and is counted. Default: "enforce". */
      readonly requests?: "enforce" | "report";
      /** `report`: answers of both sides, to shadows too, are held against the document and counted. Where modern's breaks it otherwise than legacy's, it is a mismatch of kind `schema`. No answer waits for it. Default: "off". */
      readonly answers?: "report" | "off";
      /** What the document does not describe: a path gets 404, a method 405, a media type 415; or it passes and is counted. Default: "refuse". */
      readonly unknown?: "refuse" | "pass";
      /** The largest body that is looked at. A larger request gets 413 (with `requests: report` it passes), a larger answer is not looked at. Never 0. Default: "1MiB". */
      readonly maxBody?: string | 0;
    };
    /** Answers are compressed for clients that take it. */
    readonly compress?: {
      /** What is offered, the preferred first. A client's own weights come before that. Default: ["zstd","br","gzip"]. */
      readonly encodings?: readonly ("zstd" | "br" | "gzip")[];
      /** The media types of answers that are compressed: `application/json`, `text/*`, `application/*+json`. Default: ["text/*","application/json","application/*+json","application/javascript","application/x-ndjson","application/xml","application/*+xml","application/graphql-response+json","application/wasm","image/svg+xml"]. */
      readonly types?: readonly string[];
      /** A shorter answer is sent as it is. Default: "1KiB". */
      readonly min?: string | 0;
      /** Answers to requests with what browsers send of their own accord (cookies, passwords, a certificate), and answers that set cookies: compressed where Sec-Fetch-Site says that the page is of the same origin; `always`; or `never`. Another site's page could otherwise learn what is in them from their length (BREACH). Default: "same-origin". */
      readonly secrets?: "same-origin" | "always" | "never";
    };
    /** Keeps answers and gives them again: a shared cache (RFC 9111). */
    readonly cache?: {
      /** How long an answer is fresh that says nothing of it: of status 200, 203, 204, 300, 301, 308 and 410. 0: such answers are not kept. Default: 0. */
      readonly ttl?: string | 0;
      /** What tells requests apart beside route, side and path. */
      readonly key?: {
        /** `all`: the query as it was sent. A list: these parameters, in the order in which they were sent; others still reach the side. Default: "all". */
        readonly query?: "all" | readonly string[];
        /** Request fields whose values make another answer, beside those that `Vary` names. */
        readonly headers?: readonly string[];
        /** Cookies whose values make another answer; all others mean nothing. Left out: a request with cookies is given and leaves only answers that say `public` or `s-maxage`. */
        readonly cookies?: readonly string[];
        /** false: one answer for all hosts. Default: true. */
        readonly host?: boolean;
      };
      /** How long a stale answer is still given while the side is asked anew (RFC 5861), where the answer does not say so itself. Default: 0. */
      readonly staleWhileRevalidate?: string | 0;
      /** How long a stale answer is given where the side fails (RFC 5861), where the answer does not say so itself. Default: 0. */
      readonly staleIfError?: string | 0;
      /** The largest body that is kept. Default: "1MiB". */
      readonly maxObject?: string | 0;
      /** true: a client cannot ask past the cache by Cache-Control or Pragma; `no-store` and `only-if-cached` still count. false: RFC 9111 §5.2.1 to the letter. Default: true. */
      readonly ignoreClientCacheControl?: boolean;
    };
    /** Makes what one side takes and gives what the other does. */
    readonly transform?: {
      /** What is changed for legacy. */
      readonly legacy?: {
        /** On the way to the side. */
        readonly request?: {
          /** The method that the side is asked with. Left out: the client's. */
          readonly method?: string;
          /** Changes of the query. Other parameters stay as they were sent. */
          readonly query?: {
            /** Parameters that get another name: old to new. */
            readonly rename?: { readonly [name: string]: string };
            /** Parameters that go. */
            readonly remove?: readonly string[];
            /** Parameters that are set, in place of those that came under their names. */
            readonly set?: { readonly [name: string]: string };
          };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the side gets. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** On the way back. */
        readonly answer?: {
          /** The side's status to the client's. */
          readonly status?: { readonly [name: string]: number };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the client gets, of an answer of 2xx. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** The largest body that is transformed, before and after. A larger request gets 413, a larger answer is an error of its side. Never 0. Default: "1MiB". */
        readonly maxBody?: string | 0;
      };
      /** What is changed for modern. */
      readonly modern?: {
        /** On the way to the side. */
        readonly request?: {
          /** The method that the side is asked with. Left out: the client's. */
          readonly method?: string;
          /** Changes of the query. Other parameters stay as they were sent. */
          readonly query?: {
            /** Parameters that get another name: old to new. */
            readonly rename?: { readonly [name: string]: string };
            /** Parameters that go. */
            readonly remove?: readonly string[];
            /** Parameters that are set, in place of those that came under their names. */
            readonly set?: { readonly [name: string]: string };
          };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the side gets. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** On the way back. */
        readonly answer?: {
          /** The side's status to the client's. */
          readonly status?: { readonly [name: string]: number };
          /** A JSONata expression, or a mapping of `expression` and `type`: the body that the client gets, of an answer of 2xx. */
          readonly body?: string | {
            /** What the new body is made with, of the old one: JSONata. */
            readonly expression: string;
            /** Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands. */
            readonly type?: string;
          };
        };
        /** The largest body that is transformed, before and after. A larger request gets 413, a larger answer is an error of its side. Never 0. Default: "1MiB". */
        readonly maxBody?: string | 0;
      };
    };
    /** Fields that are removed and set on every route, before a route's own. */
    readonly headers?: {
      /** On the way to the upstream. */
      readonly request?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
      /** On the way to the client; a comparison sees the answer so. */
      readonly answer?: {
        /** Fields that go, every one of that name. */
        readonly remove?: readonly string[];
        /** Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar. */
        readonly set?: { readonly [name: string]: string };
      };
    };
  };
  /** What API keys of a plan may ask, by the plan's name: `fig keys add --plan gold`. */
  readonly plans?: { readonly [name: string]: {
    /** What each key of this plan may ask, in place of the rates and quotas of routes. Left out: theirs hold. */
    readonly limit?: {
      /** Requests per second, minute or hour, such as `100/s`. Decimals are allowed: `0.5/s`. */
      readonly rate?: string;
      /** Requests at once. In any time t at most burst + rate × t pass. Left out: the number in `rate`, rounded up. */
      readonly burst?: number;
      /** Requests per calendar day, week (from Monday) or month, in UTC, such as `10000/day`; a list for several. */
      readonly quota?: string | readonly string[];
      /** Requests under way at once, over all front doors of a state on Redis. */
      readonly concurrent?: number;
      /** Answers say what is left, in RateLimit and RateLimit-Policy. false: they do not. Default: true. */
      readonly headers?: boolean;
      /** What those fields call the limit. Left out: `default`, then `limit-2` and so on. */
      readonly name?: string;
    };
    /** true: the limit is counted for each route by itself. false: over all routes together. Default: false. */
    readonly perRoute?: boolean;
  } };
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
    /** Connections at once that are in a TLS handshake, or before the end of a PROXY header, on one listener. At the bound the oldest of them is closed for a new one. Default: 1024. */
    readonly handshakes?: number;
    /** Requests at once of one HTTP/2 connection, tunnels among them. A client is told, and waits. Never 0. Default: 128. */
    readonly streams?: number;
    /** Bytes held for shadows in copies, queue and comparison. At the bound, shadows are shed. Never 0. Default: "64MiB". */
    readonly shadowMemory?: string | 0;
    /** Bytes of request bodies that layers keep, as `fallback` does. A request beyond the bound does without. Never 0. Default: "64MiB". */
    readonly bodyMemory?: string | 0;
    /** Bytes of the state of answers that are being compressed: some 0.3 MiB each for gzip, 1 MiB for br, 1.25 MiB for zstd. At the bound an answer is sent as it is. Never 0. Default: "64MiB". */
    readonly compressMemory?: string | 0;
    /** Bytes of answers that `cache` keeps: keys, fields, bodies and what they cost besides. At the bound the one used longest ago gives way. Never 0. Default: "64MiB". */
    readonly cacheMemory?: string | 0;
    /** Bytes in which `policies.limit` remembers what keys have used. At the bound new keys are counted together. Never 0. Default: "64MiB". */
    readonly limitMemory?: string | 0;
  };
  /** How long the front door waits. */
  readonly timeouts?: {
    /** Until a request's head is complete; before it also for TLS handshake and PROXY header together. Default: "10s". */
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
    /** Where it listens: `http://host:port`, `https://host:port` or `unix:/path`. Only origins, without a path. A name stands for all its addresses, and each has the weight of its URL. */
    readonly urls: readonly (string | {
      /** Where it listens. */
      readonly url: string;
      /** Its share of the requests, against the weights of the others. Default: 1. */
      readonly weight?: number;
    })[];
    /** Which Host it sees, also in shadows: the one that the client sent, or its own. Default: "client". */
    readonly host?: "client" | "upstream";
    /** Until the head of its answer. Replaces `timeouts.response`. */
    readonly timeout?: string | 0;
    /** What is spoken. `http2`: over `https://` by ALPN, and over `http://` and `unix:` at once (h2c); gRPC needs it. `auto`: HTTP/2 where an `https://` server takes it (ALPN), else HTTP/1.1. Default: "http1". */
    readonly protocol?: "http1" | "http2" | "auto";
    /** Which address gets a request. `roundRobin`: each in turn. `leastRequests`: of two drawn at random the one with fewer requests under way. `{ hash: [...] }`: requests with the same key go to the same address; one that comes or goes moves only its own keys. Default: "roundRobin". */
    readonly balance?: "roundRobin" | "leastRequests" | {
      /** Sources of the key: `cookie:NAME`, `header:NAME`, `ip`. The first that a request has. */
      readonly hash: readonly string[];
    };
    /** How long an address that is new or came back takes to get its whole share. It begins with a tenth. 0: at once. Default: "0s". */
    readonly slowStart?: string | 0;
    /** Checks of each address by requests of the front door's own. An address that is down gets no requests, unless all are down. Left out: none. */
    readonly health?: {
      /** What is asked for, with GET. An answer from 200 to 399 passes. `/grpc.health.v1.Health/Check` is asked as a gRPC call, and passes if the server says that it is serving. */
      readonly path: string;
      /** Between two checks of one address, varied by a tenth. Default: "5s". */
      readonly interval?: string | 0;
      /** Until the whole head of the answer. Default: "2s". */
      readonly timeout?: string | 0;
      /** Passes in a row until an address is up again. Default: 2. */
      readonly up?: number;
      /** Failures in a row until an address is down. Default: 3. */
      readonly down?: number;
    };
    /** When an address to which requests fail is left out. */
    readonly ejection?: {
      /** Failures in a row: no connection, or no byte of an answer on a new one. Default: 5. */
      readonly failures?: number;
      /** How long an address is left out the first time. Doubled each further time, up to 60s. Then one request tells whether it is back. Default: "5s". */
      readonly for?: string | 0;
      /** Percent of the addresses that may be left out, rounded up. Default: 50. */
      readonly max?: number;
    };
    /** Requests that may be sent twice (GET, HEAD, PUT, DELETE, OPTIONS, TRACE, all of a route with `shadow.safe`, and the gRPC calls that it names) are tried again, at once at another address or after a short pause, as long as the client has no byte of an answer. Left out: only an address that takes no connection is passed over for the next. */
    readonly retries?: {
      /** Tries beyond the first. Default: 1. */
      readonly attempts?: number;
      /** What is tried again: `connect` (no connection), `reset` (broken off before an answer), `timeout` (no answer in time), `unavailable` (gRPC's UNAVAILABLE without a message), answers with 502, 503 or 504. Default: ["connect","reset","unavailable",502,503,504]. */
      readonly on?: readonly ("connect" | "reset" | "timeout" | "unavailable" | 502 | 503 | 504)[];
      /** Retries, in percent of the requests of the last 5 to 10 s. Default: 20. */
      readonly budget?: number;
    };
    /** How its connections are kept. */
    readonly connections?: {
      /** How long a connection is kept that carries no request. Less than the server keeps it, or a request meets a connection that is just being closed. A shorter time in the server's Keep-Alive holds. Default: "4s". */
      readonly idle?: string | 0;
      /** How long a connection is used. 0: as long as it stands. Default: "5m". */
      readonly maxAge?: string | 0;
      /** Connections open at once, those that carry no request and tunnels too. Further requests wait, for `timeouts.connect` at most; then they get 503. 0: no limit. Default: 0. */
      readonly max?: number;
      /** Requests that wait at `max`; any more get 503. Default: 1024. */
      readonly queue?: number;
      /** How often the names in `urls` are looked up. They also are when none of their addresses takes a connection. A name that stops resolving keeps its last addresses. Default: "30s". */
      readonly refresh?: string | 0;
    };
    /** How `https://` URLs are met. Files are relative to this one, and read again within 5s when they change. */
    readonly tls?: {
      /** Authorities that are believed in place of the well-known ones. */
      readonly ca?: string;
      /** The front door's own certificate, with its chain. */
      readonly cert?: string;
      /** The key of `cert`. */
      readonly key?: string;
      /** The name that is asked for (SNI) and has to be in the certificate. Left out: the URL's. */
      readonly servername?: string;
      /** false: any certificate is taken. Whoever is on the way can then read and change everything. Default: true. */
      readonly verify?: boolean;
    };
  } | {
    /** Functions of AWS Lambda in place of servers: each request is an event, as API Gateway makes it. */
    readonly lambda: {
      /** The function, by its name or ARN, or one for each method: `{ GET: orders-read, POST: orders-write }`, with `*` for every other method. A method without one gets 502 `function_refused`. */
      readonly function: string | { readonly [name: string]: string | {
        /** Its name, or its ARN. */
        readonly name: string;
        /** A version or an alias. Left out: `$LATEST`. */
        readonly qualifier?: string;
      } };
      /** A version or an alias. Left out: `$LATEST`. */
      readonly qualifier?: string;
      /** The event that functions get, and the answer they give: API Gateway's for REST APIs (`1.0`) or for HTTP APIs (`2.0`). Default: "2.0". */
      readonly payload?: "1.0" | "2.0";
      /** true: clients get 202 once Lambda has the event, and nobody hears what the function says. Default: false. */
      readonly async?: boolean;
      /** true: the function streams its answer (`awslambda.streamifyResponse`), and clients get it as it comes: JSON of `statusCode`, `headers`, `multiValueHeaders` and `cookies`, 8 NUL bytes, and the body. Default: false. */
      readonly stream?: boolean;
      /** Invocations under way at once; any more get 503 `upstream_busy`. Default: 1000. */
      readonly concurrency?: number;
      /** Media types, like `image/*`, whose bodies are in base64 whatever their bytes are. A body that is no UTF-8, or that has a Content-Encoding, always is. */
      readonly binary?: readonly string[];
      /** What events say of what API Gateway has and a front door has not. No function is found by it. */
      readonly api?: {
        /** The account. Default: "000000000000". */
        readonly account?: string;
        /** The API. Default: "fig". */
        readonly api?: string;
        /** The stage. Default: "prod". */
        readonly stage?: string;
      };
      /** `stageVariables` of events. */
      readonly variables?: { readonly [name: string]: string };
      /** Its Region. Left out: the ARN's, or `AWS_REGION` of the environment. */
      readonly region?: string;
      /** Where Lambda is asked: an emulator, or a private endpoint. Left out: `AWS_ENDPOINT_URL_LAMBDA` or `AWS_ENDPOINT_URL` of the environment, or the Region's. */
      readonly endpoint?: string;
      /** true: the Region's FIPS endpoint. Left out: as `AWS_USE_FIPS_ENDPOINT` says. */
      readonly fips?: boolean;
      /** Where credentials are looked for: `environment` (`AWS_ACCESS_KEY_ID` ...), `file` (`~/.aws/credentials` and `~/.aws/config`: keys, a role by another profile or by web identity, the login that `aws sso login` keeps, which is not renewed, or a `credential_process`), `webIdentity` (a Kubernetes service account), `container` (ECS, EKS), `instance` (EC2, IMDSv2). `auto`: each in this order. Default: "auto". */
      readonly credentials?: "auto" | "environment" | "file" | "webIdentity" | "container" | "instance";
      /** Of the shared file. Left out: `AWS_PROFILE`, or `default`. */
      readonly profile?: string;
    };
    /** Until a function has answered. Replaces `timeouts.response`. */
    readonly timeout?: string | 0;
  } | {
    /** A bucket of S3 in place of servers: a request's path names an object. Ranges, conditions and bodies pass as they come. */
    readonly s3: {
      /** The bucket. */
      readonly bucket: string;
      /** The folder of keys that this upstream has. No path leads out of it. Default: "". */
      readonly prefix?: string;
      /** The object that stands for a folder (`/`, `/docs/`). false: none does. Default: "index.html". */
      readonly index?: string | false;
      /** true: a folder is listed in S3's XML (ListObjectsV2), where there is no `index` or `?list-type=2` asks for it. Keys and the bucket's name are told in it. Default: false. */
      readonly list?: boolean;
      /** true: PUT and DELETE write objects, in parts too (S3's multipart upload). Else they get 405 `object_method`. Default: false. */
      readonly write?: boolean;
      /** true: the bucket stands in the path and not in the host. Left out: with an `endpoint`, and for a bucket with a dot in its name. */
      readonly pathStyle?: boolean;
      /** Its Region. Left out: `AWS_REGION` of the environment. */
      readonly region?: string;
      /** Where S3 is asked: an emulator, or a private endpoint. Left out: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` of the environment, or the Region's. */
      readonly endpoint?: string;
      /** true: the Region's FIPS endpoint. Left out: as `AWS_USE_FIPS_ENDPOINT` says. */
      readonly fips?: boolean;
      /** Where credentials are looked for: `environment` (`AWS_ACCESS_KEY_ID` ...), `file` (`~/.aws/credentials` and `~/.aws/config`: keys, a role by another profile or by web identity, the login that `aws sso login` keeps, which is not renewed, or a `credential_process`), `webIdentity` (a Kubernetes service account), `container` (ECS, EKS), `instance` (EC2, IMDSv2). `auto`: each in this order. Default: "auto". */
      readonly credentials?: "auto" | "environment" | "file" | "webIdentity" | "container" | "instance";
      /** Of the shared file. Left out: `AWS_PROFILE`, or `default`. */
      readonly profile?: string;
    };
    /** Until the head of an answer. Replaces `timeouts.response`. */
    readonly timeout?: string | 0;
    /** How its connections are kept. */
    readonly connections?: {
      /** How long a connection is kept that carries no request. Less than the server keeps it, or a request meets a connection that is just being closed. A shorter time in the server's Keep-Alive holds. Default: "4s". */
      readonly idle?: string | 0;
      /** How long a connection is used. 0: as long as it stands. Default: "5m". */
      readonly maxAge?: string | 0;
      /** Connections open at once, those that carry no request and tunnels too. Further requests wait, for `timeouts.connect` at most; then they get 503. 0: no limit. Default: 0. */
      readonly max?: number;
      /** Requests that wait at `max`; any more get 503. Default: 1024. */
      readonly queue?: number;
      /** How often the names in `urls` are looked up. They also are when none of their addresses takes a connection. A name that stops resolving keeps its last addresses. Default: "30s". */
      readonly refresh?: string | 0;
    };
    /** Requests that may be sent twice (GET, HEAD, PUT, DELETE, OPTIONS, TRACE, all of a route with `shadow.safe`, and the gRPC calls that it names) are tried again, at once at another address or after a short pause, as long as the client has no byte of an answer. Left out: only an address that takes no connection is passed over for the next. */
    readonly retries?: {
      /** Tries beyond the first. Default: 1. */
      readonly attempts?: number;
      /** What is tried again: `connect` (no connection), `reset` (broken off before an answer), `timeout` (no answer in time), `unavailable` (gRPC's UNAVAILABLE without a message), answers with 502, 503 or 504. Default: ["connect","reset","unavailable",502,503,504]. */
      readonly on?: readonly ("connect" | "reset" | "timeout" | "unavailable" | 502 | 503 | 504)[];
      /** Retries, in percent of the requests of the last 5 to 10 s. Default: 20. */
      readonly budget?: number;
    };
    /** How `https://` URLs are met. Files are relative to this one, and read again within 5s when they change. */
    readonly tls?: {
      /** Authorities that are believed in place of the well-known ones. */
      readonly ca?: string;
      /** The front door's own certificate, with its chain. */
      readonly cert?: string;
      /** The key of `cert`. */
      readonly key?: string;
      /** The name that is asked for (SNI) and has to be in the certificate. Left out: the URL's. */
      readonly servername?: string;
      /** false: any certificate is taken. Whoever is on the way can then read and change everything. Default: true. */
      readonly verify?: boolean;
    };
  } | {
    /** A stream of Kinesis in place of servers: the body of each request is a record. */
    readonly kinesis: {
      /** The stream. */
      readonly stream: string;
      /** What chooses a record's shard; records with the same key keep their order. `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request. Default: "$requestId". */
      readonly partitionKey?: string;
      /** A whole number of 128 bits that chooses a record's shard in place of the partition key. `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request. */
      readonly explicitHashKey?: string;
      /** The message's body, as text. Left out: the request's, byte for byte. `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request. */
      readonly body?: string;
      /** The message's body as JSON, in place of `body`: a mapping or list whose texts are templates, escaped as JSON needs it. A text that is nothing but `$request.body.NAME` is that value, whatever it is, and its member is left out where there is none. */
      readonly json?: unknown;
      /** true: each message is sent by itself, and its client gets 200 with the service's id. false: messages go together, and clients get 202 without an id, once the service has their message. Default: true. */
      readonly wait?: boolean;
      /** With `wait: false`: how messages go together. */
      readonly batch?: {
        /** Messages in one call. Default: 500. */
        readonly count?: number;
        /** Bytes of the messages in one call. Default: "5MiB". */
        readonly bytes?: string | 0;
        /** How long the first message of a call waits for others. Looked at every 50 ms or so. Default: "50ms". */
        readonly delay?: string | 0;
      };
      /** Messages under way at once; any more get 503 `upstream_busy`. Default: 1000. */
      readonly concurrency?: number;
      /** Its Region. Left out: `AWS_REGION` of the environment. */
      readonly region?: string;
      /** Where Kinesis is asked: an emulator, or a private endpoint. Left out: `AWS_ENDPOINT_URL_KINESIS` or `AWS_ENDPOINT_URL` of the environment, or the Region's. */
      readonly endpoint?: string;
      /** true: the Region's FIPS endpoint. Left out: as `AWS_USE_FIPS_ENDPOINT` says. */
      readonly fips?: boolean;
      /** Where credentials are looked for: `environment` (`AWS_ACCESS_KEY_ID` ...), `file` (`~/.aws/credentials` and `~/.aws/config`: keys, a role by another profile or by web identity, the login that `aws sso login` keeps, which is not renewed, or a `credential_process`), `webIdentity` (a Kubernetes service account), `container` (ECS, EKS), `instance` (EC2, IMDSv2). `auto`: each in this order. Default: "auto". */
      readonly credentials?: "auto" | "environment" | "file" | "webIdentity" | "container" | "instance";
      /** Of the shared file. Left out: `AWS_PROFILE`, or `default`. */
      readonly profile?: string;
    };
    /** Until a message was taken, with all tries. Replaces `timeouts.response`. */
    readonly timeout?: string | 0;
  } | {
    /** A queue of SQS in place of servers: the body of each request is a message. */
    readonly sqs: {
      /** The queue, by its URL. */
      readonly queue: string;
      /** The message group (`MessageGroupId`). A FIFO queue needs it, and keeps the order within each. `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request. */
      readonly group?: string;
      /** By what a FIFO queue knows a message that it has (`MessageDeduplicationId`). Left out: by its content, if the queue is set so. `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request. */
      readonly deduplication?: string;
      /** How long the queue keeps a message back (`DelaySeconds`), in whole seconds; not of FIFO queues. Left out: as the queue is set. */
      readonly delay?: string | 0;
      /** Attributes of the message (`MessageAttributes`), at most 10, by name: a template, or a mapping of `type` and `value`. One that comes out empty is left out. `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request. */
      readonly attributes?: { readonly [name: string]: string | {
        /** What it is to SQS. The text of a `Binary` is sent as its bytes in UTF-8. Default: "String". */
        readonly type?: "String" | "Number" | "Binary";
        /** Its value. `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request. */
        readonly value: string;
      } };
      /** The message's body, as text. Left out: the request's, byte for byte. `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request. */
      readonly body?: string;
      /** The message's body as JSON, in place of `body`: a mapping or list whose texts are templates, escaped as JSON needs it. A text that is nothing but `$request.body.NAME` is that value, whatever it is, and its member is left out where there is none. */
      readonly json?: unknown;
      /** true: bodies are sent in base64. Else a body that is no text gets 400 `message_invalid`. Default: false. */
      readonly base64?: boolean;
      /** true: each message is sent by itself, and its client gets 200 with the service's id. false: messages go together, and clients get 202 without an id, once the service has their message. Default: true. */
      readonly wait?: boolean;
      /** With `wait: false`: how messages go together. */
      readonly batch?: {
        /** Messages in one call. Default: 10. */
        readonly count?: number;
        /** Bytes of the messages in one call. Default: "1MiB". */
        readonly bytes?: string | 0;
        /** How long the first message of a call waits for others. Looked at every 50 ms or so. Default: "50ms". */
        readonly delay?: string | 0;
      };
      /** Messages under way at once; any more get 503 `upstream_busy`. Default: 1000. */
      readonly concurrency?: number;
      /** Its Region. Left out: the URL's, or `AWS_REGION` of the environment. */
      readonly region?: string;
      /** Where SQS is asked: an emulator, or a private endpoint. Left out: `AWS_ENDPOINT_URL_SQS` or `AWS_ENDPOINT_URL` of the environment, or the Region's. */
      readonly endpoint?: string;
      /** true: the Region's FIPS endpoint. Left out: as `AWS_USE_FIPS_ENDPOINT` says. */
      readonly fips?: boolean;
      /** Where credentials are looked for: `environment` (`AWS_ACCESS_KEY_ID` ...), `file` (`~/.aws/credentials` and `~/.aws/config`: keys, a role by another profile or by web identity, the login that `aws sso login` keeps, which is not renewed, or a `credential_process`), `webIdentity` (a Kubernetes service account), `container` (ECS, EKS), `instance` (EC2, IMDSv2). `auto`: each in this order. Default: "auto". */
      readonly credentials?: "auto" | "environment" | "file" | "webIdentity" | "container" | "instance";
      /** Of the shared file. Left out: `AWS_PROFILE`, or `default`. */
      readonly profile?: string;
    };
    /** Until a message was taken, with all tries. Replaces `timeouts.response`. */
    readonly timeout?: string | 0;
  } };
  /** Which environment this is, such as `production`. The dashboard has it in its title and header, and `fig` says it with everything it changes. It changes nothing else. */
  readonly name?: string;
  /** The routes, in any order. */
  readonly routes?: readonly RouteConfig[];
  /** WebSocket APIs. */
  readonly websockets?: readonly WebSocketConfig[];
  /** The steps. */
  readonly migrations?: readonly MigrationConfig[];
}

import type { Feature } from "../feature.ts";

const BOTH: Feature["kinds"] = ["REST", "HTTP"];
const FUNCTION = "test/layers/authorizer/function.test.ts";
const EVENT = "test/layers/authorizer/event.test.ts";
const E2E = "test/e2e/authorizer.test.ts";
const RIC = "aws-lambda-ric behind a front that checks signatures with aws4";
const VERIFIERS = "test/tokens/token-verifiers.test.ts";
const JWT_COUNTERPARTS = "test/e2e/jwt-counterparts.test.ts";
const IAM = "test/domain/iam/evaluate.test.ts";

export const AUTHORIZERS: readonly Feature[] = [
  {
    feature: "Lambda authorizer, TOKEN, with `identityValidationExpression`",
    kinds: ["REST"],
    ours: "`authorizer: { function, type: token, validation }`",
    proof: {
      file: FUNCTION,
      name: "a TOKEN event has the header's value and the ARN, and what comes back goes on with the request",
    },
  },
  {
    feature: "Lambda authorizer, REQUEST, payload 1.0",
    kinds: BOTH,
    ours: '`type: request`, `payload: "1.0"`',
    proof: { file: EVENT, name: "the REQUEST event 1.0 is that of API Gateway's REST APIs" },
  },
  {
    feature: "Lambda authorizer, payload 2.0 with simple answers",
    kinds: ["HTTP"],
    ours: '`payload: "2.0"`, `isAuthorized`',
    proof: {
      file: FUNCTION,
      name: "isAuthorized is an answer of payload 2.0 alone, and its context may have objects",
    },
  },
  {
    feature: "The function runs in AWS's runtime, invoked with SigV4",
    kinds: BOTH,
    ours: "Lambda's Invoke API, credentials where AWS's tools look",
    proof: {
      file: E2E,
      name: "a Lambda authorizer in AWS's own runtime, asked with signatures that are checked",
    },
    counterpart: RIC,
  },
  {
    feature: "Identity sources: missing ones are 401 without a call",
    kinds: BOTH,
    ours: "the same; one that came twice, too",
    proof: {
      file: FUNCTION,
      name: "who does not say who they are, or says it twice, gets 401 and nobody is asked",
    },
  },
  {
    feature: "`Unauthorized` is 401, a deny 403, other failures 500",
    kinds: BOTH,
    ours: "the same, each with a code of its own; 504 for one that hangs",
    difference: 'API Gateway\'s body is `{"message":null}`.',
    proof: { file: FUNCTION, name: "a function that throws Unauthorized is 401, one that denies is 403" },
  },
  {
    feature: "Answers are kept for a TTL by identity sources",
    kinds: BOTH,
    ours: "`ttl`; a policy is asked about each request anew",
    difference: "One question for all who wait at once.",
    proof: {
      file: FUNCTION,
      name: "a hundred requests of one client ask once, and of a hundred clients a hundred times",
    },
  },
  {
    feature: "Authorizer away, hung or lying",
    kinds: BOTH,
    ours: "fails closed, within `timeout`",
    proof: {
      file: E2E,
      name: "killed, hung and lying under load: nobody passes who should not, nobody waits past the time, and it comes back",
    },
    counterpart: RIC,
  },
  {
    feature: "IAM policy documents: wildcards, explicit deny",
    kinds: ["REST"],
    ours: "the answers of authorizers; what is not known never allows",
    proof: {
      file: IAM,
      name: "a Deny that applies wins wherever it stands, and no Allow more takes anything away",
    },
  },
  {
    feature: "IAM condition keys (`aws:SourceIp`, times, `UserAgent` …)",
    kinds: ["REST"],
    ours: "six keys, all operators with `IfExists`, `ForAnyValue:`, `ForAllValues:`",
    difference: "Missing: `aws:SourceVpc`, `aws:Principal*`.",
    proof: { file: IAM, name: "all of several hold, or none is as if" },
  },
  {
    feature: "Authorizer's context goes on to the integration",
    kinds: BOTH,
    ours: "`x-fig-context-NAME`, which no client can send",
    proof: {
      file: FUNCTION,
      name: "a TOKEN event has the header's value and the ARN, and what comes back goes on with the request",
    },
  },
  {
    feature: "An HTTP service as authorizer",
    kinds: BOTH,
    ours: "`authorizer: { url }`, as nginx's auth_request and Traefik's ForwardAuth",
    difference: "API Gateway has none.",
    proof: { file: E2E, name: "a service over HTTP decides, of WebSockets too" },
  },
  {
    feature: "JWT authorizer: issuer, audience, scopes, discovery",
    kinds: ["HTTP"],
    ours: "policy `jwt`; RSA, ECDSA and EdDSA",
    difference: "API Gateway takes RSA alone.",
    proof: {
      file: JWT_COUNTERPARTS,
      name: "its tokens pass by discovery; a rotation, another algorithm and an expired token are told apart",
    },
    counterpart: "oauth2-mock-server, oidc-provider",
  },
  {
    feature: "Scopes of a route; claims go on to the integration",
    kinds: BOTH,
    ours: "`jwt.scopes`, `claims`; `x-fig-subject`, `x-fig-claim-NAME`, which no client can send",
    proof: {
      file: "test/layers/jwt.test.ts",
      name: "with a good token passes in the same turn, and its side learns who it is from",
    },
  },
  {
    feature: "JWT: hostile tokens",
    kinds: ["HTTP"],
    ours: "at least 60 kinds, each refused with what it is",
    proof: {
      file: "test/e2e/hostile-tokens.test.ts",
      name: "lane %s",
    },
    counterpart: "jose, with the same keys and rules",
  },
  {
    feature: "JWKS: cached, rotated, an issuer that is away",
    kinds: ["HTTP"],
    ours: "known keys for `staleFor`, unknown ones 503",
    proof: { file: VERIFIERS, name: "known keys are honoured for staleFor, unknown ones get 503" },
  },
  {
    feature: "Cognito user pools: ID and access tokens",
    kinds: BOTH,
    ours: "policy `jwt` with its Cognito preset",
    proof: {
      file: JWT_COUNTERPARTS,
      name: "the preset takes the access tokens of a pool's clients, or their ID tokens, and never the other",
    },
    counterpart: "cognito-local",
  },
  { feature: "IAM authorization of callers (SigV4, SigV4a)", kinds: BOTH, ours: "not built" },
  {
    feature: "Mutual TLS with a trust store",
    kinds: BOTH,
    ours: "`tls.clients`; who it is goes on in `x-fig-client-cert-*`",
    difference: "`require: false` lets clients without one pass too. Missing, as there: revocation.",
    proof: {
      file: "test/lanes/tls.test.ts",
      name: "who the client is goes upstream; one without a valid certificate gets words",
    },
  },
  {
    feature: "Resource policies by source address",
    kinds: ["REST"],
    ours: "policy `networks`, before all that costs more",
    difference: "An allow-list needs no deny beside it.",
    proof: {
      file: "test/layers/policies.test.ts",
      name: "networks let addresses pass that are allowed and not denied, as trustedProxies tells them",
    },
  },
  {
    feature: "Resource policies by account, VPC or endpoint",
    kinds: ["REST"],
    ours: "not built: there is no account",
  },
  { feature: "AWS WAF", kinds: ["REST"], ours: "not built" },
  {
    feature: "The order of evaluation is fixed and said",
    kinds: BOTH,
    ours: "one order for all routes; `fig explain` walks it",
    proof: { file: "test/layers/policies.test.ts", name: "the layers stand in the order of the policies" },
  },
  {
    feature: "Authorizer on `$connect`",
    kinds: ["WebSocket"],
    ours: "every policy of routes, before `$connect`'s side is asked; later events have what the authorizer passed on",
    difference: "jwt, API keys, networks and limits too.",
    proof: {
      file: "test/e2e/websockets.test.ts",
      name: "an authorizer decides about $connect, and what it passes on is in every event",
    },
  },
];

export const LOGIN: readonly Feature[] = [
  {
    feature: "Logging in with a page (its users' own code, or a load balancer's)",
    kinds: BOTH,
    ours: "policy `login`: OpenID Connect with PKCE, a sealed cookie, renewal, logout at the provider and from it (Back-Channel Logout)",
    difference: "API Gateway has none.",
    proof: {
      file: "test/browser/login.test.ts",
      name: "in, back to where it was, two tabs, a script, and out again",
    },
    counterpart: "oidc-provider, in Chromium",
  },
  {
    feature: "Cognito's login pages",
    kinds: BOTH,
    ours: "`login` with its Cognito preset; Google, Facebook and X too",
    proof: {
      file: "test/e2e/login-providers.test.ts",
      name: "a login with Cognito's pages, and out at the place that is Cognito's own",
    },
    counterpart: "cognito-local",
  },
];

import type { Feature } from "../feature.ts";

const BOTH: Feature["kinds"] = ["REST", "HTTP"];
const LAYER = "test/layers/limit.test.ts";
const E2E = "test/e2e/limit.test.ts";
const REDIS = "test/store/redis/limits.test.ts";
const KEYS = "test/e2e/api-keys.test.ts";
const KEY_LAYER = "test/layers/api-keys.test.ts";
const EXCHANGE = "test/proxy/exchange.test.ts";

export const THROTTLING: readonly Feature[] = [
  {
    feature: "Throttling: rate and burst per route",
    kinds: BOTH,
    ours: "policy `limit`, GCRA; 429 with Retry-After and the RateLimit fields",
    difference: "Exact. API Gateway's is best effort, and says nothing of what is left.",
    proof: {
      file: E2E,
      name: "a real front door lets pass what the exact model does, over 50 random rates, bursts and arrivals",
    },
    counterpart: "an exact model of the bucket",
  },
  {
    feature: "One limit over all instances",
    kinds: BOTH,
    ours: "with `state: redis://`, by a script",
    proof: {
      file: REDIS,
      name: "four front doors together let pass at most rate × t + burst + 1, and all of it",
    },
    counterpart: "redis-server",
  },
  {
    feature: "Limits by client, header, claim or address",
    kinds: BOTH,
    ours: "`limit.key`, several at once",
    difference: "API Gateway limits by API key alone.",
    proof: {
      file: LAYER,
      name: "by several all that is there counts, and no two lists of values are one key",
    },
  },
  {
    feature: "Requests at once",
    kinds: BOTH,
    ours: "`limit.concurrent`, one bound over a fleet",
    difference: "API Gateway has none.",
    proof: { file: LAYER, name: "requests under way are given back however they end" },
  },
  {
    feature: "A flood of keys",
    kinds: BOTH,
    ours: "bounded memory that forgets no limited key",
    proof: {
      file: "test/serving/limits/local-desk.test.ts",
      name: "forgets no limited key, and stays in its memory",
    },
  },
  {
    feature: "Account limit over all APIs",
    kinds: BOTH,
    ours: "`limits.connections` of the front door",
    difference: "No limit that others' APIs use up.",
  },
  {
    feature: "Throttling of connections and messages",
    kinds: ["WebSocket"],
    ours: "`limits.connections`, `limits.rate` of each client, `policies.limit` on `$connect`",
    proof: {
      file: "test/e2e/websockets.test.ts",
      name: "more messages than may be in a second are refused one by one, and cost no connection",
    },
  },
];

export const PLANS: readonly Feature[] = [
  {
    feature: "API keys in `x-api-key`",
    kinds: ["REST"],
    ours: "policy `apiKeys`, kept as hashes; any header, or the query",
    difference: "401 with a code that says why. API Gateway answers 403 `Forbidden` to all.",
    proof: { file: KEYS, name: "from its making to its removal, by commands, and nothing shows its text" },
  },
  {
    feature: "Key source AUTHORIZER (`usageIdentifierKey`)",
    kinds: ["REST"],
    ours: "`usageIdentifierKey` of an authorizer names the key",
    proof: {
      file: "test/layers/authorizer/function.test.ts",
      name: "a TOKEN event has the header's value and the ARN, and what comes back goes on with the request",
    },
  },
  {
    feature: "Import of keys (CSV `Name,Key,Description,Enabled,UsagePlanIds`)",
    kinds: ["REST"],
    ours: "`fig keys import`",
    proof: { file: KEYS, name: "keys of API Gateway's export go on being keys" },
  },
  {
    feature: "Disabling and deleting a key",
    kinds: ["REST"],
    ours: "in force on every front door within a second",
    proof: {
      file: KEYS,
      name: "two processes on one SQLite file: what one revokes, the other refuses within a second",
    },
  },
  {
    feature: "Usage of a key",
    kinds: ["REST"],
    ours: "`fig keys show`, of a front door since it started",
    difference: "Missing: usage by day, as a record.",
    proof: { file: KEYS, name: "two workers know every key, and so does one that begins later" },
  },
  {
    feature: "Usage plans: rate and burst per key",
    kinds: ["REST"],
    ours: "`plans` in fig.yaml",
    proof: { file: LAYER, name: "a plan's limit holds in place of the route's, by its key, over all routes" },
  },
  {
    feature: "Usage plans: quota by day, week or month",
    kinds: ["REST"],
    ours: "`limit.quota`, UTC",
    proof: { file: LAYER, name: "a quota is refused with its own code, until its window is over" },
  },
  {
    feature: "Usage plans: limits per method",
    kinds: ["REST"],
    ours: "`perRoute: true`, or a route's own limit",
    proof: { file: LAYER, name: "a plan counts over routes, or with perRoute for each by itself" },
  },
  {
    feature: "Only keys of some plans on a method",
    kinds: ["REST"],
    ours: "`apiKeys.plans`",
    proof: {
      file: KEY_LAYER,
      name: "what is revoked, expired or of another plan stays refused while the store does not answer",
    },
  },
];

export const BOUNDS: readonly Feature[] = [
  {
    feature: "Integration timeout (29 s, 30 s)",
    kinds: BOTH,
    ours: "`upstreams.*.timeout`, 60 s unless said; streams as long as they send",
    difference: "No upper bound.",
    proof: { file: "test/backends/upstream.test.ts", name: "that %s is reported as %s" },
  },
  {
    feature: "Payload (10 MB)",
    kinds: BOTH,
    ours: "streamed; `limits.body` and the policy `body`, no limit unless said",
    difference: "No upper bound, and requests are streamed too.",
    proof: {
      file: EXCHANGE,
      name: "refuses a body over the limit: at once when it is announced, in the middle when it is not",
    },
  },
  {
    feature: "Headers (10,240 bytes), URL",
    kinds: BOTH,
    ours: "`limits.headers` 16 KiB, `limits.url` 8 KiB; 431, 414",
    proof: {
      file: "test/e2e/http2.test.ts",
      name: "a request whose head is too large gets 431, and the connection goes on",
    },
  },
  {
    feature: "Media types of a request (415)",
    kinds: ["REST"],
    ours: "policy `body`: `types`, `encodings`, `required`",
    proof: {
      file: "test/layers/body.test.ts",
      name: "a body is bounded by what its head says, and what it is",
    },
  },
  {
    feature: "Reserved paths (`/ping`, `/sping`)",
    kinds: ["REST"],
    ours: "none: health is on the admin address",
    proof: {
      file: "test/admin/health.test.ts",
      name: "/livez is 200 whatever else is wrong, /readyz says what",
    },
  },
  {
    feature: "Idle after 10 minutes, cut after 2 hours, 128 KB a message",
    kinds: ["WebSocket"],
    ours: "the same by default: `limits` of the API",
    proof: {
      file: "test/e2e/websockets.test.ts",
      name: "a connection ends when it is idle or has lasted for too long, and its side hears 1001",
    },
  },
];

import { type MetricInfo, ONE_SERIES as ONE } from "./metric-info.ts";

/** Of policies, and of what stands on every route beside them: traces. */
export const POLICY_METRICS = {
  fig_policy_verdicts_total: {
    type: "counter",
    labels: ["route", "policy", "verdict"],
    help: "What policies said of requests, by route and policy: `passed`, `refused`, `answered` and what docs/reference/policies.md lists besides.",
    appears:
      "With a policy's first such verdict on a route; routes with policies × their policies × their verdicts.",
  },
  fig_body_work_failed_total: {
    type: "counter",
    labels: ["reason"],
    help: "Bodies that could not be transformed: no JSON or not coded as they say (`not_json`), beyond a bound (`too_large`), the expression broke (`failed`), took longer than a second (`slow`), or too many waited (`busy`).",
    appears: "With the first of that reason; at most five.",
  },
  fig_spans_total: {
    type: "counter",
    labels: ["result"],
    help: "Spans of traced requests (`tracing`): `exported`; dropped because as many bytes waited as may (`queue_full`), because the receiver refused them (`rejected`), or because it took none in five tries, or files that are read now send them elsewhere (`failed`).",
    appears: "With the first span of that result; at most four.",
  },
  fig_span_bytes_held: {
    type: "gauge",
    labels: [],
    help: "Bytes of spans that wait for the receiver, or are being sent.",
    appears: ONE,
  },
  fig_token_cache_bytes: {
    type: "gauge",
    labels: [],
    help: "Bytes of verified tokens (policy jwt) that are remembered.",
    appears: ONE,
  },
  fig_token_cache_total: {
    type: "counter",
    labels: ["result"],
    help: "Tokens that were remembered (`hit`), that had to be verified (`miss`), and that were forgotten because the memory for them was full (`evicted`).",
    appears: "With the first token; three.",
  },
  fig_jwks_fetches_total: {
    type: "counter",
    labels: ["issuer", "result"],
    help: "Fetches of an issuer's keys, by the issuer, or by the URL or file that `jwks` names, and by how they ended: `ok`, `unreachable`, `timeout`, `status`, `redirect`, `too_large`, `invalid`, `issuer` (its metadata are another's). Also tokens for which none was made, because a key was asked for often enough (`cooled`) or many wait already (`crowded`).",
    appears: "With an issuer's first of that result; issuers of the files × 10.",
  },
  fig_jwks_stale: {
    type: "gauge",
    labels: ["issuer"],
    help: "Processes in which the last fetch of an issuer's keys failed; keys that are known are honoured for `staleFor`.",
    appears: "For every issuer of the files in force.",
  },
  fig_authorizer_calls_total: {
    type: "counter",
    labels: ["result"],
    help: "Questions to authorizers, by how they ended: an answer that could be used (`answered`), none or another (`failed`), none in time (`timeout`), or nobody waited for it any more (`left`).",
    appears: "With the first of that result; at most four.",
  },
  fig_authorizer_answers_total: {
    type: "counter",
    labels: ["from"],
    help: "Where requests got an authorizer's answer from: one that was kept (`kept`), one that another request had asked for just then (`shared`), or a question of their own (`asked`).",
    appears: "With the first of that kind; at most three.",
  },
  fig_authorizer_limits_total: {
    type: "counter",
    labels: ["limit"],
    help: "Bounds of authorizers that were reached: a question waited because `maxConcurrent` were asked (`concurrent`), a request was refused because `maxWaiting` waited (`waiting`), or an answer that was kept went to make room (`kept`).",
    appears: "With the first of that limit; at most three.",
  },
  fig_authorizer_questions: {
    type: "gauge",
    labels: ["state"],
    help: "Questions to authorizers now: `asked`, or `waiting` in their line.",
    appears: "Always; two series.",
  },
  fig_login_calls_total: {
    type: "counter",
    labels: ["call", "result"],
    help: "Questions to the providers of logins (policy login): metadata (`discovery`), a `code` or a `refresh` token given in, who somebody is (`userinfo`), a token that is to end (`revoke`); by how they ended: `ok`, the provider does not take it (`refused`), or no answer that could be used (`failed`).",
    appears: "With the first of that call and result; at most fifteen.",
  },
  fig_login_limits_total: {
    type: "counter",
    labels: ["limit"],
    help: "Bounds of logins that were reached: as many logins and refreshes asked the provider as may (`busy`), a browser had more logins under way than it may (`attempts`), a session was too long for its cookies and went without some of it (`session`), a session that had ended was forgotten before its time (`ended`), or one that was opened made room for others (`opened`).",
    appears: "With the first of that limit; at most five.",
  },
  fig_authorizer_kept_bytes: {
    type: "gauge",
    labels: [],
    help: "Bytes that the answers of authorizers which are kept take in memory now, about.",
    appears: ONE,
  },
  fig_compress_bytes_held: {
    type: "gauge",
    labels: [],
    help: "Bytes of the state of answers that are being compressed now.",
    appears: ONE,
  },
  fig_compress_reservations_refused_total: {
    type: "counter",
    labels: [],
    help: "Answers that were sent as they are, because limits.compressMemory was reached.",
    appears: ONE,
  },
  fig_cache_requests_total: {
    type: "counter",
    labels: ["route", "side", "result"],
    help: "Requests that came by the cache of a side: `hit`, `miss`, `stale` (a stale answer was given), `revalidated` (its side said that it still holds), `bypass`.",
    appears: "With the first such result; routes with `cache` × 2 × 5.",
  },
  fig_cache_events_total: {
    type: "counter",
    labels: ["route", "side", "event"],
    help: "What became of stored answers: `evicted` gave way at limits.cacheMemory, `purged`, `refreshed` in the background, `refreshesRefused` because too many were under way, `abandoned` while they came (too large, broken, no room); and requests that waited for another's answer: `collapsed` were given it, `waitedInVain` asked by themselves after 5 s.",
    appears: "With the first such event; routes with `cache` × 2 × 7.",
  },
  fig_cache_bytes: {
    type: "gauge",
    labels: ["route", "side"],
    help: "What the stored answers of a side take in memory, about.",
    appears: "While a route has `cache`; routes with it × 2.",
  },
  fig_cache_entries: {
    type: "gauge",
    labels: ["route", "side"],
    help: "Stored answers of a side.",
    appears: "While a route has `cache`; routes with it × 2.",
  },
  fig_cache_bytes_held: {
    type: "gauge",
    labels: [],
    help: "Bytes of all stored answers, and of those under way: bounded by limits.cacheMemory.",
    appears: "Always; one series.",
  },
  fig_limit_keys: {
    type: "gauge",
    labels: [],
    help: "Keys of limits that are not as good as new, or not yet found to be, in the memory of this front door.",
    appears: ONE,
  },
  fig_limit_bytes_held: {
    type: "gauge",
    labels: [],
    help: "Bytes that those keys hold (limits.limitMemory).",
    appears: ONE,
  },
  fig_limit_shared_total: {
    type: "counter",
    labels: [],
    help: "Requests whose key of a limit was counted together with others, because limits.limitMemory was full of keys that have used something.",
    appears: ONE,
  },
  fig_limit_local_total: {
    type: "counter",
    labels: [],
    help: "Requests whose limits were counted in this front door alone while the fleet's Redis was away.",
    appears: ONE,
  },
  fig_limit_doors: {
    type: "gauge",
    labels: [],
    help: "Front doors that count limits together in one Redis, as it said last; 0: this one counts by itself.",
    appears: ONE,
  },
  fig_api_keys_age_seconds: {
    type: "gauge",
    labels: [],
    help: "Seconds since the state store last said which API keys there are: under 2 while it answers. Past 3, keys that are not known get 503; past the `staleFor` of a route, all do.",
    appears: "With the first route that has `apiKeys`; one series.",
  },
} as const satisfies Readonly<Record<string, MetricInfo>>;

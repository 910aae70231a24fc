// Writes docs/reference/admin-api.md, metrics.md and errors.md from the tables the program itself works by.
// --check: only says whether they are current.
import { ADMIN_ERRORS } from "../src/admin/error-table.ts";
import { errorsByStatus, openapiDocument } from "../src/admin/openapi.ts";
import { OPERATIONS } from "../src/admin/operations.ts";
import { REFUSALS } from "../src/domain/refusals.ts";
import { LATENCY_EDGES_SECONDS } from "../src/observe/latency-buckets.ts";
import { METRICS } from "../src/observe/metric-table.ts";
import { writeFiles } from "./written-files.mjs";

const MADE =
  "`node scripts/write-reference-api.mjs` makes this page from the tables that the program works by. A test compares the two.";

const cell = (text) => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
const row = (...cells) => `| ${cells.map(cell).join(" | ")} |`;
const table = (head, rows) => [row(...head), `|${"---|".repeat(head.length)}`, ...rows].join("\n");
const page = (...parts) => `${parts.map((part) => part.trim()).join("\n\n")}\n`;

// ---- the admin API

const document = openapiDocument("");
const { schemas } = document.components;

/** A schema in words; those with a name lead to their own section. */
function typeOf(schema) {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1);
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  if (schema.type === "object" && schema.properties !== undefined) {
    const fields = Object.entries(schema.properties).map(([name, part]) => `${name}: ${typeOf(part)}`);
    return `{${fields.join(", ")}}`;
  }
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    const value = typeOf(schema.additionalProperties);
    return value === "any" ? "object" : `object of name to ${value}`;
  }
  return schema.type ?? "any";
}

function fieldsTable(schema) {
  const required = schema.required ?? [];
  return table(
    ["field", "type", "", ""],
    Object.entries(schema.properties).map(([name, part]) =>
      row(
        `\`${name}\``,
        typeOf(part),
        required.includes(name) ? "always" : part.default === undefined ? "" : `default \`${part.default}\``,
        part.description ?? "",
      ),
    ),
  );
}

function operationPart(operation) {
  const described = document.paths[operation.path][operation.method];
  const parameters = described.parameters.map(({ name, in: where, description, schema }) =>
    row(`\`${name}\``, where, typeOf(schema), description),
  );
  const body = described.requestBody?.content["application/json"].schema;
  const answer = Object.entries(described.responses[200].content)[0];
  const isDocument = operation.response === "document";
  const errors = [...errorsByStatus(operation)].map(
    ([status, codes]) => `${status} ${codes.map((code) => `\`${code}\``).join(" ")}`,
  );
  return [
    `### ${operation.method.toUpperCase()} /api/v1${operation.path}`,
    "",
    operation.open ? `${operation.summary} _Open._` : operation.summary,
    ...(parameters.length > 0 ? ["", table(["parameter", "in", "type", ""], parameters)] : []),
    ...(body === undefined ? [] : ["", `Body: ${typeOf(body)}.`]),
    "",
    `Answer: ${isDocument ? "the document" : answer[0] === "text/event-stream" ? "`text/event-stream`" : typeOf(answer[1].schema)}.`,
    `Errors: ${errors.join(" · ")}.`,
  ].join("\n");
}

const adminApi = page(
  `# Admin API

${MADE} The same table makes the OpenAPI 3.1 document at \`/api/v1/openapi.json\`.

The admin address (\`admin\` in fig.yaml, \`127.0.0.1:9901\` by default) answers:

| path | answer |
|---|---|
| \`GET /\`, \`/assets/...\` | the dashboard; asks for no token |
| \`GET /livez\` | 200 while the process is alive; asks for no token |
| \`GET /readyz\` | \`{ready, problems}\`, 200 when ready, otherwise 503; asks for no token. Files that did not pass are among the problems |
| \`GET /metrics\` | [Prometheus metrics](metrics.md) |
| \`/api/v1/...\` | below |

**Who may ask.** Without an \`adminToken\` the admin API listens on loopback only. It answers requests whose \`Host\` is \`127.0.0.1\`,
\`localhost\` or \`[::1]\` with the admin's own port. With an \`adminToken\`, a request needs \`Authorization: Bearer <adminToken>\`, or the
cookie of \`POST /session\` together with an \`Origin\` that names its page. Without either, only the operations marked _open_ answer, and
their answers hold nothing that a client or an upstream sent ([why](../decisions/0015-dashboard-and-sessions.md)). On loopback they need a
loopback name in \`Host\`, because any page's name can be made to mean 127.0.0.1. In every case, a request that a browser marks as made by
another site's page (\`Origin\`, \`Sec-Fetch-Site\`) is refused. There are no CORS headers.

**What to send.** POST bodies are JSON objects (\`content-type: application/json\`, at most 64 KiB). Unknown fields and query parameters are
errors. Route ids in a path are percent-encoded: \`shop/items\` is \`/api/v1/routes/shop%2Fitems\`. The API keeps \`x-request-id\`, or makes one.

**What comes back.** JSON, with the header \`x-fig-state\`: the id of the state store on which the front door acts. While that store is
away, every answer has \`x-fig-store-away\` (since when, ISO 8601), and what memory has instead is marked with \`unknown\`. What memory does not have is
503 \`store_unavailable\`, with \`details\`: \`unknown\`, the \`revision\` in force and, of the ledger, the newest \`entries\` of each route. Errors are
\`{"error": {"code", "message", "requestId", "remedy"?, "details"?}}\` with the codes of [errors](errors.md). Later versions may add fields.

\`\`\`sh
curl -s http://127.0.0.1:9901/api/v1/status
curl -s http://127.0.0.1:9901/api/v1/routes/orders.read/shift \\
  -H 'content-type: application/json' -d '{"modern": 10, "shadow": 100, "reason": "first users"}'
curl -sN http://127.0.0.1:9901/api/v1/events
\`\`\``,
  `## Operations\n\n${OPERATIONS.map(operationPart).join("\n\n")}`,
  `## Schemas\n\n${Object.keys(schemas)
    .sort()
    .map((name) => {
      const schema = schemas[name];
      const words = schema.description === undefined ? "" : `${schema.description}\n\n`;
      return `### ${name}\n\n${words}${schema.properties === undefined ? typeOf(schema) : fieldsTable(schema)}`;
    })
    .join("\n\n")}`,
);

// ---- metrics

const metrics = page(
  `# Metrics

${MADE}

\`GET /metrics\` at the admin address answers in the Prometheus text format. It covers this process alone, since it began; \`fig status\` adds
up all front doors. On the request path, counting is a few additions. A scrape copies the sums to a thread of its own, which writes the
text. Simultaneous scrapes share one such rendering. A rendering that fails is answered with 503 and disturbs nothing else.

Requests that no route matches count under the route \`(default)\`. There are as many \`route\` values as there were routes in the files
since the process began. No other label takes a client's words.`,
  table(
    ["metric", "type", "labels", "", "appears"],
    Object.entries(METRICS).map(([name, { type, labels, help, appears }]) =>
      row(`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(", "), help, appears),
    ),
  ),
  `## Which bound a metric belongs to

| metric | bound in the files |
|---|---|
| \`fig_shadow_bytes_held\`, \`fig_shadow_reservations_refused_total\` | \`limits.shadowMemory\`: beyond it, shadows are shed |
| \`fig_mismatch_bytes_held\`, \`fig_mismatch_rows_folded_total\` | \`maxPathsPerWindow\`, \`maxPaths\` and \`maxBytes\` of [limits](limits.md): beyond them, differences are added up |
| \`fig_waiting_bytes_held\`, \`fig_reads_shortened_total\` | \`PLENTY_BYTES\` of [limits](limits.md): beyond it, connections are read in short pieces |
| \`fig_body_bytes_held\`, \`fig_body_reservations_refused_total\` | \`limits.bodyMemory\`: beyond it, a layer does without the body |
| \`fig_compress_bytes_held\`, \`fig_compress_reservations_refused_total\` | \`limits.compressMemory\`: beyond it, answers are sent as they are |
| \`fig_limit_bytes_held\`, \`fig_limit_shared_total\` | \`limits.limitMemory\`: beyond it, new keys of a limit are counted together |
| \`fig_shadow_requests_total{outcome="shed"}\` | that, and the route's \`shadow.concurrency\` |
| \`fig_shadow_requests_total{outcome="timeout"}\` | the route's \`shadow.timeout\` |
| \`fig_not_compared_total{reason="too_large"}\` | the route's \`shadow.maxBody\` |
| \`fig_not_compared_total{reason="event_stream"}\` | the route's \`shadow.eventStreams\` |
| \`fig_connections\` | \`limits.connections\` |
| \`fig_rejected_total\` | \`limits.*\` and \`timeouts.*\`, by the [error code](errors.md) |
| \`fig_log_lines_dropped_total\` | 8 MiB of lines that the reader of stdout has not taken, a full disk, a file that may not be opened |

## Histograms

The buckets' upper edges are powers of two microseconds, because those are exact edges of the finer histograms that gates and
\`fig status\` use. A value counts under the first edge above it. In seconds: ${LATENCY_EDGES_SECONDS.map((edge) => `\`${edge}\``).join(", ")}.

Such wide buckets keep a scrape of thousands of routes small, and they add up over front doors and time. A quantile that
\`histogram_quantile\` reads off them can be off by half. For precise quantiles, \`fig_request_duration_quantile_seconds\` and
\`fig_shadow_duration_quantile_seconds\` give what the finer histograms hold.

## Node's own

\`process_*\` (CPU, memory, start time, file descriptors) and \`nodejs_*\` (event loop lag, heap, garbage collection, active resources,
version) have prom-client's names. Event loop lag and garbage collection are measured from the first scrape on.
\`nodejs_active_handles\` and \`nodejs_active_requests\` are left out, because collecting them walks every connection.`,
);

// ---- errors

/** What helps, for each error the front door answers by itself. */
const REMEDIES = {
  bad_request: "The client, or a proxy before this one, must send well-formed HTTP (RFC 9112, RFC 9113).",
  plain_http: "Ask with `https://`, or name a listener without `tls`.",
  client_certificate:
    "Give the client a certificate that one of `tls.clients.ca` signed and that has not ended, or set `tls.clients.require: false`.",
  bad_host: "Send one Host header, or an absolute target.",
  bad_target: "Send a path, or an absolute `http:` or `https:` URL; `*` goes with OPTIONS only.",
  ambiguous_path:
    "Send the path in its plain form: no `//`, `/../`, backslash, `;`, `%u` or encoded slash, and the host without a dot at its end. `ambiguousPaths: default` sends such paths to the default upstream.",
  token_missing: "Send `Authorization: Bearer TOKEN`, or write `policies.jwt.required: false`.",
  token_invalid:
    "Get a new token. The access log (`policies`), `fig_policy_verdicts_total` and `fig explain` say which check failed.",
  token_forbidden:
    "Ask the issuer for a token with one of `policies.jwt.scopes`, or with the values in `claims`; `fig explain` says which it lacks.",
  login_required: "Send the window to `details[0].login` of the answer, or open the page in a browser.",
  login_failed:
    "Begin the login anew. `details` says what was wrong; where it happens to everybody, look at `callback` of `policies.login`, and whether browsers keep the front door's cookies.",
  login_denied:
    "The provider refuses this person, or they went back: log in again, or ask whoever runs the provider.",
  login_cross_site:
    "End the session from a page of the same host, by a form or a link. A program sends `Origin` with the front door's own.",
  logout_failed:
    "`details` says why: it is for the provider. Where each of its logouts gets it, look at `clientId` and `backchannel` of `policies.login`, at its signing algorithm (no shared secret), and at the state store; the log says where that failed.",
  login_unavailable:
    "Look at the provider and the network; where every request gets it, at the secrets in `policies.login`. The log says what failed.",
  authorizer_unauthorized:
    "Send what `policies.authorizer.identity` names, once, and as `validation` wants it. If that is so, the authorizer does not know it.",
  authorizer_denied: "The authorizer does not allow it: ask whoever runs it.",
  authorizer_invalid:
    "Look at the service of `policies.authorizer.url`: it has to answer with 2xx, 401, 403 or a redirect. The log says what came.",
  authorizer_unavailable:
    "Look at the authorizer and the network; of a function also at credentials, Region and the right to invoke it. The log says what failed.",
  authorizer_busy: "Ask again. Raise `maxConcurrent` or `ttl` of `policies.authorizer`, or make it faster.",
  authorizer_timeout: "Look at the authorizer, or raise `policies.authorizer.timeout`.",
  authorizer_failed:
    "Look at the function's log: it failed, or its answer is none of API Gateway's. The front door's log says which.",
  body_missing: "Send a body, or leave `required` out of the route's `policies.body`.",
  media_type_refused:
    "Send one Content-Type that the answer's Accept names, or add it to the route's `policies.body.types`.",
  coding_refused:
    "Send the body in a content coding that the answer's Accept-Encoding names, or add it to the route's `policies.body.encodings`.",
  network_denied:
    "add the client's network to `policies.networks.allow`, or take it out of `deny`; `trustedProxies` says whose word counts for the address",
  api_key_repeated: "Send one key, in one field or in the query. A proxy before this one may add its own.",
  api_key_missing: "Send a key in the field that WWW-Authenticate names. `fig keys add` makes one.",
  api_key_unknown:
    "Send the whole text of the key as it was shown. `fig keys list` shows which there are, by their last characters.",
  api_key_revoked: "Use another key. `fig keys show` says by whom it was revoked, and why.",
  api_key_expired: "Use another key, or set another end with `fig keys set ID --expires`.",
  api_key_disabled: "`fig keys enable ID` lets it pass again.",
  api_key_plan: "Put the key on a plan that `policies.apiKeys.plans` names: `fig keys set ID --plan`.",
  api_keys_unavailable: "Ask again. `fig status` says why the state store does not answer.",
  no_route: "Add a route, or name a `default` upstream in fig.yaml.",
  connect_refused: "Ask the server directly; this is a reverse proxy.",
  last_hop: "Raise or leave out Max-Forwards.",
  request_timeout: "Send faster, or raise `timeouts.headers` or `timeouts.bodyIdle`.",
  body_too_large: "Send less, or raise `limits.body`, or `max` of the route's `policies.body`.",
  url_too_long: "Send a shorter target, or raise `limits.url`.",
  expectation_failed: "Send no Expect, or `100-continue`.",
  origin_denied: "Add the page's origin to `allowOrigins` of the WebSocket API's `cors`.",
  websocket_required: "Ask with `Upgrade: websocket` and `Sec-WebSocket-Version: 13`.",
  websocket_limit: "Close some, or raise `limits.connections` of the WebSocket API.",
  rate_limited:
    "Wait for the seconds in Retry-After; RateLimit says what is left. Raise `rate` or `burst` of the route's `policies.limit`, or of the key's plan.",
  quota_exceeded:
    "Wait until the period is over (Retry-After), or raise `quota` of the route's limit or of the key's plan.",
  concurrency_limited: "Ask again when another request is over, or raise `concurrent`.",
  plan_missing: "Write the plan into `plans` of fig.yaml, or give the key another one.",
  headers_too_large: "Send less, often fewer cookies, or raise `limits.headers`.",
  method_unknown: "Use a method that is a token of at most a few letters.",
  bad_transfer_coding: "Send `Transfer-Encoding: chunked` alone.",
  loop_detected:
    "Correct the upstream's address: it leads to a front door that was asked before. At most four may stand in a row.",
  upstream_refused:
    "Start the upstream, or correct its address; `fig status` names what is left out because it keeps failing.",
  upstream_reset: "Look at the upstream's log; its keep-alive timeout may be shorter than a request takes.",
  upstream_invalid:
    "Look at what the upstream sends: a server must send HTTP/1.1 (RFC 9112) whose framing does not contradict itself, or HTTP/2 (RFC 9113) if its `protocol` asks for that.",
  upstream_certificate:
    "The access log's `detail` says what is wrong with it. Name the authority in the upstream's `tls.ca`, or the certificate's name in `tls.servername`.",
  object_key_invalid:
    "Name an object: no dot segments, no encoded slashes, UTF-8 of at most 1,024 bytes with the prefix; a folder cannot be written.",
  object_refused:
    "`details` has S3's name of what is wrong. Subresources (`?acl`), copies (`x-amz-copy-source`) and bodies in `aws-chunked` are not passed on.",
  object_denied:
    "Give the upstream's credentials the right: `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject`; without `s3:ListBucket` S3 denies what is missing too. `fig status` and the access log's `detail` say so as well.",
  object_missing: "Look at the key: the upstream's `prefix`, then the path as the side's `path` makes it.",
  object_method: "Set `write: true` in the upstream's `s3` if objects may be written.",
  object_conflict: "Try again: another request wrote the same object.",
  object_length_missing: "Send the body with a Content-Length, or in parts (multipart upload).",
  object_condition: "Read the object again: its ETag or its time is another one.",
  object_too_large: "Send less, or in parts (multipart upload).",
  object_range: "Content-Range says how long the object is.",
  bucket_refused:
    "The access log's `detail` and `fig status` say why: no credentials, wrong ones, another Region, no such bucket.",
  bucket_busy:
    "Try again after the seconds in Retry-After. S3 takes more requests for each prefix after a while.",
  message_invalid:
    "`details` says what is wrong: a partition key or a group that is empty or too long, an empty body, or one that is no text for a queue (`base64`).",
  message_method: "Send messages with POST, PUT, PATCH or DELETE: what only reads sends none.",
  message_too_large:
    "Send less: 1 MiB at most, key included, or what the queue allows. Put large bodies into a bucket.",
  message_refused:
    "The access log's `detail` and `fig status` say why: no credentials, wrong ones, another Region, no such stream or queue, or a failure there.",
  message_throttled:
    "Try again after the seconds in Retry-After. Give the stream more shards, or spread its records over more partition keys.",
  function_body_too_large:
    "Events of AWS Lambda have 6 MiB at most, those of `async` functions 1 MiB, and a body that is no text a third less: send less, or send large bodies to storage.",
  function_failed: "The access log's `detail` has what the function threw; its own log has where.",
  function_refused:
    "The access log's `detail` says why: no credentials, a wrong name or Region, a method without a function, or no right to invoke it.",
  upstream_busy:
    "Ask again; raise the upstream's `connections.max` or `queue` if it can take more, or give it another address.",
  keys_unavailable:
    "Ask again after Retry-After. `fig status` says why the issuer's keys cannot be read; those that are known are honoured for `policies.jwt.staleFor`.",
  draining: "Ask again: another front door, or the restarted one, answers.",
  upstream_missing: "Name the upstream in fig.yaml.",
  upstream_connect_timeout: "Look at the network and the upstream's backlog, or raise `timeouts.connect`.",
  upstream_timeout: "Look at the upstream, or raise `timeouts.response` or the upstream's `timeout`.",
  upstream_body_idle: "Look at the upstream, or raise `timeouts.bodyIdle`.",
  request_invalid: "See `details` of the answer: what is wrong, and where.",
  operation_unknown: "Add the path to the document of `policies.validate.openapi`, or set `unknown: pass`.",
  operation_method: "Add the method to the document of `policies.validate.openapi`, or set `unknown: pass`.",
  operation_media_type: "Send a body of a media type that the document names.",
  validate_failed:
    "See the front door's log: a schema of the document cannot be used, or checking took too long.",
  validate_busy: "Send fewer or smaller bodies to routes with `policies.validate`.",
  body_not_json: "Send JSON: the route transforms it for a side.",
  transform_failed:
    "See `detail` of the log line: it says where the expression of `policies.transform` breaks.",
  transform_busy: "Transform smaller bodies, or fewer of them.",
  not_cached: "Leave `only-if-cached` out of Cache-Control, or ask without it first.",
  layer_failed: "Look at the log: it has the error. The front door is to blame, not the client or a side.",
  layer_timeout: "Look at what the layer waits for.",
};

for (const code of Object.keys(REFUSALS)) {
  if (REMEDIES[code] === undefined)
    throw new Error(`scripts/write-reference-api.mjs has no remedy for ${code}`);
}
for (const code of Object.keys(REMEDIES)) {
  if (REFUSALS[code] === undefined)
    throw new Error(`scripts/write-reference-api.mjs explains ${code}, which is gone`);
}

const errors = page(
  `# Errors

${MADE} [The command line's reference](cli.md) has its own errors.

Codes are stable: match on them, not on the message.`,
  `## From the front door

The front door's own answers to a client are \`{"error": {"code", "message", "requestId"}}\`, or text for a client that asks for text. They
are counted in \`fig_rejected_total{code}\` and always logged. An upstream's own errors pass through as they are. Once the head of an answer
is sent, no error can follow it; the front door breaks the connection instead.`,
  table(
    ["code", "status", "meaning", "remedy"],
    Object.values(REFUSALS).map(({ code, status, message }) =>
      row(`\`${code}\``, status, message, REMEDIES[code]),
    ),
  ),
  `## From the admin API

\`{"error": {"code", "message", "requestId", "remedy"?, "details"?}}\`. Errors with status 500 and above are logged under the request id. Any code
not listed here has status 500.`,
  table(
    ["code", "status", "meaning", "remedy"],
    Object.entries(ADMIN_ERRORS).map(([code, { status, meaning, remedy }]) =>
      row(`\`${code}\``, status, meaning, remedy),
    ),
  ),
);

writeFiles({
  "docs/reference/admin-api.md": adminApi,
  "docs/reference/metrics.md": metrics,
  "docs/reference/errors.md": errors,
});

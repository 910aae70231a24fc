import type { Feature } from "../feature.ts";

const BOTH: Feature["kinds"] = ["REST", "HTTP"];
const HTTP2 = "test/e2e/http2.test.ts";
const FUNCTIONS = "test/e2e/functions.test.ts";
const BUCKETS = "test/e2e/buckets.test.ts";
const EVENTS = "test/e2e/events.test.ts";
const TLS = "test/lanes/tls.test.ts";
const TRACING = "test/e2e/tracing.test.ts";
const LOG_LINE = "test/observe/log-line.test.ts";

export const INTEGRATIONS: readonly Feature[] = [
  {
    feature: "`HTTP_PROXY`",
    kinds: BOTH,
    ours: "every upstream; nothing is renamed to `x-amzn-remapped-*`",
    difference: "With no route, what passes is what was sent.",
    proof: { file: "test/e2e/transparency.test.ts", name: "with no routes nothing is changed: %s" },
    counterpart: "the upstream asked directly",
  },
  {
    feature: "HTTP by the RFCs",
    kinds: BOTH,
    ours: "every case of our suite",
    proof: {
      file: "test/e2e/conformance.test.ts",
      name: "$name passes every case of the HTTP conformance suite",
    },
    counterpart: "http-proxy and httpxy, in the [table](conformance.md)",
  },
  {
    feature: "`MOCK`",
    kinds: ["REST"],
    ours: "policies `respond` and `redirect`",
    proof: {
      file: "test/e2e/policies.test.ts",
      name: "respond gives text, JSON or nothing, and a HEAD their fields",
    },
  },
  {
    feature: "`AWS_PROXY`: Lambda functions (1.0, 2.0)",
    kinds: BOTH,
    ours: '`upstreams: { NAME: { lambda: { function, payload: "1.0" or "2.0", qualifier } } }`, one for a route or one for each method',
    difference:
      "A body that is no UTF-8 is in base64 without `binaryMediaTypes`; answers in base64 always are decoded.",
    proof: { file: FUNCTIONS, name: "a request is the event that API Gateway makes of it, in both payloads" },
    counterpart: "a front that checks signatures with aws4",
  },
  {
    feature: "What functions return",
    kinds: BOTH,
    ours: "by the rules of each payload; what is none is 502 with the reason in the log",
    proof: {
      file: "test/e2e/functions-table.test.ts",
      name: "events of 60 requests and answers of 30 shapes are what API Gateway's documentation says",
    },
    counterpart: "the documentation; serverless-offline as a peer",
  },
  {
    feature: "Asynchronous invocation",
    kinds: BOTH,
    ours: "`async: true`: 202, with the request's id and Lambda's",
    proof: {
      file: FUNCTIONS,
      name: "an asynchronous function: 202 with what finds it in logs, and the event says that nobody waits",
    },
    counterpart: "a front that checks signatures with aws4",
  },
  {
    feature: "A route moved from servers to functions",
    kinds: BOTH,
    ours: "functions are sides: shadowed, compared, split to, fallen back from",
    proof: {
      file: FUNCTIONS,
      name: "a route moves from the monolith to two functions: shadowed, compared, split, a function killed, taken back",
    },
    counterpart: "aws-lambda-ric behind a front that checks signatures with aws4",
  },
  {
    feature: "Response streaming of functions",
    kinds: ["REST"],
    ours: "`stream: true`: InvokeWithResponseStream, passed on as it comes, of any length, with backpressure",
    difference: "In both payloads. A function that fails after its head breaks the client's connection.",
    proof: {
      file: "test/e2e/function-streams.test.ts",
      name: "a client has what a function said while it still runs",
    },
    counterpart: "aws-lambda-ric, streaming, behind a front that checks signatures with aws4",
  },
  {
    feature: "`AWS`: S3",
    kinds: ["REST"],
    ours: "`upstreams: { NAME: { s3: { bucket, prefix, index, list, write } } }`: objects by path, with ranges and conditions, streamed",
    difference: "No mapping of paths, headers and errors to write; bodies of any size.",
    proof: { file: BUCKETS, name: "ranges and conditions are answered as the bucket answers them itself" },
    counterpart: "@20minutes/s3rver, which checks signatures",
  },
  {
    feature: "Multipart uploads and deletes by S3",
    kinds: ["REST"],
    ours: "`write: true`",
    proof: {
      file: BUCKETS,
      name: "the AWS SDK puts an object in parts through the front door, and gives an upload up",
    },
    counterpart: "@20minutes/s3rver, and the AWS SDK as the client",
  },
  {
    feature: "A route moved from servers to a bucket",
    kinds: BOTH,
    ours: "buckets are sides: shadowed, compared, split to, fallen back from",
    proof: {
      file: BUCKETS,
      name: "a route moves from a server of files to the bucket: shadowed, compared, split, the bucket gone, taken back",
    },
    counterpart: "@20minutes/s3rver, which checks signatures",
  },
  {
    feature: "`AWS`: Kinesis PutRecord and PutRecords",
    kinds: BOTH,
    ours: "`upstreams: { NAME: { kinesis: { stream, partitionKey, explicitHashKey, json, body, wait } } }`",
    difference: "Records of many clients go together; nobody hears 202 before the stream has theirs.",
    proof: {
      file: EVENTS,
      name: "without waiting for ids records go together: 202 means that the stream has them",
    },
    counterpart: "kinesis-local behind @filen/aws4-express, which checks signatures; the AWS SDK reads",
  },
  {
    feature: "`AWS`: SQS SendMessage and SendMessageBatch",
    kinds: BOTH,
    ours: "`upstreams: { NAME: { sqs: { queue, group, deduplication, attributes, json, body, wait } } }`",
    proof: { file: EVENTS, name: "a body is a message, with its group and by what it is known" },
    counterpart: "a played SQS that checks signatures with aws4",
  },
  {
    feature: "`AWS`: Step Functions, EventBridge, AppConfig",
    kinds: BOTH,
    ours: "not built",
  },
  {
    feature: "Private integrations (VPC links)",
    kinds: BOTH,
    ours: "addresses in a network, Unix sockets",
    proof: {
      file: "test/e2e/upstreams.test.ts",
      name: "a front door over two addresses, a Unix socket and HTTPS: answers, log line, status and metrics say where each request went",
    },
  },
  {
    feature: "Balancing, health and retries of what is behind",
    kinds: BOTH,
    ours: "round robin, least requests, consistent hash; health checks, ejection, retries with a budget",
    difference: "API Gateway leaves it to a load balancer.",
    proof: { file: "test/backends/retries.test.ts", name: "retries are bounded to a share of the requests" },
  },
  {
    feature: "Client certificates to backends",
    kinds: ["REST"],
    ours: "`upstreams.*.tls.cert`, read again when it changes",
    proof: { file: "test/backends/tls.test.ts", name: "gets the front door's own certificate" },
  },
  {
    feature: "Streamed answers",
    kinds: ["REST"],
    ours: "always, requests too; no 2 MB/s, no 15 minutes",
    difference: "API Gateway streams no request.",
    proof: {
      file: "test/proxy/exchange.test.ts",
      name: "sends the request on as it came, adds its own headers, and streams the answer back",
    },
  },
  {
    feature: "Event streams and WebSockets passed through",
    kinds: BOTH,
    ours: "over HTTP/1.1 and HTTP/2 (RFC 8441); they stay on their side across shifts",
    difference: "REST and HTTP APIs pass no WebSocket.",
    proof: {
      file: "test/e2e/open-streams.test.ts",
      name: "a WebSocket and an event stream stay on their side across shifts, until they end",
    },
  },
  {
    feature: "gRPC",
    kinds: BOTH,
    ours: "all four kinds of calls, split, copied and compared",
    difference: "API Gateway has none.",
    proof: { file: "test/e2e/grpc.test.ts", name: "all four kinds of calls work, %s" },
    counterpart: "@grpc/grpc-js, clients and servers",
  },
  {
    feature: "`X-Forwarded-*` and `Forwarded`",
    kinds: ["HTTP"],
    ours: "either, from `trustedProxies` alone",
    proof: {
      file: "test/proxy/forwarding.test.ts",
      name: "is written as RFC 7239 has it where `forwarded` asks for that",
    },
  },
  {
    feature: "Integrations of routes, `@connections`, binary frames",
    kinds: ["WebSocket"],
    ours: "HTTP upstreams and functions get API Gateway's events; AWS's client works over a fleet; tags and broadcast; binary where allowed",
    difference: "Messages of one client come in order; `$connect` may answer with any status and body.",
    proof: {
      file: "test/e2e/websocket-fleet.test.ts",
      name: "AWS's own client speaks to connections at another door, and a door that dies takes its own with it",
    },
    counterpart: "AWS SDK",
  },
];

export const DOMAINS: readonly Feature[] = [
  {
    feature: "Custom domains with certificates, several by name",
    kinds: BOTH,
    ours: "`listen.tls`, read again when the files change",
    proof: { file: "test/e2e/certificates.test.ts", name: "curl and openssl speak with it" },
    counterpart: "curl, openssl",
  },
  {
    feature: "Certificates that are managed (ACM)",
    kinds: BOTH,
    ours: "ACME: http-01 and tls-alpn-01, renewal when the authority says (RFC 9773), one order for a fleet",
    proof: {
      file: "test/e2e/acme.test.ts",
      name: "a certificate is ordered with %s, and served; until then a placeholder is, and status says so",
    },
    counterpart: "the test's own authority",
  },
  {
    feature: "Security policies: the oldest TLS version",
    kinds: BOTH,
    ours: "`tls.minVersion`, 1.2 or 1.3",
    proof: { file: TLS, name: "the oldest version is what the files say" },
  },
  {
    feature: "HTTP/2 from clients",
    kinds: BOTH,
    ours: "by ALPN and prior knowledge; to upstreams too",
    difference: "API Gateway asks integrations over HTTP/1.1.",
    proof: { file: HTTP2, name: "100 requests at once on one connection each get their own answer" },
  },
  {
    feature: "Private endpoints",
    kinds: ["REST"],
    ours: "any address, Unix sockets",
    proof: {
      file: "test/e2e/unix-sockets.test.ts",
      name: "serve clients and the admin, for whom their modes say, and are gone at the end",
    },
  },
  { feature: "Edge-optimized endpoints", kinds: ["REST"], ours: "not built: a CDN stands before it" },
];

export const OBSERVING: readonly Feature[] = [
  {
    feature: "Access logs with `$context` names: JSON, CLF, any text",
    kinds: BOTH,
    ours: "the same names, and nginx's; to a file or stdout",
    difference: "Policies, tries, side and cache are in them. No credential ever is.",
    proof: { file: LOG_LINE, name: "is API Gateway's" },
  },
  {
    feature: "Access logs survive rotation and full disks",
    kinds: BOTH,
    ours: "SIGUSR1; no request waits",
    proof: {
      file: "test/e2e/access-log.test.ts",
      name: "is rotated under load, and each request is in it once",
    },
  },
  {
    feature: "Log delivery to CloudWatch or Firehose",
    kinds: BOTH,
    ours: "not built: a log shipper reads the file",
  },
  {
    feature: "Execution logs with bodies (data trace)",
    kinds: ["REST"],
    ours: "not built: samples of differences are kept, redacted",
  },
  {
    feature: "X-Ray",
    kinds: ["REST"],
    ours: "X-Ray and W3C headers, read and written; spans by OTLP",
    proof: { file: TRACING, name: "X-Ray's header is read and written" },
    counterpart: "a receiver that decodes with OpenTelemetry's own protobuf",
  },
  {
    feature: "Sampling rules",
    kinds: ["REST"],
    ours: "head-based, and the decision of callers that are believed",
    difference: "Missing: rules by path.",
    proof: { file: TRACING, name: "a caller's trace goes on; its decision counts only where it is believed" },
  },
  {
    feature: "Metrics: Count, 4XXError, 5XXError, Latency, CacheHitCount",
    kinds: BOTH,
    ours: "`/metrics` for Prometheus, by route and side, with a dashboard and alerts",
    proof: {
      file: "test/observe/metrics.test.ts",
      name: "a scrape says what the tallies and gauges say, under the names of the contract",
    },
  },
  {
    feature: "Alarms (CloudWatch)",
    kinds: BOTH,
    ours: "rules and alerts for Prometheus in deploy/, each with a test",
    proof: {
      file: "test/deploy/prometheus.test.ts",
      name: "rules and alerts ask only for metrics, labels and values that a front door exports",
    },
  },
  {
    feature: "What policies refused",
    kinds: BOTH,
    ours: "a page of the dashboard, `fig policies`, metrics",
    proof: {
      file: "test/browser/policies.test.ts",
      name: "stands on the page by route and by code, and follows",
    },
    counterpart: "Chromium",
  },
  {
    feature: "ConnectCount, MessageCount, IntegrationError",
    kinds: ["WebSocket"],
    ours: "`fig_websocket_connects_total`, `fig_websocket_messages_total`, `fig_websocket_errors_total`, and what every route has",
    proof: {
      file: "test/e2e/websockets.test.ts",
      name: "a client is let in by $connect, its messages go to their routes, and $disconnect hears the end",
    },
  },
];

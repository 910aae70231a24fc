import type { Feature } from "../feature.ts";

const BOTH: Feature["kinds"] = ["REST", "HTTP"];
const CACHE = "test/e2e/cache.test.ts";
const CASES = "test/e2e/cache-rfc9111.test.ts";
const CORS = "test/layers/cors.test.ts";
const COMPRESS = "test/layers/compress.test.ts";
const TRANSFORM = "test/e2e/transform.test.ts";
const VALIDATE = "test/e2e/validate.test.ts";

export const CACHING: readonly Feature[] = [
  {
    feature: "Answers are cached for a TTL, by chosen parameters",
    kinds: ["REST"],
    ours: "policy `cache`, a shared cache by RFC 9111",
    difference: "`Vary` and the origin's Cache-Control count. In memory, at once: no node to wait for.",
    proof: { file: CASES, name: "RFC 9111 $section: $name" },
    counterpart: "an origin by script",
  },
  {
    feature: "One cold path, many clients",
    kinds: ["REST"],
    ours: "one request for all who wait",
    difference: "API Gateway asks for each.",
    proof: {
      file: CACHE,
      name: "64 clients that ask for one cold path make one request, and one that does not read holds up nobody",
    },
  },
  {
    feature: "Flush, and invalidation of one entry",
    kinds: ["REST"],
    ours: "`fig cache purge` by route, path, prefix and tag, over the fleet",
    difference: "Clients cannot invalidate unless a route says so.",
    proof: {
      file: CACHE,
      name: "purges by route, path, prefix and tag, with their counts, and what is under way is not stored behind one",
    },
  },
  {
    feature: "A canary's cache is its own",
    kinds: ["REST"],
    ours: "an entry belongs to a side",
    proof: {
      file: CACHE,
      name: "a shift in mid-flight serves nobody the wrong side, and a side's answers stay its own",
    },
  },
  {
    feature: "Cache capacity (0.5 to 237 GB, objects to 1 MiB)",
    kinds: ["REST"],
    ours: "`limits.cacheMemory`, least recently used first",
    difference: "Missing: a cache that several machines share, or one on disk.",
    proof: {
      file: "test/e2e/cache-memory.test.ts",
      name: "bytes are bounded under many distinct paths, and so is the process",
    },
  },
];

export const VALIDATION: readonly Feature[] = [
  {
    feature: "Required parameters, and bodies by a model",
    kinds: ["REST"],
    ours: "policy `validate`: OpenAPI 3.0 and 3.1 with all of JSON Schema 2020-12",
    difference: "API Gateway's models are draft 4. `details` says what is wrong and where.",
    proof: { file: VALIDATE, name: "what it does not is refused, and no side is asked" },
  },
  {
    feature: "Answers are checked",
    kinds: BOTH,
    ours: "`answers: report`, of both sides",
    difference: "API Gateway checks requests alone.",
    proof: { file: VALIDATE, name: "reported, requests pass, and answers of both sides are counted" },
  },
];

export const TRANSFORMS: readonly Feature[] = [
  {
    feature: "Mapping templates (VTL) of requests and answers",
    kinds: ["REST"],
    ours: "policy `transform`: JSONata on a thread of its own, bounded",
    difference:
      "Shadows too, so comparison is of what clients see. Missing: VTL itself; templates are written anew.",
    proof: { file: TRANSFORM, name: "a client sees the old form of what the new service takes and gives" },
  },
  {
    feature: "Large numbers in mapped bodies",
    kinds: ["REST"],
    ours: "ids that a double does not hold stay as they are",
    proof: {
      file: TRANSFORM,
      name: "numbers that a double cannot hold stay as they are, in chunked and compressed bodies too",
    },
  },
  {
    feature: "Parameter mapping: header, query, path, status",
    kinds: ["HTTP"],
    ours: "`headers` of fig.yaml, routes and sides; `path`; `transform.*.request.query`, `answer.status`",
    proof: {
      file: "test/layers/policies.test.ts",
      name: "fields of every route come first, and values have what the request is",
    },
  },
  {
    feature: "Passthrough of other content types (415)",
    kinds: ["REST"],
    ours: "400 where a body that is to be transformed is no JSON",
    difference: "No table of templates by type.",
    proof: {
      file: TRANSFORM,
      name: "what is no JSON, too large or never ends is an error of the one who sent it, and the door goes on",
    },
  },
];

export const RESPONSES: readonly Feature[] = [
  {
    feature: "CORS: preflights answered",
    kinds: BOTH,
    ours: "policy `cors` with API Gateway's keys",
    proof: { file: CORS, name: "a preflight is answered here, and no side is asked" },
  },
  {
    feature: "CORS on errors",
    kinds: BOTH,
    ours: "on every answer of the route",
    difference: "API Gateway's own errors lack them unless each gateway response is set.",
    proof: { file: CORS, name: "errors of the front door's own can be read too, wherever they are decided" },
  },
  {
    feature: "Compression of answers",
    kinds: ["REST"],
    ours: "policy `compress`: zstd, br, gzip; weak ETags",
    difference: "Not of what another site's page could learn from its length (BREACH).",
    proof: { file: COMPRESS, name: "an answer is sent in the coding that the client prefers" },
  },
  {
    feature: "Decompression of requests",
    kinds: ["REST"],
    ours: "not built: bodies go on as they were sent, or the policy `body` refuses their coding",
  },
  {
    feature: "Gateway responses: a status and body for each kind of failure",
    kinds: ["REST"],
    ours: "a code, status and message each; text for people, JSON for programs, statuses for gRPC",
    difference: "502 says what broke. Missing: bodies of your own.",
    proof: { file: "test/proxy/exchange.test.ts", name: "refuses %s %.20s as %s %s" },
  },
  {
    feature: "Binary media types and base64",
    kinds: ["REST"],
    ours: "bytes pass as they are; there is nothing to set",
    proof: {
      file: "test/e2e/http2.test.ts",
      name: "64 MiB each way arrive whole, and take less than 32 MiB of memory",
    },
  },
];

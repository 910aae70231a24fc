import type { Feature } from "../feature.ts";

const BOTH: Feature["kinds"] = ["REST", "HTTP"];
const TABLE = "test/routing/table.test.ts";

export const ROUTING: readonly Feature[] = [
  {
    feature: "Resources and routes: literals, `{param}`, greedy `{proxy+}`",
    kinds: BOTH,
    ours: "literals, `{x}`, `{x+}`; the bytes that came are forwarded",
    proof: {
      file: "test/routing/template.test.ts",
      name: "reads literals, captures and the rest, decoding literals",
    },
  },
  {
    feature: "The most specific route wins",
    kinds: ["HTTP"],
    ours: "host, path, methods, then conditions",
    difference: "Two routes that could tie are an error when the files load.",
    proof: {
      file: TABLE,
      name: "chooses what trying every route and ranking them chooses, and calls ambiguous what reads differently",
    },
    counterpart: "a matcher that tries every route, over random tables",
  },
  {
    feature: "Methods, `ANY`",
    kinds: BOTH,
    ours: "`match.methods`; left out: every method, those that no RFC names too",
    proof: {
      file: TABLE,
      name: "a host comes before any path, methods before conditions, more conditions before fewer",
    },
  },
  {
    feature: "`$default`, and what no route takes",
    kinds: BOTH,
    ours: "`default` upstream, or 404 `no_route`",
    difference: "An unknown path is 404. REST APIs answer 403 `Missing Authentication Token`.",
    proof: {
      file: "test/control/explain.test.ts",
      name: "what no route matches goes to the default upstream, or is a 404",
    },
  },
  {
    feature: "Custom domains and API mappings",
    kinds: BOTH,
    ours: "`match.host`",
    proof: {
      file: TABLE,
      name: "a host comes before any path, methods before conditions, more conditions before fewer",
    },
  },
  {
    feature: "Routing rules by header and base path",
    kinds: ["REST"],
    ours: "`match.headers`, `match.query`: exact values",
    difference: "No globs in values. A rule needs no number: more conditions come before fewer.",
    proof: {
      file: TABLE,
      name: "a more specific path whose methods or conditions do not hold falls back to a less specific one",
    },
  },
  {
    feature: "Paths that servers read in several ways (`%2F`, `//`, `..`)",
    kinds: BOTH,
    ours: "400 `ambiguous_path` where the readings choose different routes",
    difference: "API Gateway forwards them: what a route guards can be reached by another.",
    proof: { file: TABLE, name: "what stands behind two slashes may be the host" },
  },
  {
    feature: "Path parameters in the integration's path",
    kinds: BOTH,
    ours: "captures in a side's `path`",
    proof: { file: TABLE, name: "captures are the bytes as sent, and are inserted as sent" },
  },
  {
    feature: "Stage variables",
    kinds: BOTH,
    ours: "`vars` and variables of the environment in the files, with defaults; `variables` of a `lambda` upstream for functions that read them",
    difference: "Read when the files load, not for each request.",
    proof: {
      file: "test/config/environment.test.ts",
      name: "fills in texts, numbers, flags, parts of values, and falls back when missing or empty",
    },
  },
  {
    feature: "Route selection by the message's body, `$connect`, `$disconnect`, `$default`",
    kinds: ["WebSocket"],
    ours: "`websockets` of a routes file; each of them a route with two sides",
    difference: "Expressions read the body alone.",
    proof: {
      file: "test/e2e/websockets.test.ts",
      name: "a client is let in by $connect, its messages go to their routes, and $disconnect hears the end",
    },
  },
];

export const PUBLISHING: readonly Feature[] = [
  {
    feature: "Deployments: immutable snapshots, redeployed",
    kinds: BOTH,
    ours: "files are read again when they change, whole or not at all",
    difference: "No redeployment to forget.",
    proof: {
      file: "test/e2e/files-in-motion.test.ts",
      name: "200 files rewritten one by one come into force together, whatever reloads meanwhile",
    },
  },
  {
    feature: "Deployment history, and redeploying an earlier one",
    kinds: BOTH,
    ours: "each change of the files is a revision in the ledger, with the files: `fig files`, `fig files restore`",
    difference: "Credentials in them are not kept.",
    proof: {
      file: "test/front-door/kept-files.test.ts",
      name: "one command goes back from a bad change, with a copy of what was there",
    },
  },
  {
    feature: "Stages",
    kinds: BOTH,
    ours: "a fig.yaml for each, which `extends` what they share, with `vars`; a front door each",
    difference: "Missing: several stages in one process.",
    proof: {
      file: "test/config/extends.test.ts",
      name: "says what another file says, but for what it says itself; mappings key by key",
    },
  },
  {
    feature: "Canary: a share of requests to another deployment",
    kinds: ["REST"],
    ours: "`fig shift --modern 25`",
    difference: "Clients stay on their side. API Gateway draws for each request.",
    proof: {
      file: "test/e2e/nginx-split.test.ts",
      name: "a front door sends clients where nginx would, at five percentages: those nearest to an end, and every tenth",
    },
    counterpart: "nginx, `split_clients`",
  },
  {
    feature: "Canary: promotion and going back",
    kinds: ["REST"],
    ours: "`fig shift`, `fig rollback`, numbered steps with gates",
    difference:
      "Answers of both sides are compared first, and a gate holds a step back. Each change is in a ledger.",
    proof: {
      file: "test/e2e/shift-under-load.test.ts",
      name: "0 → 10 → 50 → 100 → rollback under 64 keep-alive connections: no request fails, each side is the hash's",
    },
  },
  {
    feature: "Test invoke",
    kinds: ["REST"],
    ours: "`fig explain`: the decision, and each policy's verdict; nothing is sent",
    proof: {
      file: "test/e2e/explain-equals-door.test.ts",
      name: `explain says what both lanes do with \${REQUESTS} requests, usual and odd ones`,
    },
    counterpart: "the front door itself, over random requests",
  },
  {
    feature: "OpenAPI import with `x-amazon-apigateway-*`",
    kinds: BOTH,
    ours: "`fig import openapi`, `fig import apigateway`: routes, upstreams, authorizers, CORS, throttling; what has no key here is named",
    difference: "Templates (VTL) are named, not made.",
    proof: {
      file: "test/config/import/import-openapi.test.ts",
      name: "functions, authorizers, API keys, CORS, mocks and stage variables",
    },
  },
  { feature: "OpenAPI export", kinds: BOTH, ours: "not built" },
  { feature: "SDK generation, documentation parts, developer portals", kinds: ["REST"], ours: "not built" },
  { feature: "MCP and agent targets", kinds: ["REST"], ours: "not built" },
];

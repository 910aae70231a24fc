import type { WrongFiles } from "./wrong-files.ts";

const DEFAULT = 'upstreams: { m: "http://m.test" }\ndefault: m\n';

export const WRONG_POLICIES_AND_LOGS: readonly WrongFiles[] = [
  {
    name: "policies of fig.yaml that only what no route matches has",
    files: {
      "fig.yaml": `${DEFAULT}policies:\n  authorizer: {}\n  validate: { openapi: shop }\n`,
      "routes/r.yaml":
        "routes:\n  - { id: a, match: { path: /a }, modern: m, policies: { authorizer: false, validate: false } }\n",
    },
    says: [
      "fig.yaml:4:15: policies.authorizer: nobody is asked — write `url` or `function`",
      'fig.yaml:5:24: policies.validate.openapi: there is no document "shop" — there are no documents',
    ],
  },
  {
    name: "a format of the access log with a name that there is not",
    files: { "fig.yaml": 'accessLog: { format: { a: "$context.stauts" } }\n' },
    says: [
      'fig.yaml:1:27: accessLog.format.a: "$context.stauts" has a variable that there is not, $context.stauts — did you mean "$context.status"?; $$ is a dollar, and docs/reference/access-log.md has them all',
    ],
  },
  {
    name: "a format of the access log without a variable, and no place for it",
    files: { "fig.yaml": "accessLog: { format: plain, to: /var/log/fig.log }\n" },
    says: [
      'fig.yaml:1:22: accessLog.format: "plain" is neither a format\'s name nor a template — write json, clf, combined, a text with variables like $status, or a mapping of names to such texts',
      'fig.yaml:1:33: accessLog.to: "/var/log/fig.log" is no place for a log — write stdout, or file: and a path, like file:/var/log/fig/access.log',
    ],
  },
  {
    name: "credentials for pages of every origin",
    files: {
      "fig.yaml":
        'policies:\n  cors: { allowOrigins: [https://a.test, "https://*"], exposeHeaders: ["*"], allowCredentials: true }\n',
    },
    says: [
      'fig.yaml:2:42: policies.cors.allowOrigins[1]: "https://*" with allowCredentials would let every page read what is its visitors\' own — name the origins, such as https://*.example.com, or leave allowCredentials out',
      'fig.yaml:2:72: policies.cors.exposeHeaders[0]: "*" means a field of that name where allowCredentials is true — name the fields',
    ],
  },
  {
    name: "origins that no browser sends",
    files: {
      "fig.yaml": "policies: { cors: { allowOrigins: [https://a.test/, https://a.test:443] } }\n",
    },
    says: [
      'fig.yaml:1:36: policies.cors.allowOrigins[0]: "https://a.test/" is not an origin — write an origin as browsers send it, like https://shop.example.com or http://localhost:5173; https://*.example.com, http://localhost:*, https://* or * for several',
      'fig.yaml:1:53: policies.cors.allowOrigins[1]: "https://a.test:443" names the scheme\'s own port, which browsers leave out — leave the port out',
    ],
  },
  {
    name: "policies with values that mean nothing",
    files: {
      "fig.yaml":
        'policies:\n  body: { types: [json], encodings: ["a b"] }\n  compress: { encodings: [deflate] }\n  respond: { status: 204, body: x }\n  headers: { request: { set: { x-a: $rout } } }\n',
    },
    says: [
      'fig.yaml:2:19: policies.body.types[0]: "json" is not a media type — write a media type, like application/json, text/* or application/*+json',
      'fig.yaml:2:38: policies.body.encodings[0]: "a b" is not a content coding — write the name of a content coding: identity, gzip, br, zstd or deflate',
      'fig.yaml:3:27: policies.compress.encodings[0]: "deflate" is not an allowed word — write zstd, br or gzip',
      "fig.yaml:4:33: policies.respond.body: 204 is an answer without a body — leave it out, or write status: 200",
      'fig.yaml:5:37: policies.headers.request.set.x-a: "$rout" has a variable that there is not, $rout — did you mean "$route"?; $$ is a dollar',
    ],
  },
];

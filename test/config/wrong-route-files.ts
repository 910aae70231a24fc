import { FIG, ONE, UPSTREAMS, type WrongFiles } from "./wrong-files.ts";

export const WRONG_ROUTE_FILES: readonly WrongFiles[] = [
  {
    name: "limits by what no policy finds out",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - id: a\n    match: { path: /a }\n    modern: b\n    policies: { limit: { rate: 1/s, key: [apiKey, claim:sub] } }\n",
    },
    says: [
      "routes/r.yaml:5:24: route a: policies.limit: its key has the API key, and no policy of the route finds that out — add apiKeys or authorizer to the route's policies",
      "routes/r.yaml:5:24: route a: policies.limit: its key has a claim, and no policy of the route finds that out — add jwt or login to the route's policies",
    ],
  },
  {
    name: "a WebSocket API with wrong parts",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "websockets:\n  - id: chat\n    path: /chat/{room}\n    select: $request.header.x\n    routes: { $connect: { modern: b, safe: true }, $ping: { modern: b } }\n",
    },
    says: [
      'routes/r.yaml:3:11: WebSocket API chat: path: "/chat/{room}" is no plain path — write it like /chat',
      'routes/r.yaml:4:13: WebSocket API chat: select: "$request.header.x" reads something that is not $request.body.NAME — write it like $request.body.action',
      'routes/r.yaml:5:52: WebSocket API chat: routes: "$ping" is no route key — write the key that messages choose it by, or $connect, $disconnect or $default',
    ],
  },
  {
    name: "WebSocket APIs that do not go together",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "websockets:\n  - { id: chat, path: /chat, routes: { $connect: { modern: c, respond: true } } }\n  - { id: chat, path: /chat, routes: {} }\n",
    },
    says: [
      'routes/r.yaml:2:60: route chat.connect: modern: there is no upstream "c" — upstreams here: a, b',
      "routes/r.yaml:2:72: WebSocket API chat: $connect: respond is for messages alone — leave it out",
      "routes/r.yaml:3:11: two WebSocket APIs have the id chat — give each its own id",
      "routes/r.yaml:3:38: WebSocket API chat: routes is empty — write $default, or a route key",
    ],
  },
  {
    name: "a routes file that is no list",
    files: { "fig.yaml": FIG, "routes/r.yaml": "routes: { one: {} }\n" },
    says: ["routes/r.yaml:1:9: routes: must be a list, not a mapping — write a list: [first, second]"],
  },
  {
    name: "a routes file with another key",
    files: { "fig.yaml": FIG, "routes/r.yaml": "route: []\n" },
    says: ['routes/r.yaml:1:1: unknown key "route" — did you mean "routes"?'],
  },
  {
    name: "a route that is a text",
    files: { "fig.yaml": FIG, "routes/r.yaml": "routes:\n  - one\n" },
    says: ['routes/r.yaml:2:5: must be a mapping, not "one" — write lines of key: value under it'],
  },
  {
    name: "an empty route",
    files: { "fig.yaml": FIG, "routes/r.yaml": "routes:\n  - {}\n" },
    says: [
      "routes/r.yaml:2:5: id: is missing — write letters, digits and . _ - : @ /, like orders.read",
      "routes/r.yaml:2:5: match: is missing — write lines of key: value under it",
      "routes/r.yaml:2:5: modern: is missing — name an upstream: letters, digits and . _ -, like orders",
    ],
  },
  {
    name: "ids",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - { id: a b, match: { path: /1 }, modern: b }\n  - { id: (default), match: { path: /2 }, modern: b }\n  - { id: 5, match: { path: /3 }, modern: b }\n  - { id: --x, match: { path: /4 }, modern: b }\n  - { id: .., match: { path: /5 }, modern: b }\n",
    },
    says: [
      'routes/r.yaml:2:11: route a b: id: "a b" has a space or a control character — write letters, digits and . _ - : @ /, like orders.read',
      'routes/r.yaml:3:11: route (default): id: "(default)" is reserved: the front door\'s own names begin with ( — write letters, digits and . _ - : @ /, like orders.read',
      "routes/r.yaml:4:11: id: 5 is not a text — write letters, digits and . _ - : @ /, like orders.read",
      'routes/r.yaml:5:11: route --x: id: "--x" begins with -, like an option — write letters, digits and . _ - : @ /, like orders.read',
      'routes/r.yaml:6:11: route ..: id: ".." is a step of a path, which URLs lose on their way — write letters, digits and . _ - : @ /, like orders.read',
    ],
  },
  {
    name: "operations that are no names, and an operation that two routes take",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - { id: one, match: { path: /one, operations: [Get Cart, 5] }, modern: b }\n  - { id: two, match: { path: /two, operations: [] }, modern: b }\n  - { id: x, match: { path: /x, operations: [A, B] }, modern: b }\n  - { id: y, match: { path: /x, operations: [B] }, modern: b }\n",
    },
    says: [
      'routes/r.yaml:2:50: route one: match.operations[0]: "Get Cart" is not the name of an operation — write GetCart, or cart.get',
      "routes/r.yaml:2:60: route one: match.operations[1]: 5 is not a text — write GetCart, or cart.get",
      "routes/r.yaml:3:49: route two: match.operations: must not be empty — write at least one, or leave the key out",
      "routes/r.yaml:5:29: routes x and y tie: some requests match both alike; x is at routes/r.yaml:4:29 — make one more specific: other methods, a host, a header or a query parameter",
    ],
  },
  {
    name: "credentials in the wrong place are not quoted",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        'routes:\n  - id: one\n    match: { path: "/one;sid=s3cret/{x", "token=s3cret": 1 }\n    legacy: "password=s3cret"\n    modern: ghp_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b\n',
    },
    says: [
      'routes/r.yaml:3:20: route one: match.path: path "/one;sid=[redacted]" has an unpaired brace in "{x" — write it like /api/orders/{id} or /files/{rest+}; a literal brace is %7B or %7D',
      'routes/r.yaml:3:42: route one: match: unknown key "token=[redacted]" — keys known here: path, methods, host, headers, query, operations, encodedSlash, caseSensitive, trailingSlash',
      'routes/r.yaml:4:13: route one: legacy: "password=[redacted]" is not an upstream\'s name — name an upstream: letters, digits and . _ -, like orders',
      'routes/r.yaml:4:13: route one: legacy: there is no upstream "password=[redacted]" — upstreams here: a, b',
      'routes/r.yaml:5:13: route one: modern: there is no upstream "[redacted]" — upstreams here: a, b',
    ],
  },
  {
    name: "values that are credentials are not quoted",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        'routes:\n  - id: one\n    match: { path: /one, headers: { x-api-key: "s3cret\\x01" }, query: { code: 5 } }\n    headers: { request: { set: { authorization: "Bearer s3cret " } } }\n    modern: b\n',
    },
    says: [
      'routes/r.yaml:3:48: route one: match.headers.x-api-key: the value has a control character — write the exact value, numbers in quotes: "2"',
      'routes/r.yaml:3:79: route one: match.query.code: the value is not a text — write the exact value, numbers in quotes: "2"',
      'routes/r.yaml:4:49: route one: headers.request.set.authorization: the value begins or ends with a blank — write the exact value, numbers in quotes: "2"',
    ],
  },
  {
    name: "names of headers that are written twice",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - id: one\n    match: { path: /one }\n    shadow: { headers: { set: { x-a: a, X-A: b } } }\n    headers: { answer: { set: { x-b: a, X-b: b } } }\n    modern: { upstream: b, headers: { request: { set: { x-c: a, X-C: b } } } }\n",
    },
    says: [
      "routes/r.yaml:4:41: route one: shadow.headers.set: x-a appears twice — keep one of them",
      "routes/r.yaml:5:41: route one: headers.answer.set: x-b appears twice — keep one of them",
      "routes/r.yaml:6:65: route one: modern.headers.request.set: x-c appears twice — keep one of them",
    ],
  },
  {
    name: "what a route says of its methods, its errors and legacy's",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    shadow: { safe: POST }\n    errors: soap\n    compare: { legacyErrors: ignore }\n`,
    },
    says: [
      'routes/r.yaml:5:21: route one: shadow.safe: "POST" is neither true nor false — write true or false',
      'routes/r.yaml:6:13: route one: errors: "soap" is not an allowed word — write graphql or grpc, or leave it out',
      'routes/r.yaml:7:30: route one: compare.legacyErrors: "ignore" is not an allowed word — write accept, or leave it out',
    ],
  },
  {
    name: "values that no header can have",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        'routes:\n  - id: one\n    match: { path: /one, headers: { x-a: "b\\x01" } }\n    headers: { answer: { set: { x-b: "\\x1b[1m" } } }\n    modern: { upstream: b, headers: { request: { set: { x-c: " c", x-d: "\\x7f", proxy-authorization: p } } } }\n',
    },
    says: [
      'routes/r.yaml:3:42: route one: match.headers.x-a: "b\\u0001" has a control character — write the exact value, numbers in quotes: "2"',
      'routes/r.yaml:4:38: route one: headers.answer.set.x-b: "\\u001b[1m" has a control character — write the exact value, numbers in quotes: "2"',
      'routes/r.yaml:5:62: route one: modern.headers.request.set.x-c: " c" begins or ends with a blank — write the exact value, numbers in quotes: "2"',
      'routes/r.yaml:5:73: route one: modern.headers.request.set.x-d: "\x7f" has a control character — write the exact value, numbers in quotes: "2"',
      'routes/r.yaml:5:81: route one: modern.headers.request.set: "proxy-authorization" is the front door\'s own to write — leave it out',
    ],
  },
  {
    name: "upstreams that are not there",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - id: one\n    match: { path: /one }\n    legacy: { upstream: monolith }\n    modern: c\n",
    },
    says: [
      'routes/r.yaml:4:25: route one: legacy: there is no upstream "monolith" — upstreams here: a, b',
      'routes/r.yaml:5:13: route one: modern: there is no upstream "c" — upstreams here: a, b',
    ],
  },
  {
    name: "no legacy and no default",
    files: { "fig.yaml": UPSTREAMS, "routes/r.yaml": ONE },
    says: [
      "routes/r.yaml:2:5: route one: legacy is left out, and fig.yaml has no default upstream — write legacy, set default in fig.yaml, or declare the route retired",
    ],
  },
  {
    name: "path templates",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - { id: a, match: { path: one }, modern: b }\n  - { id: b, match: { path: '/{x+}/y' }, modern: b }\n  - { id: c, match: { path: '/x//y' }, modern: b }\n  - { id: d, match: { path: '/{x}.json' }, modern: b }\n",
    },
    says: [
      'routes/r.yaml:2:29: route a: match.path: path "one" does not begin with / — write it like /api/orders/{id} or /files/{rest+}',
      'routes/r.yaml:3:29: route b: match.path: path "/{x+}/y" has {x+} before its end — make {x+} the last segment, or write {x}',
      'routes/r.yaml:4:29: route c: match.path: path "/x//y" has an empty segment (//), which no unambiguous request matches — write a single /',
      'routes/r.yaml:5:29: route d: match.path: path "/{x}.json" has a capture that is only a part of the segment "{x}.json" — make {x} a whole segment',
    ],
  },
  {
    name: "a rewrite that names no capture",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - id: one\n    match: { path: '/one/{id}' }\n    modern: { upstream: b, path: '/v2/{key}' }\n",
    },
    says: [
      'routes/r.yaml:4:34: route one: modern: path "/v2/{key}" inserts {key}, which match.path does not capture — match.path has {id}',
    ],
  },
  {
    name: "methods",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - { id: a, match: { path: /a, methods: [get] }, modern: b }\n  - { id: b, match: { path: /b, methods: GET }, modern: b }\n  - { id: c, match: { path: /c, methods: [] }, modern: b }\n  - { id: d, match: { path: /d, methods: [CONNECT] }, modern: b }\n",
    },
    says: [
      'routes/r.yaml:2:43: route a: match.methods[0]: "get" is not a method — write it in capitals: GET, POST, PUT ...',
      'routes/r.yaml:3:42: route b: match.methods: must be a list, not "GET" — write a list: [first, second]',
      "routes/r.yaml:4:42: route c: match.methods: must not be empty — write at least one, or leave the key out",
      "routes/r.yaml:5:43: route d: match.methods[0]: CONNECT is never routed — leave it out; it gets 405",
    ],
  },
  {
    name: "hosts and conditions",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - { id: a, match: { path: /a, host: 'h:80' }, modern: b }\n  - { id: b, match: { path: /b, host: '*.h' }, modern: b }\n  - { id: c, match: { path: /c, headers: { x-api: 2, 'x y': z } }, modern: b }\n  - { id: d, match: { path: /d, headers: { X-A: '1', x-a: '2', Host: h } }, modern: b }\n",
    },
    says: [
      'routes/r.yaml:2:39: route a: match.host: "h:80" has a port — write a name without port, like shop.example.com',
      'routes/r.yaml:3:39: route b: match.host: "*.h" has a wildcard, which is not built yet in this version — write a name without port, like shop.example.com',
      'routes/r.yaml:4:51: route c: match.headers.x-api: 2 is not a text — write the exact value, numbers in quotes: "2"',
      'routes/r.yaml:4:54: route c: match.headers: "x y" is not a header name — write a header\'s name, like content-type',
      "routes/r.yaml:5:54: route d: match.headers: x-a appears twice — keep one of them",
      "routes/r.yaml:5:64: route d: match.headers: the host is matched by match.host — write match.host",
    ],
  },
  {
    name: "two routes of one id",
    files: {
      "fig.yaml": FIG,
      "routes/a.yaml": ONE,
      "routes/b.yaml": "routes:\n  - id: one\n    match: { path: /two }\n    modern: b\n",
    },
    says: [
      "routes/b.yaml:2:9: two routes have the id one; the other is at routes/a.yaml:2:9 — give each its own id",
    ],
  },
  {
    name: "routes that tie",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - id: one\n    match: { path: '/x/{a}', methods: [GET] }\n    modern: b\n  - id: two\n    match: { path: '/x/{b}', methods: [GET, PUT] }\n    modern: b\n",
    },
    says: [
      "routes/r.yaml:6:20: routes one and two tie: some requests match both alike; one is at routes/r.yaml:3:20 — make one more specific: other methods, a host, a header or a query parameter",
    ],
  },
  {
    name: "how a path is read",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - id: one\n    match: { path: /1, encodedSlash: pass, caseSensitive: no, trailingSlash: true }\n    modern: b\n",
    },
    says: [
      'routes/r.yaml:3:38: route one: match.encodedSlash: "pass" is not an allowed word — write reject or keep',
      'routes/r.yaml:3:59: route one: match.caseSensitive: "no" is neither true nor false — write true or false',
      "routes/r.yaml:3:78: route one: match.trailingSlash: true is not an allowed word — write exact or any",
    ],
  },
  {
    name: "a split that is not accepted",
    files: { "fig.yaml": FIG, "routes/r.yaml": `${ONE}    resplit: true\n` },
    says: [
      "routes/r.yaml:5:14: route one: resplit: true is not an allowed word — write accepted, or leave it out",
    ],
  },
  {
    name: "sticky sources",
    files: { "fig.yaml": FIG, "routes/r.yaml": `${ONE}    sticky: [cookie, 'header:x y', IP]\n` },
    says: [
      'routes/r.yaml:5:14: route one: sticky[0]: "cookie" is not a source of a sticky key — write client, cookie:NAME, header:NAME or ip',
      'routes/r.yaml:5:22: route one: sticky[1]: "header:x y" is not a source of a sticky key — write client, cookie:NAME, header:NAME or ip',
      'routes/r.yaml:5:36: route one: sticky[2]: "IP" is not a source of a sticky key — write client, cookie:NAME, header:NAME or ip',
    ],
  },
  {
    name: "a cohort that does not agree",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml":
        "routes:\n  - { id: one, match: { path: /1 }, modern: b, cohort: c }\n  - { id: two, match: { path: /2 }, modern: b, cohort: c, sticky: [cookie:d, ip] }\n",
    },
    says: [
      "routes/r.yaml:3:67: route two: its sticky is [cookie:d, ip], but one of the same cohort c has [ip] — give all routes of a cohort the same sticky",
    ],
  },
  {
    name: "a position with three decimals",
    files: { "fig.yaml": FIG, "routes/r.yaml": `${ONE}    start: { modern: 12.345, shadow: -1 }\n` },
    says: [
      "routes/r.yaml:5:22: route one: start.modern: 12.345 has more than two decimals — write at most two, like 12.25",
      "routes/r.yaml:5:38: route one: start.shadow: -1 is out of range — write a number from 0 to 100",
    ],
  },
  {
    name: "a start above 0 with sandboxed writes",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    start: { modern: 5 }\n    shadow: { writes: sandboxed }\n`,
    },
    says: [
      "routes/r.yaml:5:22: route one: start.modern is above 0 while shadow.writes is sandboxed, which holds only while modern is 0 — set start.modern to 0, or shadow.writes to never",
    ],
  },
  {
    name: "shadow bounds",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    shadow: { writes: always, maxBody: 1GiB, concurrency: 0 }\n`,
    },
    says: [
      'routes/r.yaml:5:23: route one: shadow.writes: "always" is not an allowed word — write never, idempotent or sandboxed',
      "routes/r.yaml:5:59: route one: shadow.concurrency: 0 is out of range — write a whole number from 1 to 10000",
    ],
  },
  {
    name: "a shadow body above the memory for shadows",
    files: { "fig.yaml": FIG, "routes/r.yaml": `${ONE}    shadow: { maxBody: 1GiB }\n` },
    says: [
      "routes/r.yaml:5:24: route one: shadow.maxBody is above limits.shadowMemory, so a body of that size is never compared — lower it, or raise limits.shadowMemory in fig.yaml",
    ],
  },
  {
    name: "path patterns",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    compare:\n      ignore: [items, '$..*']\n      arrays: { '$.items[0]': unordered, $.x: sorted }\n      tolerance: { $.total: -1, $.y: a }\n      redact: ['$.a[?(@.b)]']\n`,
    },
    says: [
      'routes/r.yaml:6:16: route one: compare.ignore[0]: "items" is not a path pattern: it does not begin with $, or with / for XML and HTML — write it like $.items[*].etag: `$`, then `.name`, `["name"]`, `[*]`, `.*` or `..name`',
      'routes/r.yaml:6:23: route one: compare.ignore[1]: "$..*" is not a path pattern: no name follows the .. at position 2 — write it like $.items[*].etag: `$`, then `.name`, `["name"]`, `[*]`, `.*` or `..name`',
      'routes/r.yaml:7:17: route one: compare.arrays: "$.items[0]" is not a path pattern: it names one index — write [*], which stands for every element of the array',
      'routes/r.yaml:7:47: route one: compare.arrays["$.x"]: "sorted" is not an allowed word — write unordered, or { key: NAME }',
      'routes/r.yaml:8:29: route one: compare.tolerance["$.total"]: -1 is out of range — write a number, at least 0',
      'routes/r.yaml:8:38: route one: compare.tolerance["$.y"]: "a" is not a number — write a number, at least 0',
      'routes/r.yaml:9:16: route one: compare.redact[0]: "$.a[?(@.b)]" is not a path pattern: filters are not supported — write it like $.items[*].etag: `$`, then `.name`, `["name"]`, `[*]`, `.*` or `..name`',
    ],
  },
  {
    name: "what rules of compare say of themselves",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    compare:\n      arrays: { $.a: { reason: b }, $.c: { key: id, until: soon } }\n      tolerance: { $.a: { until: 2027-01-01 } }\n      nulls: { as: gone }\n      headers: [{ ignore: vary, untill: 2027-01-01 }]\n`,
    },
    says: [
      'routes/r.yaml:6:22: route one: compare.arrays["$.a"].key: is missing — write key: NAME or unordered: true',
      'routes/r.yaml:6:60: route one: compare.arrays["$.c"].until: "soon" is not a day — write a day like 2027-01-31',
      'routes/r.yaml:7:25: route one: compare.tolerance["$.a"].by: is missing — write a number, at least 0',
      'routes/r.yaml:8:20: route one: compare.nulls.as: "gone" is not an allowed word — write absent, or leave the key out',
      'routes/r.yaml:9:33: route one: compare.headers[0]: unknown key "untill" — did you mean "until"?',
    ],
  },
  {
    name: "rules of compare that are not about paths",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    compare:\n      ignore: [{ path: $.a, until: 2027-02-30 }, { path: b }, { reason: c }]\n      status: [[404], [404, 99]]\n      nulls: ignored\n      text: [{ replace: '^a' }, { replace: 'a{300}' }, { with: b }, { replace: a, with: "${"x".repeat(101)}" }]\n`,
    },
    says: [
      'routes/r.yaml:6:36: route one: compare.ignore[0].until: "2027-02-30" is not a day — write a day like 2027-01-31',
      'routes/r.yaml:6:58: route one: compare.ignore[1].path: "b" is not a path pattern: it does not begin with $, or with / for XML and HTML — write it like $.items[*].etag: `$`, then `.name`, `["name"]`, `[*]`, `.*` or `..name`',
      "routes/r.yaml:6:63: route one: compare.ignore[2].path: is missing — write it like $.items[*].etag",
      "routes/r.yaml:7:16: route one: compare.status[0]: must have at least 2 — write more, or leave the list out",
      "routes/r.yaml:7:29: route one: compare.status[1][1]: 99 is out of range — write a whole number from 200 to 999",
      'routes/r.yaml:8:14: route one: compare.nulls: "ignored" is not an allowed word — write absent, or leave the key out',
      'routes/r.yaml:9:25: route one: compare.text[0].replace: "^a" is not a pattern for text: anchors (^) are not supported — write one like nonce="[^"]*": characters, classes, groups, | and repeats',
      'routes/r.yaml:9:44: route one: compare.text[1].replace: "a{300}" is not a pattern for text: it stands for more than 256 characters, its repeats written out — write one like nonce="[^"]*": characters, classes, groups, | and repeats',
      'routes/r.yaml:9:56: route one: compare.text[2].replace: is missing — write one like nonce="[^"]*"',
      `routes/r.yaml:9:89: route one: compare.text[3].with: "${"x".repeat(60)}…" has more than 100 characters — write at most 100 characters`,
    ],
  },
  {
    name: "too many rules for text",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    compare:\n      text: [${Array(21).fill("{ replace: a }").join(", ")}]\n`,
    },
    says: ["routes/r.yaml:6:13: route one: compare.text: must have at most 20 — write fewer"],
  },
  {
    name: "former ids",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    formerly: [two, old]\n  - { id: two, match: { path: /two }, modern: b, formerly: [old] }\n`,
    },
    says: [
      "routes/r.yaml:5:16: route one: formerly names two, which is still a route — leave it out, or remove that route",
      "routes/r.yaml:6:61: route two: formerly names old, which one names too — keep it in one of them",
    ],
  },
  ...(
    [
      ["match: { path: /x/{id} }", 3, 23, "path", "/x/{id}"],
      ["match: { path: /x/{id}/y/{rest+}, methods: [GET] }", 3, 23, "path", "/x/{id}/y/{rest+}"],
      ["match: { path: /x, headers: { a: b{c} } }", 3, 39, "text", "b{c}"],
      [`match: { path: /x/\${ID} }`, 3, 24, "reference", `/x/\${ID}`],
    ] as const
  ).map(([line, row, column, what, text]) => ({
    name: `a text with braces inside braces: ${line}`,
    files: { "fig.yaml": FIG, "routes/r.yaml": `routes:\n  - id: one\n    ${line}\n    modern: b\n` },
    says: [
      `routes/r.yaml:${row}:${column}: inside [ ] and { } the text ${text} needs quotes, because of its brackets — quote the ${what}: "${text}"`,
    ],
  })),
];

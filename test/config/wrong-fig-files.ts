import { UPSTREAMS, type WrongFiles } from "./wrong-files.ts";

export const WRONG_FIG_FILES: readonly WrongFiles[] = [
  {
    name: "a name that would not fit a title",
    files: { "fig.yaml": `name: "prod\\nuction"\n` },
    says: [
      'fig.yaml:1:7: name: "prod\\nuction" is no name of an environment — write 1 to 40 letters, digits, spaces and . _ - such as production',
    ],
  },
  {
    name: "no number of processes",
    files: { "fig.yaml": "workers: all\n" },
    says: [
      'fig.yaml:1:10: workers: "all" is no number of processes — write a whole number from 1 to 256, or auto',
    ],
  },
  {
    name: "no process at all",
    files: { "fig.yaml": "workers: 0\n" },
    says: [
      "fig.yaml:1:10: workers: 0 is no number of processes — write a whole number from 1 to 256, or auto",
    ],
  },
  {
    name: "an unknown key",
    files: { "fig.yaml": "lisen: 127.0.0.1:8080\n" },
    says: ['fig.yaml:1:1: unknown key "lisen" — did you mean "listen"?'],
  },
  {
    name: "an unknown key near nothing",
    files: { "fig.yaml": "drain: { wait: 5s }\n" },
    says: ['fig.yaml:1:10: drain: unknown key "wait" — keys known here: delay, deadline'],
  },
  {
    name: "a key of a later version",
    files: { "fig.yaml": "auth: { jwt: {} }\nlimits: { rateLimit: 5 }\n" },
    says: [
      'fig.yaml:1:1: "auth" is not built yet in this version — leave it out',
      'fig.yaml:2:11: limits: "rateLimit" is not built yet in this version — leave it out',
    ],
  },
  {
    name: "a list for a mapping",
    files: { "fig.yaml": "limits: [1, 2]\n" },
    says: ["fig.yaml:1:9: limits: must be a mapping, not a list — write lines of key: value under it"],
  },
  {
    name: "a text for a list",
    files: { "fig.yaml": "trustedProxies: 10.0.0.0/8\n" },
    says: ['fig.yaml:1:17: trustedProxies: must be a list, not "10.0.0.0/8" — write a list: [first, second]'],
  },
  {
    name: "a key without a value",
    files: { "fig.yaml": "timeouts:\n  idle:\n" },
    says: [
      "fig.yaml:2:8: timeouts.idle: has no value — write a number with its unit: 250ms, 5s, 2m or 1h, more than 0",
    ],
  },
  {
    name: "the whole file a list",
    files: { "fig.yaml": "- listen\n" },
    says: ["fig.yaml:1:1: must be a mapping, not a list — write lines of key: value under it"],
  },
  {
    name: "a key written twice",
    files: { "fig.yaml": "listen: 127.0.0.1:1\nadmin: 127.0.0.1:2\nlisten: 127.0.0.1:3\n" },
    says: ["fig.yaml:3:1: the key listen appears twice — keep one of the two"],
  },
  {
    name: "tabs",
    files: { "fig.yaml": "limits:\n\theaders: 1KiB\n" },
    says: ["fig.yaml:2:1: a tab indents this line — indent with spaces"],
  },
  {
    name: "an unclosed bracket",
    files: { "fig.yaml": "trustedProxies: [10.0.0.0/8\nlisten: 127.0.0.1:1\n" },
    says: [
      "fig.yaml:2:1: the YAML is wrong here: flow sequence in block collection must be sufficiently indented and end with a ] — correct the YAML",
    ],
  },
  {
    name: "two documents",
    files: { "fig.yaml": "listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2\n" },
    says: ["fig.yaml:2:1: a second document begins here — keep one in a file: leave out the line ---"],
  },
  {
    name: "an alias without an anchor",
    files: { "fig.yaml": "listen: *here\n" },
    says: ["fig.yaml:1:9: there is no anchor &here before this alias — write the anchor first"],
  },
  {
    name: "an alias that holds itself",
    files: { "fig.yaml": "upstreams: &u\n  a: *u\n" },
    says: [
      "fig.yaml:2:6: values are nested more than 100 deep — nest less deeply; an alias must not contain itself",
    ],
  },
  {
    name: "aliases that multiply",
    files: {
      "fig.yaml":
        "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f]\n",
    },
    says: [
      "fig.yaml:5:29: aliases repeat more than 100000 values — write the values out, or use fewer aliases",
    ],
  },
  {
    name: "a merge of something else",
    files: { "fig.yaml": "limits: { <<: 5 }\n" },
    says: ["fig.yaml:1:9: << merges something that is not a mapping — merge a mapping: <<: *name"],
  },
  {
    name: "two merges of one mapping",
    files: { "fig.yaml": "drain:\n  <<: { delay: 1s }\n  <<: { deadline: 1s }\n" },
    says: ["fig.yaml:3:3: the key << appears twice — keep one of the two"],
  },
  {
    name: "keys that are no texts",
    files: { "fig.yaml": "drain: { ~: 1, [a]: 2, __proto__: 3 }\n" },
    says: [
      "fig.yaml:1:10: a key must be a text — write name: value",
      "fig.yaml:1:16: a key must be a text — write name: value",
      "fig.yaml:1:24: __proto__ cannot be a key — leave it out",
    ],
  },
  {
    name: "an alias of what is nested too deep together",
    files: {
      "fig.yaml": `a: &a ${"[".repeat(60)}${"]".repeat(60)}\nb: ${"[".repeat(60)}*a${"]".repeat(60)}\n`,
    },
    says: [
      "fig.yaml:2:64: values are nested more than 100 deep — nest less deeply; an alias must not contain itself",
    ],
  },
  {
    name: "a merge of an alias without an anchor",
    files: { "fig.yaml": "drain: { <<: *here }\n" },
    says: ["fig.yaml:1:14: there is no anchor &here before this alias — write the anchor first"],
  },
  {
    name: "a number without a unit",
    files: {
      "fig.yaml": "timeouts: { idle: 75, connect: 0s }\nlimits: { headers: 16KB, shadowMemory: 0 }\n",
    },
    says: [
      "fig.yaml:1:19: timeouts.idle: 75 is not a duration — write a number with its unit: 250ms, 5s, 2m or 1h, more than 0",
      'fig.yaml:1:32: timeouts.connect: "0s" is too short — write a number with its unit: 250ms, 5s, 2m or 1h, more than 0',
      'fig.yaml:2:20: limits.headers: "16KB" is not a size — write a number with its unit: 512B, 64KiB or 1MiB',
      "fig.yaml:2:40: limits.shadowMemory: 0 is too small — write a number with its unit: 512B, 64KiB or 1MiB, more than 0",
    ],
  },
  {
    name: "a wait longer than a day",
    files: { "fig.yaml": "timeouts: { response: 48h }\ndrain: { delay: 0.5ms }\n" },
    says: [
      'fig.yaml:1:23: timeouts.response: "48h" is longer than 24h — write at most 24h',
      'fig.yaml:2:17: drain.delay: "0.5ms" is not a whole number of milliseconds — write a number with its unit: 250ms, 5s, 2m or 1h',
    ],
  },
  {
    name: "addresses",
    files: {
      "fig.yaml":
        "listen: [8080, '127.0.0.1', '[::1:80', '300.0.0.1:80', 'localhost:70000', 'unix:', /x.sock]\n",
    },
    says: [
      "fig.yaml:1:10: listen[0]: 8080 is not a text — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH",
      'fig.yaml:1:16: listen[1]: "127.0.0.1" is not an address — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH',
      'fig.yaml:1:29: listen[2]: "[::1:80" is not an address — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH',
      'fig.yaml:1:40: listen[3]: "300.0.0.1:80" is not an address — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH',
      'fig.yaml:1:56: listen[4]: "localhost:70000" has a port above 65535 — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH',
      'fig.yaml:1:75: listen[5]: "unix:" is not an address — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH',
      'fig.yaml:1:84: listen[6]: "/x.sock" is not an address — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH',
    ],
  },
  {
    name: "the same address twice",
    files: { "fig.yaml": "listen: [127.0.0.1:9901, 127.0.0.1:9901]\n" },
    says: [
      "fig.yaml:1:10: listen and admin are both 127.0.0.1:9901 — give one of them another port",
      "fig.yaml:1:26: listen: 127.0.0.1:9901 appears twice — keep one of them",
    ],
  },
  {
    name: "an admin for everyone without a token",
    files: { "fig.yaml": `admin: 0.0.0.0:9901\nadminToken: \${T:-}\n` },
    says: [
      `fig.yaml:1:8: admin: 0.0.0.0 is not loopback, and there is no adminToken — set adminToken: \${FIG_ADMIN_TOKEN}, or bind admin to 127.0.0.1`,
    ],
  },
  {
    name: "a token that no header carries",
    files: { "fig.yaml": `adminToken: \${T}\n` },
    environment: { T: "secret token" },
    says: [
      `fig.yaml:1:13: adminToken: the token has characters that a header cannot carry — write letters, digits and punctuation without spaces, best as \${FIG_ADMIN_TOKEN:-}`,
    ],
  },
  {
    name: "a token that can be guessed",
    files: { "fig.yaml": "adminToken: hunter2\n" },
    says: [
      "fig.yaml:1:13: adminToken: the token has 7 characters, and one so short can be guessed — write at least 16, best of chance: openssl rand -hex 32",
    ],
  },
  {
    name: "an unset variable",
    files: { "fig.yaml": `admin: \${ADDR}\nadminToken: x\${TOKEN}\n` },
    says: [
      `fig.yaml:1:8: the environment variable ADDR is not set — set ADDR, or give it a fallback: \${ADDR:-value}`,
      `fig.yaml:2:13: the environment variable TOKEN is not set — set TOKEN, or give it a fallback: \${TOKEN:-value}`,
    ],
  },
  {
    name: "a reference that is none",
    files: { "fig.yaml": `adminToken: \${1X}\nstate: '\${'\n` },
    says: [
      `fig.yaml:1:13: \${ does not begin a valid reference — write \${NAME} or \${NAME:-fallback}, and $\${ for a literal \${`,
      `fig.yaml:2:8: \${ does not begin a valid reference — write \${NAME} or \${NAME:-fallback}, and $\${ for a literal \${`,
    ],
  },
  {
    name: "an unquoted reference inside braces",
    files: { "fig.yaml": `limits: { connections: \${N}, body: 0 }\n` },
    environment: { N: "5" },
    says: [
      `fig.yaml:1:25: inside [ ] and { } the text \${N} needs quotes, because of its brackets — quote the reference: "\${N}"`,
    ],
  },
  {
    name: "a wrong value from the environment",
    files: { "fig.yaml": `limits:\n  connections: \${N}\n  body: \${T}\ntimeouts: \${T}\nlisten: \${T}\n` },
    environment: { N: "many", T: "s3cr3t-s3cr3t" },
    says: [
      `fig.yaml:2:16: limits.connections: \${N} is not a number — write a whole number, at least 0`,
      `fig.yaml:3:9: limits.body: \${T} is not a size — write a number with its unit: 512B, 64KiB or 1MiB`,
      `fig.yaml:4:11: timeouts: must be a mapping, not \${T} — write lines of key: value under it`,
      `fig.yaml:5:9: listen: \${T} is not an address — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH`,
    ],
  },
  {
    name: "a redis state without a host",
    files: { "fig.yaml": "state: 'redis://:p4ssw0rd@/0'\n" },
    says: [
      "fig.yaml:1:8: state: the redis URL cannot be read — write redis://[user:password@]host[:port][/database], with ?prefix=NAME if several fleets share it",
    ],
  },
  {
    name: "a redis state with a parameter that is none",
    files: { "fig.yaml": "state: 'redis://u:p4ssw0rd@h/0?timeout=5'\n" },
    says: [
      "fig.yaml:1:8: state: the redis URL has an unknown parameter — the parameters are prefix, copy, ca, cert, key, servername",
    ],
  },
  {
    name: "a redis state with an authority but without TLS",
    files: { "fig.yaml": "state: 'redis://h/0?ca=ca.pem'\n" },
    says: ["fig.yaml:1:8: state: `ca` goes with TLS only — write rediss:// (with two s), or leave it out"],
  },
  {
    name: "a redis state with half a client certificate",
    files: { "fig.yaml": "state: 'rediss://h/0?cert=c.pem'\n" },
    says: [
      "fig.yaml:1:8: state: a client certificate needs both `cert` and `key` — name the PEM file of each",
    ],
  },
  {
    name: "a redis state with a port that is none",
    files: { "fig.yaml": "state: 'redis://h:99999/0'\n" },
    says: [
      "fig.yaml:1:8: state: the redis URL has an invalid port — write redis://[user:password@]host[:port][/database], with ?prefix=NAME if several fleets share it",
    ],
  },
  {
    name: "a redis state with a prefix that is none",
    files: { "fig.yaml": "state: 'redis://h/0?prefix={a}'\n" },
    says: [
      "fig.yaml:1:8: state: the key prefix in the redis URL is invalid — write 1 to 64 letters, digits and : . _ / -, like prefix=shop",
    ],
  },
  {
    name: "a state of an unknown kind",
    files: { "fig.yaml": "state: postgres://u:password@h\n" },
    says: [
      "fig.yaml:1:8: state: the state URL has an unknown scheme — write sqlite:PATH, like sqlite:.fig/state.db, redis://HOST:6379/0 or memory:",
    ],
  },
  {
    name: "networks",
    files: { "fig.yaml": "trustedProxies: [10.0.0.0/33, ten, 10.0.0.0/8/8]\n" },
    says: [
      'fig.yaml:1:18: trustedProxies[0]: "10.0.0.0/33" does not end in a prefix length from 0 to 32 — write a network or an address, like 10.0.0.0/8, ::1/128 or 192.0.2.7',
      'fig.yaml:1:31: trustedProxies[1]: "ten" is not a network — write a network or an address, like 10.0.0.0/8, ::1/128 or 192.0.2.7',
      'fig.yaml:1:36: trustedProxies[2]: "10.0.0.0/8/8" is not a network — write a network or an address, like 10.0.0.0/8, ::1/128 or 192.0.2.7',
    ],
  },
  {
    name: "limits",
    files: {
      "fig.yaml":
        "policies:\n  limit:\n    - { rate: 5/d, key: [ip, token] }\n    - { burst: 3 }\n    - { quota: [5/day, 9/day] }\n    - { rate: 999999937/h, burst: 1000000000 }\n    - { quota: 5/year, concurrent: 0, name: a b }\n",
    },
    says: [
      'fig.yaml:3:15: policies.limit[0].rate: "5/d" is not a rate — write requests per second, minute or hour: 100/s, 2.5/m or 1000/h',
      'fig.yaml:3:30: policies.limit[0].key[1]: "token" is no part of a request that a limit can go by — write apiKey, claim:NAME, header:NAME, cookie:NAME, client or ip',
      "fig.yaml:4:7: policies.limit[1]: the limit limits nothing — write rate, quota or concurrent",
      "fig.yaml:4:16: policies.limit[1].burst: a burst goes with a rate, and there is none — write rate too, like 100/s",
      "fig.yaml:5:16: policies.limit[2].quota: two quotas are of one period — keep the smaller of them",
      "fig.yaml:6:15: policies.limit[3].rate: 999999937/h with a burst of 1000000000 is more than can be counted exactly — write a smaller burst, or a rate with fewer digits",
      'fig.yaml:7:16: policies.limit[4].quota: "5/year" is not a quota — write requests per calendar day, week or month: 10000/day',
      "fig.yaml:7:36: policies.limit[4].concurrent: 0 is out of range — write a whole number from 1 to 1000000",
      'fig.yaml:7:45: policies.limit[4].name: "a b" is not a limit\'s name — write letters, digits and . _ -, at most 64',
    ],
  },
  {
    name: "two limits of one name",
    files: { "fig.yaml": "policies: { limit: [{ rate: 1/s }, { rate: 2/s, name: default }] }\n" },
    says: ["fig.yaml:1:20: policies.limit: two limits have one name — give each a name of its own"],
  },
  {
    name: "plans",
    files: { "fig.yaml": "plans:\n  gold: { limit: { rate: 1/s, key: [ip] } }\n  a b: {}\n" },
    says: [
      'fig.yaml:2:31: plans.gold.limit: unknown key "key" — keys known here: rate, burst, quota, concurrent, headers, name',
      'fig.yaml:3:3: plans: "a b" is not a plan\'s name — write letters, digits and . _ -, like gold',
    ],
  },
  {
    name: "API keys",
    files: {
      "fig.yaml":
        "policies:\n  apiKeys:\n    header: [x-api-key, x-fig-key, host]\n    query: beta\n    plans: []\n    staleFor: 2h\n    hash: slow\n",
    },
    says: [
      'fig.yaml:3:25: policies.apiKeys.header[1]: "x-fig-key" is the front door\'s own to write — leave it out',
      'fig.yaml:3:36: policies.apiKeys.header[2]: "host" is the front door\'s own to write — leave it out',
      'fig.yaml:4:12: policies.apiKeys.query: "beta" is not known as the name of a credential — write a name that says it is a credential, so that no log shows it: api_key, key or token',
      "fig.yaml:5:12: policies.apiKeys.plans: must not be empty — write at least one, or leave the key out",
      'fig.yaml:6:15: policies.apiKeys.staleFor: "2h" is longer than 1h — write at most 1h',
      'fig.yaml:7:5: policies.apiKeys: unknown key "hash" — keys known here: header, query, plans, remove, identity, staleFor',
    ],
  },
  {
    name: "headers that trusted proxies may send",
    files: {
      "fig.yaml": "trustedHeaders: [x-team, X-Forwarded-For]\nforwarded: yes\nunderscoreHeaders: keep\n",
    },
    says: [
      'fig.yaml:1:18: trustedHeaders[0]: "x-team" is no field of the forwarding family — name one such as forwarded, x-real-ip or x-forwarded-prefix',
      'fig.yaml:1:26: trustedHeaders[1]: "X-Forwarded-For" is always believed from trustedProxies — leave it out',
      'fig.yaml:2:12: forwarded: "yes" is not an allowed word — write x, rfc7239 or both',
      'fig.yaml:3:20: underscoreHeaders: "keep" is not an allowed word — write drop or pass',
    ],
  },
  {
    name: "words",
    files: { "fig.yaml": "ambiguousPaths: refuse\ndebugHeaders: yes\nrequireState: 1\n" },
    says: [
      'fig.yaml:1:17: ambiguousPaths: "refuse" is not an allowed word — write reject or default',
      'fig.yaml:2:15: debugHeaders: "yes" is neither true nor false — write true or false',
      "fig.yaml:3:15: requireState: 1 is neither true nor false — write true or false",
    ],
  },
  {
    name: "ambiguous paths to no upstream",
    files: { "fig.yaml": "ambiguousPaths: default\n" },
    says: [
      "fig.yaml:1:17: ambiguousPaths: default needs a default upstream, and there is none — set default, or write reject",
    ],
  },
  {
    name: "percents",
    files: { "fig.yaml": "accessLog: { sample: 101 }\n" },
    says: ["fig.yaml:1:22: accessLog.sample: 101 is out of range — write a number from 0 to 100"],
  },
  {
    name: "an upstream's URL",
    files: {
      "fig.yaml":
        "upstreams:\n  a: ftp://h\n  b: http://h/path\n  c: http://u:password@h\n  d: h:80\n  e: { urls: [] }\n  f: { url: http://h }\n  g: 'http://h?x'\n  h: { urls: [http://h, 'http://h:80'] }\n  'i j': http://h\n",
    },
    says: [
      'fig.yaml:2:6: upstreams.a: "ftp://h" is not an http:// or https:// URL — write http://host:port or https://host:port, without a path, or a socket as unix:/run/app.sock',
      'fig.yaml:3:6: upstreams.b: "http://h/path" has a path — write http://host:port or https://host:port, without a path, or a socket as unix:/run/app.sock; a route\'s side may rewrite the path',
      "fig.yaml:4:6: upstreams.c: the URL contains credentials — write http://host:port or https://host:port, without a path, or a socket as unix:/run/app.sock",
      'fig.yaml:5:6: upstreams.d: "h:80" is not an http:// or https:// URL — write http://host:port or https://host:port, without a path, or a socket as unix:/run/app.sock',
      "fig.yaml:6:14: upstreams.e.urls: must not be empty — write at least one, or leave the key out",
      "fig.yaml:7:6: upstreams.f.urls: is missing — write a list: [first, second]",
      'fig.yaml:7:8: upstreams.f: unknown key "url" — did you mean "urls"?',
      'fig.yaml:8:6: upstreams.g: "http://h?x" has a query — write http://host:port or https://host:port, without a path, or a socket as unix:/run/app.sock',
      'fig.yaml:10:3: upstreams: "i j" is not an upstream\'s name — name an upstream: letters, digits and . _ -, like orders',
    ],
  },
  {
    name: "an upstream without a value",
    files: { "fig.yaml": "upstreams:\n  a:\n" },
    says: [
      "fig.yaml:2:5: upstreams.a: has no value — write http://host:port or https://host:port, without a path, or a socket as unix:/run/app.sock",
    ],
  },
  {
    name: "a default that is no upstream",
    files: { "fig.yaml": `${UPSTREAMS}default: c\n` },
    says: ['fig.yaml:4:10: default: there is no upstream "c" — upstreams here: a, b'],
  },
  {
    name: "a default near an upstream",
    files: { "fig.yaml": "upstreams: { monolith: 'http://h' }\ndefault: monolit\n" },
    says: ['fig.yaml:2:10: default: there is no upstream "monolit" — did you mean "monolith"?'],
  },
  {
    name: "a gate",
    files: {
      "fig.yaml":
        "gate: { maxMismatchRate: 0, minComparisons: 1.5, maxLatencyRatio: { p90: 1 }, minDuration: soon }\n",
    },
    says: [
      "fig.yaml:1:26: gate.maxMismatchRate: 0 is out of range — write a number above 0, at most 100",
      "fig.yaml:1:45: gate.minComparisons: 1.5 is not a whole number — write a whole number, at least 0",
      'fig.yaml:1:69: gate.maxLatencyRatio: unknown key "p90" — did you mean "p50"?',
      'fig.yaml:1:92: gate.minDuration: "soon" is not a duration — write a number with its unit: 250ms, 5s, 2m or 1h',
    ],
  },
  {
    name: "guards and webhooks",
    files: {
      "fig.yaml":
        "guards: { errors: maybe, latency: { p99: 1 }, mismatches: { severity: low }, maxTrips: 0 }\nwebhooks: [{ url: 'ftp://h', secret: short, format: teams }]\n",
    },
    says: [
      'fig.yaml:1:19: guards.errors: "maybe" is neither true nor false — write true or false',
      "fig.yaml:1:42: guards.latency.p99: 1 is out of range — write a number above 1",
      'fig.yaml:1:71: guards.mismatches.severity: "low" is not an allowed word — write high',
      "fig.yaml:1:88: guards.maxTrips: 0 is out of range — write a whole number from 1 to 100",
      "fig.yaml:2:19: webhooks[0].url: the value is not an http or https URL — write an http or https URL",
      `fig.yaml:2:38: webhooks[0].secret: the secret has 5 characters — write at least 16 characters, best as \${FIG_WEBHOOK_SECRET}`,
      'fig.yaml:2:53: webhooks[0].format: "teams" is not an allowed word — write json or slack',
    ],
  },
  {
    name: "what a gate asks of methods",
    files: { "fig.yaml": "gate: { minCoverage: 0, uncovered: [post] }\n" },
    says: [
      "fig.yaml:1:22: gate.minCoverage: 0 is out of range — write a number above 0, at most 100",
      'fig.yaml:1:37: gate.uncovered[0]: "post" is not a method — write it in capitals: GET, POST, PUT ...',
    ],
  },
  {
    name: "a text that ends with a colon",
    files: { "fig.yaml": "state: memory:\n" },
    says: ['fig.yaml:1:8: the text memory: needs quotes, because of its colon — quote it: "memory:"'],
  },
  {
    name: "what an upstream may do with its members",
    files: {
      "fig.yaml": `upstreams:
  a: { urls: [{ url: http://h, weight: 0 }, { weight: 2 }], balance: random }
  b: { urls: [http://h], balance: { hash: [client] }, protocol: http3, slowStart: soon }
  c: { urls: [http://h], health: { interval: 1s }, ejection: { max: 101, failures: 0 } }
  d: { urls: [http://h], retries: { on: [500], attempts: 11 }, connections: { max: -1, queue: 0, refresh: 0 } }
  e: { urls: [http://h], health: { path: healthz, up: 0 } }
  f: unix:run/app.sock
  g: { urls: [https://h], tls: { servername: "a b" } }
default: d
`,
    },
    says: [
      "fig.yaml:2:40: upstreams.a.urls[0].weight: 0 is out of range — write a whole number from 1 to 1000",
      "fig.yaml:2:45: upstreams.a.urls[1].url: is missing — write http://host:port or https://host:port, without a path, or a socket as unix:/run/app.sock",
      'fig.yaml:2:70: upstreams.a.balance: "random" is not an allowed word — write roundRobin or leastRequests',
      'fig.yaml:3:44: upstreams.b.balance.hash[0]: "client" is nothing to hash — write cookie:NAME, header:NAME or ip',
      'fig.yaml:3:65: upstreams.b.protocol: "http3" is not an allowed word — write http1, http2 or auto',
      'fig.yaml:3:83: upstreams.b.slowStart: "soon" is not a duration — write a number with its unit: 250ms, 5s, 2m or 1h',
      "fig.yaml:4:34: upstreams.c.health.path: is missing — write a path, like /healthz",
      "fig.yaml:4:69: upstreams.c.ejection.max: 101 is out of range — write a number from 0 to 100",
      "fig.yaml:4:84: upstreams.c.ejection.failures: 0 is out of range — write a whole number from 1 to 1000",
      "fig.yaml:5:42: upstreams.d.retries.on[0]: 500 is no cause of a retry — write connect, reset, timeout, unavailable, 502, 503 or 504",
      "fig.yaml:5:58: upstreams.d.retries.attempts: 11 is out of range — write a whole number from 1 to 10",
      "fig.yaml:5:84: upstreams.d.connections.max: -1 is out of range — write a whole number, at least 0",
      "fig.yaml:5:95: upstreams.d.connections.queue: 0 is out of range — write a whole number from 1 to 1000000",
      "fig.yaml:5:107: upstreams.d.connections.refresh: 0 is too short — write a number with its unit: 250ms, 5s, 2m or 1h, more than 0",
      'fig.yaml:6:42: upstreams.e.health.path: "healthz" is not a path to ask for — write a path, like /healthz',
      "fig.yaml:6:55: upstreams.e.health.up: 0 is out of range — write a whole number from 1 to 100",
      'fig.yaml:7:6: upstreams.f: "unix:run/app.sock" is not the absolute path of a socket — write it as unix:/run/app.sock',
      'fig.yaml:8:46: upstreams.g.tls.servername: "a b" is not a server\'s name — write a name, like orders.internal',
    ],
  },
  {
    name: "a function that nobody waits for, and whose answer is streamed",
    files: {
      "fig.yaml": `upstreams:
  a: { lambda: { function: jobs, async: true, stream: true } }
`,
    },
    says: [
      "fig.yaml:2:55: upstreams.a.lambda: nobody waits for an answer of `async`, so there is none to `stream` — keep one of the two",
    ],
  },
  {
    name: "the certificates of an upstream",
    files: {
      "fig.yaml": `upstreams:
  a: { urls: [http://h], tls: { verify: false } }
  b: { urls: [https://h], tls: { cert: c.pem } }
  c: { urls: [https://h], tls: { ca: none.pem } }
  d: { urls: [https://h], tls: { ca: fig.yaml } }
  e: { urls: [https://h], tls: { cert: fig.yaml, key: fig.yaml } }
`,
    },
    says: [
      "fig.yaml:2:31: upstreams.a: tls is for https:// URLs, and there is none — write https:// into urls, or leave tls out",
      "fig.yaml:3:40: upstreams.b.tls: there is no key — add it, or leave cert out",
      "fig.yaml:4:38: upstreams.c.tls.ca: none.pem cannot be read (ENOENT) — name a file in PEM form",
      "fig.yaml:5:38: upstreams.d.tls.ca: fig.yaml cannot be used (no start line) — name a file in PEM form",
      "fig.yaml:6:40: upstreams.e.tls.cert: fig.yaml and fig.yaml cannot be used (no start line) — name a file in PEM form",
    ],
  },
  {
    name: "a routes folder that is not there",
    files: { "fig.yaml": "routes: rotes\nmigrations: nowhere\n" },
    says: [
      "fig.yaml:1:9: the routes folder does not exist — create it, or name an existing one",
      "fig.yaml:2:13: the migrations folder does not exist — create it, or name an existing one",
    ],
  },
  {
    name: "a key that objects already have",
    files: { "fig.yaml": "__proto__: 1\nlimits: { constructor: 2 }\n" },
    says: [
      "fig.yaml:1:1: __proto__ cannot be a key — leave it out",
      'fig.yaml:2:11: limits: unknown key "constructor" — keys known here: headers, url, body, connections, handshakes, streams, shadowMemory, bodyMemory, compressMemory, cacheMemory, limitMemory',
    ],
  },
];

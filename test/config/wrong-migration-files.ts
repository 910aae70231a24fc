import { FIG, ONE, UPSTREAMS, type WrongFiles } from "./wrong-files.ts";

export const WRONG_MIGRATION_FILES: readonly WrongFiles[] = [
  {
    name: "wrong in every way at once",
    files: {
      "fig.yaml": `${UPSTREAMS}default: c\nadmin: 0.0.0.0:1\nlisten: 5\n`,
      "routes/r.yaml":
        "routes:\n  - id: one\n    match: { path: one }\n    legacy: d\n    modern: { upstream: e, pth: / }\n  - id: one\n    match: { path: /one }\n    modern: b\n    shadow: { writes: all }\n    sticky: [cookie:x]\n  - id: two\n    match: { path: /one }\n    modern: b\n",
      "migrations/0001-x.yaml": "changes: { three: { modern: 500 } }\n",
      "migrations/0001-y.yaml": "changes: 5\n",
    },
    says: [
      'fig.yaml:4:10: default: there is no upstream "c" — upstreams here: a, b',
      `fig.yaml:5:8: admin: 0.0.0.0 is not loopback, and there is no adminToken — set adminToken: \${FIG_ADMIN_TOKEN}, or bind admin to 127.0.0.1`,
      "fig.yaml:6:9: listen: 5 is not a text — write host:port, like 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080; or unix:PATH",
      'routes/r.yaml:3:20: route one: match.path: path "one" does not begin with / — write it like /api/orders/{id} or /files/{rest+}',
      'routes/r.yaml:4:13: route one: legacy: there is no upstream "d" — upstreams here: a, b',
      'routes/r.yaml:5:25: route one: modern: there is no upstream "e" — upstreams here: a, b',
      'routes/r.yaml:5:28: route one: modern: unknown key "pth" — did you mean "path"?',
      "routes/r.yaml:6:9: two routes have the id one; the other is at routes/r.yaml:2:9 — give each its own id",
      'routes/r.yaml:9:23: route one: shadow.writes: "all" is not an allowed word — write never, idempotent or sandboxed',
      "routes/r.yaml:12:20: routes one and two tie: some requests match both alike; one is at routes/r.yaml:7:20 — make one more specific: other methods, a host, a header or a query parameter",
      'migrations/0001-x.yaml:1:12: changes: there is no route "three" — routes here: one, one, two; if it was renamed, list three under formerly of its route; if it was retired, archive the step with `fig migrate squash --to 1` and delete this file',
      "migrations/0001-x.yaml:1:29: changes.three.modern: 500 is out of range — write a number from 0 to 100",
      "migrations/0001-y.yaml: the number 0001 is used twice; 0001-x.yaml has it too — give it the next free one",
      "migrations/0001-y.yaml:1:10: changes: must be a mapping, not 5 — write lines of key: value under it",
    ],
  },
  {
    name: "a migration's name",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/1-x.yaml": "changes: { one: { modern: 5 } }\n",
    },
    says: [
      "migrations/1-x.yaml: a migration's file is named NNNN-name.yaml — rename it, like 0001-orders-shadow.yaml",
    ],
  },
  {
    name: "a migration's number 0",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/0000-x.yaml": "changes: { one: { modern: 5 } }\n",
    },
    says: ["migrations/0000-x.yaml: the first migration is 0001 — rename it, like 0001-orders-shadow.yaml"],
  },
  {
    name: "a number used twice",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/0001-x.yaml": "changes: { one: { modern: 5 } }\n",
      "migrations/0001-y.yaml": "changes: { one: { modern: 6 } }\n",
    },
    says: [
      "migrations/0001-y.yaml: the number 0001 is used twice; 0001-x.yaml has it too — give it the next free one",
    ],
  },
  {
    name: "an empty migration",
    files: { "fig.yaml": FIG, "routes/r.yaml": ONE, "migrations/0001-x.yaml": "" },
    says: ["migrations/0001-x.yaml:1:1: the file is empty — write lines of key: value under it"],
  },
  {
    name: "a migration that changes nothing",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/0001-x.yaml": "description: nothing\nchanges: {}\n",
    },
    says: ["migrations/0001-x.yaml:2:10: changes: must not be empty — name a route and its position"],
  },
  {
    name: "a change of nothing",
    files: { "fig.yaml": FIG, "routes/r.yaml": ONE, "migrations/0001-x.yaml": "changes:\n  one: {}\n" },
    says: ["migrations/0001-x.yaml:2:3: changes.one: changes nothing — write modern, shadow or both"],
  },
  {
    name: "a migration of an unknown route",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/0001-x.yaml": "changes:\n  on: { modern: 5 }\n",
    },
    says: [
      'migrations/0001-x.yaml:2:3: changes: there is no route "on" — routes here: one; if it was renamed, list on under formerly of its route; if it was retired, archive the step with `fig migrate squash --to 1` and delete this file',
    ],
  },
  {
    name: "a migration's position",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/0001-x.yaml": "changes:\n  one: { modern: 101, shadow: 0.001, moden: 5 }\n",
    },
    says: [
      "migrations/0001-x.yaml:2:18: changes.one.modern: 101 is out of range — write a number from 0 to 100",
      "migrations/0001-x.yaml:2:31: changes.one.shadow: 0.001 has more than two decimals — write at most two, like 12.25",
      'migrations/0001-x.yaml:2:38: changes.one: unknown key "moden" — did you mean "modern"?',
    ],
  },
  {
    name: "a route's own gate in a migration",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/0001-x.yaml": "changes:\n  one: { modern: 10, gate: nome }\n",
      "migrations/0002-x.yaml": "changes:\n  one: { modern: 10, gate: { minComparison: 1 } }\n",
      "migrations/0003-x.yaml": "changes:\n  one: { gate: none }\n",
    },
    says: [
      'migrations/0001-x.yaml:2:28: changes.one.gate: "nome" is not an allowed word — write none, or the conditions of a gate',
      'migrations/0002-x.yaml:2:30: changes.one.gate: unknown key "minComparison" — did you mean "minComparisons"?',
      "migrations/0003-x.yaml:2:3: changes.one: changes nothing — write modern, shadow or both",
    ],
  },
  {
    name: "a migration's gate",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/0001-x.yaml":
        "changes:\n  one: { modern: 10 }\ngate:\n  maxMismatchRate: 0\n  maxLatencyRatio: { p95: 0 }\n  guard: {}\n",
    },
    says: [
      "migrations/0001-x.yaml:4:20: gate.maxMismatchRate: 0 is out of range — write a number above 0, at most 100",
      "migrations/0001-x.yaml:5:27: gate.maxLatencyRatio.p95: 0 is out of range — write a number above 0",
      'migrations/0001-x.yaml:6:3: gate: "guard" is not built yet in this version — leave it out',
    ],
  },
  {
    name: "times of the autopilot",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": ONE,
      "migrations/0001-x.yaml":
        'changes:\n  one: { modern: 10 }\nautopilot:\n  days: [monday]\n  hours: "9-17"\n  zone: Berlin\n  wait: soon\n',
      "migrations/0002-y.yaml": 'changes:\n  one: { modern: 20 }\nautopilot: { hours: "09:00-09:00" }\n',
      "migrations/0003-z.yaml": 'changes:\n  one: { modern: 30 }\nautopilot: { hours: "24:00-25:00" }\n',
    },
    says: [
      'migrations/0001-x.yaml:4:10: autopilot.days[0]: "monday" is not an allowed word — write some of sun, mon, tue, wed, thu, fri, sat',
      'migrations/0001-x.yaml:5:10: autopilot.hours: "9-17" is no span of hours — write from-to, like 09:00-17:00, or 22:00-04:00 over midnight',
      'migrations/0001-x.yaml:6:9: autopilot.zone: "Berlin" is not a time zone — write a name of the IANA database, like Europe/Berlin, or UTC',
      'migrations/0001-x.yaml:7:9: autopilot.wait: "soon" is not a duration — write a number with its unit: 250ms, 5s, 2m or 1h',
      'migrations/0002-y.yaml:3:21: autopilot.hours: "09:00-09:00" is no time at all — write from-to, like 09:00-17:00, or 22:00-04:00 over midnight',
      'migrations/0003-z.yaml:3:21: autopilot.hours: "24:00-25:00" has an hour that no day has — write from-to, like 09:00-17:00, or 22:00-04:00 over midnight',
    ],
  },
  {
    name: "one route under two ids",
    files: {
      "fig.yaml": FIG,
      "routes/r.yaml": `${ONE}    formerly: [old]\n`,
      "migrations/0001-x.yaml": "changes:\n  one: { modern: 5 }\n  old: { modern: 6 }\n",
    },
    says: ["migrations/0001-x.yaml:3:3: changes: old and one are the same route — keep only one"],
  },
  {
    name: "everything at once",
    files: {
      "fig.yaml": "lisen: x\nupstreams:\n  a: http://127.0.0.1:1\n  b: http://127.0.0.1:2\ndefault: a\n",
      "routes/a.yaml": "routes: [\n",
      "routes/b.yaml": "routes:\n  - id: two\n    match: { path: two }\n    modern: c\n",
      "migrations/0001-x.yaml": "changes: { one: { modern: 500 } }\n",
      "migrations/0002-y.yaml": "changes: { one: { modern: 5 } }\n",
    },
    says: [
      'fig.yaml:1:1: unknown key "lisen" — did you mean "listen"?',
      "routes/a.yaml:2:1: the YAML is wrong here: flow sequence in block collection must be sufficiently indented and end with a ] — correct the YAML",
      'routes/b.yaml:3:20: route two: match.path: path "two" does not begin with / — write it like /api/orders/{id} or /files/{rest+}',
      'routes/b.yaml:4:13: route two: modern: there is no upstream "c" — upstreams here: a, b',
      "migrations/0001-x.yaml:1:27: changes.one.modern: 500 is out of range — write a number from 0 to 100",
    ],
  },
];

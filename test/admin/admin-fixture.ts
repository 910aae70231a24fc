import { createAdmin } from "../../src/admin/admin.ts";
import type { Admin, AdminOptions, Readiness } from "../../src/admin/index.ts";
import { systemClock } from "../../src/clock.ts";
import type { ApiKeyRow } from "../../src/control/api-keys/contract.ts";
import type {
  Board,
  Definition,
  DifferenceGroup,
  Latencies,
  Overview,
  Series,
} from "../../src/control/board-contract.ts";
import type {
  AutopilotStatus,
  Control,
  Explanation,
  MigrationPlan,
  MigrationStatus,
  MismatchReport,
  Noticed,
  PolicyReport,
  Revision,
  RouteGate,
  RouteStatus,
  ShiftResult,
  Status,
  WebSocketApiStatus,
} from "../../src/control/contract.ts";
import type { WholeRow } from "../../src/control/schemas/wholes.ts";
import type { CertificateState } from "../../src/domain/certificate-state.ts";
import { FigError } from "../../src/domain/errors.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import type { RecentComparison } from "../../src/domain/outcomes.ts";
import type { UpstreamState } from "../../src/domain/upstream-state.ts";
import { listenOn } from "../../src/lanes/listen.ts";
import type { Log, Metrics } from "../../src/observe/contract.ts";
import { createEventBus } from "../../src/observe/event-bus.ts";
import { expectDocumented } from "./documented.ts";

const AT = "2026-11-22T10:00:00.000Z";
const NOTHING = { requests: 0, errors: 0, p50: null, p95: null, p99: null };

export function routeStatus(id: string): RouteStatus {
  return {
    id,
    cohort: id,
    phase: "splitting",
    position: { modern: 10, shadow: 100 },
    since: AT,
    legacy: { requests: 90, errors: 1, p50: 1.5, p95: 3, p99: 9.25 },
    modern: NOTHING,
    shadow: { legacy: NOTHING, modern: NOTHING },
    comparisons: { match: 1, mismatch: 2, inconclusive: 3 },
    notCompared: { shed: 4 },
    fallbacks: 0,
    declined: 0,
    pinned: { legacy: 0, modern: 0 },
    lastShift: { revision: 1, at: AT, by: "ann", reason: "start", kind: "shift" },
    drifted: false,
    definitionDrift: false,
  };
}

export const REVISION: Revision = { stateId: "state-1", revision: 4 };

export const STATUS: Status = {
  stateId: "state-1",
  revision: 3,
  problems: [],
  routes: [routeStatus("orders"), routeStatus("shop/items é"), routeStatus("(default)")],
  migrations: { applied: 1, pending: 2 },
};

export function entry(revision: number, route = "orders"): LedgerEntry {
  const change = { route, from: { modern: 0, shadow: 0 }, to: { modern: 10, shadow: 100 }, hash: "abc" };
  return {
    revision,
    at: AT,
    kind: "shift",
    by: "ann",
    reason: "because",
    migration: null,
    changes: [change],
    evidence: { forced: false },
  };
}

export const RESULT: ShiftResult = {
  written: true,
  dryRun: false,
  entries: [entry(4)],
  changes: entry(4).changes,
  gates: [
    {
      route: "orders",
      state: "holds",
      holds: true,
      confidence: 95,
      conditions: [
        { name: "minComparisons", value: 5, bound: 1, state: "holds", holds: true, missing: undefined },
      ],
    },
  ],
  warnings: [],
  effects: [],
  unsafeServed: {},
};

export const MIGRATION: MigrationStatus = {
  number: 1,
  name: "start",
  description: "Start",
  state: "pending",
  revision: null,
  at: null,
  by: null,
  drifted: [],
  edited: false,
  late: false,
  changes: { orders: { modern: 10 } },
};

const GATE: RouteGate = {
  ...{ route: "orders.read", position: { modern: 10, shadow: 100 }, since: null, step: null, gate: null },
  ...{ requests: 0, comparisons: { match: 0, mismatch: 0, inconclusive: 0 }, notCompared: {} },
  ...{ methods: [], templates: [], quiet: [], unseen: [] },
};
export const PLAN: MigrationPlan = {
  next: MIGRATION,
  changes: [],
  effects: [],
  gates: [],
  allowed: false,
  reasons: ["why"],
};

export const AUTOPILOT: AutopilotStatus = {
  state: "running",
  by: "ana",
  reason: "ready",
  at: "2026-11-22T20:00:00.000Z",
  to: null,
  step: { number: 1, name: "start", description: "Start" },
  waitsFor: "gate",
  says: "step 1 (start) waits",
  expectedAt: null,
  stuck: false,
  overdue: false,
  waitedMs: 12,
  times: { text: null, waitMs: 0, patienceMs: 86_400_000 },
  gates: [],
};

export const MISMATCH: MismatchReport = {
  route: "orders",
  path: "$.items[*].price",
  kind: "value",
  count: 2,
  comparisons: 9,
  firstSeen: AT,
  lastSeen: AT,
  samples: [{ legacy: "1", modern: undefined, at: AT, requestId: "r" }],
};

export const WEB_SOCKET_API: WebSocketApiStatus = {
  ...{ id: "chat", path: "/chat", host: null, open: 3, openInFleet: 7 },
  connects: { opened: 5, refused: 1, limit: 0, not_websocket: 0, unavailable: 0 },
  messages: { in: 40, answer: 30, post: 2, broadcast: 1 },
  errors: { no_route: 1, client: 0, integration: 2, disconnect: 0 },
  limits: { rate: 1 },
  closes: [{ code: "1008", reason: "slow", count: 1 }],
  routes: [
    {
      ...{ key: "total", route: "chat.total", phase: "splitting", position: { modern: 50, shadow: 0 } },
      sides: {
        legacy: { messages: 20, errors: 1, perSecond: 0.5 },
        modern: { messages: 19, errors: 1, perSecond: null },
      },
      ...{ shadowed: 9, compared: 8, mismatches: 1 },
    },
  ],
};

export const UPSTREAM: UpstreamState = {
  name: "orders",
  members: [
    {
      ...{ url: "http://orders", address: "10.0.0.7:80", condition: "up", weight: 1 },
      ...{ requests: 1, idle: 2, ejections: 0 },
    },
  ],
  ...{ failOpen: false, unresolved: [{ name: "old", error: "ENOTFOUND" }], waiting: 0, retries: 1 },
  ...{ ejections: 0, checksPassed: 3, checksFailed: 0 },
  tries: {
    ...{ answered: 4, refused: 1, connect_timeout: 0, certificate: 0 },
    ...{ timeout: 0, reset: 0, invalid: 0 },
  },
  limited: {
    connections: 0,
    queue: 0,
    ejection: 0,
    retry_budget: 0,
    addresses: 0,
    streams: 0,
    resets: 0,
    silence: 0,
  },
};

const CERTIFICATE: CertificateState = {
  name: "shop.test",
  names: ["shop.test", "*.shop.test"],
  fingerprint: "ab".repeat(32),
  endsAt: AT,
};

/** One that no key opens. */
const WHOLE: WholeRow = {
  ...{ id: "9f86d081884c7d65", route: "orders.read", revision: 2, title: null },
  ...{ at: "2026-11-02T08:00:00.000Z", until: "2026-11-03T08:00:00.000Z" },
  differences: [{ path: "$.total", kind: "value" }],
};

const NOTICED: Noticed = {
  route: "orders",
  comparisons: 9,
  headers: [{ name: "cache-control", kind: "missing", count: 9 }],
  looked: 9,
  rules: [{ rule: "ignore $.x", state: "dead", count: 0, read: 20 }],
};

export const DIFFERENCE = {
  ...MISMATCH,
  withheld: false,
  ignore: [{ key: "ignore" as const, yaml: "ignore: []\n", file: "routes/a.yaml", line: 2 }],
};

export const COMPARISON: RecentComparison = {
  at: AT,
  route: "orders",
  requestId: "r",
  method: "GET",
  path: "/orders",
  serving: "legacy",
  outcome: "mismatch",
  reason: undefined,
  mismatches: [{ path: "status", kind: "value" }],
};

export const EXPLANATION: Explanation = {
  refusal: null,
  route: "orders",
  side: "modern",
  upstream: "orders",
  target: "/v2",
  pinned: null,
  keySource: null,
  hash: null,
  bucket: null,
  position: { modern: 10, shadow: 0 },
  phase: "splitting",
  policies: [],
  shadow: "no",
  why: ["because"],
};

const POLICY_REPORT: PolicyReport = {
  at: AT,
  seconds: 60,
  total: 1,
  routes: [
    {
      route: "orders",
      policies: [
        {
          policy: "networks",
          inForce: true,
          verdicts: [{ verdict: "refused", kind: "refused", count: 2, lately: 1 }],
        },
      ],
      refused: 2,
      refusedLately: 1,
    },
  ],
  codes: [{ code: "network_denied", status: 403, count: 2, lately: 1 }],
  limited: [{ route: "orders", limit: "1/s, burst 1 by ip", key: "ip 192.0.2.7", count: 3, lately: 0 }],
};

export interface Call {
  readonly name: string;
  readonly request: unknown;
}

export interface Fixture {
  readonly url: string;
  readonly port: number;
  readonly admin: Admin;
  readonly calls: Call[];
  readonly logged: { readonly level: string; readonly fields: object; readonly message: string }[];
  readonly events: ReturnType<typeof createEventBus>;
  /** What the next calls of any use case reject with. */
  fail: unknown;
  readiness: Readiness;
}

const EMPTY = { requests: [], errors: [], p50: [], p95: [], p99: [] };
const PHASES = { legacy: 0, shadowing: 0, splitting: 2, cutover: 0, retired: 0 };

export const RATES = {
  at: "2026-11-02T08:00:00.000Z",
  seconds: 300,
  routes: [{ id: "orders", requests: 600, errors: 3, perSecond: 2, p95: 12.5, minutes: [] }],
};
export const DEFINITION: Definition = {
  id: "orders",
  match: { path: "/api/orders/{id}", methods: ["GET"], host: null, headers: [], query: [], operations: null },
  legacy: { upstream: "monolith", path: null },
  modern: { upstream: "orders", path: "/v2/orders/{id}" },
  sticky: ["cookie:device", "ip"],
  shadow: { writes: "never", safe: false, operations: [] },
  file: "routes/orders.yaml",
  line: 3,
  gate: {
    step: 4,
    maxMismatchRate: 0.5,
    maxErrorRateIncrease: 0.1,
    maxLatencyRatio: { p50: null, p95: 1.2, p99: null },
  },
};
export const GROUP: DifferenceGroup = {
  path: "$.total",
  kind: "value",
  routes: ["orders"],
  count: 4,
  comparisons: 40,
  firstSeen: AT,
  lastSeen: AT,
  lately: null,
};
export const OVERVIEW: Overview = {
  at: AT,
  version: "1.2.3",
  name: "staging",
  stateId: "state-1",
  revision: 3,
  since: AT,
  now: { legacy: 90, modern: 10, share: 10 },
  total: { legacy: 0, modern: 0, share: null },
  routes: { total: 2, phases: PHASES },
  migrations: { applied: 1, pending: 2, next: null },
  attention: [],
  attentionTotal: 0,
  series: {
    stepMs: 60_000,
    at: [],
    legacy: [],
    modern: [],
    phases: { legacy: [], shadowing: [], splitting: [], cutover: [], retired: [] },
  },
};

export const API_KEY: ApiKeyRow = {
  ...{ id: "3f9a1c07be52", name: "mobile app", owner: "anna", description: "", plan: "gold", last: "beef" },
  ...{ state: "active", createdAt: AT, createdBy: "anna", expiresAt: null },
  acts: [{ at: AT, act: "created", by: "anna", reason: "" }],
  use: { passed: 3, refused: 0, lastAt: AT },
};

export const SERIES: Series = {
  route: "(all)",
  from: 0,
  to: 60_000,
  stepMs: 60_000,
  at: [0],
  legacy: EMPTY,
  modern: EMPTY,
  shadow: { legacy: EMPTY, modern: EMPTY },
  comparisons: { match: [1], mismatch: [0], inconclusive: [0] },
  notCompared: { shed: [1] },
  fallbacks: [0],
  declined: [0],
  pinned: { legacy: [0], modern: [0] },
  mismatchRate: { value: [null], low: [null], high: [null] },
  overall: {
    legacy: NOTHING,
    modern: NOTHING,
    shadow: { legacy: NOTHING, modern: NOTHING },
    match: 1,
    mismatch: 0,
    inconclusive: 0,
    mismatchRate: { value: 0, low: 0, high: 80 },
  },
};

export const LATENCIES: Latencies = {
  route: "orders",
  from: null,
  to: 1,
  edgesMs: [1, 2],
  legacy: [1],
  modern: [0],
  shadow: { legacy: [0], modern: [1] },
};

const open: Admin[] = [];

/** Closes them; fails if one answered what the OpenAPI document does not say. */
export async function closeAdmins(): Promise<void> {
  expectDocumented();
  await Promise.all(open.splice(0).map((admin) => admin.close(100)));
}

const encoder = new TextEncoder();

const FILES_SET = {
  ...{ revision: 7, at: "2026-11-02T08:00:00.000Z", by: "host, process 1", id: "0".repeat(32) },
  ...{ main: "fig.yaml", files: 2, bytes: 300, kept: true, inForce: true, more: 0, again: null },
  ...{ added: ["orders.read"], removed: [], changed: ["file fig.yaml"], redacted: [] },
};

/** An admin on a free loopback port over a Control that notes its calls. */
export async function startAdmin(options: Partial<AdminOptions> = {}): Promise<Fixture> {
  const calls: Call[] = [];
  const logged: Fixture["logged"] = [];
  const events = createEventBus();
  const answer =
    <Result>(name: string, result: Result) =>
    async (request?: unknown): Promise<Result> => {
      calls.push({ name, request });
      if (fixture.fail !== undefined) throw fixture.fail;
      return result;
    };
  const control: Control = {
    status: answer("status", STATUS),
    revision: answer("revision", REVISION),
    shift: answer("shift", RESULT),
    rollback: answer("rollback", RESULT),
    resume: answer("resume", RESULT),
    migrate: answer("migrate", RESULT),
    migrations: answer("migrations", [MIGRATION]),
    plan: answer("plan", PLAN),
    gate: answer("gate", GATE),
    history: answer("history", [entry(1), entry(2), entry(3)]),
    mismatches: answer("mismatches", [MISMATCH]),
    noticed: answer("noticed", [NOTICED]),
    wholes: answer("wholes", [WHOLE]),
    whole: answer("whole", { ...WHOLE, content: null, curl: null }),
    explain: answer("explain", EXPLANATION),
    purgeCache: answer("purgeCache", { number: 3, at: "2026-11-22T20:00:00.000Z", purged: 17 }),
    identityKeys: answer("identityKeys", { keys: [] }),
    files: answer("files", [FILES_SET]),
    filesAt: answer("filesAt", { ...FILES_SET, packed: "H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==" }),
    filesTable: answer("filesTable", { revision: 7, table: { routes: [], fallback: null }, recent: [] }),
    reloadFiles: answer("reloadFiles", { id: FILES_SET.id, revision: 7, problems: [] }),
    cacheReport: answer("cacheReport", { bytes: 0, limit: 1024, sides: [] }),
    autopilot: {
      status: answer("autopilot.status", AUTOPILOT),
      start: answer("autopilot.start", AUTOPILOT),
      pause: answer("autopilot.pause", AUTOPILOT),
      resume: answer("autopilot.resume", AUTOPILOT),
      stop: answer("autopilot.stop", AUTOPILOT),
    },
    apiKeys: {
      list: answer("keys.list", { rows: [API_KEY], total: 7 }),
      show: answer("keys.show", API_KEY),
      add: answer("keys.add", { key: "fig_3f9a1c07be52_0123", apiKey: API_KEY }),
      change: answer("keys.change", API_KEY),
      revoke: answer("keys.revoke", API_KEY),
      remove: answer("keys.remove", undefined),
      import: answer("keys.import", { imported: [API_KEY], known: 1 }),
    },
    policies: answer("policies", POLICY_REPORT),
  };
  const board: Board = {
    name: () => "staging",
    definition: answer("definition", DEFINITION),
    differenceGroups: answer("differenceGroups", { total: 1, rows: [GROUP] }),
    overview: answer("overview", OVERVIEW),
    rates: answer("rates", RATES),
    routes: answer("routes", { total: 9, rows: STATUS.routes }),
    route: async (id) => {
      const found = (await answer("status", STATUS)()).routes.find((row) => row.id === id);
      if (found === undefined) throw new FigError("unknown_route", `There is no route "${id}".`);
      return found;
    },
    series: answer("series", SERIES),
    latencies: answer("latencies", LATENCIES),
    ledger: async (query) => {
      const all = [entry(1), entry(2), entry(3)].filter(
        ({ revision }) => revision > (query.after ?? 0) && revision < (query.before ?? 9),
      );
      if (query.order === "newest") all.reverse();
      const found = all.slice(0, query.limit);
      const entries = query.evidence ? found : found.map((each) => ({ ...each, evidence: {} }));
      const next = all.length > entries.length ? (entries.at(-1)?.revision ?? null) : null;
      return answer("ledger", { entries, next })(query);
    },
    differences: (query) =>
      answer("differences", {
        rows: [{ ...DIFFERENCE, ...(query.withheld ? { samples: [], withheld: true } : {}) }],
        total: 3,
      })(query),
    noticed: answer("noticed", [NOTICED]),
    upstreams: async () => [UPSTREAM],
    websockets: async () => [WEB_SOCKET_API],
    certificates: async () => [CERTIFICATE],
  };
  const metrics: Metrics = {
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    render: async () => {
      if (fixture.fail !== undefined) throw fixture.fail;
      return encoder.encode("fig_up 1\n");
    },
    close: async () => {},
  };
  const note = (level: string) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  const log: Log = { info: note("info"), warn: note("warn"), error: note("error") };
  const admin = createAdmin({
    reusePort: false,
    listenOn,
    stopListening: async (server) => void server.close(),
    listen: { host: "127.0.0.1", port: 0 },
    adminToken: undefined,
    control,
    board,
    metrics,
    events,
    recent: (filter) => {
      calls.push({ name: "recent", request: filter });
      return [COMPARISON];
    },
    sockets: {
      send: async () => {},
      look: async () => ({
        connectedAt: AT,
        lastActiveAt: AT,
        sourceIp: "192.0.2.7",
        userAgent: null,
        tags: [],
      }),
      close: async () => {},
      broadcast: async () => ({ sent: 2, failed: 0 }),
    },
    holdHere: async (request) => {
      calls.push({ name: "holdHere", request });
      const { reason, by } = request;
      return {
        file: null,
        id: "e1",
        at: "2026-11-22T20:00:00.000Z",
        by,
        reason,
        routes: { "orders.read": 0 },
      };
    },
    ready: () => fixture.readiness,
    stateId: () => "state-1",
    storeAwaySince: () => undefined,
    version: "1.2.3",
    clock: systemClock,
    log,
    ...options,
  });
  open.push(admin);
  const { url } = await admin.listen();
  const fixture: Fixture = {
    url,
    port: Number(new URL(url).port),
    admin,
    calls,
    logged,
    events,
    fail: undefined,
    readiness: { ready: true, problems: [] },
  };
  return fixture;
}

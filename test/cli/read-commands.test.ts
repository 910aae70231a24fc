import { describe, expect, test } from "vitest";
import type { Explanation, MigrationStatus, MismatchReport, Noticed } from "../../src/control/contract.ts";
import { FigError } from "../../src/domain/errors.ts";
import {
  attentionOf,
  entry,
  type FakeOptions,
  fakeControl,
  routeStatus,
  run,
  shop,
  statusOf,
} from "./support.ts";

async function inShop(argv: readonly string[], options: FakeOptions = {}) {
  return run(argv, { cwd: await shop(), ...options });
}

function widest(text: string): number {
  return Math.max(...text.split("\n").map((line) => [...line].length));
}

const BUSY = routeStatus({
  id: "orders.read",
  phase: "splitting",
  position: { modern: 25, shadow: 100 },
  since: "2026-11-22T19:00:00.000Z",
  legacy: { requests: 1_234_567, errors: 12, p50: 1.234, p95: 23.45, p99: 345.6 },
  modern: { requests: 411_522, errors: 0, p50: 0.5, p95: 2, p99: 4 },
  shadow: {
    legacy: { requests: 0, errors: 0, p50: null, p95: null, p99: null },
    modern: { requests: 1_000, errors: 500, p50: 1, p95: 2, p99: 3 },
  },
  comparisons: { match: 990, mismatch: 10, inconclusive: 3 },
  notCompared: { too_large: 3, shed: 1234 },
  fallbacks: 1200,
  lastShift: {
    revision: 7,
    at: "2026-11-22T19:55:00.000Z",
    by: "anna",
    reason: "first quarter",
    kind: "migration",
  },
  drifted: true,
  definitionDrift: true,
});

describe("fig status", () => {
  const RATES = {
    at: "2026-11-22T20:00:00.000Z",
    seconds: 300,
    routes: [
      { id: "orders.read", requests: 36_150, errors: 36, perSecond: 120.5, p95: 23.45, minutes: [] },
      { id: "(default)", requests: 60, errors: 0, perSecond: 0.2, p95: 4, minutes: [] },
    ],
  };

  test("is one line a route in 80 columns, worst first, under what needs attention", async () => {
    const quiet = routeStatus({ id: "a.quiet.one" });
    const retired = routeStatus({ id: "b", phase: "retired", position: { modern: 100, shadow: 0 } });
    const report = statusOf([quiet, retired, BUSY, routeStatus({ id: "(default)" })], {
      migrations: { applied: 2, pending: 1 },
    });
    const attention = [
      {
        kind: "store",
        severity: "error",
        route: null,
        message: "the store is away",
        remedy: "Bring it back.",
      },
      { kind: "drift", severity: "warning", route: "b", message: "b has drifted", remedy: "Shift it." },
      { kind: "gate_holds", severity: "info", route: null, message: "step 3 can be applied", remedy: "Do." },
    ] as const;
    const { code, out, err } = await inShop(["status"], {
      control: { status: () => Promise.resolve(report) },
      board: { overview: async () => attentionOf(attention), rates: async () => RATES },
    });
    expect([code, err]).toEqual([0, ""]);
    expect(widest(out.split("\n").slice(1).join("\n"))).toBeLessThanOrEqual(80);
    expect(
      out.split("\n").slice(1).join("\n"),
    ).toBe(`state own-state, revision 7, migrations: 2 applied, 1 pending
! the store is away
! b has drifted
· step 3 can be applied

   ROUTE         MODERN  SHADOW  REQ/S  P95 MS  ERRORS  DIFFER
!  b            retired     0 %      –       –       –       –
   orders.read     25 %   100 %    121    23.4  0.10 %  1.00 %
   a.quiet.one      0 %     0 %      –       –       –       –
   (default)        0 %     0 %   0.20    4.00  0.00 %       –
4 routes; requests of the last 5 min, differences since each window began
`);
  });

  test("has a long problem to its end, and no time where no request came", async () => {
    const message = `${"a sentence that goes on and on ".repeat(12)}and says at its end what to do`;
    const attention = [{ kind: "store", severity: "error", route: null, message, remedy: "Do." }] as const;
    const { out } = await inShop(["status"], {
      control: { status: () => Promise.resolve(statusOf([routeStatus({ id: "a" })])) },
      board: {
        overview: async () => attentionOf(attention),
        rates: async () => ({ ...RATES, seconds: 1, routes: [] }),
      },
    });
    expect(out.replaceAll(/\s+/g, " ")).toContain(message);
    expect(out).toContain("1 route; no requests lately, differences since each window began\n");
    expect(widest(out.split("\n").slice(1).join("\n"))).toBeLessThanOrEqual(80);
  });

  test("of 300 routes is 300 lines and a few, the worst of them first whatever is wrong", async () => {
    const id = (index: number) =>
      `route.with.a.long.name.that.goes.on.and.on.${String(index).padStart(3, "0")}`;
    const routes = Array.from({ length: 300 }, (_, index) => routeStatus({ id: id(index) }));
    const attention = Array.from({ length: 40 }, (_, index) => ({
      kind: "modern_errors" as const,
      severity: "warning" as const,
      route: id(299 - index),
      message: `${id(299 - index)}: modern fails`,
      remedy: "Look.",
    }));
    const { out } = await inShop(["status"], {
      control: { status: () => Promise.resolve(statusOf(routes)) },
      board: { overview: async () => attentionOf(attention.slice(0, 30), 40), rates: async () => RATES },
    });
    const lines = out.trimEnd().split("\n");
    expect(widest(lines.slice(1).join("\n"))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThan(320);
    expect(lines.filter((line) => line.endsWith("modern fails"))).toHaveLength(10);
    expect(out).toContain("  30 more; --route shows those of some routes");
    const first = lines.findIndex((line) => line.startsWith("   ROUTE"));
    expect(lines[first + 1]).toMatch(/^! {2}route\.with\.a\.long.*… +0 %/);
    expect(lines.slice(first + 1, first + 31).every((line) => line.startsWith("!"))).toBe(true);
    expect(lines[first + 31]?.startsWith(" ")).toBe(true);
  });

  test("shows what is known where attention and rates cannot be read", async () => {
    const away = () => Promise.reject(new FigError("store_unavailable", "away"));
    const report = statusOf([BUSY], { problems: ["the state store cannot be reached"] });
    const { code, out } = await inShop(["status"], {
      control: { status: () => Promise.resolve(report) },
      board: { overview: away, rates: away },
    });
    expect(code).toBe(0);
    expect(out).toContain("! the state store cannot be reached\n");
    expect(out).toMatch(/orders\.read +25 % +100 % +– +– +– +1\.00 %/);
    expect(out).toContain("1 route; requests could not be read");
  });

  test("with --route shows each route's sides, comparisons, last shift and what is wrong, with what helps", async () => {
    const report = statusOf([BUSY, routeStatus({ id: "(default)" }), routeStatus({ id: "other" })], {
      migrations: { applied: 2, pending: 1 },
    });
    const attention = [
      {
        kind: "store",
        severity: "error",
        route: null,
        message: "the store is away",
        remedy: "Bring it back.",
      },
      {
        kind: "drift",
        severity: "warning",
        route: "orders.read",
        message: "it drifted",
        remedy: "Shift it.",
      },
      { kind: "drift", severity: "warning", route: "other", message: "not asked for", remedy: "Shift it." },
      { kind: "gate_holds", severity: "info", route: null, message: "not asked for", remedy: "Do." },
    ] as const;
    const { code, out, err } = await inShop(["status", "--route", "orders.read", "--route", "(default)"], {
      control: { status: () => Promise.resolve(report) },
      board: { overview: async () => attentionOf(attention) },
    });
    expect([code, err]).toEqual([0, ""]);
    expect(
      out.split("\n").slice(1).join("\n"),
    ).toBe(`state own-state, revision 7, migrations: 2 applied, 1 pending
! the store is away
  Bring it back.
! it drifted
  Shift it.

orders.read                             splitting  modern 25 %, shadow 100 %
                    requests     errors     p50 ms     p95 ms     p99 ms
  legacy           1,234,567    <0.01 %       1.23       23.4        346
  modern             411,522     0.00 %       0.50       2.00       4.00
  shadow modern        1,000    50.00 %       1.00       2.00       3.00
  fell back 1,200: legacy answered in modern's place
  compared 1,000: 10 mismatch (1.00 %)
  not compared: shed 1,234, too_large 3
  r7 migration by anna, 5 min ago: first quarter
  ! drifted: it no longer stands where the last applied migration left it
  ! definitionDrift: its definition differs from the one at its last shift

(default)                               legacy     modern 0 %, shadow 0 %
  no front door has counted for it yet
`);
  });

  test("--json is the whole status, as the admin API gives it", async () => {
    const report = statusOf([BUSY]);
    const { out } = await inShop(["status", "--json"], {
      control: { status: () => Promise.resolve(report) },
    });
    expect(JSON.parse(out)).toEqual(report);
  });

  test("--route shows some routes alone: by their ids, and by how they begin", async () => {
    const report = statusOf(["shop.a", "shop.b", "pay", "(default)"].map((id) => routeStatus({ id })));
    const control = { status: () => Promise.resolve(report) };
    const ids = async (...argv: readonly string[]) => {
      const { out } = await inShop(["status", "--json", ...argv], { control });
      return JSON.parse(out).routes.map(({ id }: { id: string }) => id);
    };
    expect(await ids("--route", "shop.*")).toEqual(["shop.a", "shop.b"]);
    expect(await ids("--route", "(default)", "--route", "shop.b")).toEqual(["shop.b", "(default)"]);
    const { code, err } = await inShop(["status", "--route", "shop"], { control });
    expect(code).toBe(2);
    expect(err).toContain('fig: unknown_route: there is no route "shop"\n');
    expect((await inShop(["status", "--route", "a*b"], { control })).code).toBe(2);
    expect((await inShop(["status", "--watch", "--route", "nope"], { control })).code).toBe(2);
  });

  test("a stored reason cannot move the cursor of a terminal", async () => {
    const last = { revision: 1, at: "x", by: "\u001b[2Jeve", reason: "a\nb\u202e" };
    const lastShift = { ...last, kind: "shift" as const };
    const report = statusOf([routeStatus({ id: "a", lastShift })]);
    const { out } = await inShop(["status", "--route", "a"], {
      control: { status: () => Promise.resolve(report) },
    });
    expect(out).toContain("r1 shift by \\u{1b}[2Jeve, just now: a\\u{a}b\\u{202e}");
    expect(out).not.toContain("\u001b");
  });

  test.each([
    ["a terminal", { tty: true }, [], true],
    ["a pipe", { tty: false }, [], false],
    ["NO_COLOR", { tty: true, env: { NO_COLOR: "1" } }, [], false],
    ["--no-color", { tty: true }, ["--no-color"], false],
    ["a dumb terminal", { tty: true, env: { TERM: "dumb" } }, [], false],
  ] as const)("colour with %s: %o", async (_name, options, flags, coloured) => {
    const report = statusOf([BUSY]);
    const control = { status: () => Promise.resolve(report) };
    const { out } = await inShop(["status", ...flags], { ...options, control });
    expect(out.includes("\u001b[")).toBe(coloured);
  });
});

describe("fig history", () => {
  const entries = [
    entry({ revision: 1, kind: "migration", migration: { number: 3, name: "a", hash: "0" } }),
    entry({ revision: 2, reason: "more of them" }),
  ];

  test("shows the newest entry first, with its changes and its reason", async () => {
    const { out } = await inShop(["history"], { control: { history: () => Promise.resolve(entries) } });
    expect(out).toBe(`r2  2026-11-22 19:55:00Z  shift  by anna
    orders.read                         modern 0 → 10 %, shadow 0 → 100 %
    more of them
r1  2026-11-22 19:55:00Z  migration 0003  by anna
    orders.read                         modern 0 → 10 %, shadow 0 → 100 %
    because
`);
  });

  test("asks for one route, and says so when nothing was ever shifted", async () => {
    const asked: unknown[] = [];
    const history = (route: string | undefined) => {
      asked.push(route);
      return Promise.resolve([]);
    };
    const { out } = await inShop(["history", "orders.read"], { control: { history } });
    expect(asked).toEqual(["orders.read"]);
    expect(out).toBe("the ledger has no entry yet\n");
  });

  test("--limit and --since show the newest entries alone, and say that there are more", async () => {
    const at = (revision: number, iso: string) => entry({ revision, at: iso, reason: "" });
    const many = [
      at(1, "2026-11-01T00:00:00.000Z"),
      at(2, "2026-11-21T00:00:00.000Z"),
      at(3, "2026-11-22T18:30:00.000Z"),
      at(4, "2026-11-22T19:59:00.000Z"),
    ];
    const control = { history: () => Promise.resolve(many) };
    const shown = async (...argv: readonly string[]) => {
      const { out } = await inShop(["history", ...argv], { control });
      return out.split("\n").flatMap((line) => /^(r\d|\d older.*|the .*)/.exec(line)?.[0].trim() ?? []);
    };
    // The clock of the tests stands at 2026-11-22 20:00Z.
    expect(await shown("--limit", "2")).toEqual(["r4", "r3", "2 older entries not shown"]);
    expect(await shown("--since", "2h")).toEqual(["r4", "r3"]);
    expect(await shown("--since", "2d", "--limit", "2")).toEqual(["r4", "r3", "1 older entry not shown"]);
    expect(await shown("--since", "2026-11-22T19:00Z")).toEqual(["r4"]);
    expect(await shown("--since", "2026-11-21")).toEqual(["r4", "r3", "r2"]);
    expect(await shown("--since", "1m")).toEqual(["r4"]);
    expect(await shown("--since", "10s")).toEqual(["the ledger has no entry since then"]);
    const { out } = await inShop(["history", "--json", "--limit", "1"], { control });
    expect(JSON.parse(out)).toEqual([many[3]]);
  });

  test.each([
    ["--limit", "0"],
    ["--limit", "many"],
    ["--since", "yesterday"],
    ["--since", "2026-13-40"],
  ])("%s %s is wrong usage", async (...argv) => {
    expect((await inShop(["history", ...argv])).code).toBe(2);
  });

  test("--json keeps the ledger's order", async () => {
    const { out } = await inShop(["history", "--json"], {
      control: { history: () => Promise.resolve(entries) },
    });
    expect(JSON.parse(out)).toEqual(entries);
  });
});

describe("fig diff", () => {
  const row: MismatchReport = {
    route: "orders.read",
    path: "$.items[*].total",
    kind: "value",
    count: 12,
    comparisons: 1200,
    firstSeen: "2026-11-22T19:00:00.000Z",
    lastSeen: "2026-11-22T19:59:59.999Z",
    samples: [{ legacy: "12.35", modern: undefined, at: "2026-11-22T19:00:00.000Z", requestId: "r" }],
  };

  test("shows how often, when and the values of both sides", async () => {
    const rare = { ...row, path: "status", count: 1, samples: [] };
    const control = { mismatches: () => Promise.resolve([rare, row]) };
    const { out } = await inShop(["diff"], { control });
    expect(out).toBe(`orders.read: 1,200 compared
       12    1.00 %  value    $.items[*].total
                       first 2026-11-22 19:00:00Z, last 2026-11-22 19:59:59Z
                       legacy  12.35
                       modern  (missing)
        1    0.08 %  value    status
                       first 2026-11-22 19:00:00Z, last 2026-11-22 19:59:59Z
`);
  });

  test("--summary is one line a path", async () => {
    const rare = { ...row, path: "status", count: 1 };
    const other = { ...row, route: "shop", comparisons: 50 };
    const control = { mismatches: () => Promise.resolve([rare, row, other]) };
    const { out } = await inShop(["diff", "--summary"], { control });
    expect(out).toBe(`orders.read: 1,200 compared, 2 paths differ
       12    1.00 %  value    $.items[*].total
        1    0.08 %  value    status
shop: 50 compared, 1 path differs
       12   24.00 %  value    $.items[*].total
`);
  });

  test("shows of each sample which request it was and what each side answered", async () => {
    const said = {
      ...row.samples[0]!,
      ...{ method: "GET", target: "/orders/7?code=[redacted]", statuses: { legacy: 200 } },
    };
    const control = { mismatches: () => Promise.resolve([{ ...row, samples: [said] }]) };
    const { out } = await inShop(["diff"], { control });
    expect(out.split("\n").slice(3)).toEqual([
      "                       legacy  12.35",
      "                       modern  (missing)",
      "                       GET /orders/7?code=[redacted], 2026-11-22 19:00:00Z,",
      "                       200 and failed",
      "",
    ]);
  });

  test("lists headers that are not compared and differ, and rules to look at, with mismatches and without", async () => {
    const noticed: Noticed = {
      route: "orders.read",
      comparisons: 1200,
      looked: 200,
      headers: [
        { name: "cache-control", kind: "missing", count: 200 },
        { name: "x-powered-by", kind: "extra", count: 20 },
      ],
      rules: [
        { rule: "ignore $.a[*].b", state: "dead", count: 0, read: 150 },
        { rule: "ignore $.data", state: "hiding", count: 75, read: 150 },
        { rule: "ignore $.at", state: "ended", count: 0, read: 150 },
      ],
    };
    const control = {
      mismatches: () => Promise.resolve([{ ...row, samples: [] }]),
      noticed: () => Promise.resolve([noticed]),
    };
    const { out } = await inShop(["diff"], { control });
    const lines = out.split("\n").slice(3);
    expect(lines).toEqual([
      "",
      "orders.read: headers not compared that differ, in 200 looked at",
      "      200  100.00 %  cache-control: modern lacks it",
      "       20   10.00 %  x-powered-by: only modern has it",
      "orders.read: rules to look at",
      "           ignore $.a[*].b met nothing in 150 compared bodies",
      "           ignore $.data hides more than half of 75 of 150 compared bodies",
      "           ignore $.at has ended; it is no longer in force",
      "",
    ]);
    expect(widest(out)).toBeLessThanOrEqual(80);
    const none = await inShop(["diff"], {
      control: { ...control, mismatches: () => Promise.resolve([]) },
    });
    expect(none.out.split("\n").slice(1)).toEqual(lines);
  });

  test("stays within 80 columns whatever the values are", async () => {
    const long = {
      ...row,
      path: `$.${"a".repeat(300)}`,
      samples: [{ ...row.samples[0]!, legacy: "9".repeat(256) }],
    };
    const { out } = await inShop(["diff"], { control: { mismatches: () => Promise.resolve([long]) } });
    expect(widest(out)).toBeLessThanOrEqual(80);
  });

  test("without a mismatch says how many comparisons found none, and when nobody looked", async () => {
    const none = { mismatches: () => Promise.resolve([]) };
    const looked = routeStatus({ id: "a", comparisons: { match: 1500, mismatch: 0, inconclusive: 0 } });
    const some = await inShop(["diff"], {
      control: { ...none, status: () => Promise.resolve(statusOf([looked])) },
    });
    expect(some.out).toBe("no mismatch in 1,500 comparisons\n");
    const nobody = await inShop(["diff"], { control: none });
    expect(nobody.out).toBe("nothing has been compared yet: `fig shift ROUTE --shadow 100` starts it\n");
    const shadowed = routeStatus({
      ...{ id: "a", position: { modern: 0, shadow: 100 }, notCompared: { unsafe_method: 300, shed: 2 } },
      legacy: { requests: 302, errors: 0, p50: 1, p95: 1, p99: 1 },
    });
    const unlooked = await inShop(["diff"], {
      control: { ...none, status: () => Promise.resolve(statusOf([shadowed])) },
    });
    expect(unlooked.out).toBe(
      "nothing has been compared of 302 requests to what is shadowed: unsafe_method\n300, shed 2\n",
    );
  });
});

describe("fig explain", () => {
  const explanation: Explanation = {
    refusal: null,
    route: "orders.read",
    side: "modern",
    upstream: "orders",
    target: "/v2/orders/17",
    pinned: null,
    keySource: "cookie:device",
    hash: 669103727,
    bucket: 15.57,
    position: { modern: 25, shadow: 100 },
    phase: "splitting",
    policies: [],
    shadow: "legacy is shadowed",
    why: ["the path matches /api/orders/{id}", "15.58 is below 25"],
  };

  test("sends method, URL, headers and address, and shows each step of the reasoning", async () => {
    const asked: unknown[] = [];
    const control = {
      explain: (request: unknown) => {
        asked.push(request);
        return Promise.resolve(explanation);
      },
    };
    const argv = [
      "explain",
      "get",
      "/api/orders/17",
      "-H",
      "Cookie: device=d1",
      "-H",
      "cookie: a=b",
      "--ip",
      "::1",
    ];
    const { code, out } = await inShop(argv, { control });
    expect(asked).toEqual([
      { method: "GET", url: "/api/orders/17", headers: { cookie: ["device=d1", "a=b"] }, ip: "::1" },
    ]);
    expect(code).toBe(0);
    expect(out).toBe(`route     orders.read
side      modern
upstream  orders
target    /v2/orders/17
phase     splitting (modern 25 %, shadow 100 %)
key       cookie:device
bucket    15.57 of 100 (hash 669103727)
shadow    legacy is shadowed

  1. the path matches /api/orders/{id}
  2. 15.58 is below 25
`);
  });
});

test("fig status --route shows the problems of these routes, and those of none", async () => {
  const report = {
    ...statusOf([routeStatus({ id: "a" }), routeStatus({ id: "b" })]),
    problems: ["b has drifted", "a has drifted", "an upstream is away"],
    problemRoutes: ["b", "a", null],
  };
  const control = { status: () => Promise.resolve(report) };
  const { out } = await inShop(["status", "--route", "a", "--json"], { control });
  expect(JSON.parse(out)).toMatchObject({
    problems: ["a has drifted", "an upstream is away"],
    problemRoutes: ["a", null],
    routes: [{ id: "a" }],
  });
  const all = await inShop(["status", "--json"], { control });
  expect(JSON.parse(all.out).problems).toHaveLength(3);
});

describe("fig migrate status and plan", () => {
  const applied: MigrationStatus = {
    number: 1,
    name: "shadow-orders",
    description: "look",
    state: "applied",
    revision: 3,
    at: "2026-11-22T19:00:00.000Z",
    by: "anna",
    drifted: ["orders.read"],
    edited: true,
    late: false,
    changes: { "orders.read": { shadow: 100 } },
  };
  const pending: MigrationStatus = {
    ...applied,
    number: 2,
    name: "orders-for-everyone-who-has-ever-ordered-anything-at-all",
    description: "all",
    state: "pending",
    revision: null,
    at: null,
    by: null,
    drifted: [],
    edited: false,
    late: true,
  };

  test("status lists the steps with drift and edits", async () => {
    const control = { migrations: () => Promise.resolve([applied, pending]) };
    const { out } = await inShop(["migrate", "status"], { control });
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect(out.split("\n").map((line) => line.trimEnd())).toEqual([
      "STEP  NAME                              STATE    REV  APPLIED               BY",
      "0001  shadow-orders                     applied    3  2026-11-22 19:00:00Z  anna",
      "0002  orders-for-everyone-who-has-eve…  pending",
      "! 0001: its file was edited after it was applied",
      "! 0001: these routes have drifted since: orders.read",
      "! 0002: it is late, a higher number was applied before it",
      "",
    ]);
  });

  test("plan shows the next step's changes, its gates and why it would be refused, and still exits 0", async () => {
    const plan = {
      next: pending,
      changes: [
        {
          route: "orders.read",
          from: { modern: 0, shadow: 100 },
          to: { modern: 10, shadow: 100 },
          hash: "0",
        },
      ],
      gates: [
        {
          route: "orders.read",
          state: "fails" as const,
          holds: false,
          confidence: 95,
          conditions: [
            {
              name: "minComparisons",
              value: 620,
              bound: 1000,
              state: "unknown" as const,
              holds: false,
              missing: "needs 380 more comparisons",
            },
            {
              name: "maxErrorRateIncrease",
              value: 2,
              bound: 0.1,
              state: "fails" as const,
              holds: false,
              interval: { low: 1.5, high: 2.5 },
              eValue: 900,
              missing: "modern fails more",
            },
          ],
        },
      ],
      effects: [],
      allowed: false,
      reasons: ["the gate does not hold"],
    };
    const { code, out } = await inShop(["migrate", "plan"], {
      control: { plan: () => Promise.resolve(plan) },
    });
    expect(code).toBe(0);
    expect(out).toBe(`0002 orders-for-everyone-who-has-ever-ordered-anything-at-all
  all
ROUTE          MODERN  SHADOW
orders.read  0 → 10 %   100 %
gate of orders.read: does not hold
  ?    minComparisons is 620, must be at least 1000
         needs 380 more comparisons
  FAIL maxErrorRateIncrease is 2 points, must be at most 0.1 points (between 1.5 points and 2.5 points)
         modern fails more
\`fig migrate up\` would refuse it:
  - the gate does not hold
`);
  });

  test("plan with nothing pending says so", async () => {
    const plan = { next: null, changes: [], effects: [], gates: [], allowed: false, reasons: [] };
    const { out } = await inShop(["migrate", "plan"], { control: { plan: () => Promise.resolve(plan) } });
    expect(out).toBe("every step is applied; there is nothing to do\n");
  });
});

describe("While the state store of a front door is away", () => {
  const unknown = {
    since: "2026-11-22T19:00:00.000Z",
    what: "the state store cannot be reached",
    read: "2026-11-22T18:59:00.000Z",
  };

  test("status shows what memory has, from when it is, and no zero that nobody read", async () => {
    const unread = { ...routeStatus({ id: "new" }), unknown: { ...unknown, read: null, here: 1500 } };
    const report = { ...statusOf([{ ...BUSY, unknown }, unread]), unknown: { ...unknown, read: null } };
    const control = { status: () => Promise.resolve(report) };
    const { out } = await inShop(["status"], { control });
    expect(out).toContain("! positions are those in force there, figures are not known\n");
    expect(out).toMatch(/new +0 % +0 % +– +– +– +\?\n/);
    const detailed = await inShop(["status", "--route", "new", "--route", "orders.read"], { control });
    expect(detailed.out).toContain("  its figures are not known: nobody read them before\n");
    expect(detailed.out).toContain("  1,500 answered by this front door since it started\n");
    expect(detailed.out).toContain("  figures as of 2026-11-22 18:59:00Z\n");
    expect(detailed.out).not.toContain("no requests");
  });

  test("history shows the newest entries in force, and fails", async () => {
    const details = { unknown: { ...unknown, read: null }, revision: 2, entries: [entry({ revision: 2 })] };
    const history = () => Promise.reject(new FigError("store_unavailable", "it is away", { details }));
    const { code, out, err } = await inShop(["history"], { control: { history } });
    expect(out).toBe(`! the state store is away since 2026-11-22 19:00:00Z: the ledger cannot be read
in force is revision 2; the newest entry of each route, from memory:
r2  2026-11-22 19:55:00Z  shift  by anna
    orders.read                         modern 0 → 10 %, shadow 0 → 100 %
    because
`);
    expect([code, err]).toEqual([1, expect.stringContaining("fig: store_unavailable: it is away")]);
    const json = await inShop(["history", "--json"], { control: { history } });
    expect([json.code, json.out]).toEqual([1, ""]);
  });

  test("a plan does not say that every step is applied", async () => {
    const plan = { next: null, changes: [], effects: [], gates: [], allowed: false, reasons: [], unknown };
    const { out } = await inShop(["migrate", "plan"], { control: { plan: () => Promise.resolve(plan) } });
    expect(out).toBe(
      "! since 2026-11-22 19:00:00Z: the state store cannot be reached\nwhich step is next is not known\n",
    );
  });
});

test("Every reading command gives JSON that parses", async () => {
  const control = fakeControl({
    status: () => Promise.resolve(statusOf([])),
    history: () => Promise.resolve([]),
    mismatches: () => Promise.resolve([]),
    migrations: () => Promise.resolve([]),
    plan: () =>
      Promise.resolve({ next: null, changes: [], effects: [], gates: [], allowed: false, reasons: [] }),
    explain: () => Promise.resolve({} as Explanation),
  });
  const reading = [["status"], ["history"], ["diff"], ["migrate", "status"], ["migrate", "plan"], ["check"]];
  for (const words of [...reading, ["explain", "GET", "/"]]) {
    const { code, out } = await inShop([...words, "--json"], { control });
    expect(code).toBe(0);
    expect(typeof JSON.parse(out)).toBe("object");
  }
});

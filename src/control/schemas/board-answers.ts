/** What the board gives to the dashboard's pages. */
import { z } from "zod";
import { COMPARISON_OUTCOMES } from "../../domain/outcomes.ts";
import { PHASES, SIDES } from "../../domain/position.ts";
import { migrationStatus, routeStatus, sideStatus, unknown } from "./answers.ts";
import { shownSchemas } from "./counters.ts";
import { at, count, each, type ShapeOf } from "./parts.ts";

const counts = z.array(count);
const values = z.array(z.number().nullable());
const times = z.array(z.number()).describe("Start of each step, ms since the epoch.");

const share = z.object({ legacy: count, modern: count, share: z.number().nullable() }).meta({
  id: "ServedShare",
  description: "Requests by the side that served, and modern's percent of them; null: no requests.",
});
export type ServedShare = ShapeOf<typeof share>;

export const attention = z
  .object({
    kind: z.enum([
      "invalid_files",
      "store",
      "upstream",
      "restart",
      "gone_route",
      "left_route",
      "shadow_stopped",
      "certificate",
      "edited_step",
      "missing_step",
      "late_step",
      "failing",
      "modern_errors",
      "mismatches",
      "drift",
      "moved_clients",
      "two_writers",
      "stood_apart",
      "definition_drift",
      "heavy_key",
      "compare_rule",
      "fleeting_key",
      "untrusted_proxy",
      "limits",
      "workers",
      "tracing",
      "keys",
      "api_keys",
      "guard",
      "held",
      "made_private",
      "access_log",
      "shedding",
      "no_evidence",
      "stale_evidence",
      "autopilot",
      "gate_holds",
      "gate_waits",
    ]),
    severity: z.enum(["error", "warning", "info"]),
    route: z.string().nullable(),
    message: z.string(),
    remedy: z.string(),
    upstream: z
      .string()
      .optional()
      .describe("What is out, or where routes fail together. Left out: no upstream's."),
    routes: z
      .array(z.string())
      .optional()
      .describe("Routes of one cause that are not listed one by one, at most 200. Left out: `route` is all."),
  })
  .meta({ id: "Attention", description: "Something that waits, fails or is stale, and what helps." });
export type Attention = ShapeOf<typeof attention>;

const nextStep = z.object({
  ...migrationStatus.pick({ number: true, name: true, description: true }).shape,
  allowed: z.boolean(),
  reasons: z.array(z.string()),
});
export type NextStep = ShapeOf<typeof nextStep>;

const shareSeries = z.object({
  stepMs: count,
  at: times,
  legacy: counts,
  modern: counts,
  phases: each(PHASES, counts).describe("Routes in each phase at each step's end."),
});
export type ShareSeries = ShapeOf<typeof shareSeries>;

export const overview = z
  .object({
    at,
    version: z.string().describe("The front door's."),
    name: z.string().nullable().describe("`name` of fig.yaml: which environment this is."),
    stateId: z.string(),
    revision: count,
    since: at.nullable().describe("Of the first ledger entry; null: there is none."),
    now: share.describe("The last five minutes."),
    total: share.describe("Since the first ledger entry, at most 90 days; without one the last 24 hours."),
    routes: z.object({ total: count, phases: each(PHASES, count) }),
    migrations: z.object({ applied: count, pending: count, next: nextStep.nullable() }),
    attention: z.array(attention).describe("What waits, fails or is stale, the gravest first; at most 100."),
    attentionTotal: count,
    series: shareSeries,
    unknown: unknown.optional(),
  })
  .meta({ id: "Overview" });
export type Overview = ShapeOf<typeof overview>;

const routeRates = z.object({
  id: z.string(),
  requests: count.describe("That clients were answered."),
  errors: count,
  perSecond: z.number(),
  p95: z.number().describe("ms; of the slower side."),
  minutes: counts.describe("Requests in each of the last minutes, oldest first; the newest is not over yet."),
});
export type RouteRates = ShapeOf<typeof routeRates>;

export const rates = z
  .object({
    at,
    seconds: z
      .number()
      .describe("How long the figures are counted for: about five minutes, or since the first request."),
    routes: z.array(routeRates).describe("Those that had a request."),
    unknown: unknown.optional(),
  })
  .meta({ id: "Rates", description: "What each route answered lately, over all front doors." });
export type Rates = ShapeOf<typeof rates>;

export const routeRow = routeStatus
  .extend({
    attention: z
      .enum(["error", "warning"])
      .nullable()
      .optional()
      .describe("The gravest of what needs attention there; null: nothing does."),
    recent: routeRates
      .omit({ id: true })
      .nullable()
      .optional()
      .describe("As in `/rates`; null: no request lately. Left out: not known, the store does not answer."),
    cohortRoutes: count.optional().describe("Routes of its cohort, this one included."),
  })
  .meta({ id: "RouteRow", description: "A route of the status, and what a table of routes says besides." });
export type RouteRow = ShapeOf<typeof routeRow>;

const side = z.object({ upstream: z.string(), path: z.string().nullable() });
export const definition = z
  .object({
    id: z.string(),
    match: z.object({
      path: z.string(),
      methods: z.array(z.string()).nullable().describe("null: every method."),
      host: z.string().nullable(),
      headers: z.array(z.string()).describe("Names of the headers it asks for; their values are withheld."),
      query: z.array(z.string()).describe("Names of the parameters it asks for."),
      operations: z
        .array(z.string())
        .nullable()
        .describe("Those that it takes; null: it does not go by operation."),
    }),
    legacy: side.nullable().describe("null: the route is retired."),
    modern: side,
    sticky: z.array(z.string()).describe("Where the sticky key comes from, the first that is there."),
    shadow: z.object({ writes: z.string(), safe: z.boolean(), operations: z.array(z.string()) }),
    file: z.string(),
    line: count,
    gate: z
      .object({
        step: count.nullable().describe("The pending step that it is of; null: `gate` of fig.yaml."),
        maxMismatchRate: z.number().nullable().describe("Percent."),
        maxErrorRateIncrease: z.number().nullable().describe("Percentage points above legacy."),
        maxLatencyRatio: each(["p50", "p95", "p99"], z.number().nullable()).describe("Modern to legacy."),
      })
      .nullable()
      .describe("The first gate that waits for it; null: none does."),
  })
  .meta({
    id: "RouteDefinition",
    description: "What the files say of a route, and the gate that waits for it.",
  });
export type Definition = ShapeOf<typeof definition>;

const sideColumns = z
  .object({ requests: counts, errors: counts, p50: values, p95: values, p99: values })
  .meta({ id: "SideColumns", description: "One value a step; latencies in ms, null: none." });
export type SideColumns = ShapeOf<typeof sideColumns>;

const bounds = ["value", "low", "high"] as const;
const rate = each(bounds, z.number().nullable()).meta({
  id: "Rate",
  description:
    "Percent, with both ends of its interval, as a gate at 95 % has them: they hold at every look; null: nothing was compared.",
});
export type Rate = ShapeOf<typeof rate>;

const columns = z.object(shownSchemas(sideColumns, counts));
export type ShownColumns = ShapeOf<typeof columns>;

export const series = z
  .object({
    route: z.string(),
    from: z.number(),
    to: z.number(),
    stepMs: count,
    at: times,
    ...columns.shape,
    mismatchRate: each(bounds, values),
    overall: z
      .object({
        legacy: sideStatus,
        modern: sideStatus,
        shadow: each(SIDES, sideStatus),
        ...each(COMPARISON_OUTCOMES, count).shape,
        mismatchRate: rate,
      })
      .describe("The whole range."),
  })
  .meta({ id: "Series" });
export type Series = ShapeOf<typeof series>;

export const latencies = z
  .object({
    route: z.string(),
    from: z.number().nullable().describe("null: no front door has opened the evidence window yet."),
    to: z.number(),
    edgesMs: z
      .array(z.number())
      .describe("One more than counts: bucket i lies from edge i up to edge i + 1."),
    legacy: counts,
    modern: counts,
    shadow: each(SIDES, counts),
  })
  .meta({ id: "Latencies" });
export type Latencies = ShapeOf<typeof latencies>;

/** What pages get, as schemas for the OpenAPI document; typed against what the board gives. */
import { z } from "zod";
import {
  ATTENTION_KINDS,
  type Attention,
  type Latencies,
  type Overview,
  SEVERITIES,
  type Series,
  type ShownColumns,
} from "../control/board-contract.ts";
import { COMPARISON_OUTCOMES, type ComparisonOutcome } from "../domain/outcomes.ts";
import { type SchemaOf, shownSchemas, sideStatus } from "./responses.ts";

const count = z.int().min(0);
const at = z.string().describe("ISO 8601.");
const counts = z.array(count);
const values = z.array(z.number().nullable());
const times = z.array(z.number()).describe("Start of each step, ms since the epoch.");

const share = z.object({ legacy: count, modern: count, share: z.number().nullable() }).meta({
  id: "ServedShare",
  description: "Requests by the side that served, and modern's percent of them.",
});

const byPhase = <T extends z.ZodType>(value: T) =>
  z.object({ legacy: value, shadowing: value, splitting: value, cutover: value, retired: value });

const attention: SchemaOf<Attention> = z
  .object({
    kind: z.enum(ATTENTION_KINDS),
    severity: z.enum(SEVERITIES),
    route: z.string().nullable(),
    message: z.string(),
    remedy: z.string(),
  })
  .meta({ id: "Attention" });

export const overview: SchemaOf<Overview> = z
  .object({
    at,
    version: z.string().describe("The front door's."),
    stateId: z.string(),
    revision: count,
    since: at.nullable().describe("Of the first ledger entry; null: there is none."),
    now: share.describe("The last five minutes."),
    total: share.describe("Since the first ledger entry, at most 90 days; without one the last 24 hours."),
    routes: z.object({ total: count, phases: byPhase(count) }),
    migrations: z.object({
      applied: count,
      pending: count,
      next: z
        .object({
          number: count,
          name: z.string(),
          description: z.string(),
          allowed: z.boolean(),
          reasons: z.array(z.string()),
        })
        .nullable(),
    }),
    attention: z.array(attention).describe("What waits, fails or is stale, the gravest first; at most 100."),
    attentionTotal: count,
    series: z.object({
      stepMs: count,
      at: times,
      legacy: counts,
      modern: counts,
      phases: byPhase(counts).describe("Routes in each phase at each step's end."),
    }),
  })
  .meta({ id: "Overview" });

const outcomes = Object.fromEntries(COMPARISON_OUTCOMES.map((name) => [name, count])) as Readonly<
  Record<ComparisonOutcome, typeof count>
>;

const sideColumns = z
  .object({ requests: counts, errors: counts, p50: values, p95: values, p99: values })
  .meta({ id: "SideColumns", description: "One value a step; latencies in ms, null: none." });

const rate = z
  .object({ value: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable() })
  .meta({ id: "Rate", description: "Percent, with its 95 % Wilson interval; null: nothing was compared." });

export const series: SchemaOf<Series> = z
  .object({
    route: z.string(),
    from: z.number(),
    to: z.number(),
    stepMs: count,
    at: times,
    ...shownSchemas<ShownColumns>(sideColumns, counts),
    mismatchRate: z.object({ value: values, low: values, high: values }),
    overall: z.object({
      legacy: sideStatus,
      modern: sideStatus,
      shadow: z.object({ legacy: sideStatus, modern: sideStatus }),
      ...outcomes,
      mismatchRate: rate,
    }),
  })
  .meta({ id: "Series" });

export const latencies: SchemaOf<Latencies> = z
  .object({
    route: z.string(),
    from: z.number().nullable(),
    to: z.number(),
    edgesMs: z
      .array(z.number())
      .describe("One more than counts: bucket i lies from edge i up to edge i + 1."),
    legacy: counts,
    modern: counts,
    shadow: z.object({ legacy: counts, modern: counts }),
  })
  .meta({ id: "Latencies" });

export const session = z
  .object({
    readOnly: z.boolean().describe("An adminToken is set, and this caller has not shown it."),
    loginNeeded: z.boolean().describe("An adminToken is set."),
    by: z.string().nullable().describe("The name given at login."),
  })
  .meta({ id: "Session" });

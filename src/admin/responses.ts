/** What callers get, as schemas for the OpenAPI document; typed against the contracts, so that they cannot part. */
import { z } from "zod";
import type {
  ChangeEffect,
  Explanation,
  GateReport,
  MigrationPlan,
  MigrationStatus,
  MismatchReport,
  RecentComparison,
  RouteStatus,
  ShiftResult,
  ShownCounts,
  Status,
} from "../control/contract.ts";
import type { Shape } from "../domain/counter-shapes.ts";
import { COUNTER_LIST, SHOWN, type ShownName } from "../domain/counters.ts";
import { ENTRY_KINDS, type LedgerChange, type LedgerEntry } from "../domain/ledger.ts";
import { MISMATCH_KINDS } from "../domain/outcomes.ts";
import { SIDES } from "../domain/position.ts";

/** A contract's type as JSON carries it: what may be undefined is left out. */
type Json<T> = T extends readonly (infer Item)[]
  ? readonly Json<Item>[]
  : T extends object
    ? { readonly [K in keyof T as undefined extends T[K] ? never : K]: Json<T[K]> } & {
        readonly [K in keyof T as undefined extends T[K] ? K : never]?: Json<T[K]>;
      }
    : T;
export type SchemaOf<T> = z.ZodType<Json<T>>;

const count = z.int().min(0);
const at = z.string().describe("ISO 8601.");
const position = z
  .object({ modern: z.number(), shadow: z.number() })
  .meta({ id: "Position", description: "Percent, 0 to 100." });
const somePosition = z.object({ modern: z.number().optional(), shadow: z.number().optional() });
const phase = z.enum(["legacy", "shadowing", "splitting", "cutover", "retired"]).meta({ id: "Phase" });
const side = z.enum(SIDES);

const quantile = z.number().nullable();
export const sideStatus = z
  .object({ requests: count, errors: count, p50: quantile, p95: quantile, p99: quantile })
  .meta({ id: "SideStatus", description: "Errors are 5xx and broken answers; latencies in ms, null: none." });

/** A schema for each counter that is shown, made of one for answers and one for a number. */
export function shownSchemas<Shown>(answers: z.ZodType, number: z.ZodType) {
  const schemaOf = (shape: Shape): z.ZodType => {
    if (shape.kind === "count") return number;
    if (shape.kind === "answers") return answers;
    if (shape.kind === "record") return z.partialRecord(z.enum(shape.names), number);
    return z.object(
      Object.fromEntries(Object.entries(shape.parts).map(([name, part]) => [name, schemaOf(part)])),
    );
  };
  const shown = COUNTER_LIST.filter(([name]) => name in SHOWN.parts);
  return Object.fromEntries(
    shown.map(([name, { shape, help }]) => [name, schemaOf(shape).describe(help)]),
  ) as unknown as { readonly [Name in ShownName & keyof Shown]: SchemaOf<Shown[Name]> };
}

export const routeStatus: SchemaOf<RouteStatus> = z
  .object({
    id: z.string(),
    cohort: z.string(),
    phase,
    position,
    since: at.nullable().describe("When the evidence window opened; null: never counted."),
    ...shownSchemas<ShownCounts>(sideStatus, count),
    lastShift: z
      .object({ revision: count, at, by: z.string(), reason: z.string(), kind: z.string() })
      .nullable(),
    drifted: z.boolean().describe("It no longer stands where the last migration step left it."),
    definitionDrift: z.boolean().describe("The last entry was written for another definition of the route."),
  })
  .meta({ id: "RouteStatus" });

export const status: SchemaOf<Status> = z
  .object({
    stateId: z
      .string()
      .describe("Of the state store; the CLI acts through a front door of its own state only."),
    revision: count,
    problems: z.array(z.string()),
    routes: z.array(routeStatus),
    migrations: z.object({ applied: count, pending: count }),
  })
  .meta({ id: "Status" });

const ledgerChange: SchemaOf<LedgerChange> = z
  .object({
    route: z.string(),
    from: position,
    to: position,
    hash: z.string().describe("Of the route's definition where the entry was written."),
    undone: z.array(count).optional().describe("On a rollback: the revisions undone, newest first."),
  })
  .meta({ id: "LedgerChange" });

export const ledgerEntry: SchemaOf<LedgerEntry> = z
  .object({
    revision: count,
    at,
    kind: z.enum(ENTRY_KINDS),
    by: z.string(),
    reason: z.string(),
    migration: z.object({ number: count, name: z.string(), hash: z.string() }).nullable(),
    changes: z.array(ledgerChange),
    evidence: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "LedgerEntry" });

const gateReport: SchemaOf<GateReport> = z
  .object({
    route: z.string(),
    holds: z.boolean(),
    conditions: z.array(
      z.object({
        name: z.string(),
        value: z.number().nullable(),
        bound: z.number(),
        holds: z.boolean(),
        missing: z.string().optional().describe("How much is missing, or why it can never hold."),
      }),
    ),
  })
  .meta({ id: "GateReport" });

const changeEffect: SchemaOf<ChangeEffect> = z
  .object({
    route: z.string(),
    cohort: z.string(),
    clients: z.number().describe("Percent of clients that change sides."),
    toward: side.nullable().describe("The side they come to; null: none does."),
    text: z.string(),
  })
  .meta({ id: "ChangeEffect" });

export const shiftResult: SchemaOf<ShiftResult> = z
  .object({
    written: z.boolean().describe("False: the position it already has, or a dry run."),
    dryRun: z.boolean(),
    entries: z.array(ledgerEntry),
    changes: z.array(ledgerChange),
    effects: z.array(changeEffect),
    gates: z.array(gateReport),
    warnings: z.array(z.string()),
    unsafeServed: z
      .record(z.string(), count)
      .describe("Rollback only: unsafe requests modern served since what was undone, by route."),
  })
  .meta({ id: "ShiftResult" });

export const migrationStatus: SchemaOf<MigrationStatus> = z
  .object({
    number: count,
    name: z.string(),
    description: z.string(),
    state: z.enum(["applied", "pending"]),
    revision: count.nullable(),
    at: at.nullable(),
    by: z.string().nullable(),
    drifted: z.array(z.string()),
    edited: z.boolean(),
    changes: z.record(z.string(), somePosition),
  })
  .meta({ id: "MigrationStatus" });

export const migrationPlan: SchemaOf<MigrationPlan> = z
  .object({
    next: migrationStatus.nullable(),
    changes: z.array(ledgerChange),
    effects: z.array(changeEffect),
    gates: z.array(gateReport),
    allowed: z.boolean(),
    reasons: z.array(z.string()),
  })
  .meta({ id: "MigrationPlan" });

const value = z
  .string()
  .optional()
  .describe("JSON text, redacted and cut to 256 bytes; left out: missing there.");

export const mismatchReport = z
  .object({
    route: z.string(),
    path: z.string().describe("`status`, `header.<name>`, `body`, or a JSONPath with indexes as `[*]`."),
    kind: z.enum(MISMATCH_KINDS),
    count,
    comparisons: count,
    firstSeen: at,
    lastSeen: at,
    samples: z.array(z.object({ legacy: value, modern: value, at, requestId: z.string() })),
  })
  .meta({ id: "MismatchReport" }) satisfies SchemaOf<MismatchReport>;

export const difference = mismatchReport
  .extend({
    withheld: z.boolean().describe("There may be samples, which are not shown before login."),
    ignore: z
      .object({ key: z.enum(["ignore", "headers"]), yaml: z.string(), file: z.string(), line: count })
      .nullable()
      .describe(
        "What to put into the route's `compare`, in the place of its `key`, so that this is ignored; `file` and `line` are the route's. null: it cannot be.",
      ),
  })
  .meta({ id: "Difference" });

export const recentComparison: SchemaOf<RecentComparison> = z
  .object({
    at,
    route: z.string(),
    requestId: z.string(),
    method: z.string(),
    path: z.string().describe("Without the query."),
    serving: side,
    outcome: z.string(),
    reason: z.string().optional(),
    mismatches: z.array(z.object({ path: z.string(), kind: z.string() })),
  })
  .meta({ id: "RecentComparison" });

export const explanation: SchemaOf<Explanation> = z
  .object({
    refusal: z.object({ code: z.string(), status: count, message: z.string() }).nullable(),
    route: z.string().nullable(),
    side: side.nullable(),
    upstream: z.string().nullable(),
    target: z.string().nullable(),
    keySource: z.string().nullable(),
    hash: count.nullable(),
    bucket: z.number().nullable(),
    position: position.nullable(),
    phase: phase.nullable(),
    shadow: z.string(),
    why: z.array(z.string()),
  })
  .meta({ id: "Explanation" });

export const errorBody = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      requestId: z.string(),
      remedy: z.string().optional(),
      details: z.unknown().optional(),
    }),
  })
  .meta({ id: "Error" });
